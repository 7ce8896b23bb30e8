from posterplot.catalogue import read_catalogue


def test_a_bad_line_costs_one_row(tmp_path):
    path = tmp_path / "films.jsonl"
    path.write_text(
        '\ufeff{"id": "a", "overview": "x"}\n{"id": \n[1]\n\n{"id": "b", "poster": "p"}\n'
    )
    first, broken, array, last = read_catalogue(path)
    assert (first.id, last.id, last.source) == ("a", "b", "films.jsonl row 5")
    assert broken.reason.startswith("line is not JSON")
    assert array.reason == "line is JSON, but not an object"


def test_columns_may_come_later(tmp_path):
    path = tmp_path / "films.jsonl"
    path.write_text('{"id": "a"}\n{"id": "b", "overview": "x", "genres": ["A b"]}\n')
    first, second = read_catalogue(path)
    assert first.reason == "has neither a poster nor an overview"
    assert second.genres == ("A b",)
