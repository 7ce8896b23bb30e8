"""Read ``multimodal_imdb.hdf5``, the preprocessed form of MM-IMDb.

It holds posters of 256 x 160 pixels and genres. Its overviews are numbers of words only. The words
are in ``metadata.npy``, a pickle, which is never opened because it could run any code. Overviews
are read from the raw ``dataset/`` beside the file, if it exists.
"""

import io
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from posterplot.catalogue.mm_imdb import SPLITS, longest_plot
from posterplot.catalogue.safe_files import check_inside, json_inside
from posterplot.catalogue.table import Row, Table
from posterplot.errors import CatalogueError, FilmError

if TYPE_CHECKING:
    import h5py

_NEEDED = ("genres", "imdb_ids", "images")
_COLUMNS = ("id", "title", "year", "overview", "genres", "poster", "split")
# First row of each split in the official file, which has 25,959 films.
_OFFICIAL = {"train": (0, 15552), "dev": (15552, 18160), "test": (18160, 25959)}
_BATCH_FILMS = 64
_MAX_SIDE = 4096  # pixels
_MAX_CHUNK_BYTES = 2**28  # bytes; larger chunks would have to be unpacked to read a single film
_OPEN_TIMEOUT = 60.0  # seconds; a normal file takes under one
_READ_ATTRIBUTES = """
import sys, h5py
with h5py.File(sys.argv[1], "r") as file:
    file["genres"].attrs["target_names"], file.attrs.get("split")
"""
# Filters that are built into HDF5. For any other, HDF5 would load code from a plug-in.
_FILTERS = frozenset({1, 2, 3, 4, 5, 6, 32000})


def open_hdf5(path: Path) -> Table:
    """Open MM-IMDb's HDF5 file.

    Raises:
        CatalogueError: The file is another HDF5 file, is damaged, stores parts in other files, or
            ``dataset/`` is a link that leads out of its folder.
        ModuleNotFoundError: h5py is not installed.
    """
    with _open(path) as file:
        data = {name: _dataset(file, name, path) for name in _NEEDED}
        _try_in_a_child(path)
        names = _genre_names(data["genres"], path)
        films = len(data["imdb_ids"])
        _check_shapes(data, names, path)
        splits = _splits(file, films, path)
    raw = path.parent / "dataset"
    texts = raw.is_dir()
    if texts:
        check_inside(raw, path.parent)

    def read(wanted: Sequence[str]) -> Iterator[Row]:
        with _open(path) as file:
            data = {name: _dataset(file, name, path) for name in _NEEDED}
            for split, (start, stop) in splits.items():
                for first in range(start, stop, _BATCH_FILMS):
                    here = slice(first, min(first + _BATCH_FILMS, stop))
                    ids, flags = data["imdb_ids"][here], data["genres"][here]
                    images = data["images"][here] if "poster" in wanted else None
                    for n, id_ in enumerate(_text(raw_id) for raw_id in ids):
                        values: dict[str, object] = {"id": id_, "split": SPLITS[split]}
                        chosen = zip(names, flags[n], strict=True)
                        values["genres"] = [name for name, yes in chosen if yes]
                        if images is not None:
                            values["poster"] = _png(images[n])
                        problem = _add_text(values, raw, id_) if texts else ""
                        yield Row(first + n, {} if problem else values, problem)

    return Table(
        path=path,
        folder=path.parent,
        format="MM-IMDb, HDF5",
        columns=_COLUMNS if texts else ("id", "genres", "poster", "split"),
        read=read,
        count=lambda: sum(stop - start for start, stop in splits.values()),
        notes=(
            "the overview is the longest plot of dataset/"
            if texts
            else "overviews are not read: their words are in a pickle, which could run code; put"
            " the raw dataset/ beside the file",
        ),
        fixed_columns={
            name: name for name in (_COLUMNS if texts else ("id", "genres", "poster", "split"))
        },
        ids="imdb",
        benchmark=True,
    )


@contextmanager
def _open(path: Path) -> Iterator["h5py.File"]:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file
    except CatalogueError:
        raise
    # h5py raises many types of exceptions for damaged files
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, MemoryError) as error:
        raise CatalogueError(
            f"cannot be read as HDF5 ({error})", where=path, hint="download the file again"
        ) from error


