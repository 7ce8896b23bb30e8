"""Measure the model in the package, and write all tables of docs/results.md.

Run from the repository's root, on an idle machine::

    python benchmarks/results.py CATALOGUE DATASET RUN [--only quality speed]

DATASET is CATALOGUE, prepared; RUN is the run whose bundle was put into the package by ship.py: the
float network that some tables compare with is in its checkpoint. On the page, each table is
between two comments, the first of which names the measured model. A test fails if that is not the
model in the package.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from posterplot.files import new_file
from posterplot.inference.bundle import Bundle, load_bundle, shipped_bundle

ROOT = Path(__file__).parents[1].resolve()
PAGE = ROOT / "docs/results.md"
METRICS = {"mAP": "mAP", "micro_f1": "micro-F1", "macro_f1": "macro-F1", "ECE": "ECE"}


class Paths(NamedTuple):
    """The data and models of the measurements."""

    catalogue: Path
    dataset: Path
    run: Path


def main() -> None:
    """Measure the chosen sections, and write the page after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    arguments = parser.parse_args()
    bundle = load_bundle(shipped_bundle())
    if (
        load_bundle(arguments.run).manifest.files["model.onnx"]
        != bundle.manifest.files["model.onnx"]
    ):
        sys.exit(f"{arguments.run} is not the run of the model in the package")
    paths = Paths(
        *(path.resolve() for path in (arguments.catalogue, arguments.dataset, arguments.run))
    )
    for name in arguments.only:
        print(f"measuring: {name}", flush=True)
        text = SECTIONS[name](bundle, paths)
        page = replace_section(PAGE.read_text(encoding="utf-8"), name, bundle.manifest.digest, text)
        with new_file(PAGE, replace=True) as new:
            new.write_text(page, encoding="utf-8")


def replace_section(page: str, name: str, digest: str, text: str) -> str:
    """Return a page with new text in one of its measured sections.

    Args:
        page: Markdown with ``<!-- measured: NAME DIGEST -->`` before each section and
            ``<!-- end: NAME -->`` after it.
        name: Name of the section.
        digest: Digest of the model that was measured.
        text: Markdown of the section.

    Raises:
        SystemExit: The page does not have exactly one such section.

    """
    section = re.compile(rf"<!-- measured: {name} \S* -->\n.*?<!-- end: {name} -->", re.DOTALL)
    new = f"<!-- measured: {name} {digest} -->\n\n{text.strip()}\n\n<!-- end: {name} -->"
    page, count = section.subn(lambda _: new, page)
    if count != 1:
        sys.exit(f"{PAGE.name} has {count} sections {name}, not one")
    return page


def quality(bundle: Bundle, _: Paths) -> str:
    """Return the table of metrics by split and inputs, measured by ``ship.py``."""
    figures: dict[str, Any] = bundle.manifest.provenance["figures"]
    lines = [_row("films of", "number", *METRICS.values()), "|---|" + "--:|" * 5]
    for split, part in figures.items():
        cells = [_figure(part["overall"][metric], metric) for metric in METRICS]
        lines.append(_row(split, f"{part['films']:,}", *cells))
    return "\n".join(lines)


def genres(bundle: Bundle, _: Paths) -> str:
    """Return average precision and F1 of each genre on test, measured by ``ship.py``."""
    figures: dict[str, Any] = bundle.manifest.provenance["figures"]
    train: dict[str, int] = bundle.manifest.provenance["films"]["train"]["genres"]
    lines = [_row("genre", "films in train", "in test", "F1", "average precision")]
    lines.append("|---|" + "--:|" * 4)
    for genre, part in figures["test"]["genres"].items():
        known = (f"{train[genre]:,}", str(part["films"]))
        lines.append(_row(genre, *known, _figure(part["f1"]), _figure(part["average_precision"])))
    return "\n".join(lines)


def script(name: str, *arguments: str, fenced: bool = False) -> Callable[[Bundle, Paths], str]:
    """Return a section that another benchmark prints.

    Args:
        name: Name of the benchmark.
        arguments: Arguments of the command line. ``{catalogue}``, ``{dataset}``, ``{run}``,
            ``{shipped}`` and ``{folder}``, an empty folder, are filled in.
        fenced: Whether it prints plain lines rather than Markdown.

    """

    def section(bundle: Bundle, paths: Paths) -> str:
        with tempfile.TemporaryDirectory() as folder:
            values = {**paths._asdict(), "shipped": bundle.path, "folder": folder}
            command = [part.format(**values) for part in (f"benchmarks/{name}.py", *arguments)]
            done = subprocess.run(
                [sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
            )
        printed = done.stdout.strip()
        return f"```text\n{printed}\n```" if fenced else printed

    return section


SECTIONS: dict[str, Callable[[Bundle, Paths], str]] = {
    "quality": quality,
    "genres": genres,
    "speed": script("speed", "{run}", "{catalogue}", "--runs", "3", "--films", "6000"),
    "large-posters": script("poster_sizes", "{shipped}", fenced=True),
    "serving": script("serve", "{shipped}", "{dataset}", fenced=True),
    "hostile": script("hostile", "{shipped}", fenced=True),
    "explaining": script("explain", "{shipped}", "{dataset}", fenced=True),
    "faithfulness": script(
        "faithfulness", "{run}", "{dataset}", "--films", "200", "--out", "{folder}/out"
    ),
    "audit": script("audit", "{catalogue}", "--split", "validation", "test"),
}


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _figure(figure: list[float | None], metric: str = "") -> str:
    value, low, high = figure
    if value is None:
        return "–"
    # the ECE of a resample is larger than that of the films, so its interval may miss the value
    return f"{value:.3f}" if metric == "ECE" else f"{value:.3f} ({low:.3f}–{high:.3f})"


if __name__ == "__main__":
    main()
