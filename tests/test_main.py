import runpy
import sys

import pytest

from posterplot import __version__


def test_python_runs_the_package_as_the_command_line(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["posterplot", "--version"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module("posterplot", run_name="__main__")
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"posterplot {__version__}\n"
