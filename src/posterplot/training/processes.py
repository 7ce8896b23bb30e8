"""Start the training processes on this machine, and stop them together.

The program itself does not train: it holds the lock of the run, passes on the log of the first
process, and watches all processes. So it can always react to Ctrl-C and SIGTERM, which a process
that waits for others cannot. If one process fails, or the program is stopped, the others are
stopped; if the program is killed, they end by themselves.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import NoReturn

from posterplot.cores import available_cores
from posterplot.errors import ConfigError, PosterplotError
from posterplot.training.ranks import Rank

Log = Callable[[str], None]

# Time for all processes to remove their temporary files. One that waits for a device may not
# notice the signal.
_SECONDS_TO_STOP = 30
# Time for a failed process to send its error, after another process has noticed that it ended.
_SECONDS_TO_EXPLAIN = 5


class _Failure(str):
    """The traceback of a process."""

    __slots__ = ()


def run_processes(target: Callable[[Rank, Log], None], count: int, log: Log) -> None:
    """Run a function in several new processes, and wait for all of them.

    Args:
        target: Called with the rank of its process and a function that logs a line; only the lines
            of the first process are logged. It must be a function that can be pickled, or a
            :func:`functools.partial` of one.
        count: Number of processes.
        log: Called in this process with each line.

    Raises:
        PosterplotError: A process has raised it.
        ConfigError: A process was killed.
        RuntimeError: A process has failed otherwise; the message has its traceback.

    """
    context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    environment = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(_free_port()),
        "NODE_RANK": "0",
        # together, the processes have as many threads as there are cores
        "OMP_NUM_THREADS": os.environ.get(
            "OMP_NUM_THREADS", str(max(1, available_cores() // count))
        ),
        # PyTorch warns if it looks for unused parameters and finds none
        "TORCH_CPP_LOG_LEVEL": os.environ.get("TORCH_CPP_LOG_LEVEL", "ERROR"),
    }
    processes: list[SpawnProcess] = []
    waiting: dict[Connection, int] = {}
    failure: str | None = None
    try:
        for number in range(count):
            receiver, sender = context.Pipe(duplex=False)
            arguments = (target, Rank(number, count), sender)
            processes.append(context.Process(target=_run, args=arguments))
            with _starting({**environment, "LOCAL_RANK": str(number)}):
                processes[-1].start()
            sender.close()  # this copy is closed, so that the pipe ends with the process
            waiting[receiver] = number
        while waiting:
            # if one process fails, the others fail too, and its error may arrive after theirs
            ready = wait(list(waiting), None if failure is None else _SECONDS_TO_EXPLAIN)
            if not ready:
                break
            for connection in [one for one in waiting if one in ready]:
                try:
                    message = connection.recv()
                except EOFError:
                    number = waiting.pop(connection)
                    processes[number].join()
                    _check_kill(processes[number].exitcode, number, count)
                    if processes[number].exitcode and failure is None:
                        failure = f"process {number + 1} of {count} has ended"
                    continue
                if isinstance(message, PosterplotError):
                    raise message
                if isinstance(message, _Failure):
                    failure = failure or message
                else:
                    log(message)
    finally:
        _stop(processes)
    if failure is not None:
        raise RuntimeError(f"a process of the training has failed:\n{failure}")


def _check_kill(code: int | None, number: int, count: int) -> None:
    """Raise an error if a process was killed."""
    if code is not None and code < 0:
        raise ConfigError(
            f"process {number + 1} of {count} was killed ({signal.Signals(-code).name}), probably "
            "for lack of memory",
            where="fit.devices",
            hint="give the machine or container more memory and continue with `resume=True`, or "
            "start a new run with fewer devices",
        )


def _stop(processes: list[SpawnProcess]) -> None:
    """Stop all running processes: first with SIGTERM, then by force."""
    started = [process for process in processes if process.pid is not None]
    for process in started:
        process.terminate()
    end = time.monotonic() + _SECONDS_TO_STOP
    for process in started:
        process.join(max(0, end - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()


def _run(target: Callable[[Rank, Log], None], rank: Rank, connection: Connection) -> None:
    """Run as one of the processes."""
    signal.signal(signal.SIGTERM, _interrupt)
    # processes that read films use the default: spawn would import PyTorch in every epoch
    multiprocessing.set_start_method(None, force=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    log: Log = connection.send if rank.is_first else _ignore
    try:
        target(rank, log)
    except KeyboardInterrupt:
        _exit_now()  # temporary files are removed; nothing else may delay the end
    except PosterplotError as error:
        connection.send(error)
    except Exception:
        connection.send(_Failure(traceback.format_exc()))
        _exit_now()


def _ignore(_: object) -> None:
    """Do nothing."""


def _interrupt(_: int, __: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.unraisablehook = _ignore  # ignores the interrupt itself, if it is raised in a destructor
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """End this process when the program that started it ends, for whatever reason."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        _exit_now()


def _exit_now() -> NoReturn:
    """End this process and the processes that read films for it.

    They would notice the end only after seconds, and until then keep the pipes open on which the
    program waits.
    """
    for reader in multiprocessing.active_children():
        reader.kill()
    os._exit(1)


@contextmanager
def _starting(environment: dict[str, str]) -> Iterator[None]:
    """Set the environment of a process that is being started, and make it ignore Ctrl-C.

    A terminal sends Ctrl-C to all processes, even while they still import packages.
    """
    kept = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
