"""Open tables in cloud storage, with posters beside them: ``s3://bucket/films.csv``."""

import functools
import hashlib
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import IO

from posterplot.catalogue.detect import interpret_by_source, open_table, table_suffix
from posterplot.catalogue.parquet_table import open_parquet
from posterplot.catalogue.remote import cache_folder, file_system
from posterplot.catalogue.table import Table
from posterplot.errors import CatalogueError
from posterplot.extras import needs_extra
from posterplot.files import new_file

# A path, where "s3://" has lost one of its slashes.
_ADDRESS = re.compile(r"(s3|gs):/+(.+)", re.IGNORECASE)


def is_cloud_address(path: Path) -> bool:
    """Return whether a catalogue's path is an address in cloud storage.

    >>> is_cloud_address(Path("s3://films/films.csv")), is_cloud_address(Path("films.csv"))
    (True, False)
    """
    return _ADDRESS.fullmatch(str(path)) is not None


def open_remote_table(path: Path, encoding: str | None, *, allowed: bool) -> Table:
    """Open a table in cloud storage.

    Parquet is read from there, row group by row group. A table of text is copied into the user's
    cache first.

    Args:
        path: Address of the table.
        encoding: Encoding of its text; None to detect it.
        allowed: Whether cloud storage may be read.

    Raises:
        CatalogueError: Reading from cloud storage is not allowed, or the table cannot be read.
        UsageError: ``posterplot[remote]``, or the package for the storage, is not installed.
    """
    match = _ADDRESS.fullmatch(str(path))
    scheme, key = match.groups() if match else ("", str(path))
    address = f"{scheme.lower()}://{key}"
    if not allowed:
        raise CatalogueError("is in cloud storage", where=address, hint="`remote=True` reads it")
    with needs_extra("remote"):
        import fsspec  # noqa: F401
    try:
        if table_suffix(path) == ".parquet":
            table = interpret_by_source(open_parquet(path, functools.partial(_open, address)))
        else:
            table = open_table(_copy(address), encoding)
    except CatalogueError as error:
        raise CatalogueError(error.what, where=address, hint=error.hint) from error
    except ImportError as error:
        raise CatalogueError(
            f"cannot be read without another package ({error})", where=address, hint="install it"
        ) from error
    except Exception as error:  # every file system raises errors of its own
        raise CatalogueError(
            f"cannot be read: {' '.join(str(error).split())[:200]}",
            where=address,
            hint="check the address, and the credentials and endpoint in the environment",
        ) from error
    return replace(table, address=address.rpartition("/")[0])


def _open(address: str) -> IO[bytes]:
    scheme, _, key = address.partition("://")
    stream: IO[bytes] = file_system(scheme).open(key, "rb")
    return stream


def _copy(address: str) -> Path:
    """Copy this version of a table into the cache, unless it is there; return its path."""
    scheme, _, key = address.partition("://")
    system = file_system(scheme)
    info = system.info(key)
    version = [str(info.get(name)) for name in ("size", "mtime", "LastModified", "ETag")]
    name = hashlib.sha256("\n".join([address, *version]).encode("utf-8", "replace")).hexdigest()
    path = cache_folder().parent / "tables" / name / key.rpartition("/")[2]
    if not path.exists():
        with (
            new_file(path, replace=True, wait=True) as temporary,
            system.open(key, "rb") as source,
            temporary.open("wb") as target,
        ):
            shutil.copyfileobj(source, target)
    return path
