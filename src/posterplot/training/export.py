"""A trained network as one ONNX graph, normalisation inside."""

import io
import warnings
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from posterplot.bundle import OverviewInput, PosterInput
from posterplot.models import GenreNetwork, GenreOutput

_OUTPUTS = GenreOutput._fields


class _Plain(nn.Module):
    """The network with plain tensors out: a graph's outputs are named, not a tuple's."""

    def __init__(self, network: GenreNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return tuple(value for value in self.network(*inputs) if value is not None)


def export_network(
    network: GenreNetwork, *, poster: PosterInput | None, overview: OverviewInput | None
) -> bytes:
    """Export a network.

    Args:
        network: on the CPU.
        poster: the size of its posters, if it reads any.
        overview: how overviews enter, if it reads any.

    Returns:
        An ONNX file. Inputs, as far as the network has them: posters ``(B, 3, H, W)`` uint8,
        poster_present ``(B,)`` bool, tokens ``(B, T)`` int64, token_mask ``(B, T)`` bool. Outputs:
        logits ``(B, G)`` float32, and whatever else the head tells, under the names of
        :class:`GenreOutput`: poster_attention and poster_evidence ``(B, G, P)``,
        overview_attention and overview_evidence ``(B, G, T)`` float32. B and T are free.

    """
    films, length = torch.export.Dim("films"), torch.export.Dim("tokens")
    examples: dict[str, Tensor] = {}
    if poster is not None:
        examples["posters"] = torch.zeros(2, 3, poster.height, poster.width, dtype=torch.uint8)
        examples["poster_present"] = torch.ones(2, dtype=torch.bool)
    if overview is not None:
        examples["tokens"] = torch.ones(2, 7, dtype=torch.int64)
        examples["token_mask"] = torch.ones(2, 7, dtype=torch.bool)
    free: dict[str, dict[int, Any]] = {
        "posters": {0: films},
        "poster_present": {0: films},
        "tokens": {0: films, 1: length},
        "token_mask": {0: films, 1: length},
    }
    module = _Plain(network).eval()
    with torch.no_grad():
        answer = network(*(examples[name] for name in network.inputs))
    outputs = [name for name in _OUTPUTS if getattr(answer, name) is not None]
    # For the length of an export torch gives LSTMs a decomposition of free length, but does not
    # clear what it remembers of the one before: a second export would have its length fixed.
    torch.ops.aten.lstm.input._dispatch_cache.clear()
    with warnings.catch_warnings():
        # the exporter deprecates its own internals and names axes twice; nothing of ours
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            tuple(examples[name] for name in network.inputs),
            input_names=list(network.inputs),
            output_names=outputs,
            dynamic_shapes=(tuple(free[name] for name in network.inputs),),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("the exporter returned nothing")
    for node in program.model_proto.graph.input:
        sizes = node.type.tensor_type.shape.dim
        if any(sizes[axis].HasField("dim_value") for axis in free[node.name]):
            raise RuntimeError(f"the exporter fixed a size of {node.name} that must be free")
    stream = io.BytesIO()
    onnx.save(program.model_proto, stream)
    return stream.getvalue()
