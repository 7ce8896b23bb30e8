"""Find labels of a catalogue that are probably wrong or missing, with a model trained on others."""
