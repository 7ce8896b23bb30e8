"""Quantise a graph to a third of its size. The logits change slightly."""

from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.quant_utils import add_pre_process_metadata

# metadata of a node with the names of its modules, written by the exporter
_SCOPES = "pkg.torch.onnx.name_scopes"
_HEAD = "'network.head'"


def quantize(graph: bytes, folder: Path) -> bytes:
    """Quantise a graph of :func:`posterplot.training.package.export.export_network`.

    In encoders, the weights of matrix products become int8 with one scale per column, and their
    inputs are quantised at run time (ONNX Runtime's dynamic quantisation). Embedding tables become
    int8. The weights of convolutions are stored in half precision and computed in float32, because
    int8 would change their results more than the time it saves is worth. The head is not changed,
    as it is small.

    Args:
        graph: An ONNX file.
        folder: Folder for temporary files.

    Returns:
        An ONNX file with the same inputs and outputs.

    """
    model = onnx.load_model_from_string(graph)
    stored = {tensor.name for tensor in model.graph.initializer}
    in_encoders = [
        node.name
        for node in model.graph.node
        if node.op_type in ("MatMul", "Gather")
        and stored & set(node.input)
        and not any(p.key == _SCOPES and _HEAD in p.value for p in node.metadata_props)
    ]
    if in_encoders:  # an empty list would stand for all nodes, also those of the head
        add_pre_process_metadata(model)  # otherwise ONNX Runtime recommends it in a warning
        path = folder / "model.onnx"
        quantize_dynamic(
            model,
            path,
            op_types_to_quantize=["MatMul", "Gather"],
            nodes_to_quantize=in_encoders,
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
        model = onnx.load(path)
    _halve_convolutions(model)
    content: bytes = model.SerializeToString()
    return content


def _halve_convolutions(model: ModelProto) -> None:
    """Store the weights of convolutions in half precision; ONNX Runtime converts them back."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    casts = []
    for node in model.graph.node:
        if node.op_type != "Conv" or node.input[1] not in tensors:
            continue
        name = node.input[1]
        # convert each weight once, even if several convolutions share it
        tensor = tensors.pop(name)
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
