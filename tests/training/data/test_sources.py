import csv
import math

import pytest
import torch
from tests.conftest import CNN, poster_bytes

from posterplot.dataset.prepare import prepare
from posterplot.errors import ConfigError, DatasetError
from posterplot.training.config.films import SourceConfig
from posterplot.training.config.run_config import load_config
from posterplot.training.data.sources import new_films, source_films
from posterplot.training.loop.fit import fit_network

HEAD = ("id", "title", "year", "overview", "genres", "poster")
LONG = "An overview that is long enough to be compared with those of other films, number "


def _quiet(_):
    pass


@pytest.fixture
def source(tmp_path):
    """Prepare a dataset from rows of (id, title, year, overview, genres, seed of its poster)."""

    def make(name, rows):
        folder = tmp_path / name
        folder.mkdir()
        with (folder / "films.csv").open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*HEAD, "split"])
            for *row, poster in rows:
                if poster is not None:
                    content = poster if isinstance(poster, bytes) else _poster(poster)
                    (folder / f"{row[0]}.jpg").write_bytes(content)
                writer.writerow([*row, f"{row[0]}.jpg" if poster is not None else "", "train"])
        prepare(folder / "films.csv", folder / "dataset")
        return str(folder / "dataset")

    return make


def _poster(seed):
    """Return a poster large enough for its perceptual hash to be stable."""
    return poster_bytes(("Drama",), seed, size=(160, 240))


def _film(dataset, split):
    return next(f for f in dataset.films(split) if len(f.modalities) == 2)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("shared", ["id", "title", "overview", "poster"])
def test_films_of_the_main_dataset_are_left_out(dataset, source, split, shared):
    film = _film(dataset, split)
    row = {
        "id": film.id if shared == "id" else "other",
        "title": film.title if shared in ("id", "title") else "Another",
        "year": {"id": "", "title": film.year}.get(shared, 1900),
        "overview": film.overview.upper() if shared == "overview" else LONG,
        "poster": film.poster if shared == "poster" else _poster(1),
    }
    twin = (row["id"], row["title"], row["year"], row["overview"], "Drama", row["poster"])
    new = ("new", "New", 1901, f"{LONG} two", "Drama", _poster(2))
    (part,) = new_films(dataset, [source("s", [twin, new])])
    assert [f.id for f in part.films] == ["new"]
    assert (part.duplicates, part.unreadable) == (1, 0)


def test_a_film_in_several_sources_counts_once(dataset, source):
    """Also if two films are the same only by way of a third one."""
    one = source("one", [("a", "A", 1900, f"{LONG} a", "Drama", 1)])
    two = source(
        "two",
        [
            ("b", "A", 1900, f"{LONG} b", "Drama", None),
            ("c", "C", 1902, f"{LONG} c", "Drama", None),
        ],
    )
    three = source("three", [("d", "D", 1903, f"{LONG} b", "Drama", None)])
    parts = new_films(dataset, [one, two, three, one])
    assert [[f.id for f in part.films] for part in parts] == [["a"], ["c"], [], []]
    assert [part.duplicates for part in parts] == [0, 1, 1, 1]


def test_an_id_of_imdb_is_the_same_film_everywhere(dataset, source):
    one = source("one", [("tt0000001", "A", 1900, f"{LONG} a", "Drama", None)])
    two = source("two", [("tt0000001", "B", 1902, f"{LONG} b", "Drama", None)])
    parts = new_films(dataset, [one, two])
    assert [part.duplicates for part in parts] == [0, 1]


def test_films_of_two_catalogues_may_share_an_id_of_their_own(dataset, source):
    one = source(
        "one",
        [
            ("1", "A", 1900, f"{LONG} a", "Drama", None),
            ("2", "B", 1931, f"{LONG} b", "Drama", None),
            ("3", "", "", f"{LONG} c", "Drama", None),
        ],
    )
    two = source(
        "two",
        [
            ("1", "D", 1903, f"{LONG} d", "Drama", None),
            ("2", "B", 1992, f"{LONG} e", "Drama", None),
            ("3", "", "", f"{LONG} f", "Drama", None),
        ],
    )
    parts = new_films(dataset, [one, two])
    assert [len(part.films) for part in parts] == [3, 3]


