import pytest

from posterplot.catalogue import open_catalogue
from tests.catalogue.made import genres_joined


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
    assert catalogue.table.notes == ("the genres of 2 films are from movies.csv, which has 4 rows",)
    assert genres_joined(films, tmp_path / "movies.csv") == {
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
    assert genres_joined(films, path)["3"] == ("Fantasy", "Sci-Fi")


def test_oldest_movielens(films, tmp_path):
    (tmp_path / "u.genre").write_text("unknown|0\nAction|1\nCrime|2\n\n")
    path = tmp_path / "u.item"
    path.write_bytes(
        b"4|Heat (1995)|01-Jan-1995||http://x|0|1|1\n3|Cit\xe9 des enfants (1995)|||x|1|0|0\n"
    )
    assert genres_joined(films, path) == {
        "862": (),
        "2": (),
        "3": (),
        "4": ("Action", "Crime"),
        "5": (),
    }


@pytest.mark.parametrize(
    ("links", "genres"),
    [
        ("movieId,imdbId\n1,0114709\n", ("Animation",)),
        ("movieId,tmdbId\n1,862\n", ()),
        ("url,name\nhttps://a,b\n", ()),
    ],
)
def test_links_of_other_columns(films, tmp_path, links, genres):
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n1,A Toy,Animation\n")
    (tmp_path / "links.csv").write_text(links)
    assert genres_joined(films, tmp_path / "movies.csv")["862"] == genres
