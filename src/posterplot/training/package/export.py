"""A trained network as one ONNX graph, normalisation inside."""

import io
import warnings
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import Features, GenreNetwork, GenreOutput


class _Graph(nn.Module):
    """The network as a graph takes films and answers: plain tensors out, and posters packed.

    Of a network that reads both, only those posters are given that there are: a blank one would
    cost as much as any other. Each film that shows one finds its own, a film that shows none
    somebody else's, which its mask hides.
    """

    def __init__(self, network: GenreNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return tuple(value for value in self.answer(*inputs) if value is not None)

    def answer(self, *inputs: Tensor) -> GenreOutput:
        """Answer, with None for what the head does not tell."""
        given = dict(zip(self.network.inputs, inputs, strict=True))
        present = given.get("poster_present")
        if present is None:
            return self.network(*inputs)  # type: ignore[no-any-return]
        place = (present.long().cumsum(dim=0) - 1).clamp(min=0)  # (B,), of each film's poster
        patches = self.network.encode_posters(given["posters"])[place]
        words = self.network.encode_overviews(given["tokens"], given["token_mask"])
        features = Features(patches, present, words, given["token_mask"])
        return self.network.head(features)  # type: ignore[no-any-return]


def export_network(
    network: GenreNetwork, *, poster: PosterInput | None, overview: OverviewInput | None
) -> bytes:
    """Export a network.

    Args:
        network: on the CPU.
        poster: the size of its posters, if it reads any.
        overview: how overviews enter, if it reads any.

    Returns:
        An ONNX file. Inputs, as far as the network has them: posters ``(S, 3, H, W)`` uint8 of
        those films that show one, in their order, or any one if none does, S ≥ 1; poster_present
        ``(B,)`` bool; tokens ``(B, T)`` int64, token_mask ``(B, T)`` bool. A network that reads
        posters alone takes B of them, and no poster_present. Outputs:
        logits ``(B, G)`` float32, and whatever else the head tells, under the names of
        :class:`GenreOutput`: poster_attention and poster_evidence ``(B, G, P)``,
        overview_attention and overview_evidence ``(B, G, T)`` float32. B, S and T are free.

    """
    films, length = torch.export.Dim("films"), torch.export.Dim("tokens")
    shown = torch.export.Dim("shown") if poster and overview else films
    examples: dict[str, Tensor] = {}
    if poster is not None:
        posters = 3 if overview else 2  # another number than of films, where it is free to be
        size = poster.height, poster.width
        examples["posters"] = torch.zeros(posters, 3, *size, dtype=torch.uint8)
        examples["poster_present"] = torch.ones(2, dtype=torch.bool)
    if overview is not None:
        examples["tokens"] = torch.ones(2, 7, dtype=torch.int64)
        examples["token_mask"] = torch.ones(2, 7, dtype=torch.bool)
    free: dict[str, dict[int, Any]] = {
        "posters": {0: shown},
        "poster_present": {0: films},
        "tokens": {0: films, 1: length},
        "token_mask": {0: films, 1: length},
    }
    module = _Graph(network).eval()
    with torch.no_grad():
        answer = module.answer(*(examples[name] for name in network.inputs))
    outputs = [name for name in GenreOutput._fields if getattr(answer, name) is not None]
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
