"""Open a graph with ONNX Runtime."""

from pathlib import Path

import onnxruntime

from posterplot.errors import BundleError

# Providers that run any graph immediately; TensorRT and CoreML compile it for each shape first.
_PROVIDERS = ("CUDAExecutionProvider", "ROCMExecutionProvider", "CPUExecutionProvider")


def open_session(graph: Path) -> onnxruntime.InferenceSession:
    """Load a graph.

    Int8 matrix products are exact, also on x86 processors without VNNI. So the logits of a
    quantised graph depend on the processor only by the rounding of float32.

    Raises:
        BundleError: ONNX Runtime cannot read it.

    """
    options = onnxruntime.SessionOptions()
    # errors only; users can do nothing about warnings on folded constants
    options.log_severity_level = 3
    # One thread per run, and as many runs as cores: threads of one run would wait for each other
    # after every node of the graph.
    options.intra_op_num_threads = 1
    # By default, ONNX Runtime adds pairs of int8 products in int16 on x86 processors without VNNI.
    # The sums saturate, which changes logits, in some networks beyond use. This entry selects an
    # exact kernel there, and has no effect elsewhere.
    options.add_session_config_entry("session.x64quantprecision", "1")
    available = onnxruntime.get_available_providers()
    providers = [name for name in _PROVIDERS if name in available]
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=providers)
    except Exception as error:  # ONNX Runtime raises a dozen types of errors without a common base
        reason = str(error).splitlines()[0][:200]
        raise BundleError(
            f"ONNX Runtime cannot read it: {reason}", where=graph, hint="export the model again"
        ) from error
