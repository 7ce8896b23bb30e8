"""Several commands in one new process, as its imports cost seconds."""

import json
import subprocess
import sys

# the end of a program that has made its process as it should be
RUN_ALL = """
import json, sys
from posterplot.cli import main
for words in json.loads(sys.stdin.read()):
    try:
        main(words)
    except SystemExit as stopped:
        print(f"\\x1e{stopped.code or 0}\\x1e", end="", file=sys.stderr)
"""


def call_all(program: str, commands, *arguments: str) -> list[tuple[int, str]]:
    """Run a program that ends with ``RUN_ALL``; return the exit code and stderr of each command."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        input=json.dumps([[str(word) for word in command] for command in commands]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    messages, codes = done.stderr.split("\x1e")[::2], done.stderr.split("\x1e")[1::2]
    assert len(codes) == len(commands), done.stderr
    return [(int(code), text) for code, text in zip(codes, messages, strict=False)]
