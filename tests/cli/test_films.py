import io
import json
import sys

import pytest
from tests.conftest import poster_bytes


@pytest.fixture
def stdin(monkeypatch):
    def give(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), "utf-8"))

    return give


def test_several_posters(call, model, poster, tmp_path):
    other = tmp_path / "two.jpg"
    posters = ("--poster", poster, "--poster", other)
    other.write_bytes(poster_bytes(("Romance",), 2))
    code, out, _ = call("predict", *posters, "--model", model)
    assert code == 0
    assert out.count("from: poster") == 2
    assert f"{poster}: " in out
    code, out, _ = call("predict", *posters, "--model", model, "--json")
    assert [json.loads(line)["id"] for line in out.splitlines()] == [str(poster), str(other)]
    other.unlink()
    code, out, err = call("predict", *posters, "--model", model, "--json")
    assert code == 1
    assert f"{other}: poster file not found" in err
    assert "1 of 2 films could not be used" in err
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "parquet", "gz"])
def test_a_table_on_standard_input(call, model, poster, stdin, monkeypatch, kind):
    import gzip

    import pyarrow as pa
    import pyarrow.parquet as pq

    monkeypatch.chdir(poster.parent)  # from which the paths of posters start
    film = {"id": "a", "overview": "a gun, a kiss", "poster": "one.jpg"}
    table = b'id,overview,poster\na,"a gun, a kiss",one.jpg\n'
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([film]), stream)
    content = {
        "csv": table,
        "gz": gzip.compress(table),
        "jsonl": json.dumps(film).encode(),
        "json": json.dumps([film], indent=1).encode(),
        "parquet": stream.getvalue(),
    }
    stdin(content[kind])
    code, out, err = call("predict", "-", "--model", model)
    assert code == 0, err
    assert json.loads(out)["modalities"] == ["poster", "overview"]


def test_a_poster_or_an_overview_on_standard_input(call, model, poster, stdin):
    film = ("--poster", poster, "--overview", "a gun")
    expected = call("predict", *film, "--model", model, "--json")
    stdin(poster.read_bytes())
    assert call("predict", "--poster", "-", *film[2:], "--model", model, "--json") == expected
    stdin(b"a gun")
    assert call("predict", *film[:2], "--overview", "-", "--model", model, "--json") == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one.jpg"], "is a poster, not a catalogue; write --poster one.jpg"),
        (["--poster", "one.jpg", "--poster", "one.jpg", "--title", "x"], "describe one film"),
        (["--poster", "-", "--overview", "-"], "only one input"),
        (["--overview", "x", "--json", "--out", "x.jsonl"], "leave one of them out"),
    ],
)
def test_a_wrong_call_is_one_clear_line(call, model, poster, monkeypatch, arguments, message):
    monkeypatch.chdir(poster.parent)
    code, out, err = call("predict", *arguments, "--model", model)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert message in err


def test_options_for_remote_posters(call, tmp_path, monkeypatch):
    table = tmp_path / "films.csv"
    table.write_text("id,overview\n1,A film of two.\n")
    code, _, err = call("prepare", table, "--dry-run", "--allow-private")
    assert (code, "--allow-private needs --remote" in err) == (2, True)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    code, _, err = call("prepare", table, "--dry-run", "--remote")
    assert (code, "pip install 'posterplot[remote]'" in err) == (2, True)
