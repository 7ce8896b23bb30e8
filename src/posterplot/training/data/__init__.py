"""Training data: films, batches, augmentation, soft targets."""
