"""Write a bundle as a model repository of the Hugging Face Hub.

::

    FOLDER/
      README.md         the model card; its metadata are what the Hub's pages and search show
      .gitattributes    the graph is stored with Git LFS
      bundle/           unchanged, so FOLDER is what --model takes
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from posterplot.files import new_folder
from posterplot.films import Modality
from posterplot.inference.bundle import CARD, MANIFEST, Bundle, BundleManifest
from posterplot.inference.card import read_card

# modalities -> name of the task on the Hub
_TASKS: dict[Modality, str] = {"poster": "image-classification", "overview": "text-classification"}
# metric -> its type and its name on the Hub
_METRICS = {
    "mAP": ("mean_average_precision", "mAP"),
    "micro_f1": ("f1", "micro-F1"),
    "macro_f1": ("f1", "macro-F1"),
}

_USE = """
## How to use it

Download this repository, and give its folder to [posterplot](https://pypi.org/project/posterplot/):

```console
$ pip install posterplot
$ posterplot predict films.csv --model FOLDER --out genres.jsonl
```
"""


def write_hub_layout(bundle: Bundle, out: Path) -> None:
    """Write a bundle as a model repository.

    Args:
        bundle: A bundle from :func:`posterplot.inference.bundle.load_bundle`.
        out: The folder to create.

    Raises:
        OutputError: The output exists already or cannot be written.

    """
    card = read_card(bundle)
    # JSON is valid YAML, so no name can break the metadata
    lines = [f"{key}: {json.dumps(value)}" for key, value in card_metadata(bundle.manifest).items()]
    front = "\n".join(["---", *lines, "---", "", ""])
    with new_folder(out) as folder:
        (folder / CARD).write_text(front + card.rstrip() + "\n" + _USE, encoding="utf-8")
        (folder / ".gitattributes").write_text("*.onnx filter=lfs diff=lfs merge=lfs -text\n")
        copied = folder / "bundle"
        copied.mkdir()
        for name in (MANIFEST, *bundle.manifest.files):
            shutil.copyfile(bundle.path / name, copied / name)


def card_metadata(manifest: BundleManifest) -> dict[str, Any]:
    """Return the metadata of a model card, as the Hub defines it.

    The results on the test films are in ``model-index`` if the manifest has them. The
    publisher of the model adds the licence, which depends on the training films.

    Args:
        manifest: Manifest of a bundle.

    """
    modalities: list[Modality] = []
    if manifest.poster is not None:
        modalities.append("poster")
    if manifest.overview is not None:
        modalities.append("overview")
    tags = ["multi-label-classification", "film-genres", "onnx"]
    tags += [f"reads-{modality}s" for modality in modalities]
    metadata: dict[str, Any] = {
        "library_name": "posterplot",
        "pipeline_tag": _TASKS[modalities[0]],
        "tags": tags + ["multimodal"] * (len(modalities) == 2),
    }
    overall = manifest.provenance.get("figures", {}).get("test", {}).get("overall", {})
    if overall:
        metadata["metrics"] = sorted({kind for kind, _ in _METRICS.values()})
        metadata["model-index"] = [_index(manifest, modalities[0], overall)]
    return metadata


def _index(
    manifest: BundleManifest, modality: Modality, overall: Mapping[str, Any]
) -> dict[str, Any]:
    metrics = [
        {"type": kind, "name": name, "value": overall[metric][0]}
        for metric, (kind, name) in _METRICS.items()
    ]
    dataset = {
        "type": "posterplot",
        "name": f"dataset {manifest.provenance['dataset'][:16]}",
        "split": "test",
    }
    result = {
        "task": {"type": _TASKS[modality], "name": "Multi-label genres of films"},
        "dataset": dataset,
        "metrics": metrics,
    }
    return {"name": manifest.name, "results": [result]}
