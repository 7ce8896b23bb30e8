"""The training loop: Lightning's, with history and precision."""
