import gzip
import time

import pytest

from posterplot.catalogue import open_catalogue
from posterplot.errors import CatalogueError
from posterplot.normalisation import normalized
from tests.catalogue.made import genres_joined


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
    assert genres_joined(films, path) == {
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
    assert genres_joined(films, path)["862"] == ("Animation", "Comedy")
    path = tmp_path / "watched.csv"
    path.write_text("Date,Name,Year,Letterboxd URI\n2020-01-01,Heat,1995,https://boxd.it/x\n")
    with pytest.raises(CatalogueError, match="no column of genres: Letterboxd exports none"):
        open_catalogue(films, labels=path)


def test_a_table_with_tmdb_ids(tmp_path):
    films = tmp_path / "films.csv"
    films.write_text("tmdb_id,overview\n862,A doll is jealous.\n")
    labels = tmp_path / "labels.csv"
    labels.write_text("tmdbId,genre\n862,War\n" + "9" * 5000 + ",Drama\n")
    assert genres_joined(films, labels) == {"862": ("War",)}


def test_nothing_to_join_by(films, tmp_path):
    (tmp_path / "l.csv").write_text("a,genres\n1,War\n")
    with pytest.raises(CatalogueError, match="neither ids nor titles"):
        open_catalogue(films, labels=tmp_path / "l.csv")


HEADER = "tconst\ttitleType\tprimaryTitle\tstartYear\tgenres\n"


def with_ids(folder, films, labels):
    (folder / "films.csv").write_text(f"imdb_id,title,year,overview\n{films}")
    (folder / "labels.tsv").write_text(HEADER + labels.replace(",", "\t"))
    return list(genres_joined(folder / "films.csv", folder / "labels.tsv").values())


def test_a_title_with_another_imdb_id_is_another_film(tmp_path):
    film = "tt0113277,Heat,1995,A text.\n"
    assert with_ids(tmp_path, film, "tt99,movie,Heat,1995,War\n") == [()]
    assert with_ids(tmp_path, film, "\\N,movie,Heat,1995,War\n") == [("War",)]
    # the row without an id is not ambiguous, as the other is another film
    both = "tt99,movie,Heat,1995,War\n\\N,movie,Heat,1995,Crime\n"
    assert with_ids(tmp_path, film, both) == [("Crime",)]
    assert with_ids(tmp_path, "x1,Heat,1995,A text.\n", both) == [()]


@pytest.mark.parametrize("kind", ["tvEpisode", "TV Episode", "videoGame", "Video Game"])
def test_episodes_and_games_do_not_share_the_titles_of_films(tmp_path, kind):
    film, other = "x1,Heat,1995,A text.\n", f"tt99,{kind},Heat,1995,Talk-Show\n"
    assert with_ids(tmp_path, film, other) == [()]
    assert with_ids(tmp_path, film, other + "tt2,movie,Heat,1995,Crime\n") == [("Crime",)]
    assert with_ids(tmp_path, "tt99,Heat,1995,A text.\n", other) == [("Talk-Show",)]


def test_names_with_many_combining_marks_are_fast(tmp_path):
    many = "\u0301\u0323" * 50_000
    start = time.process_time()
    film = "x1,Heat,1995,A text.\n"
    assert with_ids(tmp_path, film, f"\\N,movie,Heat{many},1995,War{many}\n") == [
        (normalized("NFC", f"War{many}"),)
    ]
    assert time.process_time() - start < 5  # quadratic: some 40 seconds
