"""``python -m posterplot`` is the command line."""

from posterplot.cli import main

main()
