import inspect
import re
from pathlib import Path

import pytest

from posterplot import errors

KINDS = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, Exception)
]


def test_an_error_is_one_line():
    error = errors.DatasetError("is\nbroken", where="a/b", hint="prepare it again")
    assert str(error) == "a/b: is broken; prepare it again"


def test_the_tree_in_the_docstring_names_every_error_and_no_other():
    tree = errors.__doc__.split("::", 1)[1].split("Only", 1)[0]
    drawn = re.findall(r"^(?:    |    [├└]── )(\w+Error)\b", tree, re.MULTILINE)
    assert sorted(drawn) == sorted(kind.__name__ for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_ends_a_command_with_one_line_and_exit_code_2(kind, call, monkeypatch):
    def fail(*_):
        raise kind("is broken", where="films.csv", hint="repair it")

    monkeypatch.setattr("posterplot.inference.bundle.load_bundle", fail)
    code, out, err = call("predict", "--overview", "a gun")
    assert (code, out, err) == (2, "", "posterplot: films.csv: is broken; repair it\n")


def test_messages_can_be_written_whatever_a_file_is_called():
    error = errors.FilmError("poster file not found: caf\udce9.jpg", where=Path("caf\udce9"))
    assert error.what == "poster file not found: caf\\udce9.jpg"
    assert str(error) == "caf\\udce9: poster file not found: caf\\udce9.jpg"
    str(error).encode()
