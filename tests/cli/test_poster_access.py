"""Posters that no catalogue and no option may lead to, in every command that reads posters."""

import json
import os

import pytest
from tests.conftest import poster_bytes

import posterplot
from posterplot.errors import FilmError

OVERVIEW = "A gun and a chase and two friends who look for a way home."
ODD = {  # name -> the message about it
    "pipe.jpg": "poster file is a device or a pipe",
    "zero.jpg": "poster file is a device or a pipe",
    "sparse.jpg": "poster file is too large: over 256 MB",
    "folder.jpg": "poster file is a folder",
}


@pytest.fixture
def odd(tmp_path):
    """A folder with a poster, and with files that only look like one."""
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(poster_bytes(("Action",), 1))
    os.mkfifo(folder / "pipe.jpg")
    (folder / "zero.jpg").symlink_to("/dev/zero")
    with (folder / "sparse.jpg").open("wb") as file:
        file.truncate(20 * 2**30)
    (folder / "folder.jpg").mkdir()
    return folder


@pytest.fixture
def table(odd):
    rows = [f"{n},{OVERVIEW} {n},Drama,{name}" for n, name in enumerate([*ODD, "good.jpg"])]
    path = odd / "films.csv"
    path.write_text("id,overview,genres,poster\n" + "\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("name", ODD)
def test_odd_files_are_refused_on_the_command_line_and_in_python(call, runs, odd, name):
    model = runs / "tiny-cnn"
    code, _, err = call("predict", "--poster", odd / name, "--model", model)
    assert (code, ODD[name] in err.lower().replace("mb", "MB")) == (1, True)
    code, _, err = call(
        "explain", "--poster", odd / name, "--model", model, "--out", odd.parent / "why"
    )
    assert (code, ODD[name] in err.lower().replace("mb", "MB")) == (1, True)
    model = posterplot.load(model)
    with pytest.raises(FilmError, match=ODD[name]):
        model.predict(poster=odd / name)
    with pytest.raises(FilmError, match=ODD[name]):
        model.explain(poster=odd / name)


def test_odd_files_cost_only_the_poster_of_their_film(call, runs, table, tmp_path):
    code, out, _ = call(
        "predict", table, "--allow-outside", "--model", runs / "tiny-cnn", "--allow-outside"
    )
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 1
    assert [line.get("error", "").partition(":")[0] for line in lines] == [
        *(reason.partition(":")[0] for reason in ODD.values()),
        "",
    ]
    code, _, _ = call("prepare", table, "--out", tmp_path / "data", "--allow-outside")
    assert code == 1
    lines = (tmp_path / "data/rejected.jsonl").read_text().splitlines()
    reasons = {row["id"]: (row["part"], row["reason"]) for row in map(json.loads, lines)}
    assert {id_: part for id_, (part, _) in reasons.items()} == dict.fromkeys("0123", "poster")
    for (_, reason), message in zip(reasons.values(), ODD.values(), strict=True):
        assert reason.startswith(message)


def test_posters_outside_the_folder_need_an_allowance(call, runs, odd, tmp_path):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(poster_bytes(("Drama",), 2))
    (odd / "link.jpg").symlink_to(secret)
    paths = [secret, "../secret.jpg", "link.jpg"]
    table = odd / "films.jsonl"
    table.write_text("".join(json.dumps({"poster": str(path)}) + "\n" for path in paths))
    model = runs / "tiny-cnn"
    code, out, err = call("predict", table, "--model", model)
    assert (code, out.count("outside the catalogue's folder")) == (1, 3)
    assert "--allow-outside" in err
    code, out, _ = call("predict", table, "--model", model, "--allow-outside")
    assert (code, out.count("probabilities")) == (0, 3)
    films = list(posterplot.read_catalogue(table, allow_outside=True))
    assert [film.poster.resolve() for film in films] == [secret.resolve()] * 3


def test_posters_elsewhere_are_counted_in_one_line(call, runs, tmp_path):
    table = tmp_path / "films.csv"
    rows = [f"{n},{OVERVIEW} {n},Drama,https://host/{n}.jpg" for n in range(3)]
    rows.append(f"3,{OVERVIEW},Drama,C:\\films\\3.jpg")
    table.write_text("id,overview,genres,poster\n" + "\n".join(rows) + "\n")
    lines = [
        "3 posters are on the web or in cloud storage, and were not read; --remote fetches them,",
        "1 poster is on another machine, and was not read; put the file beside the table",
    ]
    code, _, err = call("predict", table, "--model", runs / "tiny-lstm")
    assert (code, [line in err for line in lines]) == (0, [True, True])
    code, _, err = call("prepare", table, "--out", tmp_path / "data")
    assert [line in err for line in lines] == [True, True]
    code, out, _ = call("prepare", table, "--dry-run")
    assert [line in out for line in lines] == [True, True]
