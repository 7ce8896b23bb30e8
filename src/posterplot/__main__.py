"""Run the command line: ``python -m posterplot``."""

from posterplot.cli import main

main()
