"""Determine which of the training processes this is."""

import os
from dataclasses import dataclass

from posterplot.errors import ConfigError
from posterplot.training.config.fit import FitConfig


@dataclass(frozen=True, slots=True)
class Rank:
    """One of the processes that train a network together.

    Args:
        number: Rank of this process, from 0. The first process writes the run.
        count: Number of processes.

    """

    number: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes the run."""
        return self.number == 0


ALONE = Rank()


def rank_from_environment(fit: FitConfig) -> Rank | None:
    """Return the rank of this process, if ``torchrun`` or ``srun`` has started all processes.

    Args:
        fit: Configuration of the loop.

    Returns:
        None if nothing has started processes, or the training needs only one.

    Raises:
        ConfigError: Another number of processes was started than the configuration needs, or it
            needs several machines and was started on one.

    """
    for program, number, count, needed in (
        ("torchrun", "RANK", "WORLD_SIZE", "TORCHELASTIC_RUN_ID"),
        ("srun", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_STEP_ID"),
    ):
        if not {number, count, needed} <= os.environ.keys():
            continue
        found = Rank(int(os.environ[number]), int(os.environ[count]))
        if found.count == fit.processes:
            return found if fit.processes > 1 else None
        # the tasks of srun may be separate trainings, and a task may start processes itself
        if program == "torchrun" or fit.nodes > 1:
            raise ConfigError(
                f"{program} started {found.count} processes, and the configuration needs "
                f"{fit.processes} (devices × nodes)",
                where="fit.devices",
                hint="give both the same numbers",
            )
    if fit.nodes > 1:
        raise ConfigError(
            "the processes on other machines are started by torchrun or srun, and were not",
            where="fit.nodes",
            hint="start the command with one of them, or set it to 1",
        )
    return None
