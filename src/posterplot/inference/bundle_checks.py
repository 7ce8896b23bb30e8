"""Check that a bundle reads no other files, and that its tokenizer does not lengthen texts.

The digests in a manifest protect against damage. They do not protect against a malicious
author, who can compute them too.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, Field

from posterplot.errors import BundleError


def _without_controls(name: str) -> str:
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        raise ValueError("must not have control characters")
    return name


# Names appear in messages, tables, pages and terminals.
Name = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_without_controls)]
# A plain file name: no folder, no drive, not hidden.
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

# ONNX's key for the file of an external tensor, after its length as protobuf encodes it.
_EXTERNAL = (b"\x08location", b"\x00location")
# Maximum number of characters that a tokenizer may make of one. NFKD makes up to 18.
_MAX_GROWTH = 32
_KNOWN_INPUTS = {"posters", "poster_present", "tokens", "token_mask"}


class Node(Protocol):
    """An input or output of a graph, as ONNX Runtime describes it."""

    name: str
    shape: Sequence[Any]


def check_graph_file(content: bytes, where: Path) -> None:
    """Refuse a graph that reads weights from other files, whose digests are not in the manifest.

    Raises:
        BundleError: The graph reads weights from other files.
    """
    # This runs at each start: "in" is ten times as fast as a regular expression, and most graphs
    # are searched once.
    if b"location" in content and any(mark in content for mark in _EXTERNAL):
        raise BundleError(
            "keeps weights in another file", where=where, hint="export it as a single file"
        )


def check_tokenizer_file(content: bytes, where: Path) -> None:
    """Refuse a tokenizer whose normaliser can turn a short text into a very long one.

    Raises:
        BundleError: The normaliser lengthens a text too much, or the file is not the JSON of a
            tokenizer.
    """
    try:
        growth = _growth(json.loads(content).get("normalizer"))
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise BundleError(
            "is not a tokenizer", where=where, hint="export the model again"
        ) from error
    if growth > _MAX_GROWTH:
        raise BundleError(
            f"makes {growth:,} characters of one",
            where=where,
            hint=f"use a tokenizer that makes at most {_MAX_GROWTH}",
        )


def _growth(normalizer: Mapping[str, Any] | None) -> int:
    """Return into how many characters a normaliser can turn one, Unicode normal forms aside."""
    if normalizer is None:
        return 1
    if normalizer["type"] == "Sequence":
        product = 1
        for part in normalizer["normalizers"]:
            product *= _growth(part)
        return product
    if normalizer["type"] == "Replace":
        return max(1, len(normalizer["content"]))
    if normalizer["type"] == "Prepend":
        return 1 if len(normalizer["prepend"]) <= _MAX_GROWTH else len(normalizer["prepend"])
    return 1


def check_nodes(
    inputs: Sequence[Node],
    outputs: Sequence[Node],
    *,
    genres: int,
    poster: tuple[int, int] | None,
    text: bool,
    where: Path,
) -> None:
    """Compare the inputs and outputs of a graph with what the manifest says.

    Args:
        inputs, outputs: Inputs and outputs of the ONNX Runtime session.
        genres: G.
        poster: Height and width in pixels; None if the model reads no posters.
        text: Whether the model reads overviews.
        where: Path of the graph, for the message.

    Raises:
        BundleError: The graph and the manifest do not agree.
    """
    shapes = {node.name: list(node.shape) for node in inputs}
    given = {node.name: list(node.shape) for node in outputs}
    features = [given[name] for name in ("poster_features", "overview_features") if name in given]
    agrees = (
        set(shapes) <= _KNOWN_INPUTS
        and ("posters" in shapes) == (poster is not None)
        and ("tokens" in shapes) == text
        and (poster is None or _fits(shapes["posters"], [None, 3, *poster]))
        and "logits" in given
        and _fits(given["logits"], [None, genres])
        and all(len(shape) == 2 and isinstance(shape[1], int) for shape in features)
    )
    if not agrees:
        raise BundleError(
            "does not have the inputs and outputs that bundle.json describes",
            where=where,
            hint="export the model again",
        )


def _fits(shape: list[Any], expected: list[int | None]) -> bool:
    """Return whether a shape, in which names stand for any length, matches the expected one."""
    return len(shape) == len(expected) and all(
        wanted is None or not isinstance(length, int) or length == wanted
        for length, wanted in zip(shape, expected, strict=True)
    )
