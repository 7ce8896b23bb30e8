import csv
import errno
import json
import os
import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from tests.conftest import CNN, poster_bytes

from posterplot import __version__


def _one_line(err):
    assert len(err.strip().splitlines()) == 1, err
    assert err.startswith("posterplot: ")
    return err


def test_version_and_help(call):
    assert call("--version")[:2] == (0, f"posterplot {__version__}\n")
    code, out, _ = call("--help")
    assert code == 0
    for verb in ("prepare", "train", "evaluate", "predict", "explain", "report", "demo"):
        assert verb in out


def test_the_short_help_has_the_whole_first_paragraphs(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    code, out, _ = call("-h")
    assert code == 0
    assert "..." not in out.partition("Commands:")[2]
    assert "Run the steps on invented films: prepare, train, evaluate, predict, report." in (
        " ".join(out.split())
    )
    assert call("predict", "-h")[1] == call("predict", "--help")[1] != ""


def test_the_tab_key_completes_commands_and_options(monkeypatch, capsys):
    from posterplot.cli import app

    monkeypatch.setenv("_POSTERPLOT_COMPLETE", "complete_bash")
    for words, expected in (
        ("posterplot pre", "prepare\npredict"),
        ("posterplot info --m", "--model"),
    ):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
        with pytest.raises(SystemExit):
            app(prog_name="posterplot")
        assert capsys.readouterr().out.strip() == expected


def test_a_call_without_arguments_shows_help(call):
    code, out, err = call()
    assert (code, err) == (0, "")
    assert "prepare" in out


def test_a_missing_poster_is_reported(call, runs):
    code, _, err = call("predict", "--poster", "nope.jpg", "--model", runs / "tiny-cnn")
    assert (code, err) == (1, "Poster file not found: nope.jpg\n")


def test_an_overview_without_words_is_reported(call, runs):
    code, _, err = call("predict", "--overview", "🎬 🍿", "--model", runs / "tiny-lstm")
    assert code == 1
    assert err == "Overview has no words\n"


def test_preparing_with_a_rejected_film(call, catalogue, tmp_path):
    table = tmp_path / "films.csv"
    text = catalogue.read_text().replace("posters/", f"{catalogue.parent}/posters/")
    table.write_text(text + "x,Nothing,2000,,Drama,,train\n")
    code, _, err = call("prepare", table, "--out", tmp_path / "data", "--allow-outside")
    assert code == 1
    assert "rejected.jsonl" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict"], "give a catalogue"),
        (["predict", "films.csv", "--overview", "x"], "a catalogue and --overview exclude each"),
        (["predict", "films.csv", "--title", "x"], "a catalogue and --title exclude each"),
        (["predict", "--poster", "a.jpg", "b.jpg"], "write --poster before each poster"),
        (["predict", "--poster", "a.jpg", "b.jpg", "c.jpg"], "write --poster before each poster"),
        (["predict", "--overview", " "], "--overview: is empty"),
        (["predict", "--title", "x"], "a title alone is not enough"),
        (["predict", "A librarian hunts a man."], "write --overview before a text"),
        (["predict", "a b.jpg"], "write --poster 'a b.jpg'"),
        (["predict", "x.csv", "--column", "Inhalt=overview"], "write overview=Inhalt"),
        (["predict", "--overview", "x", "--precision", "most"], "'most' is not a share"),
        (["predict", "--overview"], "requires an argument; see posterplot predict --help"),
        (["predict", "--overview", "x", "--model", "nowhere"], "no such folder"),
        (["predict", "films.csv", "--films"], "No such option"),
        (["prepare", "nowhere.csv", "--out", "x"], "no such file"),
        (["prepare"], "Missing argument"),
        (["train", "nowhere.toml", "--data", "x", "--out", "y"], "file not found"),
        (["fly"], "No such command"),
    ],
)
def test_a_wrong_call_is_one_clear_line(call, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*arguments)
    assert code == 2
    assert out == ""
    assert message in _one_line(err)
    assert list(tmp_path.iterdir()) == []


