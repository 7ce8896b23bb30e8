import pytest

FILMS = """id,imdb_id,title,year,overview,genres
862,tt0114709,Toy Story,1995,A doll is jealous.,Wrong
2,,The American President,1995,A president is in love.,
3,,Cité des enfants,1995,Children are stolen.,
4,,Heat,1995,A thief is met.,Own
5,,Nobody knows it,1990,Nothing is known.,Own
"""


@pytest.fixture
def films(tmp_path):
    """A table of five films, for genres from another file."""
    (tmp_path / "films").mkdir()
    path = tmp_path / "films/films.csv"
    path.write_text(FILMS)
    return path
