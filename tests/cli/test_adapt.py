"""calibrate and adapt, from the command line and without torch."""

import csv

import pytest
from tests.commands import RUN_ALL, call_all
from tests.tiny_bundle import overview, write_tiny_bundle

from posterplot.inference.bundle import load_bundle

WITHOUT_TORCH = (
    """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "torchvision", "lightning", "timm", "transformers"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""
    + RUN_ALL
)
KINDS = {"Fights": ("Action",), "Tears": ("Drama",)}


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
    adapt = ("adapt", films, "--model", base, "--out", tmp_path / "own")
    predict = ("predict", films, "--model", tmp_path / "own", "--out", tmp_path / "genres.csv")
    adapted, predicted, again = call_all(WITHOUT_TORCH, (adapt, predict, adapt))
    assert adapted[0] == 0, adapted
    assert "2 genres learned from 80 films" in adapted[1]
    assert predicted[0] == 0, predicted
    with (tmp_path / "genres.csv").open(newline="") as stream:
        found = [row["genres"] for row in csv.DictReader(stream)]
    assert sum(found[n] == list(KINDS)[n % 2] for n in range(80)) > 70
    assert again[0] == 2
    assert "exists already" in again[1]


def _calibrate(base, films, folder):
    prepare = ("prepare", films, "--out", folder / "dataset")
    data = ("--data", folder / "dataset", "--out", folder / "new")
    return call_all(WITHOUT_TORCH, (prepare, ("calibrate", base, *data)))


def test_calibrate(base, tmp_path):
    films = _write(tmp_path / "films.csv", 320, "known")
    prepared, calibrated = _calibrate(base, films, tmp_path)
    assert prepared[0] in (0, 1), prepared
    assert calibrated[0] == 0, calibrated
    assert "fitted on 240 films" in calibrated[1]  # test is left out
    old, new = load_bundle(base).manifest, load_bundle(tmp_path / "new").manifest
    assert new.provenance["calibrated_from"] == old.digest
    assert new.files["model.onnx"] == old.files["model.onnx"]
    assert new.decisions.guarantees.films == 240
    assert "## Recalibrated" in (tmp_path / "new" / "README.md").read_text()


def test_calibration_needs_films(base, tmp_path):
    films = _write(tmp_path / "films.csv", 60, "known")
    _, (code, said) = _calibrate(base, films, tmp_path)
    assert code == 2
    assert "calibration needs 200" in said
