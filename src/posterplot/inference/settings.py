"""Change how a bundle is used: with a guarantee, or for overviews in any language."""

import hashlib
from dataclasses import replace
from numbers import Real

from posterplot.errors import UsageError
from posterplot.films import Modality
from posterplot.inference.bundle import Bundle
from posterplot.inference.decisions import Decisions, Guarantee, Guarantees
from posterplot.wording import listing, percent

# how the text begins where nothing can be guaranteed
_NO_GENRE = "no genre is predicted"
# above every probability: no genre is predicted
_UNREACHABLE_THRESHOLD = 1.0
_INPUTS: dict[Modality, tuple[Modality, ...]] = {
    "poster": ("poster",),
    "overview": ("overview",),
    "title": ("poster", "title"),
}


def with_settings(
    bundle: Bundle,
    *,
    precision: float | None = None,
    recall: float | None = None,
    any_language: bool = False,
) -> Bundle:
    """Return a bundle with the settings that a user wants.

    Args:
        bundle: A bundle as loaded.
        precision, recall: The share to guarantee; see :func:`guarantee`.
        any_language: Whether to read overviews in every language; see :func:`read_any_language`.

    Raises:
        UsageError: Both precision and recall are given, or the bundle cannot guarantee it.

    """
    if precision is not None and recall is not None:
        raise UsageError(
            "a precision and a recall cannot both be guaranteed", hint="choose one of them"
        )
    if any_language:
        bundle = read_any_language(bundle)
    if precision is not None:
        bundle = guarantee(bundle, "precision", precision)
    if recall is not None:
        bundle = guarantee(bundle, "recall", recall)
    return bundle


def read_any_language(bundle: Bundle) -> Bundle:
    """Return a bundle that reads overviews in every language.

    Uninformative overviews are read too: the limits are only known for the languages of the
    bundle.
    """
    manifest = bundle.manifest.model_copy(update={"languages": ()})
    return replace(bundle, manifest=manifest, settings=(*bundle.settings, "any language"))


def guarantee(bundle: Bundle, kind: Guarantee, level: float) -> Bundle:
    """Return a bundle with thresholds that guarantee a precision or a recall.

    If no threshold is known to give the guarantee for a film, for example because it only has a
    poster, no genre is predicted for it.

    Args:
        bundle: A bundle with guarantees.
        kind: "precision": at least this share of the predicted genres is right. "recall": at
            least this share of the true genres is predicted.
        level: Share in (0, 1), one of those that the bundle lists: from 0.5 to 0.99.

    Raises:
        UsageError: The bundle has no guarantees, or none of this level.

    """
    manifest = bundle.manifest
    known = manifest.decisions.guarantees
    if known is None:
        raise UsageError(
            "this model has no thresholds that guarantee a precision or recall",
            argument=kind,
            hint="fit them with posterplot calibrate",
        )
    if not isinstance(level, Real) or round(float(level), 4) not in known.levels:
        raise UsageError(
            f"there is no guarantee of {level!r}",
            argument=kind,
            hint=f"give a share from {known.levels[0]} to {known.levels[-1]} in steps of 0.01",
        )
    if known.threshold(kind, level) is None:
        thresholds = known.precision if kind == "precision" else known.recall
        reached = [n for n, t in zip(known.levels, thresholds, strict=True) if t is not None]
        raise UsageError(
            f"no threshold of this model is known to reach a {kind} of {level}",
            argument=kind,
            hint=f"the highest is {max(reached)}" if reached else "",
        )
    everything = {
        "decisions": _guaranteed(manifest.decisions, kind, level, bundle.modalities),
        "decisions_by_modality": {
            modality: _guaranteed(decisions, kind, level, _INPUTS[modality])
            for modality, decisions in manifest.decisions_by_modality.items()
        },
    }
    return replace(
        bundle,
        manifest=manifest.model_copy(update=everything),
        settings=(*bundle.settings, f"{kind} {level}"),
    )


def guarantees_nothing(text: str) -> bool:
    """Return whether the text of a guarantee says why no genre is predicted.

    >>> guarantees_nothing("no genre is predicted: from its poster alone, a precision of 0.9 can")
    True
    >>> guarantees_nothing("at least 90 % of the predicted genres are right")
    False
    """
    return text.startswith(_NO_GENRE)


def settings_digest(bundle: Bundle) -> str:
    """Return a digest of a model and its settings, which keeps outputs of different settings apart.

    Without settings it is the digest of the bundle.
    """
    manifest = bundle.manifest
    if not bundle.settings:
        return manifest.digest
    return hashlib.sha256("\n".join((manifest.digest, *bundle.settings)).encode()).hexdigest()


def _guaranteed(
    decisions: Decisions, kind: Guarantee, level: float, modalities: tuple[Modality, ...]
) -> Decisions:
    known = decisions.guarantees
    threshold = None if known is None else known.threshold(kind, level)
    if known is None or threshold is None:
        inputs = listing([f"its {modality}" for modality in modalities])
        text = f"{_NO_GENRE}: from {inputs} alone, a {kind} of {level} cannot be guaranteed"
        if known and (lower := _guaranteed_below(level, known, kind)):
            text += f", but {lower} can"
        threshold = _UNREACHABLE_THRESHOLD
    else:
        right = (
            f"at least {percent(level)} of the predicted genres are right"
            if kind == "precision"
            else f"at least {percent(level)} of the true genres are predicted"
        )
        text = (
            f"{right}, with {percent(known.confidence)} confidence, on films like the "
            f"{known.films} of validation"
        )
    thresholds = dict.fromkeys(decisions.thresholds, (threshold,) * len(decisions.scale))
    return decisions.model_copy(update={"thresholds": thresholds, "guarantee_text": text})


def _guaranteed_below(level: float, known: Guarantees, kind: Guarantee) -> float | None:
    """Return the highest share below a level that can be guaranteed; None if there is none."""
    lower = (share for share in known.levels if share < level)
    return max((s for s in lower if known.threshold(kind, s) is not None), default=None)
