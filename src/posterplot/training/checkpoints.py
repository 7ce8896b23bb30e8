"""Read checkpoints without running code that they may contain."""

from pathlib import Path
from typing import Any

import torch


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint that Lightning wrote.

    Only tensors and plain values are read: a file that contains anything else is refused, because
    unpickling it could run code.

    Args:
        path: A ``.ckpt`` file.

    Returns:
        Content of the checkpoint, with tensors on the CPU. ``state_dict`` holds the weights.

    Raises:
        OSError: The file cannot be opened.
        Exception: The file is damaged, or contains more than tensors and plain values. What torch
            raises depends on the bytes that it meets.

    """
    checkpoint: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return checkpoint
