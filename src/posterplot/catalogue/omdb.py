"""Read JSON of OMDb, in which every value is a text and ``N/A`` means missing."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from posterplot.catalogue.table import Row, Table

_FIELDS = {
    "id": "imdbID",
    "title": "Title",
    "year": "Year",
    "overview": "Plot",
    "genres": "Genre",
    "poster": "Poster",
}
_FILMS = ("movie", "series", "episode", "N/A", "")


def recognise_omdb(table: Table) -> Table:
    """Return a table of OMDb with its own row conversion; return other tables unchanged."""
    if not table.format.startswith("JSON") or not {"imdbID", "Title"} <= set(table.columns):
        return table

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        for row in table.read(table.columns):
            yield row if row.problem else _checked(row)

    fixed = {name: column for name, column in _FIELDS.items() if column in table.columns}
    return replace(table, format="OMDb", read=read, fixed_columns=fixed)


def _checked(row: Row) -> Row:
    values = row.values
    if values.get("Response") == "False":
        return Row(row.number, {}, f"is an error: {values.get('Error')}", row.source)
    if (type_ := values.get("Type", "")) not in _FILMS:
        return Row(row.number, {}, f"is a {type_}, not a film", row.source)
    return row
