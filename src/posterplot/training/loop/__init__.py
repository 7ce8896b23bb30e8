"""The training loop, with Lightning."""
