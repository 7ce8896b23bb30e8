import io
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image
from tests.conftest import write_catalogue

from posterplot.inference.predictor import Predictor


def test_one_film_as_json(call, model, poster):
    code, out, err = call("predict", "--poster", poster, "--model", model, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["modalities"] == ["poster"]
    assert call("predict", "--poster", poster, "--model", model, "--out", "-") == (code, out, err)


def test_a_folder_of_posters(call, model, poster, tmp_path):
    folder = tmp_path / "posters"
    folder.mkdir()
    for name in ("Salt (1999).jpg", "Gold.png"):
        shutil.copy(poster, folder / name)
    code, out, _ = call("predict", folder, "--model", model)
    assert code == 0
    assert [json.loads(line)["title"] for line in out.splitlines()] == ["Gold", "Salt"]


def test_ctrl_c_names_resume(call, model, tmp_path, monkeypatch):
    table = tmp_path / "films.csv"
    table.write_text("id,overview\n" + "".join(f"{n},a gun {n}\n" for n in range(40)))
    out = tmp_path / "genres.jsonl"

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
    path = folder / os.fsdecode(b"no\xebl.jpg")
    code, output, _ = call(
        *("predict", "--poster", path, "--poster", path, "--model", model, "--json")
    )
    assert code == 0
    assert json.loads(output.splitlines()[0])["id"].endswith("caf\\udce9/no\\udceb" + "l.jpg")
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


def catalogue_for_ray(call, monkeypatch, argument):
    """Call ``predict --engine ray`` without Ray, and return the catalogue that Ray would get."""
    from posterplot.scale import predict

    given = []
    monkeypatch.setattr(predict, "predict_to_folder", lambda c, *_, **__: given.append(c) or 0)
    code, _, err = call("predict", argument, "--engine", "ray", "--out", "out")
    assert (code, len(given)) == (0, 1), err
    return given[0]


@pytest.mark.parametrize("argument", ["films.csv", "posters", "."])
def test_workers_of_ray_get_absolute_paths(call, tmp_path, monkeypatch, argument):
    write_catalogue(tmp_path / "films", 3)
    monkeypatch.chdir(tmp_path / "films")
    if argument == ".":
        monkeypatch.chdir("posters")
    catalogue = catalogue_for_ray(call, monkeypatch, argument)
    assert catalogue.table.path == Path.cwd() / argument
    assert catalogue.table.folder.is_absolute()
    monkeypatch.chdir(tmp_path)  # as a worker does
    films = list(catalogue.films(splits=False))
    assert len(films) == 3
    assert all(film.poster.is_file() and film.poster.is_absolute() for film in films)


@pytest.mark.parametrize("address", ["s3:/films/films.csv", "hf://datasets/a/b@0"])
def test_addresses_for_ray_stay_as_they_are(address):
    from posterplot.cli.predict import _absolute

    assert _absolute(Path(address)) == Path(address)
