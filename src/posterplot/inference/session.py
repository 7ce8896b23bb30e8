"""Open a graph with ONNX Runtime."""

from pathlib import Path

import onnxruntime

from posterplot.errors import BundleError

# Providers that run any graph at once; TensorRT and CoreML first compile it for each shape.
_PROVIDERS = ("CUDAExecutionProvider", "ROCMExecutionProvider", "CPUExecutionProvider")


def open_session(graph: Path) -> onnxruntime.InferenceSession:
    """Load a graph.

    Raises:
        BundleError: ONNX Runtime cannot read it.

    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: warnings about folded constants help nobody
    # One thread per run, and as many runs as cores: threads of one run would wait for each other
    # after every node of the graph.
    options.intra_op_num_threads = 1
    available = onnxruntime.get_available_providers()
    providers = [name for name in _PROVIDERS if name in available]
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=providers)
    except Exception as error:  # ONNX Runtime raises a dozen kinds without a common base
        reason = str(error).splitlines()[0][:200]
        raise BundleError(
            f"ONNX Runtime cannot read it: {reason}", where=graph, hint="export the model again"
        ) from error
