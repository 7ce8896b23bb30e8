"""Bundles altered as a stranger would alter them: with digests that are right."""

import hashlib
import json
from pathlib import Path
from typing import Any

from posterplot.inference import bundle as bundle_module
from posterplot.inference.bundle import MANIFEST


def reseal(bundle: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest with the digest of its content."""
    manifest["digest"] = bundle_module._digest(manifest)
    (bundle / MANIFEST).write_text(json.dumps(manifest))


def replace_file(bundle: Path, name: str, content: bytes) -> None:
    """Replace a file of the bundle, and write its digest into the manifest."""
    manifest = json.loads((bundle / MANIFEST).read_text())
    (bundle / name).write_bytes(content)
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    reseal(bundle, manifest)
