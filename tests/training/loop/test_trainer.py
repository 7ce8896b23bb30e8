import numpy as np
import onnxruntime
import pytest
import timm
import torch
from lightning.fabric.utilities.rank_zero import rank_zero_only
from lightning.pytorch.callbacks import Callback
from tests.conftest import CNN

from posterplot.inference.bundle import PosterInput
from posterplot.networks import GenreNetwork, PooledHead, PosterCNN, TimmEncoder
from posterplot.training.config.run_config import load_config
from posterplot.training.loop.own_signals import OwnSignals
from posterplot.training.loop.trainer import SyncedBatchNorm, make_trainer
from posterplot.training.loop.waiting_time import WaitingTime
from posterplot.training.package.export import export_network
from posterplot.training.ranks import ALONE


@pytest.fixture(params=["cnn", "timm"])
def network(request):
    torch.manual_seed(0)
    if request.param == "cnn":
        encoder = PosterCNN((4, 6), 0.0)
    else:
        model = timm.create_model("test_efficientnet", num_classes=0)
        encoder = TimmEncoder(model, height=32, width=32, frozen_stages=1)
    network = GenreNetwork(encoder, None, PooledHead(encoder.width, 3, 0.0))
    network(torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8))  # gives it statistics
    return network.eval()


def _frozen(network):
    """Return which parts stay in eval mode in training."""
    names = {name for name, part in network.train().named_modules() if not part.training}
    network.eval()
    return names


def test_a_network_with_synchronised_batch_normalisation_predicts_and_exports_the_same(network):
    posters = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        expected = network(posters).logits
    names, frozen = list(network.state_dict()), _frozen(network)
    plugin = SyncedBatchNorm()
    converted = plugin.revert(plugin.apply(network))
    assert any(isinstance(part, torch.nn.SyncBatchNorm) for part in converted.modules())
    assert list(converted.state_dict()) == names
    assert _frozen(converted) == frozen
    with torch.no_grad():
        assert torch.equal(converted(posters).logits, expected)
    size = PosterInput(height=32, width=32)
    graph = export_network(converted, poster=size, overview=None)
    session = onnxruntime.InferenceSession(graph)
    (logits,) = session.run(["logits"], {"posters": posters.numpy()})
    np.testing.assert_allclose(logits, expected.numpy(), atol=1e-4)


@pytest.mark.parametrize("per_node", [False, True])
def test_a_task_of_a_slurm_job_may_be_a_training_of_its_own(tmp_path, monkeypatch, per_node):
    job = {"JOB_NAME": "train", "JOB_ID": "1", "NTASKS": "4", "PROCID": "2", "LOCALID": "2"}
    if per_node:
        job |= {"NTASKS_PER_NODE": "4", "NODEID": "0"}
    for name, value in job.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.setattr(rank_zero_only, "rank", 2)
    (tmp_path / "cnn.toml").write_text(CNN)
    config = load_config(tmp_path / "cnn.toml", ["fit.accelerator=cpu"])
    trainer = make_trainer(
        config, tmp_path, [], Callback(), OwnSignals(), WaitingTime(), rank=ALONE
    )
    assert trainer.world_size == 1
    assert trainer.is_global_zero
    assert rank_zero_only.rank == 0  # otherwise loggers write nothing
