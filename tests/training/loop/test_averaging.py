from types import SimpleNamespace

import lightning
import pytest
import torch

from posterplot.training.loop.averaging import MovingAverage


class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(3))
        self.register_buffer("constant", torch.tensor([123.675, 58.395, 0.1]), persistent=False)
        self.register_buffer("positions", torch.arange(64), persistent=False)


@pytest.mark.parametrize("decay", [0.1, 0.9, 0.998, 0.9999])
def test_weights_are_averaged_and_constants_kept(decay):
    module, expected = Module(), None
    callback = MovingAverage(torch.device("cpu"), decay)
    callback.setup(None, module, "fit")
    for step in range(1, 300):
        module.weight.data = torch.tensor([1.0, -2.0, 0.5]) * step
        expected = (
            module.weight.data
            if step == 1
            else (decay * expected + (1 - decay) * module.weight.data)
        )
        callback.on_train_batch_end(SimpleNamespace(global_step=step), module, None, None, 0)
    callback.on_train_end(None, module)
    assert torch.allclose(module.weight, expected, rtol=1e-4)
    assert torch.equal(module.constant, Module().constant)
    assert torch.equal(module.positions, Module().positions)


def test_checkpoints_of_lightnings_own_class_go_on():
    from lightning.pytorch.callbacks import EMAWeightAveraging

    ours, theirs = MovingAverage(torch.device("cpu"), 0.9), EMAWeightAveraging(decay=0.9)
    assert ours.state_key == theirs.state_key
    assert ours.state_dict() == theirs.state_dict()
