import io
import json
import os
import shutil
import sys
from dataclasses import replace

import pytest
from PIL import Image
from tests.conftest import poster_bytes

from posterplot.cli.trust import share
from posterplot.inference import settings
from posterplot.inference.prediction_files import show
from posterplot.inference.predictor import Predictor


@pytest.fixture
def model(runs):
    return runs / "tiny-fusion"


@pytest.fixture
def poster(tmp_path):
    path = tmp_path / "one.jpg"
    path.write_bytes(poster_bytes(("Action",), 1))
    return path


@pytest.fixture
def stdin(monkeypatch):
    def give(content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), "utf-8"))

    return give


LINE = {
    "id": "a",
    "title": "Salt",
    "genres": ["Drama"],
    "probabilities": {"Drama": 0.5, "Western": 0.0},
    "modalities": ["poster"],
}


def _bars(width, encoding="utf-8", **options):
    from rich.console import Console

    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    show(LINE, Console(file=stream, width=width, **options))
    stream.seek(0)
    return stream.read().splitlines()


@pytest.mark.parametrize(
    "options", [{}, {"force_terminal": True, "no_color": True}, {"force_terminal": True}]
)
def test_without_colours_a_bar_is_as_long_as_its_probability(options, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    _, half, none, _ = _bars(80, **options)
    assert half.count("━") == 15
    assert none.count("━") == 0
    assert none.endswith(" 0%")


@pytest.mark.parametrize(("width", "bar"), [(120, 30), (40, 25), (25, 10), (16, 0)])
def test_bars_fit_the_width(width, bar):
    _, *rows, _ = _bars(width)
    assert len(rows) == 2
    assert rows[0].count("━") == bar // 2
    assert {len(row) for row in rows} == {15 + bar if bar else 15}


def test_bars_in_ascii():
    _, half, none, _ = _bars(80, "ascii")
    assert half.startswith("* Drama   ###############  ")
    assert "#" not in none


def test_one_film_as_json(call, model, poster):
    code, out, err = call("predict", "--poster", poster, "--model", model, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["modalities"] == ["poster"]
    assert call("predict", "--poster", poster, "--model", model, "--out", "-") == (code, out, err)


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


def test_a_folder_of_posters(call, model, poster, tmp_path):
    folder = tmp_path / "posters"
    folder.mkdir()
    for name in ("Salt (1999).jpg", "Gold.png"):
        shutil.copy(poster, folder / name)
    code, out, _ = call("predict", folder, "--model", model)
    assert code == 0
    assert [json.loads(line)["title"] for line in out.splitlines()] == ["Gold", "Salt"]


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


def test_a_summary_of_what_was_written(call, model, tmp_path):
    table = tmp_path / "films.csv"
    table.write_text("id,overview\na,grief house letter\nb,gun chase\nc,\n")
    out = tmp_path / "genres.jsonl"
    code, _, err = call("predict", table, "--model", model, "--out", out)
    assert code == 1
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    first = next(g for g in lines[0]["genres"] or ["without a genre"])
    assert "2 films predicted: " in err
    assert f"{first} " in err.partition("predicted: ")[2]
    assert f"predictions written to {out}" in err


def test_ctrl_c_names_resume(call, model, tmp_path, monkeypatch):
    table = tmp_path / "films.csv"
    table.write_text("id,overview\n" + "".join(f"{n},a gun {n}\n" for n in range(40)))
    out = tmp_path / "genres.jsonl"
    from posterplot.inference.predictor import Predictor

    real = Predictor.predict

    def stopped(self, films):
        for number, item in enumerate(real(self, films)):
            if number == 10:
                raise KeyboardInterrupt
            yield item

    with monkeypatch.context() as patched:
        patched.setattr(Predictor, "predict", stopped)
        code, _, err = call("predict", table, "--model", model, "--out", out)
    assert (code, err) == (130, "Stopped. The same command with --resume continues.\n")
    code, _, err = call("predict", table, "--model", model, "--out", out, "--resume")
    assert code == 0
    assert "40 films predicted" in err
    assert len(out.read_text().splitlines()) == 40


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["one.jpg"], "is a poster, not a catalogue; write --poster one.jpg"),
        (["--poster", "one.jpg", "--poster", "one.jpg", "--title", "x"], "describe one film"),
        (["--poster", "-", "--overview", "-"], "only one input"),
        (["--overview", "x", "--json", "--out", "x.jsonl"], "leave one of them out"),
    ],
)
def test_a_wrong_call_is_one_clear_line(call, model, poster, monkeypatch, arguments, said):
    monkeypatch.chdir(poster.parent)
    code, out, err = call("predict", *arguments, "--model", model)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert said in err


