from posterplot.catalogue import open_catalogue
from posterplot.catalogue.summary import summarise

TABLE = """id,title,plot,genre,image,split
1,A,A first film.,Drama|War,1.jpg,train
2,B,N/A,Drama,1.jpg,test
3,C,A third film.,,none.jpg,
4,D,,War,,
1,E,A fifth film.,War,,
6,F,No overview found.,War,,
"""


def summary_of(tmp_path, **options):
    (tmp_path / "films.csv").write_text(TABLE)
    (tmp_path / "1.jpg").write_bytes(b"no image, but nobody looks")
    return summarise(open_catalogue(tmp_path / "films.csv"), **options)


def test_counts_by_hand(tmp_path):
    summary = summary_of(tmp_path)
    assert (summary.rows, summary.read, summary.films) == (6, 6, 3)
    assert (summary.with_poster, summary.with_overview, summary.with_genres) == (2, 2, 2)
    assert summary.genres == {"Drama": 2, "War": 1}
    assert summary.splits == {"train": 1, "test": 1}
    assert [film.title for film in summary.examples] == ["A", "B", "C"]
    counts = {kind: problem.count for kind, problem in summary.problems.items()}
    assert counts == {
        ("overview", "overview says nothing"): 1,
        ("poster", "poster is missing"): 1,
        ("film", "has neither a poster nor an overview"): 1,
        ("film", "duplicate id"): 1,
        ("film", "overview says nothing"): 1,
    }
    first = summary.problems["film", "duplicate id"].first
    assert first.source == "films.csv row 6"


def test_a_large_table_is_counted_and_its_first_rows_read(tmp_path):
    summary = summary_of(tmp_path, most_rows=2)
    assert (summary.rows, summary.read, summary.films) == (6, 2, 2)
