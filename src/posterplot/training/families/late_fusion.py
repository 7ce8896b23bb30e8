"""Late fusion: two finished models, one graph, weights of each genre's own.

The graph answers for films with both modalities, and for films with either: which weights count
depends on what is present.
"""

from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper, numpy_helper
from scipy.optimize import minimize

from posterplot.errors import ConfigError
from posterplot.inference.bundle import Bundle

Floats = NDArray[np.float64]


class FusionWeights(NamedTuple):
    """Which logits count how much; patterns are poster only, overview only, both.

    Attributes:
        weights: ``(3, G, 2)`` float64 on the raw logits of poster and overview.
        bias: ``(3, G)`` float64.

    """

    weights: Floats
    bias: Floats


def fit_weights(
    poster: Bundle,
    overview: Bundle,
    logits: Floats,
    targets: Floats,
    share: Floats,
    shrinkage: float,
) -> FusionWeights:
    """Fit the weights on films that have both modalities.

    With z the calibrated logits of each model and π the logit of a genre's share in train, ::

        both:      π + w_poster (z_poster - π) + w_overview (z_overview - π) + d
        one alone: its calibrated logit

    Independent witnesses would have all weights 1 (the sum of logits less the prior); models that
    have learnt the same thing have less. The weights w ≥ 0 of a genre are drawn to weights common
    to all genres, which are fitted along with them, and d is drawn to 0: a rare genre has a
    handful of films to learn from.

    Args:
        poster, overview: the finished models.
        logits: ``(N, G, 2)`` raw logits on validation films, poster first.
        targets: ``(N, G)`` in {0, 1}.
        share: ``(G,)`` of the genres in train, in (0, 1).
        shrinkage: strength of the draw, > 0.

    """
    scale, offset = (
        np.stack([np.array(getattr(b.manifest.decisions, part)) for b in (poster, overview)], -1)
        for part in ("scale", "offset")
    )  # (G, 2) each
    prior = np.log(share / (1 - share))  # (G,)
    evidence = logits * scale + offset - prior[:, None]  # (N, G, 2)
    genres = len(prior)

    def unpack(x: Floats) -> tuple[Floats, Floats, Floats]:
        return x[:2], x[2 : 2 + 2 * genres].reshape(genres, 2), x[2 + 2 * genres :]

    def objective(x: Floats) -> tuple[float, Floats]:
        common, w, d = unpack(x)
        z = prior + (evidence * w).sum(axis=-1) + d
        error = 0.5 * (1 + np.tanh(0.5 * z)) - targets
        away = w - common
        loss = (np.logaddexp(0, z) - targets * z).sum()
        loss += shrinkage / 2 * ((away**2).sum() + (d**2).sum())
        slope = (
            -shrinkage * away.sum(axis=0),
            (np.einsum("ng,ngm->gm", error, evidence) + shrinkage * away).ravel(),
            error.sum(axis=0) + shrinkage * d,
        )
        return float(loss), np.concatenate(slope)

    start = np.concatenate([np.full(2 + 2 * genres, 0.8), np.zeros(genres)])
    bounds = [(0.0, None)] * (2 + 2 * genres) + [(None, None)] * genres
    best = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds)
    _, w, d = unpack(best.x)
    weights = np.zeros((3, genres, 2))
    bias = np.zeros((3, genres))
    for m in (0, 1):
        weights[m, :, m], bias[m] = scale[:, m], offset[:, m]
    weights[2] = w * scale
    bias[2] = prior + (w * (offset - prior[:, None])).sum(axis=-1) + d
    return FusionWeights(weights, bias)


def check_components(poster: Bundle, overview: Bundle) -> None:
    """Refuse models that cannot be fused.

    Raises:
        ConfigError: one of them reads another modality, or their genres differ.

    """
    for bundle, modality in ((poster, "poster"), (overview, "overview")):
        if bundle.modalities != (modality,):
            raise ConfigError(
                f"reads {' and '.join(bundle.modalities)}",
                where=bundle.path,
                hint=f"name a run whose model reads the {modality} alone as {modality}",
            )
    if poster.manifest.genres != overview.manifest.genres:
        odd = set(poster.manifest.genres) ^ set(overview.manifest.genres)
        raise ConfigError(
            f"the two models do not know the same genres ({', '.join(sorted(odd)) or 'order'})",
            where=f"{poster.path} and {overview.path}",
            hint="train both on the same dataset",
        )


