"""Remove from a graph what only its exporter needs."""

import onnx


def without_metadata(graph: bytes) -> bytes:
    """Return an ONNX file without metadata, so without the paths of the machine that made it.

    PyTorch writes a stack trace, with the paths of source files, into each node.

    Args:
        graph: An ONNX file.

    Returns:
        An ONNX file that computes the same. Metadata of the model as a whole is kept.

    """
    model = onnx.load_model_from_string(graph)
    _clear(model.graph)
    for function in model.functions:
        function.doc_string = ""
        del function.metadata_props[:]
        for node in function.node:
            _clear_node(node)
    content: bytes = model.SerializeToString()
    return content


def _clear(graph: onnx.GraphProto) -> None:
    graph.doc_string = ""
    del graph.metadata_props[:]
    for value in (*graph.input, *graph.output, *graph.value_info, *graph.initializer):
        value.doc_string = ""
        del value.metadata_props[:]
    for node in graph.node:
        _clear_node(node)


def _clear_node(node: onnx.NodeProto) -> None:
    node.doc_string = ""
    del node.metadata_props[:]
    for attribute in node.attribute:  # the branches of an If, the body of a Loop
        if attribute.HasField("g"):
            _clear(attribute.g)
        for graph in attribute.graphs:
            _clear(graph)