def test_numbers_of_rows_do_not_identify_films(dataset, tmp_path):
    """Two catalogues without ids: the first has one film of the second, in another row."""
    paths = []
    for name, letters in (("one", "abc"), ("two", "dea")):
        (tmp_path / f"{name}.csv").write_text(
            "title,year,overview,genres,split\n"
            + "".join(f'{letter},1900,"{LONG}{letter}",Drama,train\n' for letter in letters)
        )
        prepare(tmp_path / f"{name}.csv", tmp_path / name)
        paths.append(str(tmp_path / name))
    parts = new_films(dataset, paths)
    assert [[f.title for f in part.films] for part in parts] == [["a", "b", "c"], ["d", "e"]]
    assert {f.id for part in parts for f in part.films} == {"row-2", "row-3", "row-4"}


def test_unused_posters_take_no_memory(dataset, source):
    rows = [
        ("a", "A", 1900, f"{LONG} a", "Drama", 1),
        ("b", "B", 1901, "", "Drama", 2),
    ]
    (part,) = new_films(dataset, [source("s", rows)], ("overview",))
    assert [(f.id, f.poster) for f in part.films] == [("a", None)]
    assert part.unreadable == 1


def _targets(dataset, path, **settings):
    config = SourceConfig(dataset=path, **settings)
    lines = []
    films = source_films([config], new_films(dataset, [path]), dataset.vocabulary, lines.append)
    return films, lines


def test_labels_are_renamed_and_unknown_genres_masked(dataset, source):
    rows = [
        ("a", "A", 1900, f"{LONG} a", "Love|Short", None),
        ("b", "B", 1901, f"{LONG} b", "Action|Drama", None),
        ("c", "C", 1902, f"{LONG} c", "Drama", None),
        ("d", "D", 1903, f"{LONG} d", "TV Movie", None),
    ]
    rename = {"Love": "Romance", "TV Movie": ""}
    films, lines = _targets(
        dataset, source("s", rows), unknown=("Drama",), rename=rename, weight=0.5
    )
    assert dataset.vocabulary.names == ("Action", "Drama", "Romance")
    nan = math.nan
    expected = torch.tensor([[0, nan, 1], [1, nan, 0], [nan] * 3, [nan] * 3])
    assert torch.equal(torch.from_numpy(films.targets).nan_to_num(9), expected.nan_to_num(9))
    assert films.weights.tolist() == [0.5] * 4
    assert "4 films" in lines[0]
    assert lines[0].endswith("genres that are not used: Short")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"unknown": ("Drame",)}, r"sources.0.unknown: .* no genre Drame \(did you mean Drama"),
        ({"rename": {"Dramma": "Drama"}}, r"sources.0.rename: .* no genre Dramma"),
        ({"rename": {"Drama": "Opera"}}, r"sources.0.rename: the main dataset has no genre Opera"),
    ],
)
def test_genres_that_do_not_exist_are_refused(dataset, source, settings, message):
    path = source("s", [("a", "A", 1900, f"{LONG} a", "Drama", None)])
    with pytest.raises(ConfigError, match=message):
        _targets(dataset, path, **settings)


def test_a_missing_source_is_refused(dataset, tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        new_films(dataset, [str(tmp_path / "none")])


def _config(tmp_path, text, *overrides):
    (tmp_path / "config.toml").write_text(text)
    return load_config(tmp_path / "config.toml", list(overrides))


def test_a_network_trains_on_sources(dataset, further, tmp_path, monkeypatch):
    monkeypatch.setattr("posterplot.training.loop.fit.export_network", lambda *_, **__: b"")
    text = f'{CNN}\n[[sources]]\ndataset = "{further}"\nweight = 0.5\nunknown = ["Action"]\n'
    config = _config(tmp_path, text, "fit.epochs=1", "augmentation.mixup=0.5")
    model = fit_network(config, dataset, tmp_path / "run", resume=False, log=_quiet)
    assert model.notes["films_of_sources"] > 5
    assert model.notes["films_without_labels"] == 0
    with (tmp_path / "run" / "history.csv").open() as stream:
        (row,) = csv.DictReader(stream)
    assert all(math.isfinite(float(value)) for value in row.values())
    other = _config(tmp_path, text.replace("[[sources]]", "[other]").split("[other]")[0])
    with pytest.raises(
        DatasetError, match=r"datasets in sources or distillation.extra have changed"
    ):
        fit_network(other, dataset, tmp_path / "run", resume=True, log=_quiet)
