import csv

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.conftest import FUSION, JOINT, TFIDF

from posterplot.dataset.folds import make_folds
from posterplot.errors import ConfigError, OutputError
from posterplot.inference.bundle import load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.training.config.run_config import load_config
from posterplot.training.folds import train_folds


def _config(tmp_path, text, *overrides):
    (tmp_path / "config.toml").write_text(text)
    return load_config(tmp_path / "config.toml", list(overrides))


@pytest.fixture(scope="module")
def folds(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("folds")
    return train_folds(_config(folder, TFIDF), dataset, folder / "run", 3)


def test_each_film_is_predicted_by_the_model_that_has_not_seen_it(folds, dataset):
    rows = {row["id"]: row for row in pq.read_table(folds).to_pylist()}
    assert set(rows) == {film.id for film in dataset.films("train")}
    for number, fold in enumerate(make_folds(dataset, 3, seed=0), start=1):
        run = folds.parent / f"fold-{number}"
        bundle = load_bundle(run)
        assert bundle.manifest.provenance["dataset"] == fold.manifest.fingerprint
        predictor = Predictor(bundle)
        for film in fold.held_out_films():
            if not film.overview:
                assert rows[film.id]["error"]
                continue
            (expected,) = predictor.predict([film])
            assert rows[film.id]["probabilities"] == pytest.approx(expected.probabilities, abs=1e-4)


def test_distillation_and_audit_read_the_file(folds, dataset, catalogue, call, tmp_path):
    from posterplot.training.data.distillation import distilled_targets

    config = _config(tmp_path, JOINT + f'\n[distillation]\npredictions = ["{folds}"]\nweight = 0.5')
    films = list(dataset.films("train"))
    labels = np.array(dataset.vocabulary.encode([film.genres for film in films]))
    import torch

    targets = distilled_targets(
        config.distillation, dataset.vocabulary, films, torch.from_numpy(labels), lambda _: None
    )
    changed = (targets.numpy() != labels).any(axis=1)
    assert changed.tolist() == [bool(film.overview) for film in films]
    out = tmp_path / "audit.csv"
    code, _, err = call("audit", catalogue, "--predictions", folds, "--out", out)
    assert code == 0, err
    assert f"not checked: not in {folds}" in err
    with out.open(newline="") as file:
        ids = {row["id"] for row in csv.DictReader(file)}
    assert ids
    assert ids <= {film.id for film in films if film.overview}


def test_a_run_that_was_stopped_goes_on(folds, dataset, tmp_path, call):
    import shutil

    run = shutil.copytree(folds.parent, tmp_path / "run")
    (run / folds.name).unlink()
    shutil.rmtree(run / "fold-2")
    (run / "fold-2").mkdir()  # killed before it had written its configuration
    (run / "fold-2" / ".posterplot-temporary.config.toml").touch()
    (tmp_path / "config.toml").write_text(TFIDF)
    command = ("train", tmp_path / "config.toml", "--data", dataset.path, "--out", run)
    code, _, err = call(*command, "--folds", 3)
    assert code == 2
    assert "exists already" in err
    code, _, err = call(*command, "--folds", 3, "--resume")
    assert code == 0, err
    assert "fold 1 of 3 is finished" in err
    assert pq.read_table(run / folds.name).equals(pq.read_table(folds))
    (run / folds.name).unlink()
    # with another seed, films that a finished fold was trained on would be held out
    with pytest.raises(ConfigError, match=r"fold-1: .* another configuration: seed was 0 and is 1"):
        train_folds(_config(tmp_path, TFIDF, "seed=1"), dataset, run, 3, resume=True)
    with pytest.raises(OutputError, match="another number of folds"):
        train_folds(_config(tmp_path, TFIDF), dataset, run, 2, resume=True)


def test_parts_that_have_seen_all_films_are_refused(dataset, tmp_path):
    config = _config(tmp_path, FUSION.format(folder="runs"))
    with pytest.raises(ConfigError, match="have seen all training films"):
        train_folds(config, dataset, tmp_path / "run", 3)
    config = _config(tmp_path, JOINT, "init_from.overview=run")
    with pytest.raises(ConfigError, match="init_from: these runs have seen all"):
        train_folds(config, dataset, tmp_path / "run", 3)
    assert not (tmp_path / "run").exists()
    several = _config(tmp_path, JOINT, "fit.devices=2")
    with pytest.raises(ConfigError, match=r"fit.devices: folds are trained one after the other"):
        train_folds(several, dataset, tmp_path / "run", 3)
