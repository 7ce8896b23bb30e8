import gzip
import json

import pytest

from posterplot.catalogue import count_films, read_catalogue
from posterplot.catalogue.detect import open_table
from posterplot.errors import CatalogueError


def test_a_bad_line_rejects_one_row(tmp_path):
    path = tmp_path / "films.jsonl"
    path.write_text(
        '\ufeff{"id": "a", "overview": "x y"}\n{"id": \n[1]\n\n{"id": "b", "poster": "p"}\n'
    )
    first, broken, array, last = read_catalogue(path)
    assert (first.id, last.id, last.source) == ("a", "b", "films.jsonl row 5")
    assert broken.reason.startswith("line is not JSON")
    assert array.reason == "line is JSON, but not an object"


def test_columns_may_come_later(tmp_path):
    path = tmp_path / "films.jsonl"
    path.write_text('{"id": "a"}\n{"id": "b", "overview": "x y", "genres": ["A b"]}\n')
    first, second = read_catalogue(path)
    assert first.reason == "has neither a poster nor an overview"
    assert second.genres == ("A b",)


def test_a_column_may_begin_at_the_last_of_many_films(tmp_path):
    path = tmp_path / "films.jsonl"
    films = [json.dumps({"id": n, "overview": "x y"}) for n in range(12_000)]
    path.write_text("\n".join([*films, json.dumps({"id": "last", "genres": ["Drama"]})]))
    assert open_table(path).columns == ("id", "overview", "genres")


def test_objects_that_are_no_films_do_not_fill_the_memory_with_names(tmp_path):
    path = tmp_path / "films.jsonl"
    path.write_text("\n".join(json.dumps({f"tt{n}": {}}) for n in range(12_000)))
    assert len(open_table(path).columns) < 12_000


@pytest.mark.parametrize(
    "value",
    [
        [{"id": 1, "overview": "One film"}, {"id": 2, "overview": "And one"}],
        {"1": {"overview": "One film"}, "2": {"overview": "And one"}},
        {"page": 1, "results": [{"id": 1, "overview": "One film"}, {"id": 2, "overview": "Two f"}]},
    ],
)
def test_json_of_many(tmp_path, value):
    path = tmp_path / "films.json"
    path.write_text(json.dumps(value))
    films = list(read_catalogue(path))
    assert [(film.id, film.overview is not None) for film in films] == [("1", True), ("2", True)]
    assert count_films(path) == 2


def test_json_that_is_lines(tmp_path):
    path = tmp_path / "films.json"
    path.write_text('{"id": 1, "plot": "One film"}\n{"id": 2, "plot": "And one"}\n')
    assert [film.id for film in read_catalogue(path)] == ["1", "2"]


def test_invalid_json_is_refused(tmp_path):
    path = tmp_path / "films.json"
    for text in ("{", "[" * 100_000, "", "id,overview"):
        path.write_text(text)
        with pytest.raises(CatalogueError, match="is not JSON"):
            read_catalogue(path)
    path.write_text("[1, 2]")
    with pytest.raises(CatalogueError, match="no column holds"):
        read_catalogue(path)


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_is_too_large_to_be_read_at_once(tmp_path, monkeypatch, packed):
    monkeypatch.setattr("posterplot.catalogue.json_table._MAX_CHARS", 1000)
    content = b"[" + b" " * 2000 + b"]"
    path = tmp_path / ("films.json.gz" if packed else "films.json")
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(CatalogueError, match=r"is too large to be read at once.*\.jsonl"):
        open_table(path)


@pytest.mark.parametrize("name", ["films.jsonl", "films.json"])
def test_an_object_with_a_key_twice_is_rejected_and_no_other(tmp_path, name):
    twice = '{"id": "a", "overview": "one text", "overview": "another text"}'
    once = '{"id": "b", "overview": "a text of its own", "more": {"x": 1}}'
    text = f"{twice}\n{once}\n" if name == "films.jsonl" else f"[{twice}, {once}]"
    (tmp_path / name).write_text(text)
    rejected, film = read_catalogue(tmp_path / name)
    assert rejected.reason == "two values of the object have the same name"
    assert (film.id, film.overview) == ("b", "a text of its own")


def test_films_by_id_of_which_some_cannot_be_read(tmp_path):
    path = tmp_path / "films.json"
    path.write_text(
        '{"a": {"overview": "A text."}, "b": null, "c": {"overview": "One.", "overview": "Two."},'
        ' "d": {"overview": "First."}, "d": {"overview": "Second."}, "e": {"overview": "Last."}}'
    )
    first, missing, twice, same_id, last = read_catalogue(path)
    assert (first.id, last.id) == ("a", "e")
    assert missing.reason == "is JSON, but not an object"
    assert twice.reason == "two values of the object have the same name"
    assert same_id.reason == "two films have the id 'd'"


def test_one_film_that_is_mostly_of_objects(tmp_path):
    path = tmp_path / "films.json"
    path.write_text('{"overview": "A text.", "cast": {}, "crew": {}, "ratings": {}}')
    (film,) = read_catalogue(path)
    assert film.overview == "A text."


def test_results_twice_are_refused(tmp_path):
    path = tmp_path / "films.json"
    path.write_text('{"results": [{"overview": "A text."}], "results": [{"overview": "B."}]}')
    with pytest.raises(CatalogueError, match="has 'results' twice"):
        read_catalogue(path)


@pytest.mark.parametrize(
    "content", ['[{"id": "a", "overview": "A text."}]', '{"overview": "A text."}']
)
def test_a_folder_of_one_json_file(tmp_path, content):
    (tmp_path / "films.json").write_text(content)
    (film,) = read_catalogue(tmp_path)
    assert film.overview


COLUMNS = {"id": {"0": 1, "1": 2}, "plot": {"0": "One film.", "1": "Two films."}, "year": {"1": 9}}
SPLIT = {"columns": ["id", "plot"], "index": [0, 1], "data": [[1, "One film."], [2, "Two films."]]}


@pytest.mark.parametrize("value", [COLUMNS, SPLIT])
def test_a_data_frame_as_pandas_writes_it(tmp_path, value):
    path = tmp_path / "films.json"
    path.write_text(json.dumps(value))
    films = list(read_catalogue(path))
    assert [(film.id, film.overview) for film in films] == [("1", "One film."), ("2", "Two films.")]


def test_a_list_in_a_file_of_lines_is_read(tmp_path):
    path = tmp_path / "films.jsonl"
    path.write_text('\ufeff [\n {"id": 1, "plot": "One film."},\n {"id": 2, "plot": "Two films."}]')
    assert [film.id for film in read_catalogue(path)] == ["1", "2"]
