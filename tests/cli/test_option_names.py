import ast
import re
from pathlib import Path

import pytest

import posterplot
from posterplot.cli.option_names import ARGUMENT, error_line, option_of, with_options
from posterplot.errors import BundleError, CatalogueError, UsageError

ROOT = Path(posterplot.__file__).parent
_OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")


@pytest.mark.parametrize(
    ("argument", "option"),
    [("genres", "--genre"), ("columns", "--column"), ("method", "--method")],
)
def test_the_command_line_names_its_option_for_an_argument_of_the_api(argument, option):
    error = UsageError("is wrong", argument=argument, hint="correct it")
    assert str(error) == f"{argument}: is wrong; correct it"
    assert error_line(error) == f"{option}: is wrong; correct it"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`remote=True` downloads it", "--remote downloads it"),
        ("(`allow_outside` reads it)", "(--allow-outside reads it)"),
        ("`host='0.0.0.0'`: no", "--host 0.0.0.0: no"),
        ("`encoding=NAME`", "--encoding NAME"),
        ("`any_language=True` reads it", "--read-any-language reads it"),
        ('`columns={"poster": FILE}`, `create`', "--column poster=FILE, --create"),
        ('`overrides={"fit.loggers": ["csv"]}`: no', '--set fit.loggers=["csv"]: no'),
        ("the film `plain` and ``code``", "the film `plain` and ``code``"),
    ],
)
def test_arguments_in_backticks_become_options(text, shown):
    assert with_options(text) == shown
    assert error_line(CatalogueError("is wrong", hint=text)) == f"is wrong; {shown}"


def test_other_errors_are_shown_as_they_are():
    for error in (UsageError("a", where="b"), BundleError("a", where="genres")):
        assert error_line(error) == str(error)


def _messages():
    """Yield every string of the library that is no docstring: file, its text."""
    for path in sorted(ROOT.rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name.startswith(("cli/", "demo/")):  # the demo runs the commands
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = (p.value if isinstance(p, ast.Constant) else "x" for p in node.values)
                yield name, "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and id(node) not in documented:
                yield name, str(node.value)


def test_messages_of_the_library_name_options_only_in_whole_commands():
    named = [
        (name, text)
        for name, text in _messages()
        if _OPTION.search(text) and not re.search(r"(posterplot|ray) \w+.* --", text)
    ]
    assert not named


def test_every_argument_that_a_message_names_has_an_option():
    arguments = {match for _, text in _messages() for match in ARGUMENT.findall(text)}
    names = {name for name, _ in arguments}
    assert {"allow_outside", "columns", "overrides", "remote", "resume"} <= names
    assert not [name for name in names if option_of(name) is None]
