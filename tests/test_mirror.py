"""Every source file has a test file of its name, in the folder of the same name."""

import ast
from pathlib import Path

import pytest

# Files without a test file at the mirrored path, each with the reason.
EXCEPTIONS = {
    "__init__.py": "test_public_names.py tests the public names",
    "catalogue/access.py": "three flags without behaviour",
    "catalogue/table.py": "data classes without behaviour",
    "cli/options.py": "declares options; the tests of each command use them",
    "dataset/stop_words.py": "a list of words",
    "demo/art/brief.py": "tables of motifs; test_direction.py checks their names",
    "demo/word_lists.py": "lists of words",
    "explain/explanation.py": "data classes without behaviour",
    "networks/features.py": "data classes without behaviour",
    "progress.py": "a type, and a context that does nothing",
    "serve/limits.py": "constants",
}
MAX_SHARE = 0.05


@pytest.fixture
def files(pytestconfig: pytest.Config) -> list[Path]:
    """Source files with code, relative to the package."""
    source = pytestconfig.rootpath / "src" / "posterplot"
    found = [path for path in sorted(source.rglob("*.py")) if not _only_exports(path)]
    return [path.relative_to(source) for path in found]


def _only_exports(path: Path) -> bool:
    """Whether a file is an ``__init__.py`` that only has a docstring, imports and ``__all__``."""
    return path.name == "__init__.py" and not any(
        isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AnnAssign)
        or (isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) != "__all__")
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
    )


def _mirrored(file: Path) -> Path:
    """Return the path of a source file's test file, relative to the folder of the tests."""
    if file.name == "__init__.py":
        return file.parent.parent / f"test_{file.parent.name}.py"
    return file.with_name(f"test_{file.stem.strip('_')}.py")


def test_every_source_file_has_a_test_file_at_the_mirrored_path(
    files: list[Path], pytestconfig: pytest.Config
) -> None:
    tests = pytestconfig.rootpath / "tests"
    without = [file.as_posix() for file in files if not (tests / _mirrored(file)).is_file()]
    assert without == sorted(EXCEPTIONS)


def test_the_exceptions_are_few(files: list[Path]) -> None:
    assert len(EXCEPTIONS) <= MAX_SHARE * len(files)


@pytest.mark.parametrize(
    ("file", "test"),
    [
        ("cli/films.py", "cli/test_films.py"),
        ("__main__.py", "test_main.py"),
        ("configs/__init__.py", "test_configs.py"),
        ("training/data/__init__.py", "training/test_data.py"),
    ],
)
def test_mirrored_paths(file: str, test: str) -> None:
    assert _mirrored(Path(file)) == Path(test)
