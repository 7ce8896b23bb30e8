"""TMDB's layouts with their traps: every expected number is counted by hand."""

import csv
import json

import pytest

from posterplot.catalogue import open_catalogue
from posterplot.errors import CatalogueError
from posterplot.films import Film, Rejected

DETAILS = {
    "adult": False,
    "id": 862,
    "imdb_id": "tt0114709",
    "title": "Toy Story",
    "original_title": "Toy Story",
    "original_language": "en",
    "overview": "A cowboy doll is threatened by a new toy.",
    "genres": [{"id": 16, "name": "Zeichentrick"}, {"id": 35, "name": "Komödie"}],
    "release_date": "1995-10-30",
    "poster_path": "/uXDfjJbdP4ijW5hWSBrPrlKpxab.jpg",
    "credits": {"cast": [{"name": "Tom"}]},
}
SERIES = {
    "id": 1396,
    "name": "A Series",
    "original_name": "Eine Serie",
    "first_air_date": "2008-01-20",
    "overview": "A teacher cooks.",
    "genre_ids": [18, 10765],
    "poster_path": None,
    "media_type": "tv",
}
PERSON = {"id": 31, "name": "Tom", "media_type": "person", "known_for": []}


def split(items):
    items = list(items)
    return (
        [item for item in items if isinstance(item, Film)],
        [item for item in items if isinstance(item, Rejected)],
    )


@pytest.mark.parametrize("layout", ["one", "list", "lines", "page", "by id", "folder"])
def test_responses_of_the_api(tmp_path, layout):
    path = tmp_path / ("films.jsonl" if layout == "lines" else "films.json")
    films = [DETAILS, SERIES, PERSON]
    content = {
        "one": DETAILS,
        "list": films,
        "page": {"page": 1, "results": films, "total_pages": 1, "total_results": 3},
        "by id": {str(film["id"]): film for film in films},
    }
    if layout == "folder":
        for film in films:
            (tmp_path / f"{film['id']}.json").write_text(json.dumps(film))
        path = tmp_path
    elif layout == "lines":
        path.write_text("".join(json.dumps(film) + "\n" for film in films))
    else:
        path.write_text(json.dumps(content[layout]))
    (tmp_path / "posters").mkdir()
    (tmp_path / "posters/uXDfjJbdP4ijW5hWSBrPrlKpxab.jpg").touch()
    catalogue = open_catalogue(path)
    assert catalogue.table.format == "TMDB API"
    films, rejected = split(catalogue.films())
    toys = next(film for film in films if film.id == "862")
    assert (toys.title, toys.year, toys.genres) == ("Toy Story", 1995, ("Animation", "Comedy"))
    assert toys.poster == tmp_path / "posters/uXDfjJbdP4ijW5hWSBrPrlKpxab.jpg"
    if layout == "one":
        return
    assert {film.id for film in films} == {"862", "tv/1396"}
    series = next(film for film in films if film.id == "tv/1396")
    assert (series.title, series.year) == ("A Series", 2008)
    assert series.genres == ("Drama", "Sci-Fi & Fantasy")
    assert [item.reason for item in rejected] == ["is a person, not a film"]


def test_errors_of_the_api_are_not_films(tmp_path):
    path = tmp_path / "films.jsonl"
    error = {"success": False, "status_code": 34, "status_message": "The resource is not found."}
    path.write_text(json.dumps(DETAILS) + "\n" + json.dumps(error) + "\n")
    films, rejected = split(open_catalogue(path).films())
    assert (len(films), rejected[0].reason) == (1, "is an error: The resource is not found.")


def test_daily_lists_of_ids_have_nothing(tmp_path):
    path = tmp_path / "movie_ids.json"
    row = {"adult": False, "id": 1, "original_title": "X", "popularity": 1.0, "video": False}
    path.write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(CatalogueError, match="daily list of ids"):
        open_catalogue(path)


TMDB_5000 = (
    "budget,genres,homepage,id,keywords,original_language,original_title,overview,popularity,"
    "production_companies,production_countries,release_date,revenue,runtime,spoken_languages,"
    "status,tagline,title,vote_average,vote_count"
)


def write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header.split(","), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_tmdb_5000(tmp_path):
    genres = json.dumps([{"id": 28, "name": "Action"}, {"id": 878, "name": "Science Fiction"}])
    rows = [
        {"id": 1, "title": 'A, "B"', "genres": genres, "overview": "One film, with a comma."},
        {"id": 2, "title": "No genres", "genres": "[]", "overview": "A second film."},
        {"id": 3, "title": "No overview", "genres": genres, "overview": ""},
        {"id": 4, "title": "By id", "genres": genres, "overview": "", "release_date": "2009-12-10"},
    ]
    for row in rows:
        row |= {"keywords": json.dumps([{"id": 1463, "name": "culture clash"}])}
    (tmp_path / "4.jpg").touch()
    catalogue = open_catalogue(write(tmp_path / "tmdb_5000_movies.csv", TMDB_5000, rows))
    assert catalogue.table.format == "tmdb_5000"
    films, rejected = split(catalogue.films())
    assert [(f.id, f.genres) for f in films] == [
        ("1", ("Action", "Science Fiction")),
        ("2", ()),
        ("4", ("Action", "Science Fiction")),
    ]
    assert (films[2].poster, films[2].year) == (tmp_path / "4.jpg", 2009)
    assert [item.reason for item in rejected] == ["has neither a poster nor an overview"]


METADATA = (
    "adult,belongs_to_collection,budget,genres,homepage,id,imdb_id,original_language,"
    "original_title,overview,popularity,poster_path,production_companies,production_countries,"
    "release_date,revenue,runtime,spoken_languages,status,tagline,title,video,vote_average,"
    "vote_count"
)


