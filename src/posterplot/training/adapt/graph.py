"""Build the graph of a model with other genres: its features and a linear model on them."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from posterplot.films import MODALITIES
from posterplot.training.adapt.linear import Linear
from posterplot.training.package.graph_metadata import without_metadata

LOGITS = "logits"
_OLD, _NEW = "old_", "new_"


def linear_graph(graph: bytes, linear: Linear) -> bytes:
    """Replace the logits of a graph by those of a linear model.

    Args:
        graph: An ONNX file with features, and parts where the pooling is linear.
        linear: Linear model with the blocks ``poster`` and ``overview``, as far as the graph has
            them, and ``logits``, the old logits.

    Returns:
        An ONNX file with the same inputs. Outputs: logits ``(B, G)``, evidence of each modality
        that has parts, features and parts.

    """
    model = onnx.load_model_from_string(without_metadata(graph))
    inner = model.graph
    shapes = {output.name: output for output in inner.output}
    _rename_old(inner)
    nodes: list[onnx.NodeProto] = []
    constants: dict[str, NDArray[Any]] = {
        "new_bias": linear.bias + linear.present[LOGITS],
        "new_logits_weights": linear.weights[LOGITS],
        "new_logits_weights_t": linear.weights[LOGITS].T,
    }
    nodes.append(helper.make_node("MatMul", [_OLD + LOGITS, "new_logits_weights"], ["new_sum"]))
    nodes.append(helper.make_node("Add", ["new_sum", "new_bias"], ["new_sum_0"]))
    total = "new_sum_0"
    inputs = {node.name for node in inner.input}
    kept = []
    for modality in MODALITIES:
        features, parts = f"{modality}_features", f"{modality}_parts"
        if features not in shapes:
            continue
        weights = f"new_{modality}_weights"
        constants[weights] = linear.weights[modality]
        constants[f"new_{modality}_offset"] = linear.present[modality]
        nodes += _modality(modality, total, weights, inputs)
        total = f"new_{modality}_total"
        kept.append(shapes[features])
        if parts in shapes:
            kept.append(shapes[parts])
            nodes += _evidence(modality, weights, old=f"{modality}_evidence" in shapes)
            kept.append(_evidence_output(shapes[parts], modality, len(linear.bias)))
    nodes.append(helper.make_node("Identity", [total], [LOGITS]))
    constants["new_axis_1"] = np.array([1], np.int64)
    inner.node.extend(nodes)
    inner.initializer.extend(
        numpy_helper.from_array(v if v.dtype == np.int64 else v.astype(np.float32), name)
        for name, v in constants.items()
    )
    del inner.output[:]
    inner.output.append(
        helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, ["films", len(linear.bias)])
    )
    inner.output.extend(kept)
    onnx.checker.check_model(model)
    return model.SerializeToString()  # type: ignore[no-any-return]


def _rename_old(graph: onnx.GraphProto) -> None:
    """Rename everything that depends on the old genres, so that the names are free.

    The graph may itself be that of an adapted model.
    """
    old = {LOGITS, *(f"{m}_evidence" for m in MODALITIES)}

    def renamed(name: str) -> str:
        return _OLD + name if name in old or name.startswith((_OLD, _NEW)) else name

    for tensor in graph.initializer:
        tensor.name = renamed(tensor.name)
    for node in graph.node:
        for names in (node.input, node.output):
            for n, name in enumerate(names):
                names[n] = renamed(name)
    del graph.value_info[:]


def _modality(modality: str, total: str, weights: str, inputs: set[str]) -> list[onnx.NodeProto]:
    """Add the term of one modality to the logits; its offset only counts where it is present."""
    name = f"new_{modality}"
    make = helper.make_node
    nodes = [
        make("MatMul", [f"{modality}_features", weights], [f"{name}_linear"]),
        make("Add", [total, f"{name}_linear"], [f"{name}_sum"]),
    ]
    if modality == "poster" and "poster_present" not in inputs:
        return [*nodes, make("Add", [f"{name}_sum", f"{name}_offset"], [f"{name}_total"])]
    if modality == "poster":
        nodes += [
            make("Unsqueeze", ["poster_present", "new_axis_1"], [f"{name}_there"]),
            make("Cast", [f"{name}_there"], [f"{name}_flag"], to=TensorProto.FLOAT),
        ]
    else:
        nodes += [
            make("Cast", ["token_mask"], [f"{name}_real"], to=TensorProto.FLOAT),
            make("ReduceMax", [f"{name}_real", "new_axis_1"], [f"{name}_flag"], keepdims=1),
        ]
    return [
        *nodes,
        make("Mul", [f"{name}_flag", f"{name}_offset"], [f"{name}_present"]),
        make("Add", [f"{name}_sum", f"{name}_present"], [f"{name}_total"]),
    ]


def _evidence(modality: str, weights: str, *, old: bool) -> list[onnx.NodeProto]:
    """Compute the evidence from the features and from the evidence for the old logits."""
    name = f"new_{modality}_evidence"
    make = helper.make_node
    nodes = [make("MatMul", [f"{modality}_parts", weights], [f"{name}_by_position"])]
    own = f"{name}_own" if old else f"{modality}_evidence"
    nodes.append(make("Transpose", [f"{name}_by_position"], [own], perm=[0, 2, 1]))
    if old:
        nodes += [
            make("MatMul", ["new_logits_weights_t", f"{_OLD}{modality}_evidence"], [f"{name}_old"]),
            make("Add", [own, f"{name}_old"], [f"{modality}_evidence"]),
        ]
    return nodes


def _evidence_output(parts: onnx.ValueInfoProto, modality: str, genres: int) -> onnx.ValueInfoProto:
    positions = parts.type.tensor_type.shape.dim[1]
    size = positions.dim_value or positions.dim_param or "positions"
    return helper.make_tensor_value_info(
        f"{modality}_evidence", TensorProto.FLOAT, ["films", genres, size]
    )
