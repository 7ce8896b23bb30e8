"""Finished runs that a network starts from: their encoders, their head, their evidence."""

from pathlib import Path

from tokenizers import Tokenizer
from torch import Tensor, nn

from posterplot.inference.bundle import TOKENIZER
from posterplot.errors import ConfigError
from posterplot.networks import AttentionHead, GenreNetwork
from posterplot.training.checkpoints import read_checkpoint
from posterplot.training.config.sections import InitFromConfig

_SHOWN = 5
# of what a poster says beside an overview: a sum of logits ranks validation films best so, as the
# poster is surer than it should be, and part of it the overview knows; see docs/experiments.md
_POSTER_BELIEVED = 0.5


def init_from(
    runs: InitFromConfig, network: GenreNetwork, words: Tokenizer | None, dataset: str
) -> None:
    """Load what a configuration takes from finished runs into a network.

    Args:
        runs: the finished runs.
        network: changed in place.
        words: the tokenizer of its overviews, if it reads any.
        dataset: its fingerprint; runs to start from must be of the same.

    Raises:
        ConfigError: a run has no checkpoint, is of another dataset, or does not fit.

    """
    for name in ("poster", "overview", "head"):
        run = getattr(runs, name)
        if run is not None:
            state, trained_on = trained_state(Path(run), f"init_from.{name}")
            if trained_on != dataset:
                raise ConfigError(
                    f"{run} was trained on another dataset, so it may have seen the films to "
                    "validate on",
                    where=f"init_from.{name}",
                    hint="start from a run on the same dataset",
                )
            _load_part(state, Path(run), name, getattr(network, name))
            if name == "overview" and words:
                _check_words(Path(run), words)
            if name != "head" and isinstance(network.head, AttentionHead):
                _take_evidence(state, network.head, name)


def trained_state(run: Path, where: str) -> tuple[dict[str, Tensor], str]:
    """Return the weights of a finished run's network, and the fingerprint of its dataset.

    Args:
        run: whose ``checkpoints/best.ckpt`` is read; frozen encoders are not in it.
        where: for messages.

    Raises:
        ConfigError: there is no checkpoint, or it is damaged.

    """
    path = run / "checkpoints" / "best.ckpt"
    try:
        checkpoint = read_checkpoint(path)
        state, trained_on = checkpoint["state_dict"], checkpoint["dataset"]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigError(
            f"{run} has no checkpoint", where=where, hint="name the run of a trained network"
        ) from error
    except Exception as error:  # torch and pickle raise whatever the bytes lead them to
        raise ConfigError(f"{path} is damaged", where=where, hint="train it anew") from error
    return _under(state, "network."), trained_on


def _load_part(state: dict[str, Tensor], run: Path, part: str, module: nn.Module) -> None:
    """Load an encoder or the head of a finished run."""
    own = _under(state, f"{part}.")
    wanted = module.state_dict()
    if not own:
        raise ConfigError(
            f"{run} keeps no {part} encoder: it has none, or one that was frozen",
            where=f"init_from.{part}",
            hint="leave it out, and name the encoder's own weights",
        )
    odd = [k for k in wanted if k not in own or own[k].shape != wanted[k].shape]
    odd += [k for k in own if k not in wanted]
    if odd:
        what = "head" if part == "head" else f"{part} encoder"
        raise ConfigError(
            f"{run} has another {what}: {len(odd)} keys differ, the first are "
            f"{', '.join(odd[:_SHOWN])}",
            where=f"init_from.{part}",
            hint="start from a run with the same sections in its config.toml",
        )
    module.load_state_dict(own)


def _check_words(run: Path, tokenizer: Tokenizer) -> None:
    """Refuse a run whose encoder was trained on other token ids, as far as its bundle tells."""
    words = run / "bundle" / TOKENIZER
    if not words.is_file():
        return
    try:
        known = Tokenizer.from_file(str(words)).get_vocab()
    except Exception as error:  # tokenizers raises plain Exception
        raise ConfigError(
            f"{words} is damaged", where="init_from.overview", hint="train it anew"
        ) from error
    if known != tokenizer.get_vocab():
        raise ConfigError(
            f"the words of {run} are others, or in another order",
            where="init_from.overview",
            hint="start from a run on the same training overviews",
        )


def _take_evidence(state: dict[str, Tensor], head: AttentionHead, modality: str) -> None:
    """Let one side of the head say what a run says in a straight line, if it has such a head.

    With both sides taken from mean heads, the network begins as late fusion of both runs, a
    weighted sum of their logits less the prior; training goes on from there. Of a run with an
    attention head its own side is taken, without what it attends to.
    """
    own = _under(state, "head.")
    line = _under(state, f"head.sides.{modality}.") or own
    side = head.sides[modality]
    wanted = {
        k: v.shape for k, v in side.state_dict().items() if k in ("pool.scale", "linear.weight")
    }
    taken = {k: v for k, v in line.items() if k in wanted and v.shape == wanted[k]}
    if taken.keys() == wanted.keys() and "bias" in own:
        taken["offset"] = own["bias"] + line.get("offset", 0.0) - head.bias.detach()
        side.load_state_dict(taken, strict=False)
        if modality == "poster" and "poster" in head.together:
            head.together["poster"].data.fill_(_POSTER_BELIEVED)


def _under(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
