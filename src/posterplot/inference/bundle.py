"""Bundles: folders with everything that is needed to predict with a model.

::

    bundle/
      bundle.json      what it is: genres, inputs, decisions, provenance, digests of the others
      model.onnx       uint8 posters and token ids in, logits out; normalisation inside
      tokenizer.json   if the model reads overviews
      familiarity.npz  where the validation films lie, if the graph has features
      README.md        the model card

``train`` writes it. ``predict``, ``evaluate``, ``explain``, ``report`` and ``serve`` read it,
without torch.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from posterplot.errors import BundleError, UsageError
from posterplot.files import new_folder
from posterplot.films import GenreVocabulary, Modality, modalities_of
from posterplot.inference.bundle_checks import check_graph_file, check_tokenizer_file
from posterplot.inference.familiarity import FAMILIARITY
from posterplot.inference.manifest import FORMAT, BundleManifest, OverviewInput, PosterInput

__all__ = [
    "CARD",
    "FORMAT",
    "GRAPH",
    "MANIFEST",
    "RUN_CONFIG",
    "TOKENIZER",
    "Bundle",
    "BundleManifest",
    "OverviewInput",
    "PosterInput",
    "load_bundle",
    "shipped_bundle",
    "write_bundle",
]

_READABLE = (3, 4, FORMAT)  # format 3 calls decisions_by_modality "alone"; format 4 has no features
_CONTINUE = "continue it with posterplot train {config} --data DATASET --out {run} --resume"
MANIFEST = "bundle.json"
RUN_CONFIG = "config.toml"  # which train writes first into a run, and the bundle last
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
CARD = "README.md"

_MAX_MANIFEST = 64 * 2**20  # maximum size in bytes

_SHIPPED = Path(__file__).parents[1] / "shipped"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk whose files were checked.

    Attributes:
        path: Folder of the bundle.
        manifest: Contents of ``bundle.json``, changed as ``settings`` say.
        settings: How the use of the bundle differs from what was written; see
            :mod:`posterplot.inference.settings`.

    """

    path: Path
    manifest: BundleManifest
    settings: tuple[str, ...] = ()

    @property
    def vocabulary(self) -> GenreVocabulary:
        """The genres in the order of the outputs."""
        return GenreVocabulary(self.manifest.genres)

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """The modalities that the model reads."""
        return modalities_of(self.manifest.poster, self.manifest.overview)

    @property
    def graph(self) -> Path:
        """The ONNX file."""
        return self.path / GRAPH

    @property
    def familiarity(self) -> Path | None:
        """The file with the limits of familiarity; None if the bundle has none."""
        return self.path / FAMILIARITY if FAMILIARITY in self.manifest.files else None

    @property
    def tokenizer(self) -> Path:
        """The tokenizer's file, which exists if the model reads overviews."""
        return self.path / TOKENIZER


def write_bundle(
    path: Path,
    manifest: BundleManifest,
    *,
    graph: bytes,
    tokenizer: str | None,
    card: str,
    familiarity: bytes | None = None,
) -> Bundle:
    """Write a bundle to a temporary folder and rename it, replacing an older bundle.

    Args:
        path: The folder to become the bundle.
        manifest: The manifest. Its ``files`` and its ``digest`` are filled in here.
        graph: The ONNX file.
        tokenizer: ``tokenizers`` JSON, where the model reads overviews.
        card: Markdown.
        familiarity: Content of :meth:`posterplot.inference.familiarity.Familiarity.to_bytes`, if
            fitted.

    Raises:
        OutputError: The folder cannot be written.

    """
    files = {GRAPH: graph, CARD: card.encode()}
    if tokenizer is not None:
        files[TOKENIZER] = tokenizer.encode()
    if familiarity is not None:
        files[FAMILIARITY] = familiarity
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = manifest.model_copy(update={"files": digests})
    content = json.loads(manifest.model_dump_json())
    manifest = manifest.model_copy(update={"digest": _digest(content)})
    with new_folder(path, replace=True) as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return Bundle(path, manifest)


