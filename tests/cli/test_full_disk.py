"""Every command that writes says in one line that the disk is full, and leaves nothing."""

import os
import resource
import sys

import pytest
from tests.cli.test_locks import COMMANDS, inputs  # noqa: F401

from posterplot.cli import main

# The others write in the same ways: calibrate, which needs 200 films, as adapt does.
WRITERS = [name for name in COMMANDS if ":" not in name and name not in ("calibrate", "compare")]


def run_with(limit, arguments):
    """Run a command whose files hold ``limit`` bytes at most; return its exit code and output."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        sys.stdout = os.fdopen(1, "w")
        sys.stderr = os.fdopen(2, "w")
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as stopped:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(stopped.code)
        finally:
            os._exit(99)
    os.close(writing)
    with os.fdopen(reading, errors="replace") as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), text


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_one_line(name, inputs, tmp_path):  # noqa: F811
    words, output = COMMANDS[name]
    arguments = [*(word.format(**inputs) for word in words), tmp_path / "outputs" / output]
    code, text = run_with(300, arguments)
    assert code == 2, text
    assert "Traceback" not in text
    assert sum(line.startswith("posterplot: ") for line in text.splitlines()) == 1, text
    assert "cannot be written" in text
    assert "outputs" in text  # it names the place
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    # what was predicted before is kept, and named
    assert all(file.endswith(".part") and file in text for file in kept)
