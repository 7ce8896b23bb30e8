"""List the methods that can explain a model, and choose among them."""

from collections.abc import Collection
from typing import get_args

from posterplot.errors import UsageError
from posterplot.explain.methods.graph_scores import GRAPH_METHODS, has_output
from posterplot.explain.methods.scores import Method
from posterplot.films import MODALITIES, Modality
from posterplot.inference.predictor import Predictor
from posterplot.wording import listing

# the most faithful method for posters, and the most faithful fast one for overviews:
# docs/results.md
DEFAULT: dict[Modality, Method] = {"poster": "evidence", "overview": "evidence"}

# methods that need torch and a run with its checkpoint -> the modalities that they score
GRADIENTS: dict[Method, tuple[Modality, ...]] = {
    "grad-cam": ("poster",),
    "integrated-gradients": MODALITIES,
}


def methods(
    predictor: Predictor, modality: Modality, further: Collection[Method] = ()
) -> tuple[Method, ...]:
    """Return the methods that can score a modality; none if the model does not read it.

    These are the outputs of the graph, and occlusion, which works with any model.

    Args:
        predictor: Predictor of a bundle.
        modality: Poster or overview.
        further: Available gradient methods.

    """
    if modality not in predictor.bundle.modalities:
        return ()
    in_graph = tuple(m for m in GRAPH_METHODS if has_output(predictor, m, modality))
    return (*in_graph, "occlusion", *(m for m in further if modality in GRADIENTS.get(m, ())))


def choose_methods(
    predictor: Predictor, named: str | None = None, further: Collection[Method] = ()
) -> dict[Modality, Method]:
    """Choose a method for each modality that the model reads.

    Args:
        predictor: Predictor of a bundle.
        named: The method to use. A modality that it does not score keeps its default.
        further: Available gradient methods.

    Raises:
        UsageError: The method does not exist or does not work with this model.

    """
    available = {m: methods(predictor, m, further) for m in predictor.bundle.modalities}
    if named is not None and not any(named in usable for usable in available.values()):
        every = [m for m in get_args(Method) if any(m in usable for usable in available.values())]
        what = f"there is no method {named!r}"
        kind = predictor.bundle.manifest.provenance.get("config", {}).get("kind", "network")
        if named in GRADIENTS and kind != "network":
            what = f"{named} needs the gradients of a network, and this model is a {kind} model"
        elif named in GRADIENTS and not {*GRADIENTS[named]} & {*predictor.bundle.modalities}:
            what = f"{named} explains {listing([f'{m}s' for m in GRADIENTS[named]])} only"
        elif named in GRADIENTS:
            what = f"{named} needs a run with its checkpoint, not only a bundle"
        elif named in GRAPH_METHODS:
            what = f"this model does not return {named}"
        raise UsageError(what, argument="method", hint=f"methods of this model: {', '.join(every)}")
    chosen: dict[Modality, Method] = {}
    for modality, usable in available.items():
        default = DEFAULT[modality] if DEFAULT[modality] in usable else "occlusion"
        chosen[modality] = next((method for method in usable if method == named), default)
    return chosen