def test_the_whole_pipeline(call, catalogue, tmp_path):
    data, run = tmp_path / "data", tmp_path / "run"
    code, out, err = call("prepare", catalogue, "--out", data)
    assert code == 0
    assert "train" in out
    assert "dataset written" in err
    config = tmp_path / "config.toml"
    config.write_text(CNN)
    code, _, err = call("train", config, "--data", data, "--out", run, "--set", "fit.epochs=1")
    assert code == 0
    assert "left out" in err
    code, out, _ = call("evaluate", run, "--data", data, "--out", tmp_path / "evaluation.json")
    assert code == 0
    assert "mAP" in out
    assert (tmp_path / "evaluation.parquet").is_file()


def test_one_film_is_drawn_as_bars(call, runs, tmp_path):
    poster = tmp_path / "poster.jpg"
    poster.write_bytes(poster_bytes(("Action",), 1))
    model = runs / "tiny-fusion"
    code, out, _ = call("predict", "--poster", poster, "--overview", "a gun", "--model", model)
    assert code == 0
    assert "Romance" in out
    assert "%" in out
    assert "from: poster and overview" in out


def test_one_film_to_a_file(call, runs, tmp_path):
    out = tmp_path / "film.jsonl"
    model = runs / "tiny-fusion"
    assert call("predict", "--overview", "a gun", "--model", model, "--out", out)[0] == 0
    line = json.loads(out.read_text())
    assert set(line) == {"id", "title", "genres", "probabilities", "modalities"}
    assert line["modalities"] == ["overview"]


def test_a_broken_poster_is_named(call, runs, tmp_path):
    poster = tmp_path / "poster.jpg"
    poster.write_text("<html>not found</html>")
    code, out, err = call("predict", "--poster", poster, "--model", runs / "tiny-cnn")
    assert code == 1
    assert out == ""
    assert "HTML" in err


@pytest.fixture
def films(tmp_path):
    """A good film, one with a broken poster, one that has nothing, one a cell too wide."""
    (tmp_path / "good.jpg").write_bytes(poster_bytes(("Drama",), 1))
    (tmp_path / "bad.jpg").write_bytes(poster_bytes(("Drama",), 1)[:300])
    table = tmp_path / "films.csv"
    table.write_text(
        "id,title,overview,poster\n"
        "a,Good,a letter,good.jpg\n"
        "b,Half,a letter,bad.jpg\n"
        "c,None,,bad.jpg\n"
        "x,Odd,a letter,,one cell too many\n"
        'd,"Last, one",a kiss,\n'
    )
    return table


def test_one_bad_film_never_stops_the_others(call, runs, films, tmp_path):
    out = tmp_path / "out.jsonl"
    code, _, err = call("predict", films, "--model", runs / "tiny-fusion", "--out", out)
    assert code == 1
    assert "2 of 5 films could not be used; 1 of 5 films could be used only in part" in err
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c", "row-5", "d"]
    assert ["error" in line for line in lines] == [False, False, True, True, False]
    assert "problem" in lines[1]
    assert lines[1]["modalities"] == ["overview"]
    assert lines[4]["title"] == "Last, one"


