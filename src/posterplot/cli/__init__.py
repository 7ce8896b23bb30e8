"""The command line, one file per command.

Heavy parts are imported inside the verb that needs them, so that ``predict`` never waits for torch.
"""

from posterplot.cli.main import app, main

__all__ = ["app", "main"]
