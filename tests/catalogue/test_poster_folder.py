from pathlib import Path

import pytest

from posterplot.catalogue import Access, open_catalogue
from tests.conftest import poster_bytes


def write(folder: Path, name: str, seed: int = 0) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(poster_bytes(("Drama",), seed))


def test_names_and_texts_beside(tmp_path):
    write(tmp_path, "Heat (1995).jpg")
    write(tmp_path, "tt0114709.jpg", 1)
    write(tmp_path, "862.png", 2)
    write(tmp_path, "posters/deep.JPEG", 3)
    (tmp_path / "Heat (1995).txt").write_text("A thief and a policeman meet.")
    (tmp_path / "tt0114709.txt").write_text("Toy Story (1995)\nA doll is jealous.\nOf a toy.\n")
    catalogue = open_catalogue(tmp_path)
    assert catalogue.table.format == "folder of posters"
    assert catalogue.count() == 4
    films = {film.id: film for film in catalogue.films()}
    assert set(films) == {"Heat (1995)", "tt0114709", "862", "deep"}
    heat, toys = films["Heat (1995)"], films["tt0114709"]
    assert (heat.title, heat.year) == ("Heat", 1995)
    assert heat.overview == "A thief and a policeman meet."
    assert (toys.title, toys.year) == ("Toy Story", 1995)
    assert toys.overview == "A doll is jealous.\nOf a toy."
    assert (films["862"].title, films["862"].overview, films["862"].genres) == ("", None, ())
    assert films["deep"].poster == tmp_path / "posters/deep.JPEG"


def test_a_table_of_overviews(tmp_path):
    write(tmp_path, "a.jpg")
    write(tmp_path, "b.jpg", 1)
    (tmp_path / "overviews.csv").write_text("id,title,plot,genre\na,The A,A film of A.,War|Drama\n")
    first, second = open_catalogue(tmp_path).films()
    assert (first.title, first.overview, first.genres) == (
        "The A",
        "A film of A.",
        ("War", "Drama"),
    )
    assert second.overview is None


@pytest.mark.parametrize("cell", ["Mr. Nobody", "MR. NOBODY.JPG", "a\\b/Mr. Nobody.jpg"])
def test_names_with_a_full_stop_in_a_table_of_overviews(tmp_path, cell):
    write(tmp_path, "Mr. Nobody.jpg")
    (tmp_path / "overviews.csv").write_text(f"poster,plot\n{cell},A man of three lives.\n")
    (film,) = open_catalogue(tmp_path).films()
    assert (film.id, film.overview) == ("Mr. Nobody", "A man of three lives.")


def test_folders_are_genres_and_a_poster_in_two_of_them_has_both(tmp_path):
    write(tmp_path, "train/Action/1.jpg", 1)
    write(tmp_path, "train/Drama/1 (2).jpg", 1)
    write(tmp_path, "train/Drama/2.jpg", 2)
    write(tmp_path, "test/Drama/3.jpg", 3)
    write(tmp_path, "test/Drama/2.jpg", 2)
    items = list(open_catalogue(tmp_path).films())
    films = {item.id: item for item in items}
    assert films["3"].genres == ("Drama",)
    assert (films["1"].genres, films["1"].split) == (("Action", "Drama"), "train")
    assert films["test/Drama/2.jpg"].reason == "the same poster is in test and train"
    assert len(items) == 3


def test_posters_that_are_numbered_in_each_genre(tmp_path):
    names = ["Action/1.jpg", "Comedy/1.jpg", "Comedy/1.png", "Comedy/2.jpg"]
    for seed, name in enumerate(names):
        write(tmp_path, name, seed)
    rows = [
        "poster,plot",
        "Action\\1.jpg,A chase.",
        "comedy/1.PNG,A joke.",
        "1,One.",
        "x/2,A second film.",
    ]
    (tmp_path / "overviews.csv").write_text("\n".join(rows))
    films = {film.id: film for film in open_catalogue(tmp_path).films()}
    assert {id_: film.overview for id_, film in films.items()} == {
        "Action/1": "A chase.",
        "Comedy/1.jpg": "A joke.",
        "Comedy/1.png": "A joke.",
        "2": "A second film.",
    }
    assert films["Action/1"].genres == ("Action",)


@pytest.mark.parametrize("content", [b"", poster_bytes(("Drama",), 0)])
def test_a_placeholder_for_missing_posters_is_not_one_film(tmp_path, content):
    names = ["Drama/a", "Drama/b", "War/c"]
    for name in names:
        write(tmp_path, f"{name}.jpg")
        (tmp_path / f"{name}.jpg").write_bytes(content)
        (tmp_path / f"{name}.txt").write_text(f"A film about the letter {name[-1]}.")
    films = list(open_catalogue(tmp_path).films())
    assert [(film.id, film.genres) for film in films] == [
        ("a", ("Drama",)),
        ("b", ("Drama",)),
        ("c", ("War",)),
    ]
    assert films[1].overview == "A film about the letter b."


def test_equal_posters_with_different_texts_are_different_films(tmp_path):
    for name in ("Drama/a", "War/b", "War/z"):
        write(tmp_path, f"{name}.jpg", name == "War/z")
    (tmp_path / "Drama/a.txt").write_text("A first film.")
    (tmp_path / "War/b.txt").write_text("A second film.")
    assert [film.id for film in open_catalogue(tmp_path).films()] == ["a", "b", "z"]


def test_the_text_of_a_poster_may_be_beside_either_copy(tmp_path):
    write(tmp_path, "Drama/a.jpg")
    write(tmp_path, "War/a.jpg")
    (tmp_path / "War/a.txt").write_text("A film in two folders.")
    (film,) = open_catalogue(tmp_path).films()
    assert (film.id, film.genres, film.overview) == (
        "a",
        ("Drama", "War"),
        "A film in two folders.",
    )


def test_links_out_are_not_followed(tmp_path):
    write(tmp_path, "secret.jpg")
    write(tmp_path, "secret/x.jpg")
    (tmp_path / "secret.txt").write_text("A secret that nobody may read.")
    folder = tmp_path / "films"
    write(folder, "a.jpg", 1)
    (folder / "b.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "c.jpg").symlink_to("/dev/zero")
    (folder / "deep").symlink_to(tmp_path / "secret")
    (folder / "a.txt").symlink_to(tmp_path / "secret.txt")
    outside = "poster is outside the catalogue's folder (`allow_outside` reads it)"
    items = list(open_catalogue(folder).films())
    assert [(item.source, item.reason) for item in items] == [
        ("a.jpg", "is a link that leads out of the catalogue: a.txt"),
        ("b.jpg", f"{outside}: b.jpg"),
        ("c.jpg", f"{outside}: c.jpg"),
    ]
    text, *posters = open_catalogue(folder, access=Access(outside=True)).films()
    assert text.reason == "is a link that leads out of the catalogue: a.txt"
    assert [film.poster for film in posters] == [folder / "b.jpg", folder / "c.jpg"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"One word" * 50_000])
def test_odd_texts(tmp_path, content):
    write(tmp_path, "a.jpg")
    (tmp_path / "a.txt").write_bytes(content)
    *_, item = open_catalogue(tmp_path).films()
    assert item.source == "a.jpg"
