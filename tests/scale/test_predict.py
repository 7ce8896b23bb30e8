import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from posterplot.catalogue import open_catalogue
from posterplot.inference.prediction_files import row_problem
from posterplot.inference.settings import guarantee
from posterplot.scale.cluster import session_folder
from posterplot.scale.predict import predict_to_folder
from posterplot.scale.shard_folder import SUMMARY
from scale import named as processes
from tests.scale.made import plain, some_films

pytestmark = pytest.mark.filterwarnings("default")  # Ray warns of itself


def shards(folder):
    return sorted(folder.glob("films-*.parquet"))


def predict(table, bundle, out, films=5):
    rows = []
    catalogue = open_catalogue(table)
    removed = predict_to_folder(
        catalogue, bundle, out, rows.append, total=catalogue.count(), films=films
    )
    return rows, catalogue, removed


def test_two_nodes_answer_as_one_process_does(connected, shipped, tmp_path):
    table = some_films(tmp_path / "films")
    bundle = guarantee(shipped, "precision", 0.7)
    expected = plain(table, bundle, tmp_path / "plain.parquet")
    rows, catalogue, removed = predict(table, bundle, tmp_path / "out")
    assert pq.read_table(tmp_path / "out").equals(expected)
    assert [row["id"] for row in rows] == expected["id"].to_pylist()
    assert [row_problem(row) or None for row in rows] == [
        row["error"] or row["problem"] for row in expected.to_pylist()
    ]
    assert sum(bool(row_problem(row)) for row in rows) == 6
    assert catalogue.unread_posters == {"on the web or in cloud storage": 1}
    assert removed == 0
    summary = json.loads((tmp_path / "out" / SUMMARY).read_text())
    assert summary["films"] == len(rows) == 27
    assert summary["shards"] == [path.name for path in shards(tmp_path / "out")]


def test_only_what_is_missing_or_has_changed_is_predicted(connected, tiny, tmp_path):
    table, out = some_films(tmp_path / "films"), tmp_path / "out"
    predict(table, tiny, out)
    expected = {path.name: path.read_bytes() for path in shards(out)}
    old = {path.name: path.stat().st_mtime_ns for path in shards(out)}
    first, second, *_ = shards(out)
    second.unlink()
    table.write_text(table.read_text().replace("Title 1,", "Another,"))
    rows, _, removed = predict(table, tiny, out)
    assert removed == 1
    assert not first.exists()
    assert rows[1]["title"] == "Another"
    assert shards(out)[1:] == [out / name for name in sorted(expected)[1:]]
    assert {path.name: path.read_bytes() for path in shards(out)[1:]} == {
        name: content for name, content in expected.items() if name != first.name
    }
    new = {path.name: path.stat().st_mtime_ns for path in shards(out)[1:]}
    assert {name for name in new if new[name] != old[name]} == {second.name}


def test_a_catalogue_that_cannot_be_read(connected, tiny, tmp_path):
    from posterplot.errors import CatalogueError

    table = tmp_path / "films.csv"
    table.write_text("id,overview\n")
    with pytest.raises(CatalogueError, match="holds no films"):
        predict(table, tiny, tmp_path / "out")


# The command on a cluster of its own, whose output cannot be written
_FULL = """
import sys
from posterplot.cli import main
from posterplot.errors import OutputError
from posterplot.scale.shard_folder import ShardFolder

def write(*_):
    raise OutputError("is full", where="disk", hint="free some space")

ShardFolder.write = write
main(sys.argv[1:])
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes in /proc")
def test_an_error_is_one_line_and_no_cluster_remains(storage, tiny, tmp_path, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_memory_monitor_refresh_ms", "0")
    table, out = some_films(tmp_path / "films", 300), tmp_path / "out"
    options = ["--model", tiny.path, "--engine", "ray", "--out", out]
    command = [sys.executable, "-c", _FULL, "predict", table, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "posterplot: disk: is full; free some space\n"
    assert not processes(session_folder(out))
    assert not session_folder(out).exists()


def test_the_command_says_what_the_plain_engine_says(connected, tiny, tmp_path, call):
    table, out, file = some_films(tmp_path / "films"), tmp_path / "out", tmp_path / "out.parquet"
    model = ("--model", tiny.path)
    code, output, err = call("predict", table, *model, "--engine", "ray", "--out", out)
    expected = call("predict", table, *model, "--out", file)
    assert (code, output, err) == (*expected[:2], expected[2].replace(str(file), str(out)))
    assert code == 1
    assert pq.read_table(out).equals(pq.read_table(file))
