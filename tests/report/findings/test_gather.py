import json
import shutil
from contextlib import contextmanager
from dataclasses import replace

import pytest

from posterplot.errors import BundleError, DatasetError, UsageError
from posterplot.inference.bundle import load_bundle, write_bundle
from posterplot.report.findings.gather import gather
from posterplot.report.findings.model_comparison import compare_models


@contextmanager
def _silent(what, total):
    yield lambda _: None


def test_the_first_model_of_both_inputs_is_the_main_model(runs, dataset):
    folders = [runs / f"tiny-{name}" for name in ("cnn", "lstm", "tfidf", "fusion")]
    report = gather(folders, dataset, "test", _silent)
    assert [s.inputs for s in report.models] == [
        *("poster", "overview", "overview", "both"),
        *("poster", "overview"),  # of the model of both
    ]
    assert report.main_model.name == "tiny-fusion"
    assert report.of("overview").name == "tiny-lstm"
    assert report.one_model
    assert {s.run.name for s in report.by_input.values()} == {"tiny-fusion"}
    assert list(report.by_input) == ["poster", "overview", "both"]
    assert [len(run.history) for run in report.runs] == [3, 3, 0, 0]
    assert "linear baseline" in report.runs[2].no_history
    assert "two trained models" in report.runs[3].no_history


def test_a_joint_model_is_also_evaluated_on_each_input(runs, dataset):
    report = gather([runs / "tiny-fusion"], dataset, "test", _silent)
    assert [s.name for s in report.models] == [
        "tiny-fusion",
        "tiny-fusion, posters only",
        "tiny-fusion, overviews only",
    ]
    assert set(report.of("poster").predictions.modalities) == {("poster",)}


def test_inputs_that_a_model_can_read_in_no_film_are_not_compared(runs, dataset, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(runs / "tiny-fusion", folder)
    bundle = load_bundle(folder)
    manifest = bundle.manifest.model_copy(update={"languages": ("fi",)})
    monkeyed = replace(bundle, manifest=manifest)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("posterplot.report.findings.gather.load_bundle", lambda _: monkeyed)
        report = gather([folder], dataset, "test", _silent)
    assert [s.name for s in report.models] == ["tiny-fusion", "tiny-fusion, posters only"]


def test_a_bundle_without_its_run(runs, dataset):
    report = gather([runs / "tiny-cnn" / "bundle"], dataset, "test", _silent)
    assert report.runs[0].history == []
    assert "without its history.csv" in report.runs[0].no_history


def test_without_a_model_of_both_two_models_are_compared(runs, dataset):
    report = gather([runs / "tiny-cnn", runs / "tiny-lstm"], dataset, "test", _silent)
    assert not report.one_model
    assert {inputs: s.name for inputs, s in report.by_input.items()} == {
        "poster": "tiny-cnn",
        "overview": "tiny-lstm",
    }


def test_two_runs_of_one_name_have_distinct_names(runs, dataset, tmp_path):
    shutil.copytree(runs / "tiny-cnn", tmp_path / "again")
    report = gather([runs / "tiny-cnn", tmp_path / "again"], dataset, "test", _silent)
    assert [s.name for s in report.models] == ["tiny-cnn (tiny-cnn)", "tiny-cnn (again)"]


def test_bundles_whose_folders_have_one_name_have_distinct_names(runs, dataset, tmp_path):
    shutil.copytree(runs / "tiny-cnn", tmp_path / "again")
    folders = [runs / "tiny-cnn" / "bundle", tmp_path / "again" / "bundle"]
    found = gather(folders, dataset, "test", _silent)
    names = [s.name for s in found.models]
    assert names == ["tiny-cnn (tiny-cnn/bundle)", "tiny-cnn (again/bundle)"]
    # the main model is not compared with itself under the name of the other
    assert list(compare_models(found)) == names[1:]


def test_models_of_other_genres_are_not_compared(runs, dataset, tmp_path):
    bundle = load_bundle(runs / "tiny-cnn")
    manifest = bundle.manifest.model_copy(update={"genres": ("Action", "Drama", "Noir")})
    graph = bundle.graph.read_bytes()
    write_bundle(tmp_path / "other", manifest, graph=graph, tokenizer=None, card="")
    with pytest.raises(UsageError, match=r"other genres than .*; they differ in Noir, Romance"):
        gather([runs / "tiny-lstm", tmp_path / "other"], dataset, "test", _silent)


def test_bad_input(runs, dataset, tmp_path):
    with pytest.raises(BundleError, match="no such folder"):
        gather([tmp_path / "nowhere"], dataset, "test", _silent)
    with pytest.raises(UsageError, match="given twice"):
        gather([runs / "tiny-cnn", runs / "tiny-cnn" / "bundle"], dataset, "test", _silent)
    damaged = tmp_path / "damaged"
    shutil.copytree(runs / "tiny-cnn", damaged)
    (damaged / "history.csv").write_text("some,thing\n1,2\n")
    with pytest.raises(UsageError, match="is not the history"):
        gather([damaged], dataset, "test", _silent)


def test_a_split_without_films(runs, dataset, tmp_path):
    manifest = json.loads((dataset.path / "dataset.json").read_text())
    del manifest["splits"]["test"]
    lacking = type(dataset)(dataset.path, type(dataset.manifest).model_validate(manifest))
    with pytest.raises(DatasetError, match="has no test films; give one of train, valid"):
        gather([runs / "tiny-cnn"], lacking, "test", _silent)
