"""Create, replace and remove files of a library safely.

A file is replaced completely or not at all, and only if nothing else changed it since it was read.
"""

import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from posterplot.errors import FilmError
from posterplot.library.nfo_scan import MAX_BYTES, NfoError
from posterplot.recovery import synchronise

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # otherwise opening a pipe waits for a writer
_BINARY = getattr(os, "O_BINARY", 0)
_ACL = "system.posix_acl_access"
_CHANGED = "was changed by another program meanwhile"


class Original(NamedTuple):
    """A file with its content when it was read.

    Attributes:
        path: Path of the file.
        data: Content of the file.
        status: Result of ``os.stat`` when the file was opened.

    """

    path: Path
    data: bytes
    status: os.stat_result


def read_file(path: Path, *, to_write: bool = True) -> Original:
    """Read a small regular file that can be replaced. Pipes and devices are refused.

    Args:
        path: Path of the file.
        to_write: Whether a file is refused that can be read, but must not or cannot be replaced.

    Raises:
        NfoError: The file is a link, no regular file, too large, unreadable, or with ``to_write``
            hard-linked or read-only.

    """
    try:
        handle = os.open(path, os.O_RDONLY | _NOFOLLOW | _NONBLOCK | _BINARY)
    except OSError as error:
        # Path.is_symlink() raises an error where the folder cannot be searched
        if os.path.islink(path):  # noqa: PTH114
            raise NfoError("is a symbolic link, which is left as it is") from error
        raise NfoError(f"cannot be read ({error.strerror or error})") from error
    try:
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise NfoError("is not a regular file")
            if status.st_size > MAX_BYTES:
                raise NfoError(f"is larger than an NFO can be: {status.st_size / 1e6:,.0f} MB")
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise NfoError(f"cannot be read ({error.strerror or error})") from error
    file = Original(path, data, status)
    if to_write and (reason := why_unwritable(file)):
        raise NfoError(reason)
    return file


def why_unwritable(file: Original) -> str:
    """Return why a file must not or cannot be replaced, or an empty string."""
    if file.status.st_nlink > 1:
        return "is hard-linked: writing it would separate it from its other names"
    if not file.status.st_mode & 0o222:
        return "is read-only"
    if not os.access(file.path.parent, os.W_OK):
        return "is in a read-only folder"
    return ""


def replace_file(path: Path, expected: bytes, content: bytes) -> None:
    """Replace the content of a file. Mode, owner and extended attributes are kept.

    The new file is written beside the old one, flushed to the disk, and renamed if the old one
    still has the expected content. Its time is the current one: media servers notice changes by it.

    Raises:
        FilmError: The file was changed meanwhile, or cannot be replaced; it was not touched.

    """
    before = read_file(path)
    _check(before, expected)
    with _temporary_file(path, content) as temporary:
        _copy_attributes(temporary, before)
        now = read_file(path)
        _check(now, expected)
        if now.status.st_ino != before.status.st_ino:
            raise FilmError(_CHANGED)
        temporary.replace(path)


def create_file(path: Path, content: bytes) -> None:
    """Create a file; its owner is the owner of its folder.

    Raises:
        FilmError: The file exists, or cannot be written; nothing was changed.

    """
    with _temporary_file(path, content) as temporary:
        folder = path.parent.stat()
        temporary.chmod(
            0o644 | (folder.st_mode & 0o020)
        )  # writable for the group that shares the library
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            os.chown(temporary, folder.st_uid, folder.st_gid)
        if os.path.lexists(path):
            raise FilmError(_CHANGED)
        try:
            os.link(temporary, path)  # fails if the file exists; renaming would not
        except OSError:
            if os.path.lexists(path):
                raise FilmError(_CHANGED) from None
            temporary.rename(path)  # a file system without hard links


@contextmanager
def _temporary_file(path: Path, content: bytes) -> Iterator[Path]:
    """Yield a temporary file with this content beside a file, and remove it at the end.

    It is closed, because Windows renames no open file.

    Raises:
        FilmError: An :class:`OSError` while it is written, or in the block.

    """
    temporary = temporary_of(path)
    try:
        stream = temporary.open("xb")  # never over an existing file
    except FileExistsError as error:
        raise FilmError(
            f"cannot be written: {temporary.name} is there already; remove that file, unless"
            " another posterplot is writing"
        ) from error
    except OSError as error:
        raise _unwritten(error) from error
    try:
        try:
            with stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritten(error) from error
    _flush_names(path.parent)


def _unwritten(error: OSError) -> FilmError:
    return FilmError(f"cannot be written ({error.strerror or error})")


def _flush_names(folder: Path) -> None:
    """Flush the names in a folder to the disk, before the journal says that the film is done.

    Otherwise a power cut could leave a file as it was before an undo whose journal is gone already.
    """
    with suppress(OSError):  # a file system that cannot do this for a folder
        synchronise(folder)


def _check(file: Original, expected: bytes) -> None:
    if file.data != expected:
        raise FilmError(_CHANGED)


def remove_file(path: Path, expected: bytes) -> None:
    """Remove a file if it has the expected content.

    Raises:
        FilmError: The file was changed meanwhile, or cannot be removed.

    """
    _check(read_file(path), expected)
    try:
        path.unlink()
    except OSError as error:
        raise FilmError(f"cannot be removed ({error.strerror or error})") from error
    _flush_names(path.parent)


def temporary_of(path: Path) -> Path:
    """Return the path of a file's temporary file. It is fixed, so that leftovers can be found."""
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    return path.with_name(f".posterplot-{digest}.tmp")


def _owner(file: Original) -> str:
    try:
        return f"the user {file.path.owner()} and the group {file.path.group()}"
    except (KeyError, NotImplementedError):  # the number has no user or group name
        return f"the user {file.status.st_uid} and the group {file.status.st_gid}"


def _copy_attributes(path: Path, original: Original) -> None:
    """Copy the owner, mode and extended attributes of a file, but not its times."""
    current, wanted = path.stat(), original.status
    if hasattr(os, "chown") and (current.st_uid, current.st_gid) != (wanted.st_uid, wanted.st_gid):
        try:
            os.chown(path, wanted.st_uid, wanted.st_gid)
        except PermissionError:
            raise FilmError(f"belongs to {_owner(original)}; run tag as that user") from None
    _remove_inherited_rights(path, original.path)
    shutil.copystat(original.path, path)
    os.utime(path)


def _remove_inherited_rights(path: Path, original: Path) -> None:
    """Remove an access control list that a new file got from its folder and the original lacks.

    Nothing else would remove it: copying adds attributes, and a mode then sets the list's mask.
    """
    if sys.platform != "linux":
        return
    try:
        if _ACL not in os.listxattr(original):
            os.removexattr(path, _ACL)
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):  # there is none, or never is
            raise