def _dataset(file: "h5py.File", name: str, path: Path) -> Any:
    """Return a dataset whose content is in the file itself and needs no plug-in.

    Raises:
        CatalogueError: There is no such dataset.
    """
    import h5py

    link = file.get(name, getlink=True)
    if link is None:
        raise CatalogueError(
            f"has no {name}", where=path, hint="only MM-IMDb's multimodal_imdb.hdf5 is read"
        )
    data = file[name] if isinstance(link, h5py.HardLink) else None
    if not isinstance(data, h5py.Dataset) or data.external or data.is_virtual:
        raise _refused(f"{name} is outside the file", path)
    plist = data.id.get_create_plist()
    filters = {plist.get_filter(n)[0] for n in range(plist.get_nfilters())}
    if not filters <= _FILTERS:
        raise _refused(f"{name} is packed by a plug-in", path)
    if data.chunks and np.prod(data.chunks, dtype=float) * data.dtype.itemsize > _MAX_CHUNK_BYTES:
        raise _refused(f"{name} can only be read in parts of over 256 MB", path)
    return data


def _try_in_a_child(path: Path) -> None:
    """Read the data of variable size in a child process, which can be killed if it hangs.

    With a damaged file, the HDF5 library may loop for ever or crash while it reads such values, and
    Python cannot interrupt it.

    Raises:
        CatalogueError: The attempt takes too long, or the process crashes.
    """
    try:
        tried = subprocess.run(  # noqa: S603  # our own few words
            # -P: nothing is imported from the current folder, which may be a stranger's
            [sys.executable, "-P", "-c", _READ_ATTRIBUTES, str(path)],
            capture_output=True,
            timeout=_OPEN_TIMEOUT,
            check=False,  # this process finds and reports any other problem
        )
    except subprocess.TimeoutExpired:
        raise _damaged("does not end", path) from None
    if tried.returncode < 0:
        raise _damaged("crashes the HDF5 library", path)


def _damaged(what: str, path: Path) -> CatalogueError:
    return CatalogueError(
        f"is damaged: reading its attributes {what}", where=path, hint="download the file again"
    )


def _refused(what: str, path: Path) -> CatalogueError:
    return CatalogueError(what, where=path, hint="take the file from MM-IMDb's own site")


def _genre_names(genres: Any, path: Path) -> list[str]:
    try:
        names = json.loads(_text(genres.attrs["target_names"]))
    except (KeyError, ValueError, RecursionError) as error:
        raise _refused("genres have no readable target_names", path) from error
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _refused("genres have no readable target_names", path)
    return names


def _check_shapes(data: dict[str, Any], names: list[str], path: Path) -> None:
    films = data["imdb_ids"].shape[:1]
    images, genres, ids = data["images"], data["genres"], data["imdb_ids"]
    right = (
        ids.ndim == 1
        and films[0] > 0
        and ids.dtype.kind in "SO"
        and genres.shape == (*films, len(names))
        and genres.dtype.kind in "biu"
        and images.ndim == 4
        and images.shape[:2] == (*films, 3)
        and max(images.shape[2:]) <= _MAX_SIDE
        and images.dtype.kind in "iu"
    )
    if not right:
        shapes = ", ".join(f"{name} {value.shape} {value.dtype}" for name, value in data.items())
        raise _refused(f"has other shapes than MM-IMDb: {shapes}", path)


def _splits(file: "h5py.File", films: int, path: Path) -> dict[str, tuple[int, int]]:
    """Return the rows of each split, from the file or else from the official split."""
    found: dict[str, tuple[int, int]] = {}
    table = file.attrs.get("split")
    if isinstance(table, np.ndarray) and {"split", "start", "stop"} <= set(table.dtype.names or ()):
        for row in table:
            name = _text(row["split"])
            if name in SPLITS:
                found[name] = (int(row["start"]), int(row["stop"]))
    elif films == _OFFICIAL["test"][1]:
        found = dict(_OFFICIAL)
    edges = [edge for bounds in sorted(found.values()) for edge in bounds]
    if not found or edges != sorted(edges) or edges[0] < 0 or edges[-1] > films:
        raise _refused("has no split that could be used", path)
    return found


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _png(pixels: Any) -> bytes:
    """Encode ``(3, H, W)`` RGB pixels from 0 to 255 as PNG."""
    image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8).transpose(1, 2, 0))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _add_text(values: dict[str, object], raw: Path, id_: str) -> str:
    """Add the texts of a film's raw JSON; return why it cannot be read, or ""."""
    if not id_.isdecimal():
        return f"imdb_ids hold {id_[:40]!r}, which is not an id"
    try:
        record = json_inside(raw / f"{id_}.json", raw.parent)
    except FilmError:
        return ""  # the poster is still usable
    if isinstance(record, dict):
        values |= {"title": record.get("title"), "year": record.get("year")}
        values["overview"] = longest_plot(record)
    return ""
