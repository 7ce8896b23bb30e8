"""Which labels of a catalogue look wrong or missing, by a model that never saw it."""
