import json

from posterplot.catalogue.json_folder import json_files, open_json_folder


def test_each_file_is_a_row(tmp_path):
    (tmp_path / "a.json").write_text('{"id": 1, "title": "Heat"}')
    (tmp_path / "b.JSON").write_text("[1]")
    (tmp_path / "c.json").write_text("{")
    (tmp_path / "notes.txt").touch()
    table = open_json_folder(tmp_path)
    assert [path.name for path in json_files(tmp_path)] == ["a.json", "b.JSON", "c.json"]
    assert table.count() == 3
    film, other, damaged = table.read(table.columns)
    assert (film.values["title"], film.source, film.problem) == ("Heat", "a.json", "")
    assert (other.problem, other.source) == ("is JSON, but not an object", "b.JSON")
    assert damaged.problem.startswith("file is not JSON: c.json")


def test_a_file_may_be_a_page_of_films(tmp_path):
    for page in (1, 2):
        results = [{"id": 2 * page + n, "overview": "One film."} for n in range(2)]
        (tmp_path / f"{page}.json").write_text(json.dumps({"page": page, "results": results}))
    table = open_json_folder(tmp_path)
    assert table.count() == 4
    rows = [(row.values["id"], row.source) for row in table.read(table.columns)]
    assert rows == [(2, "1.json"), (3, "1.json"), (4, "2.json"), (5, "2.json")]


def test_films_of_a_page_without_ids_are_films_of_their_own(tmp_path):
    films = [{"overview": "One film."}, {"overview": "Two films."}]
    for name in ("1.json", "2.json"):
        (tmp_path / name).write_text(json.dumps({"results": films}))
    table = open_json_folder(tmp_path)
    assert [row.number for row in table.read(table.columns)] == [1, 2, 3, 4]
