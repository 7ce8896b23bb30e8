import json
import os

import pytest

from posterplot.audit.audit import audit
from posterplot.catalogue import open_catalogue
from posterplot.dataset.prepare import prepare
from posterplot.dataset.reading import open_dataset
from posterplot.errors import CatalogueError, OutputError
from posterplot.films import Film
from posterplot.library.as_catalogue import open_library
from posterplot.library.tag import tag
from posterplot.library.undo import undo
from tests.conftest import poster_bytes
from tests.library.conftest import FakePredictor, add_film

NFO = """<?xml version="1.0" encoding="UTF-8"?>
<movie>
  <title>{title}</title>
  <year>1995</year>
  <plot>{title} is a film about {title} and the friends that they make on the way.</plot>
  <uniqueid type="imdb">tt{number:07}</uniqueid>
{genres}</movie>
"""


def nfo(title: str, number: int, *genres: str) -> bytes:
    lines = "".join(f"  <genre>{genre}</genre>\n" for genre in genres)
    return NFO.format(title=title, number=number, genres=lines).encode()


@pytest.fixture
def library(tmp_path):
    """Three films with genres, one without, one that has no NFO, and a series."""
    root = tmp_path / "media"
    for n, title in enumerate(("Heat", "Salt", "Fog")):
        folder = add_film(root, f"{title} (1995)", nfo(title, n, "Drama", "Crime"))
        (folder / "poster.jpg").write_bytes(poster_bytes(("Drama",), n))
    add_film(root, "Rain (1995)", nfo("Rain", 7))
    bare = add_film(root, "Snow (2001)", None)
    (bare / "poster.jpg").write_bytes(poster_bytes(("Action",), 9))
    (root / "A Series").mkdir()
    (root / "A Series/tvshow.nfo").write_text("<tvshow><title>A</title></tvshow>")
    return root


def opened(path):
    return open_catalogue(path, library=open_library)


def test_a_library_is_a_catalogue(library):
    catalogue = opened(library)
    assert (catalogue.table.format, catalogue.count()) == ("media library", 5)
    films = {film.id: film for film in catalogue.films()}
    assert len(films) == 5
    heat = films["Heat (1995)/Heat (1995).mkv"]
    assert (heat.title, heat.year, heat.genres) == ("Heat", 1995, ("Drama", "Crime"))
    assert heat.overview.startswith("Heat is a film")
    assert heat.poster == library / "Heat (1995)/poster.jpg"
    assert heat.source == "Heat (1995)/Heat (1995).mkv"
    snow = films["Snow (2001)/Snow (2001).mkv"]
    assert (snow.title, snow.year, snow.genres, snow.overview) == ("Snow", 2001, (), None)


def test_genres_that_posterplot_wrote_are_not_learned(library, predictor, tmp_path_factory):
    out = tmp_path_factory.mktemp("made") / "data"
    list(tag(library, predictor, write=True))
    assert "<genre>" in (library / "Rain (1995)/movie.nfo").read_text()
    manifest = prepare(opened(library), out)
    films = [f for split in manifest.splits for f in open_dataset(out).films(split)]
    assert sorted(film.title for film in films) == ["Fog", "Heat", "Salt"]
    assert manifest.rejected == {
        "film": {"genres were written by posterplot tag": 1, "has no genres": 1}
    }
    # the same by a folder above it, and by one in it
    for path in (library.parent, library / "Rain (1995)"):
        reasons = [item.reason for item in opened(path).films() if not isinstance(item, Film)]
        assert reasons == [
            "genres were written by posterplot tag: they cannot be used for training"
        ]
    # a prediction needs no genres
    assert all(isinstance(item, Film) for item in opened(library).films(splits=False))
    list(undo(library))
    assert all(isinstance(item, Film) for item in opened(library).films())


def test_genres_that_somebody_else_wrote_since_are_labels(library, predictor):
    list(tag(library, predictor, write=True))
    (library / "Rain (1995)/movie.nfo").write_bytes(nfo("Rain", 7, "Western"))
    films = {film.title: film.genres for film in opened(library).films()}
    assert films["Rain"] == ("Western",)


def test_genres_added_to_others_are_not_learned(library, predictor):
    list(tag(library, predictor, write=True, mode="add"))
    assert [item.title for item in opened(library).films() if isinstance(item, Film)] == ["Snow"]


def test_genres_that_were_reduced_are_not_learned(library):
    list(tag(library, FakePredictor(["Drama"]), write=True, mode="replace"))
    assert b"Crime" not in (library / "Heat (1995)/movie.nfo").read_bytes()
    assert [item.title for item in opened(library).films() if isinstance(item, Film)] == ["Snow"]
    (library / "Heat (1995)/movie.nfo").write_bytes(nfo("Heat", 1, "Drama", "Thriller"))
    films = {item.title: item.genres for item in opened(library).films() if isinstance(item, Film)}
    assert films == {"Heat": ("Drama", "Thriller"), "Snow": ()}


