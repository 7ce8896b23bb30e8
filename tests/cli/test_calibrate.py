"""calibrate, from the command line and without torch."""

import pytest
from tests.cli.own_films import WITHOUT_TORCH, write_films
from tests.commands import call_all
from tests.tiny_bundle import write_tiny_bundle

from posterplot.inference.bundle import load_bundle


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("base") / "bundle").path


def _calibrate(base, films, folder):
    prepare = ("prepare", films, "--out", folder / "dataset")
    data = ("--data", folder / "dataset", "--out", folder / "new")
    return call_all(WITHOUT_TORCH, (prepare, ("calibrate", base, *data)))


def test_calibrate(base, tmp_path):
    films = write_films(tmp_path / "films.csv", 320, "known")
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
    films = write_films(tmp_path / "films.csv", 60, "known")
    _, (code, err) = _calibrate(base, films, tmp_path)
    assert code == 2
    assert "calibration needs 200" in err
