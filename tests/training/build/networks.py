"""What every test that builds a network gives it."""

import torch

SHARE = torch.tensor([0.5, 0.1, 0.0])  # of the films that have each genre
NOTHING = "fingerprint"  # of no dataset