def test_genres_in_a_film_that_was_renamed_are_not_learned(library, predictor):
    list(tag(library, predictor, write=True))
    (library / "Rain (1995)").rename(library / "Rain (1995) {tmdb-7}")
    for path in (library, library / "Rain (1995) {tmdb-7}"):
        rejected = [item for item in opened(path).films() if not isinstance(item, Film)]
        assert [item.title for item in rejected] == ["Rain"]


def test_genres_that_another_program_renamed_are_not_learned(library):
    path = library / "Rain (1995)/movie.nfo"
    list(tag(library, FakePredictor(["Sci-Fi"]), write=True))
    path.write_bytes(path.read_bytes().replace(b"Science Fiction", b"Science-Fiction"))
    assert [item.title for item in opened(library).films() if not isinstance(item, Film)] == [
        "Rain"
    ]


def test_genres_that_undo_had_to_leave_are_not_learned(library, predictor):
    path = library / "Rain (1995)/movie.nfo"
    list(tag(library, predictor, write=True))
    path.write_bytes(path.read_bytes() + b"<!-- touched by a media server -->")
    assert [file.restored for file in undo(library)] == [False]
    assert [item.title for item in opened(library).films() if not isinstance(item, Film)] == [
        "Rain"
    ]


def test_an_audit_leaves_them_out(library, predictor):
    list(tag(library, predictor, write=True))
    with pytest.raises(CatalogueError, match="only 3 films have a genre that the model knows"):
        audit(opened(library), predictor, top=10)


def test_a_damaged_journal_stops_it(library, predictor, state):
    list(tag(library, predictor, write=True))
    (journal,) = state.rglob("*.jsonl")
    journal.write_text(json.dumps({"begun": "x"}) + "\n")
    with pytest.raises(OutputError, match="line 1 is damaged"):
        list(opened(library).films())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<movie><title>A", "genres cannot be read: movie.nfo"),
        (b"<movie><genre>Drama</genre>" + b"x" * 5_000_001, "genres cannot be read: movie.nfo"),
    ],
)
def test_an_nfo_that_cannot_be_read(tmp_path, data, reason):
    folder = add_film(tmp_path / "media", "A Film (1999)", data)
    (folder / "poster.jpg").write_bytes(poster_bytes(("Drama",), 1))
    (item,) = opened(tmp_path / "media").films()
    assert item.reason.startswith(reason)
    (film,) = opened(tmp_path / "media").films(splits=False)
    assert (film.title, film.year, film.poster) == ("A Film", 1999, folder / "poster.jpg")


def test_genres_of_different_films_are_not_mixed(library):
    (library / "Salt (1995)/Salt (1995).nfo").write_bytes(nfo("Ronin", 99, "Action"))
    rejected = [item for item in opened(library).films() if not isinstance(item, Film)]
    assert [(item.title, item.part) for item in rejected] == [("Salt", "film")]
    assert "of different films (imdb tt0000001 and tt0000099)" in rejected[0].reason


def test_a_file_that_is_no_film_is_named(library):
    os.mkfifo(library / "pipe.mkv")
    (rejected,) = (i for i in opened(library).films(splits=False) if not isinstance(i, Film))
    assert (rejected.id, rejected.reason) == ("pipe.mkv", "is not a regular file")


def test_links_out_of_the_library_are_not_followed(library, tmp_path):
    (tmp_path / "secret.nfo").write_bytes(nfo("Secret", 1, "Drama"))
    nfo_path = library / "Snow (2001)/movie.nfo"
    nfo_path.symlink_to(tmp_path / "secret.nfo")
    films = {film.title for film in opened(library).films(splits=False)}
    assert "Snow" in films
    assert "Secret" not in films


@pytest.mark.parametrize("folder", ["disk1/films", "disk1/films/A-C/B"])
def test_a_library_may_have_folders_of_folders(tmp_path, folder):
    root = tmp_path / "media"
    film = add_film(root / folder, "Heat (1995)", nfo("Heat", 1, "Drama"))
    (film / "poster.jpg").write_bytes(poster_bytes(("Drama",), 1))
    assert [film.title for film in opened(root).films()] == ["Heat"]
    (root / "films.csv").write_text("id,title,overview\n1,Salt,A ship of salt sails away\n")
    assert [film.title for film in opened(root).films()] == ["Salt"]


def test_other_folders_are_none(tmp_path):
    (tmp_path / "a.jpg").write_bytes(poster_bytes(("Drama",), 1))
    assert open_library(tmp_path) is None
    assert opened(tmp_path).table.format == "folder of posters"
