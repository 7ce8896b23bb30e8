import pytest

from posterplot.errors import ConfigError
from posterplot.training.config.fit import FitConfig
from posterplot.training.ranks import Rank, rank_from_environment

NAMES = ("RANK", "WORLD_SIZE", "TORCHELASTIC_RUN_ID", "SLURM_PROCID", "SLURM_NTASKS")


@pytest.fixture
def set_environment(monkeypatch):
    for name in (*NAMES, "SLURM_STEP_ID"):
        monkeypatch.delenv(name, raising=False)

    def set_all(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, str(value))

    return set_all


def _fit(**values):
    return FitConfig(epochs=1, batch_size=32, **values)


TORCHRUN = {"RANK": 2, "WORLD_SIZE": 4, "TORCHELASTIC_RUN_ID": "none"}
SRUN = {"SLURM_PROCID": 2, "SLURM_NTASKS": 4, "SLURM_STEP_ID": 0}


def test_nothing_has_started_processes(set_environment):
    assert rank_from_environment(_fit(devices=2)) is None


@pytest.mark.parametrize("environment", [TORCHRUN, SRUN])
def test_torchrun_and_srun_number_their_processes(set_environment, environment):
    set_environment(**environment)
    assert rank_from_environment(_fit(devices=2, nodes=2)) == Rank(2, 4)
    assert not Rank(2, 4).is_first


def test_other_numbers_than_those_of_torchrun_are_refused(set_environment):
    set_environment(**TORCHRUN)
    with pytest.raises(ConfigError, match=r"torchrun started 4 processes, .* needs 1"):
        rank_from_environment(_fit())


def test_a_task_of_srun_may_be_a_training_of_its_own(set_environment):
    set_environment(**SRUN)
    assert rank_from_environment(_fit()) is None
    assert rank_from_environment(_fit(devices=2)) is None
    with pytest.raises(ConfigError, match=r"srun started 4 processes, .* needs 8"):
        rank_from_environment(_fit(devices=2, nodes=4))


def test_several_machines_need_torchrun_or_srun(set_environment):
    with pytest.raises(ConfigError, match=r"fit.nodes: the processes on other machines"):
        rank_from_environment(_fit(nodes=2))
