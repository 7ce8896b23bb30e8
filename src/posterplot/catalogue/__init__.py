"""Read catalogues of many formats as :class:`~posterplot.films.Film`.

A catalogue is a table with one row per film, or a folder. These columns of a table are read, under
these or other usual names (:mod:`posterplot.catalogue.columns`)::

    id        unique; made from the row's number if missing
    title     may be empty
    year      of release, or a date
    overview  plot summary
    genres    joined with ``|``, a list, and more: :mod:`posterplot.catalogue.genres`
    poster    path relative to the table's folder; in Parquet also the image's bytes, or a struct
              of both as Hugging Face datasets write it
    split     train, validation or test

``poster`` or ``overview`` is required; other columns are ignored. A row that cannot be used is
returned as :class:`~posterplot.films.Rejected`, and reading continues.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posterplot.catalogue.access import Access
    from posterplot.catalogue.catalogue import (
        Catalogue,
        count_films,
        open_catalogue,
        read_catalogue,
    )

__all__ = ["Access", "Catalogue", "count_films", "open_catalogue", "read_catalogue"]

if not TYPE_CHECKING:  # otherwise a type checker would accept any name

    def __getattr__(name: str) -> object:
        # Modules are imported on first use: predicting a single film needs few of them.
        if name in __all__:
            from posterplot.catalogue import catalogue

            return getattr(catalogue, name)
        raise AttributeError(f"module 'posterplot.catalogue' has no attribute {name!r}")