def test_all_output_formats_hold_the_same_predictions(call, runs, films, tmp_path):
    for suffix in ("jsonl", "csv", "parquet"):
        out = tmp_path / f"out.{suffix}"
        assert call("predict", films, "--model", runs / "tiny-fusion", "--out", out)[0] == 1
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    with (tmp_path / "out.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    table = pq.read_table(tmp_path / "out.parquet").to_pylist()
    for line, row, record in zip(lines, rows, table, strict=True):
        assert line["id"] == row["id"] == record["id"]
        assert "|".join(line.get("genres", [])) == row["genres"] == "|".join(record["genres"] or [])
        assert line.get("error", "") == row["error"] == (record["error"] or "")
        for genre, probability in line.get("probabilities", {}).items():
            assert float(row[f"probability:{genre}"]) == probability
            assert record["probabilities"][genre] == pytest.approx(probability)


def test_without_an_output_a_table_is_printed_as_json_lines(call, runs, films):
    code, out, _ = call("predict", films, "--model", runs / "tiny-fusion")
    assert code == 1
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["a", "b", "c", "row-5", "d"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.txt", "cannot be a"),
        ("folder.csv", "is a folder"),
        ("films.csv", "exists already"),
        ("films.csv/x.csv", "is a file"),
    ],
)
def test_an_invalid_output_is_refused(call, runs, films, tmp_path, name, message):
    (tmp_path / "folder.csv").mkdir()
    table = films.read_text()
    code, _, err = call("predict", films, "--model", runs / "tiny-fusion", "--out", tmp_path / name)
    assert code == 2
    assert films.read_text() == table
    assert message in _one_line(err)


@pytest.mark.parametrize("verb", [("predict", "--overview", "x"), ("info",)])
def test_an_altered_bundle_is_refused(call, runs, tmp_path, verb):
    bundle = shutil.copytree(runs / "tiny-lstm" / "bundle", tmp_path / "bundle")
    (bundle / "tokenizer.json").write_text("{}")
    code, _, err = call(*verb, "--model", bundle)
    assert code == 2
    assert "was altered" in _one_line(err)


def test_the_packaged_model_is_the_default(call, runs, monkeypatch, tmp_path):
    shipped = runs / "tiny-lstm" / "bundle"
    monkeypatch.setattr("posterplot.inference.bundle._SHIPPED", shipped)
    named = call("predict", "--overview", "a gun", "--model", shipped)
    assert call("predict", "--overview", "a gun") == named
    assert named[0] == 0
    assert call("explain", "--overview", "a gun", "--out", tmp_path / "why")[0] == 0


@pytest.mark.parametrize("verb", [("predict", "--overview", "x"), ("info",)])
def test_a_package_without_a_model_says_so(call, monkeypatch, tmp_path, verb):
    monkeypatch.setattr("posterplot.inference.bundle._SHIPPED", tmp_path / "none")
    code, _, err = call(*verb)
    assert code == 2
    assert "no model was given" in _one_line(err)


@pytest.mark.parametrize("chosen", [None, "mimalloc"])
def test_freed_memory_goes_back_unless_the_user_chooses(call, monkeypatch, chosen):
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", chosen or "")
    if not chosen:
        monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL")
    call("--version")
    assert os.environ["ARROW_DEFAULT_MEMORY_POOL"] == (chosen or "system")


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGPIPE")
@pytest.mark.parametrize(
    ("closed", "words"),
    [
        ("stdout", ["--version"]),
        ("stdout", ["info"]),
        ("stderr", ["predict", "--overview", "A gun."]),  # rich prints that it is short
        ("stderr", ["info", "--nonsense"]),
    ],
)
def test_a_closed_pipe_ends_a_command_as_sigpipe_would(closed, words):
    reading, writing = os.pipe()
    os.close(reading)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, closed: writing}
    done = subprocess.run([sys.executable, "-m", "posterplot", *words], check=False, **streams)
    os.close(writing)
    assert done.returncode == 141
    assert not done.stderr


@pytest.mark.skipif(os.name == "nt", reason="streams are closed otherwise")
@pytest.mark.parametrize("closed", [1, 2])
def test_a_command_runs_without_a_standard_stream(closed):
    program = f"import os, sys; os.close({closed}); os.execv(sys.executable, sys.argv[1:])"
    command = [sys.executable, "-m", "posterplot", "--version"]
    done = subprocess.run(
        [sys.executable, "-c", program, *command], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_broken_pipe_of_something_else_is_an_error(call, monkeypatch):
    def fail(*_, **__):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("posterplot.inference.bundle.load_bundle", fail)
    code, _, err = call("info")
    assert code == 2
    assert err.startswith("posterplot: the operating system reports an error (Broken pipe)")
