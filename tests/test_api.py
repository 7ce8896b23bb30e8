import csv
import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import posterplot as pp
from posterplot.errors import BundleError, CatalogueError, ConfigError, UsageError
from tests.conftest import CNN, TFIDF


def test_a_model_is_loaded_from_a_run_a_bundle_and_the_package(runs):
    assert pp.load(runs / "tiny-fusion").name == "tiny-fusion"
    assert pp.load(str(runs / "tiny-cnn" / "bundle")).modalities == ("poster",)
    assert pp.load().modalities == ("poster", "overview")
    with pytest.raises(BundleError, match="no such folder"):
        pp.load(runs / "nope")


def test_a_catalogue_that_cannot_be_read_fails_at_once(tmp_path):
    with pytest.raises(CatalogueError, match="no such file"):
        pp.read_catalogue(tmp_path / "films.csv")
    (tmp_path / "films.csv").write_text("name\nx\n")
    with pytest.raises(CatalogueError, match="no column"):
        pp.read_catalogue(str(tmp_path / "films.csv"))


def test_columns_and_encoding_as_the_hints_say(tmp_path):
    path = tmp_path / "films.csv"
    path.write_bytes("key;words\n1;Jürgen cooks.\n".encode("cp1252"))
    with pytest.raises(CatalogueError, match=r'`columns=\{"overview": COLUMN\}`'):
        pp.read_catalogue(path)
    [film] = pp.read_catalogue(path, columns={"overview": "words"}, encoding="cp1252")
    assert film.overview == "Jürgen cooks."
    with pytest.raises(CatalogueError, match="give its encoding: `encoding=NAME`"):
        list(pp.read_catalogue(path, columns={"overview": "words"}, encoding="utf-8"))
    with pytest.raises(UsageError, match=r"columns: films\.csv has no column 'plot'"):
        pp.read_catalogue(path, columns={"overview": "plot"})


def test_prepare_takes_columns_and_labels(catalogue, tmp_path):
    labels = tmp_path / "labels.csv"
    with catalogue.open(newline="") as stream:
        ids = [row["id"] for row in csv.DictReader(stream)]
    labels.write_text("id,genres\n" + "".join(f"{i},Cooking\n" for i in ids))
    dataset = pp.prepare(
        catalogue, tmp_path / "dataset", columns={"overview": "overview"}, labels=str(labels)
    )
    assert list(dataset.manifest.genres) == ["Cooking"]


def test_prediction_ignores_the_split_column(tmp_path):
    (tmp_path / "films.csv").write_text("id,overview,split\n1,A cook.,odd\n")
    [film] = pp.read_catalogue(tmp_path / "films.csv")
    assert (film.id, film.split) == ("1", None)


def test_a_catalogue_becomes_an_evaluated_model(catalogue, tmp_path, caplog):
    dataset = pp.prepare(str(catalogue), tmp_path / "dataset")
    assert dataset.table("train").num_rows == dataset.manifest.splits["train"].films
    config = tmp_path / "tfidf.toml"
    config.write_text(TFIDF)
    with caplog.at_level(logging.INFO, "posterplot"):
        model = pp.train(config, dataset, out=tmp_path / "run", overrides={"name": "mine"})
    assert model.name == "mine"
    assert "training films have an overview" in caplog.text
    results = [
        pp.evaluate(of, data, split="test")
        for of, data in ((model, dataset), (str(tmp_path / "run"), str(tmp_path / "dataset")))
    ]
    assert results[0] == results[1]


@pytest.mark.usefixtures("quick_export")
def test_overrides_reach_the_configuration_and_wrong_ones_are_refused(dataset, tmp_path):
    config = tmp_path / "cnn.toml"
    config.write_text(CNN)
    overrides = {"fit.epochs": 1, "poster.channels": [3, 5], "seed": 4}
    pp.train(config, dataset, out=tmp_path / "run", overrides=overrides)
    with (tmp_path / "run/history.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == 1
    saved = (tmp_path / "run/config.toml").read_text()
    assert "seed = 4" in saved
    with pytest.raises(ConfigError, match=r"fit\.epoch is unknown"):
        pp.train(config, dataset, out=tmp_path / "other", overrides={"fit.epoch": 1})


def test_overrides_may_be_paths_and_numpy_values_and_nothing_else(dataset, tmp_path):
    def refusal(**overrides):
        with pytest.raises(pp.PosterplotError) as caught:
            pp.train("late-fusion", dataset, out=tmp_path / "run", overrides=overrides)
        return str(caught.value)

    assert "runs/🎬 and runs/b do not exist" in refusal(poster="runs/🎬", overview=Path("runs/b"))
    assert "seed" not in refusal(seed=np.int64(3), poster="runs/a")
    assert "overrides: poster: set is no value" in refusal(poster={1}).replace("`", "")


def test_an_evaluation_holds_the_figures_of_the_command(runs, dataset, call, tmp_path):
    out = tmp_path / "evaluation.json"
    assert call("evaluate", runs / "tiny-fusion", "--data", dataset.path, "--out", out)[0] == 0
    written = json.loads(out.read_text())
    result = pp.evaluate(runs / "tiny-fusion", dataset)
    assert result.overall["mAP"] == written["overall"]["mAP"]["value"]
    assert result.overall["mAP"].low == written["overall"]["mAP"]["low"]
    frame = pd.DataFrame(result.genres)
    for row, expected in zip(result.genres, written["genres"], strict=True):
        assert row["genre"] == expected["genre"]
        value = expected["average_precision"]["value"]
        np.testing.assert_equal(row["average_precision"], np.nan if value is None else value)
    assert frame["average_precision_high"].dtype == float
    only = pp.evaluate(runs / "tiny-fusion", dataset, only="poster")
    assert only.overall["mAP"] != result.overall["mAP"]
    with pytest.raises(UsageError, match="no split 'tests'"):
        pp.evaluate(runs / "tiny-fusion", dataset, split="tests")
