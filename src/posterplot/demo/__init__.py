"""The embedded catalogue: films that were never made, drawn and written by code.

Its figures say that the machinery works, and nothing of real films.
"""

from posterplot.demo.make_catalogue import write_catalogue

__all__ = ["write_catalogue"]
