import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from posterplot.demo import write_catalogue
from posterplot.demo.art.canvas import POSTER_SIZE
from posterplot.demo.genre_tables import GENRES

FILMS = 48


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_catalogue(tmp_path_factory.mktemp("demo"), films=FILMS, seed=3)


@pytest.fixture(scope="module")
def rows(catalogue: Path) -> list[dict[str, str]]:
    with catalogue.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_the_columns_of_a_catalogue(rows: list[dict[str, str]]) -> None:
    assert list(rows[0]) == ["id", "title", "year", "overview", "genres", "poster"]
    assert len({row["id"] for row in rows}) == len(rows) == FILMS
    for row in rows:
        assert row["title"]
        assert 1950 <= int(row["year"]) <= 2024
        assert set(row["genres"].split("|")) <= set(GENRES)


def test_every_poster_decodes_at_the_stated_size(
    catalogue: Path, rows: list[dict[str, str]]
) -> None:
    named = {row["poster"] for row in rows if row["poster"]}
    assert {f"posters/{p.name}" for p in (catalogue.parent / "posters").iterdir()} == named
    for poster in named:
        with Image.open(catalogue.parent / poster) as image:
            image.load()
            assert (image.format, image.mode, image.size) == ("JPEG", "RGB", POSTER_SIZE)
            assert max(high - low for low, high in image.getextrema()) > 60


def test_no_film_lacks_both(rows: list[dict[str, str]]) -> None:
    assert all(row["poster"] or row["overview"] for row in rows)
    assert 0 < sum(not row["poster"] for row in rows) < 0.2 * FILMS
    assert 0 < sum(not row["overview"] for row in rows) < 0.2 * FILMS


def test_a_film_depends_only_on_its_number_and_the_seed(
    catalogue: Path, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    few = write_catalogue(tmp_path / "few", films=4, seed=3)
    assert (
        few.read_text(encoding="utf-8").splitlines()
        == (catalogue.read_text(encoding="utf-8").splitlines()[:5])
    )
    for row in rows[:4]:
        if row["poster"]:
            again = (few.parent / row["poster"]).read_bytes()
            assert again == (catalogue.parent / row["poster"]).read_bytes()
    other = write_catalogue(tmp_path / "other", films=4, seed=4)
    assert other.read_text(encoding="utf-8") != few.read_text(encoding="utf-8")


def test_no_films_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        write_catalogue(tmp_path, films=0)


def test_a_catalogue_that_is_stopped_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []

    @contextmanager
    def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
        assert (what, total) == ("drawing", 4)
        yield counted.append

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("csv.DictWriter.writeheader", stop)
        with pytest.raises(KeyboardInterrupt):
            write_catalogue(tmp_path / "demo" / "catalogue", films=4, progress=progress)
    assert counted == [1, 1, 1, 1]
    assert list(tmp_path.iterdir()) == []


def test_several_processes_draw_the_same_films(
    catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posterplot.demo.make_catalogue._MIN_FILMS_PER_PROCESS", 2)
    monkeypatch.setattr("posterplot.demo.make_catalogue.available_cores", lambda: 2)
    table = write_catalogue(tmp_path, films=4, seed=3)
    assert (
        table.read_text(encoding="utf-8").splitlines()
        == (catalogue.read_text(encoding="utf-8").splitlines()[:5])
    )
    for poster in (tmp_path / "posters").iterdir():
        assert poster.read_bytes() == (catalogue.parent / "posters" / poster.name).read_bytes()
