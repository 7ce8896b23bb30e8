import re

import pytest
import torch
from tests.conftest import JOINT
from tests.training.build.networks import NOTHING, SHARE

from posterplot.errors import ConfigError
from posterplot.inference.bundle import load_bundle
from posterplot.training.build.network import make_network
from posterplot.training.data.selection import read_films


def test_encoders_start_from_finished_runs(config, dataset, runs):
    loaded = config(
        JOINT, f"init_from.poster={runs}/tiny-cnn", f"init_from.overview={runs}/tiny-lstm"
    )
    films = read_films(loaded, dataset, lambda _: None)
    network, tokenizer = make_network(
        loaded, films.train_overviews, SHARE, dataset.manifest.fingerprint
    )
    for modality, run in (("poster", "tiny-cnn"), ("overview", "tiny-lstm")):
        best = torch.load(runs / run / "checkpoints" / "best.ckpt", weights_only=True)
        for name, value in getattr(network, modality).state_dict().items():
            assert torch.equal(value, best["state_dict"][f"network.{modality}.{name}"]), name
    assert tokenizer.get_vocab() == _vocabulary(runs / "tiny-lstm")


def _vocabulary(run):
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(load_bundle(run).tokenizer)).get_vocab()


def test_training_does_not_start_from_a_run_with_another_encoder(config, dataset, runs):
    wider = config(JOINT, f"init_from.poster={runs}/tiny-cnn", "poster.channels=[5, 6]")
    with pytest.raises(
        ConfigError, match=r"init_from.poster: .*another poster encoder: 6 keys"
    ) as e:
        make_network(wider, ["a gun"], SHARE, dataset.manifest.fingerprint)
    assert str(e.value).count("blocks.") == 5  # the first of them


def test_training_does_not_start_from_a_run_with_another_vocabulary(config, dataset, runs):
    loaded = config(JOINT, f"init_from.overview={runs}/tiny-lstm")
    texts = read_films(loaded, dataset, lambda _: None).train_overviews
    others = [text.replace("gun", "sword") for text in texts]
    with pytest.raises(
        ConfigError, match=r"init_from.overview: .*tiny-lstm has another vocabulary"
    ):
        make_network(loaded, others, SHARE, dataset.manifest.fingerprint)


def test_training_does_not_start_from_a_run_on_another_dataset(config, runs):
    loaded = config(JOINT, f"init_from.poster={runs}/tiny-cnn")
    with pytest.raises(ConfigError, match=r"init_from.poster: .* trained on another dataset"):
        make_network(loaded, ["a gun"], SHARE, NOTHING)


def test_training_does_not_start_from_a_run_without_encoder_weights(config, dataset, runs):
    loaded = config(JOINT, f"init_from.overview={runs}/tiny-cnn")
    with pytest.raises(ConfigError, match="tiny-cnn has no weights of the overview encoder"):
        make_network(loaded, ["a gun"], SHARE, dataset.manifest.fingerprint)


def test_training_does_not_start_from_another_folder(config, tmp_path):
    loaded = config(JOINT, f"init_from.poster={tmp_path}/none")
    with pytest.raises(ConfigError, match="none has no checkpoint"):
        make_network(loaded, ["a gun"], SHARE, NOTHING)
    best = tmp_path / "none" / "checkpoints" / "best.ckpt"
    best.parent.mkdir(parents=True)
    best.write_bytes(b"half a checkpoint")
    with pytest.raises(ConfigError, match=r"best.ckpt is damaged"):
        make_network(loaded, ["a gun"], SHARE, NOTHING)


@pytest.mark.parametrize("head", ["mean", "attention"])
def test_a_joint_network_starts_as_late_fusion_of_runs(config, tmp_path, head):
    """The poster has its configured weight; attention is left out on both sides."""
    overviews = ["a gun and a kiss", "a letter"]
    cut = {
        "poster": JOINT[JOINT.index("[overview]") : JOINT.index("[head]")],
        "overview": JOINT[JOINT.index("[poster]") : JOINT.index("[overview]")],
    }
    runs, networks = {}, {}
    for modality, other in cut.items():
        text = re.sub(r"\[modality_dropout\][^[]*", "", JOINT.replace(other, ""))
        networks[modality], _ = make_network(
            config(text, f"head.kind={head}"), overviews, SHARE, NOTHING
        )
        for parameter in networks[modality].head.parameters():
            torch.nn.init.normal_(parameter)
        if head == "attention":
            networks[modality].head.out.data.zero_()
        runs[modality] = tmp_path / modality
        (runs[modality] / "checkpoints").mkdir(parents=True)
        state = {f"network.{k}": v for k, v in networks[modality].state_dict().items()}
        torch.save(
            {"state_dict": state, "dataset": NOTHING}, runs[modality] / "checkpoints" / "best.ckpt"
        )
    starts = [f"init_from.{modality}={run}" for modality, run in runs.items()]
    starts.append("init_from.poster_weight=0.7")
    joint, _ = make_network(config(JOINT, *starts), overviews, SHARE, NOTHING)
    joint.head.out.data.zero_()
    posters = torch.randint(0, 256, (3, 3, 24, 16), dtype=torch.uint8)
    tokens = torch.randint(2, 7, (3, 4))
    mask = torch.tensor([[True] * 4, [False] * 4, [True] * 4])
    present = torch.tensor([True, True, False])
    with torch.no_grad():
        logits = joint.eval()(posters, present, tokens, mask).logits
        p = networks["poster"].eval()(posters).logits
        o = networks["overview"].eval()(tokens, mask).logits
    prior = torch.logit(SHARE.clamp(1e-3, 1 - 1e-3))
    expected = torch.stack([0.7 * (p[0] - prior) + o[0], p[1], o[2]])
    assert torch.allclose(logits, expected, atol=1e-5)
