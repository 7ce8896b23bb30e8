"""Train other genres for a finished model: a linear model on the outputs of its graph."""
