import ast
import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys

import pytest

from posterplot.configs import CONFIGS
from tests.test_torch_free import BLOCKED

RUN_CELLS = BLOCKED.replace(
    "from posterplot.cli import main\nmain(sys.argv[1:])",
    "import json\nfor cell in json.loads(sys.stdin.read()):\n    exec(cell, globals())",
)


def _cells(path):
    notebook = json.loads(path.read_text())
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]


def test_the_notebook_runs_from_top_to_bottom_on_the_core_install(pytestconfig):
    folder = pytestconfig.rootpath / "examples"
    cells = _cells(folder / "first-steps.ipynb")
    assert len(cells) > 4
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN_CELLS, "pyarrow"],
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"The Salt Ship +\w+.* from poster and overview", done.stdout)
    assert re.search(r"Last Orbit .* from overview", done.stdout)
    assert re.search(r"poster [+-]\d\.\d\d, overview [+-]\d\.\d\d", done.stdout)


def test_the_notebook_holds_no_output(pytestconfig):
    notebook = json.loads((pytestconfig.rootpath / "examples/first-steps.ipynb").read_text())
    assert not any(cell.get("outputs") for cell in notebook["cells"])


def test_the_sample_poster_is_small(pytestconfig):
    assert (pytestconfig.rootpath / "examples/salt-ship.jpg").stat().st_size < 60_000


def _commands(page):
    """Return the posterplot commands of a page's console blocks, as lists of arguments."""
    for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            if line.startswith("$ posterplot "):
                yield shlex.split(line, comments=True)[2:]


@pytest.fixture
def newcomer(pytestconfig, tmp_path, monkeypatch, catalogue):
    """Work in a folder as a clone is after ``make demo``, with one epoch per configuration."""
    root = pytestconfig.rootpath
    (tmp_path / "examples").symlink_to(root / "examples")
    shutil.copytree(catalogue.parent, tmp_path / "demo/catalogue")
    (tmp_path / "configs").mkdir()
    monkeypatch.setattr("posterplot.configs.CONFIGS", tmp_path / "configs")
    for config in CONFIGS.glob("*.toml"):
        text = re.sub(r"^epochs = \d+", "epochs = 1", config.read_text(), flags=re.MULTILINE)
        (tmp_path / "configs" / config.name).write_text(text)
    film = tmp_path / "library/Salt (1999)"
    film.mkdir(parents=True)
    (film / "Salt (1999).mkv").write_bytes(b"video")
    (film / "movie.nfo").write_text("<movie><plot>A cook inherits a salt ship.</plot></movie>")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("quick_export")
def test_every_command_of_the_readme_runs_in_its_order(newcomer, pytestconfig, call, monkeypatch):
    served = []
    monkeypatch.setattr(
        "posterplot.serve.http.server.serve", lambda model, **options: served.append(model)
    )
    page = (pytestconfig.rootpath / "README.md").read_text()
    commands = list(_commands(page))
    assert len(commands) >= 14
    for command in commands:
        words = ["library" if word == "/media/films" else word for word in command]
        code, _, err = call(*words)
        assert code == 0, (command, err)
    assert served
    assert "<genre>" in (newcomer / "library/Salt (1999)/movie.nfo").read_text()
    for name in ("genres.jsonl", "why/index.html", "evaluation.json", "report.html"):
        assert (newcomer / name).is_file()


def test_the_python_example_of_the_readme_runs(newcomer, pytestconfig, capsys):
    (block,) = re.findall(
        r"```python\n(.*?)```", (pytestconfig.rootpath / "README.md").read_text(), re.DOTALL
    )
    names = {}
    exec(compile(block, "README.md", "exec"), names)
    assert capsys.readouterr().out.count("\n") == 5
    assert names["why"]["Adventure"].words


def test_the_commands_of_the_tutorial_on_the_sample_films_run(newcomer, pytestconfig, call):
    ran = [
        (command, call(*command))
        for command in _commands((pytestconfig.rootpath / "docs/tutorial.md").read_text())
        if command[0] in ("predict", "explain", "info") and "--model" not in command
    ]
    assert len(ran) >= 4
    for command, (code, _, err) in ran:
        assert code == 0, (command, err)


def test_the_search_for_settings_goes_on_where_it_stopped(
    pytestconfig, dataset, tmp_path, monkeypatch, capsys
):
    optuna = pytest.importorskip("optuna")
    root = pytestconfig.rootpath
    monkeypatch.chdir(tmp_path)
    arguments = ["overview-tfidf", dataset.path, "--trials", 2]
    monkeypatch.setattr(sys, "argv", ["tune.py", *map(str, arguments)])
    for trials in (2, 4):
        runpy.run_path(str(root / "examples/tune.py"), run_name="__main__")
        assert re.search(r"best: trial \d, mAP on validation \d\.\d{3}", capsys.readouterr().out)
        runs = {path.name for path in (tmp_path / "tuning").glob("trial-*")}
        assert runs == {f"trial-{number}" for number in range(trials)}
    study = optuna.load_study(study_name=None, storage="sqlite:///tuning/study.db")
    assert len({tuple(trial.params.values()) for trial in study.trials}) == 4


def test_every_command_in_the_documents_is_one_that_exists(pytestconfig):
    from typer.main import get_command

    from posterplot.cli import app

    root, program = pytestconfig.rootpath, get_command(app)
    pages = [root / "README.md", *root.glob("docs/*.md")]
    commands = [c for page in pages for c in _commands(page.read_text()) if "…" not in c]
    assert len(commands) > 20
    for name, *arguments in commands:
        verb = program.get_command(None, name)
        assert verb is not None, name
        verb.make_context(name, arguments)  # raises for an unknown option, or a missing one


def test_the_python_examples_in_the_documents_are_python_with_public_names(pytestconfig):
    import posterplot

    root = pytestconfig.rootpath
    for page in (root / "README.md", root / "docs/python.md", root / "docs/index.md"):
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
            for node in ast.walk(ast.parse(block)):
                if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "pp":
                    assert node.attr in posterplot.__all__, f"{page.name}: pp.{node.attr}"
