import gzip

import pytest

from posterplot.catalogue import open_catalogue
from posterplot.errors import CatalogueError

FILMS = """id,imdb_id,title,year,overview,genres
862,tt0114709,Toy Story,1995,A doll is jealous.,Wrong
2,,The American President,1995,A president is in love.,
3,,Cité des enfants,1995,Children are stolen.,
4,,Heat,1995,A thief is met.,Own
5,,Nobody knows it,1990,Nothing is known.,Own
"""


@pytest.fixture
def films(tmp_path):
    (tmp_path / "films").mkdir()
    path = tmp_path / "films/films.csv"
    path.write_text(FILMS)
    return path


def joined(films, labels):
    return {film.id: film.genres for film in open_catalogue(films, labels=labels).films()}


def test_movielens(films, tmp_path):
    (tmp_path / "movies.csv").write_text(
        "movieId,title,genres\n"
        "1,Toy Story (1995),Animation|Children|IMAX\n"
        '11,"American President, The (1995)",Comedy|Drama\n'
        '29,"Cité des enfants, La (City of Children) (1995)",Fantasy\n'
        "6,Heat (1995),(no genres listed)\n"
    )
    (tmp_path / "links.csv").write_text("movieId,imdbId,tmdbId\n1,0114709,\n11,,999\n")
    catalogue = open_catalogue(films, labels=tmp_path / "movies.csv")
    assert catalogue.table.notes == ("2 films have their genres from movies.csv, of 4 rows",)
    assert joined(films, tmp_path / "movies.csv") == {
        "862": ("Animation", "Children", "IMAX"),
        "2": ("Comedy", "Drama"),
        "3": (),
        "4": (),
        "5": (),
    }


def test_old_movielens(films, tmp_path):
    path = tmp_path / "movies.dat"
    text = "3::Cité des enfants (1995)::Fantasy|Sci-Fi\n4::Heat (1995)\n"
    path.write_bytes(text.encode("latin-1"))
    assert joined(films, path)["3"] == ("Fantasy", "Sci-Fi")


def test_oldest_movielens(films, tmp_path):
    (tmp_path / "u.genre").write_text("unknown|0\nAction|1\nCrime|2\n\n")
    path = tmp_path / "u.item"
    path.write_bytes(
        b"4|Heat (1995)|01-Jan-1995||http://x|0|1|1\n3|Cit\xe9 des enfants (1995)|||x|1|0|0\n"
    )
    assert joined(films, path) == {"862": (), "2": (), "3": (), "4": ("Action", "Crime"), "5": ()}


def test_imdb_bulk(films, tmp_path):
    path = tmp_path / "title.basics.tsv.gz"
    rows = [
        "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\tgenres",
        'tt0114709\tmovie\t"Toy Story\tToy Story\t0\t1995\t\\N\tAdventure,Animation,Comedy',
        "tt0000001\tshort\tHeat\tHeat\t0\t1995\t\\N\tShort",
        "tt0000002\tmovie\tHeat\tHeat\t0\t1995\t\\N\tCrime,Drama",
        "tt0000003\tmovie\tNobody knows it\tX\t0\t1990\t\\N\t\\N",
    ]
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    assert joined(films, path) == {
        "862": ("Adventure", "Animation", "Comedy"),
        "2": (),
        "3": (),
        "4": (),  # two titles of one name and year: it may be either
        "5": (),
    }


def test_personal_exports(films, tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(
        "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,IMDb Rating,"
        "Runtime (mins),Year,Genres,Num Votes,Release Date,Directors\n"
        'tt0114709,9,2020-01-01,Toy Story,Toy Story,u,Movie,8.3,81,1995,"Animation, Comedy",1,,X\n'
    )
    assert joined(films, path)["862"] == ("Animation", "Comedy")
    path = tmp_path / "watched.csv"
    path.write_text("Date,Name,Year,Letterboxd URI\n2020-01-01,Heat,1995,https://boxd.it/x\n")
    with pytest.raises(CatalogueError, match="no column of genres: Letterboxd exports none"):
        open_catalogue(films, labels=path)


def test_a_table_with_tmdb_ids(tmp_path):
    films = tmp_path / "films.csv"
    films.write_text("tmdb_id,overview\n862,A doll is jealous.\n")
    labels = tmp_path / "labels.csv"
    labels.write_text("tmdbId,genre\n862,War\n" + "9" * 5000 + ",Drama\n")
    assert joined(films, labels) == {"862": ("War",)}


def test_nothing_to_join_by(films, tmp_path):
    (tmp_path / "l.csv").write_text("a,genres\n1,War\n")
    with pytest.raises(CatalogueError, match="neither ids nor titles"):
        open_catalogue(films, labels=tmp_path / "l.csv")
