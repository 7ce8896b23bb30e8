"""Load weights of finished runs into a network: encoders, head and linear layers."""

from pathlib import Path

from tokenizers import Tokenizer
from torch import Tensor, nn

from posterplot.errors import ConfigError
from posterplot.inference.bundle import TOKENIZER
from posterplot.networks import AttentionHead, GenreNetwork
from posterplot.networks.fusion import rename_old_parameters
from posterplot.training.checkpoints import read_checkpoint
from posterplot.training.config.head import InitFromConfig

_MAX_KEYS = 5  # names of the modalities in messages


def init_from(
    runs: InitFromConfig, network: GenreNetwork, tokenizer: Tokenizer | None, dataset: str
) -> None:
    """Load the weights of finished runs into a network.

    Args:
        runs: The section ``[init_from]``.
        network: Network whose weights are changed in place.
        tokenizer: Tokenizer of the network's overviews, if it reads any.
        dataset: Fingerprint of the dataset; the runs must have been trained on the same.

    Raises:
        ConfigError: A run has no checkpoint, was trained on another dataset, or does not fit.

    """
    for name in ("poster", "overview", "head"):
        run = getattr(runs, name)
        if run is not None:
            state, trained_on = trained_state(Path(run), f"init_from.{name}")
            if trained_on != dataset:
                raise ConfigError(
                    f"{run} was trained on another dataset, which may contain the validation films",
                    where=f"init_from.{name}",
                    hint="use a run trained on the same dataset",
                )
            _load_part(state, Path(run), name, getattr(network, name))
            if name == "overview" and tokenizer:
                _check_tokenizer(Path(run), tokenizer)
            if name != "head" and isinstance(network.head, AttentionHead):
                _load_evidence(state, network.head, name, runs.poster_weight)


def trained_state(run: Path, where: str) -> tuple[dict[str, Tensor], str]:
    """Return the weights of a finished run's network, and the fingerprint of its dataset.

    Args:
        run: Folder of the run. Its ``checkpoints/best.ckpt`` is read, which does not contain frozen
            encoders.
        where: Configuration key or option to name in messages.

    Raises:
        ConfigError: The checkpoint is missing or damaged.

    """
    path = run / "checkpoints" / "best.ckpt"
    try:
        checkpoint = read_checkpoint(path)
        state, trained_on = checkpoint["state_dict"], checkpoint["dataset"]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigError(
            f"{run} has no checkpoint", where=where, hint="give the run of a trained network"
        ) from error
    except Exception as error:  # the type of torch's error depends on the bytes that it reads
        raise ConfigError(f"{path} is damaged", where=where, hint="train it again") from error
    weights = _with_prefix(state, "network.")
    rename_old_parameters(weights, "head.")
    return weights, trained_on


def _load_part(state: dict[str, Tensor], run: Path, part: str, module: nn.Module) -> None:
    """Load an encoder or the head of a finished run."""
    loaded = _with_prefix(state, f"{part}.")
    expected = module.state_dict()
    if not loaded:
        raise ConfigError(
            f"{run} has no weights of the {part} encoder: it reads none, or the encoder was frozen",
            where=f"init_from.{part}",
            hint=f"remove init_from.{part}, and give the encoder's own weights",
        )
    different = [k for k in expected if k not in loaded or loaded[k].shape != expected[k].shape]
    different += [k for k in loaded if k not in expected]
    if different:
        what = "head" if part == "head" else f"{part} encoder"
        first = ", ".join(different[:_MAX_KEYS])
        raise ConfigError(
            f"{run} has another {what}: {len(different)} keys differ, first {first}",
            where=f"init_from.{part}",
            hint="use a run whose config.toml has the same sections",
        )
    module.load_state_dict(loaded)


def _check_tokenizer(run: Path, tokenizer: Tokenizer) -> None:
    """Refuse a run whose encoder was trained on other token ids, if its bundle has a tokenizer."""
    path = run / "bundle" / TOKENIZER
    if not path.is_file():
        return
    try:
        known = Tokenizer.from_file(str(path)).get_vocab()
    except Exception as error:  # tokenizers raises plain Exception
        raise ConfigError(
            f"{path} is damaged", where="init_from.overview", hint="train it again"
        ) from error
    if known != tokenizer.get_vocab():
        raise ConfigError(
            f"{run} has another vocabulary",
            where="init_from.overview",
            hint="use a run with the same training overviews",
        )


def _load_evidence(
    state: dict[str, Tensor], head: AttentionHead, modality: str, poster_weight: float
) -> None:
    """Load the linear layer of a run into the branch of the same modality of an attention head.

    Only runs with a mean or an attention head have such a layer. If both modalities are loaded,
    the network starts as late fusion of both runs: a weighted sum of their logits minus the prior.
    Of an attention head, the attention itself is not loaded.
    """
    loaded = _with_prefix(state, "head.")
    layer = _with_prefix(state, f"head.branches.{modality}.") or loaded
    branch = head.branches[modality]
    expected = {
        k: v.shape for k, v in branch.state_dict().items() if k in ("pool.scale", "linear.weight")
    }
    chosen = {k: v for k, v in layer.items() if k in expected and v.shape == expected[k]}
    if chosen.keys() == expected.keys() and "bias" in loaded:
        chosen["offset"] = loaded["bias"] + layer.get("offset", 0.0) - head.bias.detach()
        branch.load_state_dict(chosen, strict=False)
        if modality == "poster" and "poster" in head.joint_weights:
            head.joint_weights["poster"].data.fill_(poster_weight)


def _with_prefix(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
