"""Catalogues whose films have words and posters, and runs of the plain engine."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from posterplot.catalogue import open_catalogue
from posterplot.films import Film
from posterplot.inference.bundle import Bundle
from posterplot.inference.partial_predictions import partial_file, predict_to_file
from posterplot.inference.predictor import Predictor
from posterplot.inference.settings import settings_digest
from tests.conftest import write_catalogue


def some_films(folder: Path, films: int = 24) -> Path:
    """Write a catalogue with what can be wrong with films."""
    table = write_catalogue(folder, films)
    (folder / "posters/2.jpg").write_bytes(b"no image")
    (folder / "posters/5.jpg").unlink()
    with table.open("a") as stream:
        stream.write("f1,Twice,1990,A gun and a kiss,Drama,,train\n")
        stream.write("empty,Nothing,1990,,Drama,,train\n")
        stream.write("away,Away,1990,grief house letter mother,Drama,https://host/a.jpg,train\n")
    return table


def as_parquet(table: Path, path: Path) -> Path:
    """Write a catalogue as Parquet with the posters inside."""
    rows = []
    for film in open_catalogue(table).films():
        if isinstance(film, Film):
            poster = film.poster.read_bytes() if film.poster and film.poster.exists() else None
            rows.append({"id": film.id, "title": film.title, "overview": film.overview})
            rows[-1]["poster"] = poster
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def plain(table: Path, bundle: Bundle, out: Path) -> pa.Table:
    """Predict with the plain engine."""
    partial = partial_file(out, settings_digest(bundle))
    films = open_catalogue(table).films(splits=False)
    predict_to_file(Predictor(bundle), films, out, partial, lambda _: None)
    return pq.read_table(out)