def shipped_bundle() -> Path:
    """Return the folder of the bundle that comes with the package.

    Raises:
        UsageError: This copy of the package was built without a bundle.

    """
    if not _SHIPPED.is_dir():
        raise UsageError(
            "no model was given, and this copy of posterplot has none",
            argument="model",
            hint="give a run or a bundle",
        )
    return _SHIPPED


def load_bundle(path: Path) -> Bundle:
    """Open a bundle, or the bundle of a run, and check the digests of all its files.

    Raises:
        BundleError: The bundle is missing, unreadable, altered, damaged or of a newer format.

    """
    try:
        if not (path / MANIFEST).is_file() and (path / "bundle" / MANIFEST).is_file():
            path = path / "bundle"
        if not (path / MANIFEST).is_file():
            raise FileNotFoundError(MANIFEST)
        if (path / MANIFEST).stat().st_size > _MAX_MANIFEST:
            raise BundleError("is too large", where=path / MANIFEST, hint="export the model again")
        text = (path / MANIFEST).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError) as error:
        _refuse_unfinished_run(path)
        if not path.exists():
            raise BundleError(
                "no such folder", where=path, hint="give a finished run, or its bundle/ folder"
            ) from error
        raise BundleError(
            f"is not a bundle: there is no readable {MANIFEST} in it",
            where=path,
            hint="give the bundle/ folder of a finished run, or the run itself",
        ) from error
    except OSError as error:
        raise BundleError(
            f"cannot be read ({error.strerror})", where=path, hint="check its path and permissions"
        ) from error
    manifest = _parse(text, path / MANIFEST)
    for name, digest in manifest.files.items():
        try:
            if not (path / name).is_file():  # a pipe or a device may have no end
                raise BundleError(
                    "is missing from the bundle",
                    where=path / name,
                    hint="copy the bundle again, whole",
                )
            content = (path / name).read_bytes()
        except OSError as error:
            raise BundleError(
                f"cannot be read ({error.strerror})",
                where=path / name,
                hint="check its permissions",
            ) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise BundleError(
                "was altered: its SHA-256 is not the one in bundle.json",
                where=path / name,
                hint="copy the bundle again, whole",
            )
        if name in (GRAPH, TOKENIZER):
            check = check_graph_file if name == GRAPH else check_tokenizer_file
            check(content, path / name)
    return Bundle(path, manifest)


def _refuse_unfinished_run(path: Path) -> None:
    """Raise an error that says how to continue, if the path is a run without a bundle."""
    run = path.parent if path.name == "bundle" and not path.exists() else path
    if (run / RUN_CONFIG).is_file() and not (run / "bundle").exists():
        raise BundleError(
            "this training is not finished",
            where=run,
            hint=_CONTINUE.format(config=run / RUN_CONFIG, run=run),
        )


def _parse(text: str, where: Path) -> BundleManifest:
    damaged = BundleError("is damaged", where=where, hint="copy the bundle again, whole")
    try:
        content = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise damaged from error
    found = content.get("format") if isinstance(content, dict) else None
    if not isinstance(found, int):
        raise damaged
    if found > FORMAT:
        raise BundleError(
            f"is of format {found}, and this posterplot reads formats up to {FORMAT}",
            where=where,
            hint="install a newer posterplot",
        )
    if found not in _READABLE:
        raise BundleError(
            f"is of format {found}, which this posterplot no longer reads",
            where=where,
            hint="train the model again",
        )
    current = dict(content)
    if "alone" in current and found == 3:
        current["decisions_by_modality"] = current.pop("alone")
    try:
        manifest = BundleManifest.model_validate(current)
    except ValidationError as error:
        raise damaged from error
    needed = {GRAPH, CARD} | ({TOKENIZER} if manifest.overview else set())
    if not needed <= manifest.files.keys():
        raise damaged
    if manifest.digest != _digest(content):
        raise BundleError(
            "was altered: its SHA-256 is not the one in it",
            where=where,
            hint="copy the bundle again, whole",
        )
    return manifest


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _digest(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a manifest's JSON without its digest, with sorted keys."""
    rest = {name: value for name, value in content.items() if name != "digest"}
    return hashlib.sha256(
        json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
