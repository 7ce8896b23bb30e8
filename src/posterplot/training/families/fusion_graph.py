"""Build the graph of late fusion from the graphs of two models and the fusion weights.

It accepts films with one modality or both. The weights depend on the modalities that are present.
"""

from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper, numpy_helper

from posterplot.inference.bundle import Bundle


class FusionWeights(NamedTuple):
    """Weights for each case: only the poster, only the overview, both, neither.

    Attributes:
        weights: ``(4, G, 2)`` float64 of the raw logits of poster and overview.
        bias: ``(4, G)`` float64.

    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]


def fuse_graphs(poster: Bundle, overview: Bundle, fusion: FusionWeights) -> bytes:
    """Join the graphs of two models with the weights of their fusion.

    Returns:
        An ONNX file. Inputs posters, poster_present, tokens, token_mask, as those of
        :func:`posterplot.training.package.export.export_network`; outputs logits and, where the
        parts have them, poster_features, poster_parts, overview_features and overview_parts.

    """
    size = poster.manifest.poster
    if size is None:
        raise ValueError("the first model does not read posters")
    parts: list[onnx.ModelProto] = []
    for bundle, prefix in ((poster, "poster/"), (overview, "overview/")):
        graph = onnx.load(bundle.graph)
        parts.append(compose.add_prefix(graph, prefix))
    # merging needs equal versions, so both graphs get the newer one
    ir = max(part.ir_version for part in parts)
    opset = max(o.version for part in parts for o in part.opset_import if o.domain == "")
    parts = [onnx.version_converter.convert_version(part, opset) for part in parts]
    for part in parts:
        part.ir_version = ir
    joined = compose.merge_models(parts[0], parts[1], io_map=[])
    inner = joined.graph
    widths = {
        node.name: [dimension.dim_value for dimension in node.type.tensor_type.shape.dim]
        for node in inner.output
    }
    for node in inner.node:
        for i, name in enumerate(node.input):
            if name.split("/", 1)[-1] in ("posters", "tokens", "token_mask"):
                node.input[i] = name.split("/", 1)[-1]
    genres = fusion.bias.shape[1]
    inner.node.extend(
        [
            # which inputs are present: 0 poster only, 1 overview only, 2 both
            helper.make_node("Cast", ["poster_present"], ["has_poster"], to=TensorProto.INT64),
            helper.make_node("Cast", ["token_mask"], ["real"], to=TensorProto.INT64),
            helper.make_node("ReduceMax", ["real", "axis_1"], ["has_overview"], keepdims=0),
            helper.make_node("Add", ["has_overview", "has_overview"], ["twice"]),
            helper.make_node("Add", ["twice", "has_poster"], ["both_counted"]),
            # neither input gives -1, which Gather counts from the end
            helper.make_node("Sub", ["both_counted", "one"], ["pattern"]),
            helper.make_node("Gather", ["weights", "pattern"], ["weight"], axis=0),
            helper.make_node("Gather", ["bias", "pattern"], ["offset"], axis=0),
            # posters are packed: only films that have one are in the batch
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
            helper.make_node("Unsqueeze", ["has_poster", "axis_1"], ["shown"]),
            helper.make_node("Cast", ["shown"], ["poster_or_zero"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["poster_or_zero", "axis_2"], ["poster_or_zero_3"]),
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
    _keep_features(inner, widths)
    onnx.checker.check_model(joined)
    return joined.SerializeToString()  # type: ignore[no-any-return]


def _keep_features(graph: onnx.GraphProto, shapes: dict[str, list[int]]) -> None:
    """Add the pooled features of both models as outputs, with zeros where a film has no poster.

    Args:
        graph: Graph of the fusion, with ``own`` and ``has_poster`` of :func:`fuse_graphs`.
        shapes: Name of an output of either graph, with its prefix -> dimensions, 0 where free.

    """
    for modality in ("poster", "overview"):
        for kind in ("features", "parts"):
            name = f"{modality}_{kind}"
            source = f"{modality}/{name}"
            if source not in shapes:
                continue
            if modality == "poster":  # from packed posters to all films
                mask = "poster_or_zero" if kind == "features" else "poster_or_zero_3"
                graph.node.extend(
                    [
                        helper.make_node("Gather", [source, "own"], [f"{name}_own"], axis=0),
                        helper.make_node("Mul", [f"{name}_own", mask], [name]),
                    ]
                )
            else:
                graph.node.append(helper.make_node("Identity", [source], [name]))
            *middle, width = shapes[source][1:]
            free = ["films", *(size or "tokens" for size in middle), width]
            graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, free))
