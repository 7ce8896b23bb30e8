"""Which methods a model can be explained by, and which one is used."""

from collections.abc import Collection
from typing import get_args

from posterplot.errors import UsageError
from posterplot.explain.methods.graph_scores import TOLD, tells
from posterplot.explain.methods.scores import Method
from posterplot.films import MODALITIES, Modality
from posterplot.inference.predictor import Predictor

# the most faithful on posters, and on overviews second to none that is fast: docs/results.md
DEFAULT: dict[Modality, Method] = {"poster": "evidence", "overview": "evidence"}

# those that need a run with its checkpoint, and torch -> what they speak of
GRADIENTS: dict[Method, tuple[Modality, ...]] = {
    "grad-cam": ("poster",),
    "integrated-gradients": MODALITIES,
}


def methods(
    predictor: Predictor, modality: Modality, further: Collection[Method] = ()
) -> tuple[Method, ...]:
    """Return the methods that explain this modality of this model; none where it reads none of it.

    Args:
        predictor: of a bundle: what its graph tells, and occlusion, which any model permits.
        modality: poster or overview.
        further: gradient methods at hand.

    """
    if modality not in predictor.bundle.modalities:
        return ()
    told = tuple(method for method in TOLD if tells(predictor, method, modality))
    return (*told, "occlusion", *(m for m in further if modality in GRADIENTS.get(m, ())))


def choose_methods(
    predictor: Predictor, named: str | None = None, further: Collection[Method] = ()
) -> dict[Modality, Method]:
    """Choose a method for each modality that the model reads.

    Args:
        predictor: of a bundle.
        named: what was asked for. A modality of which it does not speak has its default.
        further: gradient methods at hand.

    Raises:
        UsageError: there is no such method, or not for this model.

    """
    offered = {m: methods(predictor, m, further) for m in predictor.bundle.modalities}
    if named is not None and not any(named in left for left in offered.values()):
        every = [m for m in get_args(Method) if any(m in left for left in offered.values())]
        what = f"there is no method {named!r}"
        if named in GRADIENTS:
            what = f"{named} needs a run with its checkpoint, not a bundle alone"
        elif named in TOLD:
            what = f"this model tells no {named}"
        raise UsageError(what, where="--method", hint=f"methods left: {', '.join(every)}")
    chosen: dict[Modality, Method] = {}
    for modality, left in offered.items():
        default = DEFAULT[modality] if DEFAULT[modality] in left else "occlusion"
        chosen[modality] = next((method for method in left if method == named), default)
    return chosen
