"""Every command that writes refuses an output that another one is writing, and leaves it alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.conftest import TFIDF
from tests.tiny_bundle import overview, write_tiny_bundle

from posterplot.files import output_lock

FILMS, DATA, MODEL = "{films}", ("--data", "{data}"), "{model}"
COMMANDS = {
    "prepare": (("prepare", FILMS, "--out"), "dataset"),
    "predict": (("predict", FILMS, "--model", MODEL, "--out"), "genres.csv"),
    "train": (("train", "{config}", *DATA, "--out"), "run"),
    "train in folds": (("train", "{config}", *DATA, "--folds", "2", "--out"), "folds"),
    "evaluate": (("evaluate", MODEL, *DATA, "--out"), "evaluation.json"),
    "evaluate: predictions": (("evaluate", MODEL, *DATA, "--out"), "evaluation.json:.parquet"),
    "compare": (("compare", MODEL, MODEL, *DATA, "--out"), "comparison.json"),
    "report": (("report", MODEL, *DATA, "--out"), "report.html"),
    "explain": (("explain", FILMS, "--model", MODEL, "--out"), "why"),
    "audit": (("audit", FILMS, "--model", MODEL, "--out"), "audit.csv"),
    "audit: page": (("audit", FILMS, "--model", MODEL, "--out"), "audit.csv:.html"),
    "adapt": (("adapt", "{labelled}", "--model", MODEL, "--out"), "adapted"),
    "calibrate": (("calibrate", MODEL, *DATA, "--out"), "calibrated"),
    "export": (("export", MODEL, "--hub-layout"), "hub"),
    "tag: plan": (("tag", "{library}", "--model", MODEL, "--out"), "plan.csv"),
    "tag: Kometa": (("tag", "{library}", "--model", MODEL, "--kometa"), "genres.yml"),
}


@pytest.fixture(scope="module")
def inputs(catalogue, dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    write_tiny_bundle(folder / "model")
    (folder / "config.toml").write_text(TFIDF)
    (folder / "library").mkdir()
    kinds = ("Action", "Drama")
    rows = [f"{n},{kinds[n % 2]},{overview((kinds[n % 2],), n)}\n" for n in range(60)]
    (folder / "labelled.csv").write_text("id,genres,overview\n" + "".join(rows))
    return {
        "films": catalogue,
        "labelled": folder / "labelled.csv",
        "data": dataset.path,
        "model": folder / "model",
        "config": folder / "config.toml",
        "library": folder / "library",
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_an_output_that_is_being_written_is_refused_in_one_line(name, inputs, tmp_path, call):
    words, output = COMMANDS[name]
    output, _, suffix = output.partition(":")
    out = tmp_path / output
    busy = out.with_suffix(suffix) if suffix else out
    with ThreadPoolExecutor(1) as other:  # a thread of its own is like another process
        lock = output_lock(busy)
        other.submit(lock.__enter__).result()
        try:
            code, _, err = call(*(word.format(**inputs) for word in words), out)
        finally:
            other.submit(lock.__exit__, None, None, None).result()
    assert code == 2
    assert (
        err.strip()
        .splitlines()[-1]
        .endswith(
            f"{busy.name}: is being written by another posterplot; "
            "wait until that is done, or choose another output"
        )
    )
    assert "Traceback" not in err
    assert not any(tmp_path.iterdir())
