from pathlib import Path

import pytest

from posterplot.errors import PosterplotError, UsageError
from posterplot.library.genre_names import genre_names, same_genre

GENRES = ("Drama", "Musical", "Sci-Fi", "Sport")


def test_a_file_maps_to_one_several_or_none(tmp_path):
    path = tmp_path / "names.toml"
    path.write_text('[genres]\nSci-Fi = "SF"\nMusical = ["Music", "Singing"]\nSport = []\n')
    names = genre_names(str(path), GENRES)
    expected = [("Drama",), ("Music", "Singing"), ("SF",), ()]
    assert [names(genre) for genre in GENRES] == expected


def test_a_file_may_spell_the_genres_of_the_model_differently(tmp_path):
    path = tmp_path / "names.toml"
    path.write_text('[genres]\n"science fiction" = "SF"\nsports = "Sporting"\nwar = "Battle"\n')
    names = genre_names(str(path), GENRES)
    expected = [("Drama",), ("Musical",), ("SF",), ("Sporting",)]
    assert [names(genre) for genre in GENRES] == expected


def test_a_file_may_have_a_byte_order_mark(tmp_path):
    path = tmp_path / "names.toml"
    path.write_text('[genres]\nSci-Fi = "SF"\n', encoding="utf-8-sig")
    assert genre_names(str(path), GENRES)("Sci-Fi") == ("SF",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[genres", "is not TOML"),
        ("", "must have one table"),
        ("[genre]\nDrama = 'D'", "must have one table"),
        ("[genres]\nDarma = 'D'", "unknown genre 'Darma'"),
        ("[genres]\nDrama = 3", "must be a name or a list"),
        ("[genres]\nDrama = 'A/B'", "cannot be a genre"),
        ("[genres]\nDrama = ['A, B']", "cannot be a genre"),
        ("[genres]\nDrama = ''", "cannot be a genre"),
        ('[genres]\nDrama = "a\\u0000b"', "cannot be a genre"),
    ],
)
def test_a_wrong_file_is_one_clear_line(tmp_path, content, message):
    path = tmp_path / "names.toml"
    path.write_text(content)
    with pytest.raises(PosterplotError, match=message):
        genre_names(str(path), GENRES)


@pytest.mark.parametrize(
    ("name", "others", "same"),
    [
        ("Science Fiction", ["Sci-Fi"], True),
        ("drama", ["Drama"], True),
        ("Comedy", ["Romantic Comedy"], True),
        ("Action & Adventure", ["Action"], False),
        ("Action & Adventure", ["Action", "Adventure"], True),
        ("TV Movie", ["Drama"], False),
        ("Kaiju", ["Horror"], False),
    ],
)
def test_the_same_genre_by_another_name(name, others, same):
    assert same_genre(name, others) is same


@pytest.mark.parametrize("names", ["tmdb", "imdb", "names.toml"])
def test_a_genre_that_servers_would_split_needs_another_name(tmp_path, names, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("names.toml").write_text('[genres]\nDrama = "D"\n')
    with pytest.raises(UsageError, match=r"'Scary/Stuff' cannot be a genre.*for 'Scary/Stuff'"):
        genre_names(names, [*GENRES, "Scary/Stuff"])


def test_a_file_may_rename_a_genre_that_servers_would_split(tmp_path):
    path = tmp_path / "names.toml"
    path.write_text('[genres]\n"Scary/Stuff" = ["Scary", "Stuff"]\n')
    assert genre_names(str(path), ["Scary/Stuff"])("Scary/Stuff") == ("Scary", "Stuff")
