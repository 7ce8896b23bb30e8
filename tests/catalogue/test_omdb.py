import json

from posterplot.catalogue import open_catalogue

FILM = {
    "Title": "Toy Story",
    "Year": "1995",
    "Genre": "Animation, Adventure, Comedy",
    "Plot": "A cowboy doll is threatened.",
    "Poster": "https://m.media-amazon.com/images/M/abc.jpg",
    "imdbID": "tt0114709",
    "Type": "movie",
    "Response": "True",
}


def test_omdb(tmp_path):
    films = [
        FILM,
        FILM | {"imdbID": "tt2", "Year": "2008–2013", "Type": "series", "Poster": "N/A"},
        FILM | {"imdbID": "tt3", "Plot": "N/A", "Genre": "N/A"},
        FILM | {"imdbID": "tt4", "Type": "game"},
        {"Response": "False", "Error": "Incorrect IMDb ID."},
    ]
    for n, film in enumerate(films):
        (tmp_path / f"{n}.json").write_text(json.dumps(film))
    (tmp_path / "posters").mkdir()
    (tmp_path / "posters/tt0114709.jpg").touch()
    (tmp_path / "posters/tt3.jpg").touch()
    catalogue = open_catalogue(tmp_path)
    assert catalogue.table.format == "OMDb"
    first, series, rejected, third, game, error = catalogue.films()
    assert (first.id, first.year) == ("tt0114709", 1995)
    assert first.genres == ("Animation", "Adventure", "Comedy")
    assert first.poster == tmp_path / "posters/tt0114709.jpg"
    assert (series.year, series.poster) == (2008, None)
    assert (rejected.id, rejected.part) == ("tt3", "overview")
    assert (third.genres, third.overview) == ((), None)
    assert game.reason == "is a game, not a film"
    assert error.reason == "is an error: Incorrect IMDb ID."
    assert error.source == "4.json"


def test_one_film(tmp_path):
    (tmp_path / "film.json").write_text(json.dumps(FILM))
    (film,) = open_catalogue(tmp_path / "film.json").films()
    assert (film.id, film.title) == ("tt0114709", "Toy Story")
