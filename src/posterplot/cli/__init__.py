"""The command line, one file per command.

Heavy packages are imported inside the command that needs them, so that ``predict`` never waits for
torch.
"""

from posterplot.cli.main import app, main

__all__ = ["app", "main"]
