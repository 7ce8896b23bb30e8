"""The training loop, by Lightning."""