def metadata_rows():
    genres = "[{'id': 16, 'name': 'Animation'}, {'id': 10769, 'name': 'Foreign'}]"
    good = {"adult": "False", "genres": genres, "overview": "A good film.", "poster_path": "/a.jpg"}
    torn = {
        "adult": " - Written by Ørnås",
        "genres": "[{'name': 'Carousel Productions', 'id': 11176}]",
        "id": "1997-08-20",
        "overview": "Released",
        "poster_path": "2.185485",
    }
    return [
        good | {"id": "862", "imdb_id": "tt0114709", "title": "Toy's"},
        good | {"id": "8844", "imdb_id": "0", "overview": "No overview found."},
        good | {"id": "8845", "overview": "No Overview", "poster_path": ""},
        good | {"id": "8846", "overview": " ", "poster_path": ""},
        torn,
        torn | {"adult": "False", "id": "2012-09-29"},
        good | {"id": "862", "title": "Again"},
        good | {"id": "5", "genres": "[]"},
    ]


def test_movies_metadata(tmp_path):
    catalogue = open_catalogue(write(tmp_path / "movies_metadata.csv", METADATA, metadata_rows()))
    assert catalogue.table.format == "movies_metadata"
    assert catalogue.count() == 8
    films, rejected = split(catalogue.films())
    assert [(film.id, film.genres) for film in films] == [
        ("862", ("Animation", "Foreign")),
        ("5", ()),
    ]
    assert [item.reason for item in rejected] == [
        "overview says nothing: 'No overview found.'; "
        "poster is not among the catalogue's files: /a.jpg",
        "overview says nothing: 'No Overview'",
        "has neither a poster nor an overview",
        "its columns are shifted: adult is '- Written by Ørnås'",
        "its columns are shifted: its id is '2012-09-29'",
        "duplicate id: 862, first seen in row 2",
    ]
    assert not any("Carousel" in genre for film in films for genre in film.genres)


V11 = (
    "id,title,vote_average,vote_count,status,release_date,revenue,runtime,adult,backdrop_path,"
    "budget,homepage,imdb_id,original_language,original_title,overview,popularity,poster_path,"
    "tagline,genres,production_companies,production_countries,spoken_languages,keywords"
)


def test_the_large_table_of_one_text_of_genres_a_film(tmp_path):
    rows = [
        {"id": 1, "adult": "False", "genres": "Action, Science Fiction", "overview": "One film."},
        {"id": 2, "adult": "True", "genres": "", "overview": "Two\nlines."},
        {"id": "x", "adult": "False", "genres": "Drama", "overview": "A shifted one."},
    ]
    catalogue = open_catalogue(write(tmp_path / "TMDB_movie_dataset_v11.csv", V11, rows))
    assert catalogue.table.format == "TMDB, one text of genres per film"
    films, rejected = split(catalogue.films())
    assert [f.genres for f in films] == [("Action", "Science Fiction"), ()]
    assert [item.reason for item in rejected] == ["its columns are shifted: its id is 'x'"]


def test_numbers_of_genres_in_any_table(tmp_path):
    path = tmp_path / "top.csv"
    path.write_text('id,title,overview,genre_ids\n1,A,"A film","[18, 80]"\n')
    (film,) = open_catalogue(path).films()
    assert film.genres == ("Drama", "Crime")


def films_in(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    return list(open_catalogue(path).films())


def test_records_with_genres_like_those_of_tmdb_keep_their_own_columns(tmp_path):
    (tmp_path / "p.jpg").touch()
    own = {
        "id": 1,
        "title": "Heat",
        "year": 1995,
        "plot": "A cop hunts a thief.",
        "poster": "p.jpg",
    }
    [film] = films_in(tmp_path, "a.json", json.dumps([own | {"genre_ids": [80]}]))
    assert (film.year, film.overview, film.genres) == (1995, own["plot"], ("Crime",))
    assert film.poster == tmp_path / "p.jpg"


def test_a_film_and_a_series_may_have_the_same_id(tmp_path):
    records = [DETAILS, SERIES | {"id": 862}, DETAILS | {"id": 863, "first_air_date": None}]
    films = films_in(tmp_path, "a.json", json.dumps(records))
    assert [film.id for film in films] == ["862", "tv/862", "863"]
    listed = {"id": 862, "genre_ids": [18], "overview": "One series.", "first_air_date": ""}
    records = [DETAILS, listed | {"media_type": "tv"}]
    assert films_in(tmp_path, "a.json", json.dumps(records))[1].id == "tv/862"
    [film] = films_in(tmp_path, "a.json", json.dumps([listed]))
    assert film.id == "862"  # there are only series


def test_a_collection_holds_films(tmp_path):
    collection = {"id": 1, "name": "Toys", "overview": "All toys.", "parts": [DETAILS]}
    [film] = films_in(tmp_path, "a.json", json.dumps(collection))
    assert film.title == "Toy Story"


def test_tables_of_other_sources_with_columns_of_the_same_names(tmp_path):
    header = "id,title,overview,genres,keywords,vote_average"
    films = films_in(tmp_path, "a.csv", f"{header}\ntt0113277,Heat,A cop hunts.,Crime|Drama,k,8\n")
    assert films[0].genres == ("Crime", "Drama")
    header = "id,adult,backdrop_path,keywords,genres,overview"
    films = films_in(tmp_path, "b.csv", f"{header}\n949,0,/b.jpg,k,Crime,A cop hunts a thief.\n")
    assert films[0].genres == ("Crime",)
