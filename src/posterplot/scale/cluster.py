"""Start a Ray cluster on this machine, or connect to one."""

import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from posterplot.cores import available_cores
from posterplot.errors import OutputError, PosterplotError, UsageError
from posterplot.extras import needs_extra
from posterplot.files import writing

_PATIENCE = 10.0  # seconds for a cluster to answer
_HEALTH_PATIENCE = 30.0  # seconds for the process that asks whether it is Ray; it needs 2
_STORE = 256 * 2**20  # bytes of shared memory for the shards in flight
_STORE_LEAST = 80 * 2**20  # the minimum that Ray accepts
_SOCKET_BYTES = 107  # maximum length of the path of a socket
_SOCKET = "/session_2026-01-31_00-00-00_000000_4194304/sockets/plasma_store"  # Ray's longest one
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Ray's part in C++ prints warnings about Ray's own part in Python; errors are raised besides
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_worker_niceness": "0",  # the same CPU priority as threads would have
}


def check_cluster(address: str | None) -> None:
    """Import Ray and check that the cluster answers, before anything is written.

    Args:
        address: ``HOST:PORT`` of a cluster to which this machine belongs; None to start one.

    Raises:
        UsageError: Ray is not installed, or the cluster does not answer.

    """
    _prepare_environment(own=address is None)
    with needs_extra("ray"):
        import ray.data
    if address is not None and not ray.is_initialized():
        _check_answers(address)


@contextmanager
def ray_cluster(address: str | None, out: Path) -> Iterator[int]:
    """Connect to a cluster while the block runs, unless this process is already connected.

    A cluster that is started here is stopped at the end. If this process is killed, Ray stops it,
    and the next call with the same ``out`` removes its files.

    Args:
        address: Address, as for :func:`check_cluster`.
        out: The output, which is locked.

    Yields:
        The number of its cores.

    Raises:
        OutputError: The cluster cannot be started or joined, or fails.

    """
    import ray

    own = not ray.is_initialized()  # a connection that the caller opened stays open
    folder = session_folder(out)
    before = _signals()
    with _quiet_logs(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hide Ray's advice on its settings
        try:
            if own:
                shutil.rmtree(folder, ignore_errors=True)
                with writing(folder):  # it fails if another user has made the folder
                    folder.mkdir(mode=0o700)
                with _silent():  # Ray prints that its level of messages was set
                    _connect(address, folder)
            _restore(before)  # Ray's own handler would exit before temporary files are removed
            yield int(ray.cluster_resources().get("CPU", 0)) or 1  # type: ignore[no-untyped-call]
        except SystemExit as stopped:
            if stopped.code != signal.SIGTERM:
                raise
            _restore(before)  # Ray's handler ended the start of Ray; ours knows what to do
            signal.raise_signal(signal.SIGTERM)
            raise
        except (ray.exceptions.RayError, ConnectionError, RuntimeError, ValueError) as error:
            raise _failure(error, address) from error
        finally:
            if own:
                ray.shutdown()
                shutil.rmtree(folder, ignore_errors=True)
            _restore(before)


def _prepare_environment(*, own: bool) -> None:
    """Set the environment variables that Ray reads on import, unless the user has set them."""
    settings = dict(_QUIET)
    if own and "ray" not in sys.modules and "RAY_AUTH_MODE" not in os.environ:
        # Ray would write a token into the user's home folder; this one is removed with the cluster
        settings |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    for name, value in settings.items():
        os.environ.setdefault(name, value)


@contextmanager
def _silent() -> Iterator[None]:
    """Discard what is written to standard error, also by C++."""
    with Path(os.devnull).open("wb") as null:
        before = os.dup(2)
        try:
            os.dup2(null.fileno(), 2)
            yield
        finally:
            os.dup2(before, 2)
            os.close(before)


def _connect(address: str | None, folder: Path) -> None:
    import ray

    if address is not None:
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        return
    shared = shutil.disk_usage("/dev/shm").free if Path("/dev/shm").is_dir() else _STORE  # noqa: S108
    ray.init(
        address="local",
        num_cpus=available_cores(),
        num_gpus=0,
        object_store_memory=max(_STORE_LEAST, min(_STORE, shared // 2)),
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        _node_ip_address="127.0.0.1",  # nothing outside this machine may connect
        _temp_dir=str(folder),
        # Ray would stop where 95 % of a disk is used, though much of a large disk is free then
        _system_config={"local_fs_capacity_threshold": 1.0},
    )


def session_folder(out: Path) -> Path:
    """Return the folder of Ray's sockets and logs. Its name depends on the output.

    It is not beside the output, because the path of a socket has at most 107 bytes. If the path of
    the system's temporary folder is too long, it is in ``/tmp``.
    """
    name = f"posterplot-ray-{sha256(os.fsencode(os.path.realpath(out))).hexdigest()[:12]}"
    folder = Path(tempfile.gettempdir(), name)
    if os.name == "posix" and len(os.fsencode(folder)) + len(_SOCKET) > _SOCKET_BYTES:
        return Path("/tmp", name)  # noqa: S108
    return folder


def _check_answers(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "://" in address:
        raise UsageError(
            f"{address!r} is not HOST:PORT",
            argument="address",
            hint="give that of a cluster to which this machine belongs, such as 127.0.0.1:6379",
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
        _check_health(address)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"no Ray cluster answers at {address} ({error})",
            argument="address",
            hint="start one with ray start --head, or leave `address` out",
        ) from error


def _check_health(address: str) -> None:
    """Check that what answers is Ray. In this process, Ray itself would try for ever.

    Raises:
        OSError: It is something else, or does not answer in time.

    """
    _, *check = f"ray health-check --skip-version-check --address {address}".split()
    command = [sys.executable, "-m", "ray.scripts.scripts", *check]
    try:
        # an exit code other than 0 is left to the connection, whose error says more
        subprocess.run(  # noqa: S603 - the address is HOST:PORT
            command, capture_output=True, timeout=_HEALTH_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ConnectionError("what answers is not Ray") from None


def _failure(error: BaseException, address: str | None) -> PosterplotError:
    """Return an error for the user for an error of Ray, or the posterplot error inside it."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, PosterplotError):
            return inner
        inner = getattr(inner, "cause", None) or inner.__cause__
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    where = address or "the Ray cluster of this machine"
    return OutputError(
        f"failed: {reason}", where=where, hint="the same command again keeps what is written"
    )


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """Hide Ray's log messages on the terminal. Errors are raised besides."""
    from ray._private import worker

    names = ("ray", "ray.data", "ray._private.authentication")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    # Ray prints to standard output that tasks have ended, even those that it stops itself. It has
    # no public switch.
    printing = getattr(worker, "_worker_logs_enabled", True)  # other versions may not have it
    worker._worker_logs_enabled = False
    try:
        yield
    finally:
        worker._worker_logs_enabled = printing
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _signals() -> dict[signal.Signals, object]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}


def _restore(handlers: dict[signal.Signals, object]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)  # type: ignore[arg-type]
