import json

import pytest

from posterplot.catalogue import open_catalogue
from posterplot.catalogue.detect import open_table
from posterplot.catalogue.wikidata import imdb_genres
from posterplot.errors import CatalogueError

# film, title, year, IMDb id, genre; one row per film and genre, as the query service answers
ROWS = [
    ("Q1", "Heat", "1995", "tt0113277", "crime film"),
    ("Q1", "Heat", "1995", "tt0113277", "drama film"),
    ("Q2", "Fog", "1980", "", "comedy horror"),
    ("Q2", "Fog", "1980", "", "superhero film"),
    ("Q3", "Rain", "", "tt0000003", ""),
]


def bindings() -> dict:
    def cell(value: str, kind: str = "literal") -> dict:
        return {"type": kind, "value": value}

    rows = []
    for film, title, year, imdb, genre in ROWS:
        row = {
            "film": cell(f"http://www.wikidata.org/entity/{film}", "uri"),
            "filmLabel": cell(title) | {"xml:lang": "en"},
        }
        # a query leaves out what is not known
        row |= {"date": cell(f"{year}-01-01T00:00:00Z")} if year else {}
        row |= {"imdb": cell(imdb)} if imdb else {}
        row |= {"genreLabel": cell(genre)} if genre else {}
        rows.append(row)
    return {
        "head": {"vars": ["film", "filmLabel", "date", "imdb", "genreLabel"]},
        "results": {"bindings": rows},
    }


@pytest.fixture(params=["json", "csv", "tsv"])
def path(request, tmp_path):
    path = tmp_path / f"query.{request.param}"
    if request.param == "json":
        path.write_text(json.dumps(bindings()))
        return path
    mark = "," if request.param == "csv" else "\t"
    lines = [mark.join(["film", "filmLabel", "date", "imdb", "genreLabel"])]
    for film, title, year, imdb, genre in ROWS:
        date = f"{year}-01-01T00:00:00Z" if year else ""
        lines.append(
            mark.join([f"http://www.wikidata.org/entity/{film}", title, date, imdb, genre])
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def test_rows_are_grouped_by_film(path):
    table = open_table(path)
    assert (table.format, table.count()) == ("Wikidata query result", 3)
    heat, fog, rain = (row.values for row in table.read(table.columns))
    assert heat == {
        "id": "Q1",
        "imdb_id": "tt0113277",
        "title": "Heat",
        "year": "1995-01-01T00:00:00Z",
        "genres": ["Crime", "Drama"],
    }
    assert (fog["title"], fog["genres"]) == ("Fog", ["Comedy", "Horror"])
    assert rain["genres"] == []
    assert "genres without a name at IMDb: superhero film 1" in table.notes


def test_they_are_labels_to_join(path, tmp_path):
    films = tmp_path / "films.csv"
    films.write_text(
        "imdb_id,title,year,overview\n"
        "tt0113277,Heat (US),1995,A thief and a policeman.\n"
        "tt0080749,Fog,1980,A town by the sea.\n"
        "tt0000003,Rain,1929,It rains on a town.\n"
    )
    heat, fog, rain = open_catalogue(films, labels=path).films()
    assert heat.genres == ("Crime", "Drama")  # by id
    assert fog.genres == ("Comedy", "Horror")  # by title and year
    assert rain.genres == ()


def test_they_are_no_catalogue(path):
    with pytest.raises(CatalogueError, match="no column holds posters or overviews"):
        open_catalogue(path)


@pytest.mark.parametrize(
    ("label", "genres"),
    [
        ("drama film", ("Drama",)),
        ("romantic comedy", ("Romance", "Comedy")),
        ("science fiction film", ("Sci-Fi",)),
        ("science fiction action film", ("Sci-Fi", "Action")),
        ("action thriller", ("Action", "Thriller")),
        ("documentary film", ("Documentary",)),
        ("film based on literature", ()),
        ("film", ()),
        ("", ()),
    ],
)
def test_genres_of_wikidata(label, genres):
    assert imdb_genres(label) == genres


def test_a_crafted_label_takes_no_time():
    assert imdb_genres("drama " * 100_000) == ()
    assert imdb_genres("a " * 100_000) == ()


def test_a_catalogue_with_a_column_of_addresses_stays_a_catalogue(tmp_path):
    path = tmp_path / "films.csv"
    path.write_text(
        "id,title,overview,genres,wikidata\n"
        "949,Heat,A cop hunts a thief.,Crime,http://www.wikidata.org/entity/Q1\n"
    )
    (film,) = open_catalogue(path).films()
    assert (film.id, film.overview) == ("949", "A cop hunts a thief.")


def test_genres_may_be_joined_in_one_cell(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(
        "film,filmLabel,genreLabel\n"
        'http://www.wikidata.org/entity/Q1,Heat,"crime film, drama film"\n'
    )
    table = open_table(path)
    assert [row.values["genres"] for row in table.read(table.columns)] == [["Crime", "Drama"]]
