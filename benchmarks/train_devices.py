"""Measure how much faster two processes train than one, on a processor.

Run from the repository's root: ``python benchmarks/train_devices.py [--films 640] [--rounds 2]``.

Draws films with plots of 90 words, and trains the configuration ``overview-minilm`` on them for one
epoch, without a teacher: one process held to one core, and two processes on two cores, by turns.
The rate is that of the training steps, including the time that they wait for films. Processor
seconds are those of whole commands.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import train_memory
from posterplot.configs import CONFIGS

CONFIG = CONFIGS / "overview-minilm.toml"


def main() -> None:
    """Measure, and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=640)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cores", type=int, nargs=2, default=[0, 1])
    arguments = parser.parse_args()
    train_memory.VALIDATION = 64
    print("| processes | films per second | steps and waiting, s | whole command, CPU s |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "dataset"
        train_memory.draw(data, arguments.films + train_memory.VALIDATION, 0)
        (folder / "drawn.toml").write_text(train_memory.alone(CONFIG))
        for number in range(arguments.rounds):
            for devices in (1, 2):
                out = folder / f"run-{number}-{devices}"
                cores = arguments.cores[:devices]
                seconds = train(folder / "drawn.toml", data, out, devices, cores)
                steps = json.loads((out / "timing.json").read_text())["step_s"]
                rate = arguments.films / steps
                print(f"| {devices} | {rate:.1f} | {steps:.0f} | {seconds:.0f} |", flush=True)


def train(config: Path, data: Path, out: Path, devices: int, cores: list[int]) -> float:
    """Train on some cores; return the processor time in seconds."""
    command = [sys.executable, "-m", "posterplot", "train", config, "--data", data, "--out", out]
    for value in (f"fit.devices={devices}", "fit.epochs=1", "fit.precision=32-true"):
        command += ["--set", value]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [str(part) for part in command],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
