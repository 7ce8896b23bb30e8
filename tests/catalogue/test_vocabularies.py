import pytest

from posterplot.catalogue.vocabularies import (
    IMDB,
    TMDB_FILM_IDS,
    TMDB_SERIES_IDS,
    VOCABULARIES,
    from_imdb,
    genre_finder,
    to_imdb,
    translate,
)


def test_every_vocabulary_has_as_many_names_as_its_source_says():
    counts = {name: len(names) for name, names in VOCABULARIES.items()}
    assert counts == {
        "imdb": 28,
        "mm-imdb": 23,
        "tmdb": 20,
        "tmdb-series": 16,
        "movielens": 20,
        "tvdb": 35,
    }
    assert set(VOCABULARIES["tmdb"]) == set(TMDB_FILM_IDS)
    assert set(VOCABULARIES["tmdb-series"]) == set(TMDB_SERIES_IDS)
    assert len(set(TMDB_FILM_IDS.values())) == 20
    assert TMDB_FILM_IDS["Science Fiction"] == 878
    assert TMDB_SERIES_IDS["War & Politics"] == 10768


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_translations_of_imdb_genres_are_in_the_vocabulary(vocabulary):
    for name in IMDB:
        for own in from_imdb(name, vocabulary):
            assert own in VOCABULARIES[vocabulary]
            # what cannot be undone is known: two of these
            assert name in to_imdb(own) or (name, own) in [
                ("Musical", "Music"),
                ("Game-Show", "Reality"),
            ]


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_every_name_of_a_vocabulary_is_understood_and_means_imdb_genres(vocabulary):
    for own in VOCABULARIES[vocabulary]:
        assert set(to_imdb(own)) <= set(IMDB)
        for name in to_imdb(own):
            assert from_imdb(name, vocabulary), f"{own} means {name}, which has no name here"


@pytest.mark.parametrize(
    ("name", "vocabulary", "names"),
    [
        ("Sci-Fi", "tmdb", ("Science Fiction",)),
        ("Sci-Fi", "tmdb-series", ("Sci-Fi & Fantasy",)),
        ("Action", "tmdb-series", ("Action & Adventure",)),
        ("Science Fiction", "imdb", ("Sci-Fi",)),
        ("Sci-Fi & Fantasy", "tmdb", ("Science Fiction", "Fantasy")),
        ("Musical", "tmdb", ("Music",)),
        ("Biography", "tmdb", ()),
        ("Sport", "tmdb", ()),
        ("Film-Noir", "tmdb", ()),
        ("Short", "tmdb", ()),
        ("Children's", "imdb", ("Family",)),
        ("Family", "movielens", ("Children",)),
        ("Suspense", "tmdb", ("Thriller",)),
        ("Thriller", "tvdb", ("Thriller",)),
        ("TV Movie", "tmdb", ("TV Movie",)),
        ("TV Movie", "imdb", ()),
        ("Romantic Comedy", "tmdb", ("Romance", "Comedy")),
        ("Kaiju", "tmdb", ("Kaiju",)),
    ],
)
def test_translations(name, vocabulary, names):
    assert translate(name, vocabulary) == names


@pytest.mark.parametrize("spelling", ["sci-fi", "Sci Fi", "SCIFI", "SF", "Science-Fiction"])
def test_spellings(spelling):
    assert to_imdb(spelling) == ("Sci-Fi",)


def test_a_genre_of_a_model_is_found_by_other_names():
    find = genre_finder(["Sci-Fi", "Music", "Family", "Film Noir", "Christmas"])
    names = ["sf", "Science Fiction", "kids", "film-noir", "noir", "CHRISTMAS", "music"]
    expected = ["Sci-Fi", "Sci-Fi", "Family", "Film Noir", "Film Noir", "Christmas", "Music"]
    assert [find(name) for name in names] == expected
    for unknown in ("Sci-Fi & Fantasy", "TV Movie", "Drama", "kaiju", ""):
        assert find(unknown) is None


def test_a_name_for_several_genres_of_a_model_finds_none():
    find = genre_finder(["Sci-Fi", "Science Fiction", "Sport"])
    assert [find(name) for name in ("scifi", "Science-Fiction", "sci fi", "sports")] == [
        None,
        "Science Fiction",
        "Sci-Fi",
        "Sport",
    ]
