"""Download datasets of the Hugging Face hub by name, at a fixed commit, into the user's cache."""

import re
from pathlib import Path

import platformdirs

from posterplot.errors import CatalogueError
from posterplot.extras import needs_extra

# A path, where "hf://" has lost one of its slashes.
_NAME = re.compile(r"hf:/+(?:datasets/)?([\w.-]+/[\w.-]+)(?:@([^/]*))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
# File types that catalogues consist of: never code, never pickles.
_FILES = [
    *("*.parquet", "*.csv", "*.tsv", "*.jsonl", "*.json", "*.arrow", "README.md"),
    *("*.jpg", "*.jpeg", "*.png", "*.webp", "*.txt", "*.gz"),
]
_MAX_BYTES = 50 * 10**9
_DONE = ".complete"


def is_hub_name(path: Path) -> bool:
    """Return whether a catalogue's path is the name of a dataset on the hub: ``hf://…``."""
    return str(path).startswith("hf:")


def download(path: Path, *, allowed: bool) -> Path:
    """Return the local folder of a dataset. The dataset is downloaded if it is not cached.

    Args:
        path: ``hf://datasets/OWNER/NAME@COMMIT``.
        allowed: Whether anything may be downloaded; what is in the cache is always read.

    Raises:
        CatalogueError: The name has no commit, nothing may be downloaded, the dataset is too large,
            or the hub refuses it.
        UsageError: ``posterplot[remote]`` is not installed.
    """
    match = _NAME.fullmatch(str(path))
    name, commit = match.groups() if match else ("", "")
    if not name or not _COMMIT.fullmatch(commit or ""):
        raise CatalogueError(
            "is not the name of a dataset at a fixed commit",
            where=f"hf://datasets/{name or 'OWNER/NAME'}",
            hint="name its commit, of 40 digits: hf://datasets/OWNER/NAME@COMMIT",
        )
    address = f"hf://datasets/{name}@{commit}"
    cache = Path(platformdirs.user_cache_path("posterplot")) / "hub"
    folder = cache / name.replace("/", "--") / commit
    if (folder / _DONE).exists():
        return folder
    if not allowed:
        raise CatalogueError(
            "is on the Hugging Face hub", where=address, hint="`remote=True` downloads it"
        )
    with needs_extra("remote"):
        import huggingface_hub
        from huggingface_hub.utils._paths import filter_repo_objects
    try:
        files = huggingface_hub.HfApi().dataset_info(name, revision=commit, files_metadata=True)
        wanted = filter_repo_objects(
            files.siblings or [], allow_patterns=_FILES, key=lambda file: file.rfilename
        )
        if sum(file.size or 0 for file in wanted) > _MAX_BYTES:
            raise CatalogueError(
                f"is too large: over {_MAX_BYTES // 10**9} GB",
                where=address,
                hint="download a part of it, and name the folder",
            )
        huggingface_hub.snapshot_download(
            name, repo_type="dataset", revision=commit, local_dir=folder, allow_patterns=_FILES
        )
        (folder / _DONE).touch()
    except CatalogueError:
        raise
    # errors of the Hub, of HTTP and of the disk have no other common base
    except Exception as error:
        raise CatalogueError(
            f"cannot be downloaded: {' '.join(str(error).split())[:300]}",
            where=address,
            hint="check its name, its commit and your access",
        ) from error
    return folder