def fuse_graphs(poster: Bundle, overview: Bundle, fusion: FusionWeights) -> bytes:
    """Join both graphs and the weights into one.

    Returns:
        An ONNX file. Inputs posters, poster_present, tokens, token_mask, as those of
        :func:`posterplot.training.package.export.export_network`; output logits.

    """
    size = poster.manifest.poster
    if size is None:
        raise ValueError("the first model reads no posters")
    parts: list[onnx.ModelProto] = []
    for bundle, prefix in ((poster, "poster/"), (overview, "overview/")):
        graph = onnx.load(bundle.graph)
        # ir and opset of the newer of the two: compose insists on equal ones
        parts.append(compose.add_prefix(graph, prefix))
    ir = max(part.ir_version for part in parts)
    opset = max(o.version for part in parts for o in part.opset_import if o.domain == "")
    parts = [onnx.version_converter.convert_version(part, opset) for part in parts]
    for part in parts:
        part.ir_version = ir
    joined = compose.merge_models(parts[0], parts[1], io_map=[])
    inner = joined.graph
    for node in inner.node:
        for i, name in enumerate(node.input):
            if name.split("/", 1)[-1] in ("posters", "tokens", "token_mask"):
                node.input[i] = name.split("/", 1)[-1]
    genres = fusion.bias.shape[1]
    inner.node.extend(
        [
            # the pattern's number: 0 poster only, 1 overview only, 2 both
            helper.make_node("Cast", ["poster_present"], ["has_poster"], to=TensorProto.INT64),
            helper.make_node("Cast", ["token_mask"], ["real"], to=TensorProto.INT64),
            helper.make_node("ReduceMax", ["real", "axis_1"], ["has_overview"], keepdims=0),
            helper.make_node("Add", ["has_overview", "has_overview"], ["twice"]),
            helper.make_node("Add", ["twice", "has_poster"], ["both_counted"]),
            helper.make_node("Sub", ["both_counted", "one"], ["pattern"]),
            helper.make_node("Gather", ["weights", "pattern"], ["weight"], axis=0),
            helper.make_node("Gather", ["bias", "pattern"], ["offset"], axis=0),
            # posters are packed: those of the films that show one
            helper.make_node("CumSum", ["has_poster", "zero"], ["posters_so_far"]),
            helper.make_node("Sub", ["posters_so_far", "one"], ["own_or_none"]),
            helper.make_node("Max", ["own_or_none", "zero"], ["own"]),
            helper.make_node("Gather", ["poster/logits", "own"], ["z_own"], axis=0),
            helper.make_node("Unsqueeze", ["z_own", "axis_2"], ["z_poster"]),
            helper.make_node("Unsqueeze", ["overview/logits", "axis_2"], ["z_overview"]),
            helper.make_node("Concat", ["z_poster", "z_overview"], ["z"], axis=2),
            helper.make_node("Mul", ["z", "weight"], ["weighted"]),
            helper.make_node("ReduceSum", ["weighted", "axis_2"], ["evidence"], keepdims=0),
            helper.make_node("Add", ["evidence", "offset"], ["logits"]),
        ]
    )
    constants: dict[str, NDArray[Any]] = {
        "axis_1": np.array([1], np.int64),
        "axis_2": np.array([2], np.int64),
        "zero": np.array(0, np.int64),
        "one": np.array(1, np.int64),
        "weights": fusion.weights.astype(np.float32),
        "bias": fusion.bias.astype(np.float32),
    }
    inner.initializer.extend(numpy_helper.from_array(v, name) for name, v in constants.items())
    info = helper.make_tensor_value_info
    inputs = [
        info("posters", TensorProto.UINT8, ["shown", 3, size.height, size.width]),
        info("poster_present", TensorProto.BOOL, ["films"]),
        info("tokens", TensorProto.INT64, ["films", "tokens"]),
        info("token_mask", TensorProto.BOOL, ["films", "tokens"]),
    ]
    del inner.input[:], inner.output[:]
    inner.input.extend(inputs)
    inner.output.append(info("logits", TensorProto.FLOAT, ["films", genres]))
    onnx.checker.check_model(joined)
    return joined.SerializeToString()  # type: ignore[no-any-return]
