"""posterplot: which genres is this film? Ask its poster and its plot."""

__version__ = "0.1.0"
