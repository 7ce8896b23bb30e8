"""The package's own namespace: lazy, complete, documented, and its examples run."""

import doctest
import importlib
import re
import shutil
import statistics
import subprocess
import sys
import time

import pytest

import posterplot

HEAVY = ("numpy", "PIL", "onnxruntime", "pydantic", "rich", "typer", "torch")


def test_importing_the_package_loads_nothing_heavy():
    code = f"import sys, posterplot; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_importing_the_package_takes_under_50_ms():
    def seconds():
        sys.modules.pop("posterplot")
        start = time.perf_counter()
        importlib.import_module("posterplot")
        return time.perf_counter() - start

    try:
        assert statistics.median(seconds() for _ in range(5)) < 0.05
    finally:
        sys.modules["posterplot"] = posterplot


def test_every_public_name_is_there_and_documented(pytestconfig):
    page = (pytestconfig.rootpath / "docs/python.md").read_text()
    assert set(posterplot.__all__) <= set(dir(posterplot))
    for name in posterplot.__all__:
        value = getattr(posterplot, name)
        if name == "__version__":
            continue
        assert value.__doc__, name
        assert re.search(rf"\b{name}\b", page), f"docs/python.md does not mention {name}"
        if isinstance(value, type):
            methods = [m for m in vars(value) if not m.startswith("_")]
            assert all(getattr(value, m).__doc__ or m in value.__doc__ for m in methods), name


def test_type_checkers_see_the_same_names_as_users(pytestconfig):
    source = (pytestconfig.rootpath / "src/posterplot/__init__.py").read_text()
    imported = re.findall(r"^    from posterplot\.([\w.]+) import (.+)$", source, re.MULTILINE)
    seen = {name: module for module, names in imported for name in names.split(", ")}
    lazy = {name: module for module, names in posterplot._MODULES.items() for name in names}
    assert seen == lazy
    assert {*lazy, "__version__"} == set(posterplot.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'predictt'"):
        _ = posterplot.predictt


@pytest.mark.parametrize("module", ["", "evaluation_result", "model", "api"])
def test_the_examples_in_docstrings_run(module, catalogue, pytestconfig, tmp_path, monkeypatch):
    shutil.copytree(pytestconfig.rootpath / "examples", tmp_path / "examples")
    shutil.copytree(catalogue.parent, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    tested = importlib.import_module(f"posterplot.{module}" if module else "posterplot")
    found = [test for test in doctest.DocTestFinder().find(tested) if test.examples]
    examples = sorted(found, key=lambda test: test.lineno)  # later ones use what earlier ones wrote
    runner = doctest.DocTestRunner()
    for example in examples:
        runner.run(example)
    assert runner.summarize(verbose=False).attempted > 1
    assert runner.summarize(verbose=False).failed == 0
