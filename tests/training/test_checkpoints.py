import ast
import re
import shutil

import pytest
import torch
from tests.conftest import CNN, JOINT

from posterplot.errors import ConfigError, OutputError
from posterplot.training.build.network import make_network
from posterplot.training.build.pretrained import load_overview_model
from posterplot.training.build.restore import restore_network
from posterplot.training.checkpoints import read_checkpoint
from posterplot.training.config.run_config import load_config
from posterplot.training.train import train


class _Trap:
    """What writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.fixture
def trapped(runs, tmp_path):
    """A copy of a run whose checkpoints contain code, and the file that the code would write."""
    run, sprung = tmp_path / "run", tmp_path / "sprung"
    shutil.copytree(runs / "tiny-cnn", run)
    for name in ("best.ckpt", "last.ckpt"):
        path = run / "checkpoints" / name
        torch.save(torch.load(path, weights_only=True) | {"extra": _Trap(sprung)}, path)
    yield run
    assert not sprung.exists()


def test_checkpoints_of_a_real_training_hold_tensors_and_plain_values_only(runs, joint_run):
    for run in (runs / "tiny-cnn", runs / "tiny-lstm", joint_run):
        for name in ("best.ckpt", "last.ckpt"):
            checkpoint = read_checkpoint(run / "checkpoints" / name)
            assert checkpoint["state_dict"]
            assert checkpoint["dataset"]


def test_code_in_a_checkpoint_does_not_run_when_a_run_is_restored(trapped):
    with pytest.raises(ConfigError, match=r"best.ckpt is damaged"):
        restore_network(trapped)


def test_code_in_a_checkpoint_does_not_run_when_a_run_starts_from_it(trapped, tmp_path):
    (tmp_path / "joint.toml").write_text(JOINT)
    config = load_config(tmp_path / "joint.toml", [f"init_from.poster={trapped}"])
    with pytest.raises(ConfigError, match=r"best.ckpt is damaged"):
        make_network(config, ["a gun"], torch.full((3,), 0.5), "fingerprint")


def test_code_in_a_checkpoint_does_not_run_when_training_resumes(trapped, dataset, tmp_path):
    (tmp_path / "cnn.toml").write_text(CNN)
    with pytest.raises(OutputError, match=r"last.ckpt: is damaged"):
        train(load_config(tmp_path / "cnn.toml"), dataset, trapped, resume=True)


def test_code_in_the_weights_of_an_overview_encoder_does_not_run(bert, tmp_path):
    folder = shutil.copytree(bert, tmp_path / "bert")
    (folder / "model.safetensors").unlink()
    torch.save({"embeddings": _Trap(tmp_path / "sprung")}, folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_overview_model(str(folder))
    assert not (tmp_path / "sprung").exists()


def test_no_module_unpickles(pytestconfig):
    """Every ``torch.load`` is given ``weights_only=True``, and only tests, which plant code in
    files, import pickle.
    """
    unsafe = re.compile(r"^\s*(import|from)\s+(pickle|dill|joblib|cloudpickle|shelve|marshal)\b")
    found = []
    for folder in ("src", "benchmarks", "tests"):
        for path in sorted((pytestconfig.rootpath / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if folder != "tests":
                found += [f"{path}: {line}" for line in text.splitlines() if unsafe.match(line)]
            if not any(name in text for name in ("torch.load", "weights_only", "allow_pickle")):
                continue  # parsing takes longest
            for call in ast.walk(ast.parse(text)):
                if isinstance(call, ast.Call):
                    found += [f"{path}:{call.lineno}" for unsafe in _unsafe(call) if unsafe]
    assert not found


def _unsafe(call: ast.Call):
    keywords = {k.arg: getattr(k.value, "value", None) for k in call.keywords}
    yield keywords.get("weights_only") is False
    yield keywords.get("allow_pickle") is True
    yield ast.unparse(call.func) == "torch.load" and keywords.get("weights_only") is not True


def test_the_search_finds_its_patterns():
    for text in ("torch.load(x)", "torch.load(x, weights_only=False)", "f(x, allow_pickle=True)"):
        (statement,) = ast.parse(text).body
        assert any(_unsafe(statement.value)), text
    (statement,) = ast.parse("torch.load(x, weights_only=True)").body
    assert not any(_unsafe(statement.value))