def test_letters_that_the_terminal_lacks(model, monkeypatch, poster):
    from posterplot.cli import main

    for encoding, as_json in (("ascii", ["--json"]), ("cp1252", []), ("ascii", [])):
        stream = io.TextIOWrapper(io.BytesIO(), encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        film = ["--poster", str(poster), "--title", "Amélie 愛", "--model", str(model)]
        with pytest.raises(SystemExit) as stopped:
            main(["predict", *film, *as_json])
        assert not stopped.value.code
        stream.flush()
        text = stream.buffer.getvalue().decode(encoding)
        if as_json:
            assert json.loads(text)["title"] == "Amélie 愛"
        else:
            assert "\\u611b: " in text


def test_an_image_of_a_wrong_kind_is_named(call, model, tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "small.png")
    code, _, err = call("predict", "--poster", tmp_path / "small.png", "--model", model)
    assert (code, err) == (1, "Poster is too small: 4 x 4 pixels\n")


def test_folders_and_files_whose_names_are_not_utf_8(call, model, poster, tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    try:
        (folder / os.fsdecode(b"no\xebl.jpg")).write_bytes(poster.read_bytes())
    except OSError:
        pytest.skip("this disk takes no such names")
    (folder / "films.csv").write_text("id,overview,poster\na,a gun,none.jpg\n")
    out = folder / "genres.jsonl"
    code, _, err = call("predict", folder / "films.csv", "--model", model, "--out", out)
    assert code == 1
    row = json.loads(out.read_text())
    assert row["problem"] == f"poster file not found: {tmp_path}/caf\\udce9/none.jpg"
    for kind in ("csv", "parquet"):
        assert call("predict", folder, "--model", model, "--out", folder / f"g.{kind}")[0] == 2
        table = ("predict", folder / "films.csv", "--model", model)
        assert call(*table, "--out", folder / f"g.{kind}")[0] == 1
    found = folder / os.fsdecode(b"no\xebl.jpg")
    code, said, _ = call(
        *("predict", "--poster", found, "--poster", found, "--model", model, "--json")
    )
    assert code == 0
    assert json.loads(said.splitlines()[0])["id"].endswith("caf\\udce9/no\\udceb" + "l.jpg")
    code, _, err = call("predict", folder / "none.csv", "--model", model)
    assert code == 2
    assert len(err.splitlines()) == 1


def test_a_catalogue_is_one_line_a_film_on_a_terminal(call, tmp_path, monkeypatch):
    from rich.console import Console

    table = tmp_path / "films.csv"
    table.write_text(
        "id,title,overview\n"
        "a,Salt [x],A detective hunts a killer who leaves a poem at every crime scene.\n"
        "b,,N/A\n"
    )
    stream = io.StringIO()
    monkeypatch.setattr(
        "posterplot.cli.predict.console", Console(file=stream, force_terminal=True, width=40)
    )
    code, out, err = call("predict", table)
    assert code == 1
    assert stream.getvalue().startswith("Salt [x]: Crime, ")
    assert len(stream.getvalue().splitlines()) == 1
    assert "b" in err
    _, out, _ = call("predict", table, "--json")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["a", "b"]


def test_a_terminal_shows_once_what_is_not_guaranteed_and_what_is_unfamiliar(
    call, tmp_path, monkeypatch
):
    from rich.console import Console

    nonsense = "Click here to subscribe to our newsletter, and get ten per cent off all shoes."
    table = tmp_path / "films.csv"
    table.write_text(
        "id,title,overview\n"
        "a,Salt,A detective hunts a killer who leaves a poem at every crime scene.\n"
        f'b,Gold,"{nonsense}"\nc,Iron,"{nonsense}"\n'
    )
    stream = io.StringIO()
    monkeypatch.setattr(
        "posterplot.cli.predict.console", Console(file=stream, force_terminal=True, width=40)
    )
    real = Predictor.predict

    def predict(self, films):  # whether a text is familiar depends on the model in the package
        for item in real(self, films):
            yield replace(item, familiar=item.id == "a")

    monkeypatch.setattr(Predictor, "predict", predict)
    monkeypatch.setattr(settings, "_guaranteed", _nothing_guaranteed)
    code, _, err = call("predict", table, "--precision", "0.9")
    assert code == 0
    assert err == (
        "3 films: no genre is predicted: from its overview alone; a lower share predicts more\n"
        "2 films are unlike the films that this model was measured on: trust the genres less\n"
    )
    assert len(stream.getvalue().splitlines()) == 3
    code, _, again = call("predict", table, "--precision", "0.9", "--out", tmp_path / "o.jsonl")
    assert code == 0
    assert err in again


def _nothing_guaranteed(decisions, *_):
    text = "no genre is predicted: from its overview alone"
    thresholds = dict.fromkeys(decisions.thresholds, (1.0,) * len(decisions.scale))
    return decisions.model_copy(update={"thresholds": thresholds, "guarantee_text": text})


@pytest.mark.parametrize("text", ["0.9", "90%", " 90 % "])
def test_a_share_may_be_written_in_percent(text):
    assert share(text) == 0.9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--engine", "ray"], "--engine ray predicts a catalogue into a folder; name both"),
        (["--address", "a:1"], "--address needs --engine ray; add it, or leave --address out"),
    ],
)
def test_options_of_a_cluster_that_do_not_go_together(call, tmp_path, options, message):
    (tmp_path / "films.csv").write_text("id,overview\na,A cook\n")
    code, _, err = call("predict", tmp_path / "films.csv", *options)
    assert code == 2
    assert message in err


def test_without_ray(call, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "films.csv").write_text("id,overview\na,A cook\n")
    out = tmp_path / "out"
    code, _, err = call("predict", tmp_path / "films.csv", "--engine", "ray", "--out", out)
    assert code == 2
    assert "this needs ray, which is not installed; pip install 'posterplot[ray]'" in err
    assert not out.exists()
