"""Other genres for a finished model: a linear model on what its graph computes."""
