"""What a training reads: films, batches, augmentation, soft targets of teachers."""
