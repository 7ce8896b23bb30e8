"""calibrate and adapt, from the command line and without torch."""

import csv
import subprocess
import sys

import pytest
from tests.tiny_bundle import overview, write_tiny_bundle

from posterplot.inference.bundle import load_bundle

WITHOUT_TORCH = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision", "lightning", "timm", "transformers"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from posterplot.cli import main
main(sys.argv[1:])
"""
KINDS = {"Fights": ("Action",), "Tears": ("Drama",)}


def _call(*arguments):
    command = [sys.executable, "-c", WITHOUT_TORCH, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _write(path, films, genres):
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "title", "overview", "genres", "split"])
        for n in range(films):
            own = list(KINDS)[n % 2]
            name = own if genres == "own" else KINDS[own][0]
            split = ("train", "validation", "validation", "test")[n % 4]
            writer.writerow([f"f{n}", f"Film {n}", overview(KINDS[own], n), name, split])
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("base") / "bundle").path


def test_own_genres(base, tmp_path):
    films = _write(tmp_path / "films.csv", 80, "own")
    done = _call("adapt", films, "--model", base, "--out", tmp_path / "own")
    assert done.returncode == 0, done.stderr
    assert "2 genres learned from 80 films" in done.stderr
    done = _call("predict", films, "--model", tmp_path / "own", "--out", tmp_path / "genres.csv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "genres.csv").open(newline="") as stream:
        found = [row["genres"] for row in csv.DictReader(stream)]
    assert sum(found[n] == list(KINDS)[n % 2] for n in range(80)) > 70
    done = _call("adapt", films, "--model", base, "--out", tmp_path / "own")
    assert done.returncode == 2
    assert "exists already" in done.stderr


def test_calibrate(base, tmp_path):
    films = _write(tmp_path / "films.csv", 320, "known")
    done = _call("prepare", films, "--out", tmp_path / "dataset")
    assert done.returncode in (0, 1), done.stderr
    arguments = ("--data", tmp_path / "dataset", "--out", tmp_path / "new")
    done = _call("calibrate", base, *arguments)
    assert done.returncode == 0, done.stderr
    assert "fitted on 240 films" in done.stderr  # test is left out
    old, new = load_bundle(base).manifest, load_bundle(tmp_path / "new").manifest
    assert new.provenance["calibrated_from"] == old.digest
    assert new.files["model.onnx"] == old.files["model.onnx"]
    assert new.decisions.guarantees.films == 240
    assert "## Recalibrated" in (tmp_path / "new" / "README.md").read_text()


def test_calibration_needs_films(base, tmp_path):
    films = _write(tmp_path / "films.csv", 60, "known")
    _call("prepare", films, "--out", tmp_path / "dataset")
    done = _call("calibrate", base, "--data", tmp_path / "dataset", "--out", tmp_path / "new")
    assert done.returncode == 2
    assert "calibration needs 200" in done.stderr
