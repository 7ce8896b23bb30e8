"""What predicts, evaluates, explains and reports must run without torch and the rest of [train]."""

import socket
import subprocess
import sys

import pytest

from tests.commands import RUN_ALL, call_all
from tests.conftest import write_catalogue

MODELS = ("tiny-cnn", "tiny-lstm", "tiny-tfidf", "tiny-fusion")

BLOCKED = """
import sys

class Absent:
    names = {"torch", "torchvision", "lightning", "timm", "sklearn", "scipy", "pandas", "onnx",
             "transformers", "torchmetrics", "matplotlib", "iterstrat", "datasets"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

Absent.names |= set(filter(None, sys.argv.pop(1).split(",")))
sys.meta_path.insert(0, Absent())
from posterplot.cli import main
main(sys.argv[1:])
"""

ALL_BLOCKED = BLOCKED.replace("from posterplot.cli import main\nmain(sys.argv[1:])", RUN_ALL)


def _call(*arguments, absent=""):
    command = [sys.executable, "-W", "error", "-c", BLOCKED, absent, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A catalogue of as many films as it takes for one to lack its poster, and one its overview."""
    return write_catalogue(tmp_path_factory.mktemp("few"), 10)


def test_predict_evaluate_explain_and_report(runs, dataset, few, tmp_path):
    models = [(runs / name, tmp_path / name) for name in MODELS]
    for _, out in models:
        out.mkdir()
    commands = [
        command
        for run, out in models
        for command in (
            ("predict", few, "--model", run, "--out", out / "p.jsonl"),
            ("evaluate", run, "--data", dataset.path, "--out", out / "evaluation.json"),
            ("explain", few, "--model", run, "--out", out / "explained"),
            ("report", run, "--data", dataset.path, "--out", out / "report.html"),
        )
    ]
    for command, (code, err) in zip(commands, call_all(ALL_BLOCKED, commands, ""), strict=True):
        partial = command[0] in ("predict", "explain")  # 1: films without what the model reads
        assert code in ((0, 1) if partial else (0,)), (command, err)
    for _, out in models:
        for made in ("p.jsonl", "evaluation.json", "explained/index.html", "report.html"):
            assert (out / made).is_file()


def test_tag(runs, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    film = tmp_path / "films" / "Salt (1999)"
    film.mkdir(parents=True)
    (film / "Salt.1999.mkv").write_bytes(b"video")
    (film / "movie.nfo").write_text("<movie><plot>gun chase blast kiss</plot></movie>")
    done = _call("tag", film.parent, "--model", runs / "tiny-fusion", absent="pyarrow")
    assert done.returncode == 0, done.stderr
    assert "Salt (1999)/Salt.1999.mkv" in done.stdout


def test_the_demo_checks_its_needs_before_it_writes(tmp_path):
    done = _call("demo", "--out", tmp_path / "demo")
    assert done.returncode == 2
    assert "pip install 'posterplot[train]'; in a clone: pip install '.[train]'" in done.stderr
    assert not (tmp_path / "demo").exists()


def test_serve_reaches_its_port(runs):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = _call("serve", "--model", runs / "tiny-fusion", "--port", port)
    assert done.returncode == 2, done.stderr
    assert "cannot listen here" in done.stderr


def test_training_says_what_to_install(dataset, tmp_path):
    done = _call("train", "poster-cnn", "--data", dataset.path, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "pip install 'posterplot[train]'" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "run").exists()


def test_the_core_predicts_and_explains_without_pyarrow(runs, dataset, few, tmp_path):
    model = ("--model", runs / "tiny-fusion")
    (tmp_path / "films.parquet").write_bytes(b"")
    works = (
        ("predict", few, *model, "--out", tmp_path / "p.csv"),
        ("explain", few, *model, "--out", tmp_path / "explained"),
        ("info", *model),
    )
    needs_it = (
        ("predict", few, *model, "--out", tmp_path / "p.parquet"),
        ("predict", tmp_path / "films.parquet", *model),
        ("evaluate", runs / "tiny-fusion", "--data", dataset.path),
        ("explain", "--data", dataset.path, *model, "--out", tmp_path / "none"),
        ("report", runs / "tiny-fusion", "--data", dataset.path),
    )
    done = call_all(ALL_BLOCKED, (*works, *needs_it), "pyarrow")
    for code, err in done[: len(works)]:
        assert code == 0, err
    for code, err in done[len(works) :]:
        assert code == 2, err
        assert "pip install 'posterplot[parquet]'" in err
        assert len(err.strip().splitlines()) == 1


PYTHON_API = BLOCKED.replace(
    "from posterplot.cli import main\nmain(sys.argv[1:])",
    """
import posterplot as pp
model = pp.load(sys.argv[1])
film, *others = model.predict_many(pp.read_catalogue(sys.argv[2]))
why = model.explain(overview="A gun and a letter.", genres=["Drama"])
print(film.modalities, why["Drama"].words[0].word)
for call in (
    lambda: pp.prepare(sys.argv[2], "dataset"),
    lambda: pp.train("poster-cnn", "dataset", out="run"),
    lambda: pp.evaluate(model, "dataset"),
    lambda: list(pp.read_catalogue(sys.argv[3])),
):
    try:
        call()
    except pp.PosterplotError as error:
        print(error)
""",
)


def test_the_python_api_predicts_without_extras_and_names_those_it_needs(runs, few, tmp_path):
    (tmp_path / "films.parquet").write_bytes(b"")
    command = [sys.executable, "-W", "error", "-c", PYTHON_API, "pyarrow"]
    command += map(str, (runs / "tiny-fusion", few, tmp_path / "films.parquet"))
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "('poster', 'overview') A"
    extras = ["adapt", "train", "parquet", "parquet"]
    for extra, line in zip(extras, lines[1:], strict=True):
        assert f"pip install 'posterplot[{extra}]'" in line


def test_a_single_film_needs_no_reader_of_catalogues():
    """Each import costs time at every start."""
    code = (
        "import sys, posterplot.inference.partial_predictions, posterplot.model\n"
        "print(*(name for name in sys.modules if name.startswith('posterplot.catalogue.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["posterplot.catalogue.placeholders"]
