"""What processes run, in a module that imports as little as they need."""

import multiprocessing
import os
import signal
import time


def report(folder, rank, log):
    log(f"{rank.number} of {rank.count}")
    (folder / str(rank.number)).write_text(f"{os.getpid()} {os.environ['LOCAL_RANK']}")


def start_method(rank, log):
    log(multiprocessing.get_start_method())


def wait(folder, rank, log):
    report(folder, rank, log)
    try:
        time.sleep(120)
    finally:
        (folder / f"stopped-{rank.number}").touch()


def fail(folder, error, rank, log):
    if rank.number == 1:
        raise error
    wait(folder, rank, log)


def die(folder, rank, log):
    if rank.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    wait(folder, rank, log)


def wait_with_readers(folder, rank, say):
    reader = multiprocessing.Process(target=time.sleep, args=(120,), daemon=True)
    reader.start()
    (folder / f"reader-{rank.number}").write_text(str(reader.pid))
    wait(folder, rank, say)


def thread_count(rank, log):
    log(os.environ["OMP_NUM_THREADS"])


def miss_the_other(rank, log):
    if rank.number == 1:
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGKILL)
    raise RuntimeError("connection closed by peer")
