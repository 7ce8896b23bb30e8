"""Export a network as one ONNX graph, including the normalisation of posters."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import Features, GenreNetwork, GenreOutput

# maximum difference of logits; a graph that computes something else differs by more
_TOLERANCE = 1e-2


class _Graph(nn.Module):
    """A network with the inputs and outputs of a graph: packed posters, a tuple of outputs.

    A network of both modalities gets the posters of only those films that have one, because a
    blank poster would cost as much as any other. Films without a poster are given the poster of
    another film, which is masked.
    """

    def __init__(self, network: GenreNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        return tuple(value for value in self.outputs(*inputs) if value is not None)

    def outputs(self, *inputs: Tensor) -> GenreOutput:
        """Return all outputs. Those that the head lacks are None."""
        given = dict(zip(self.network.inputs, inputs, strict=True))
        present = given.get("poster_present")
        if present is None:
            return self.network(*inputs)  # type: ignore[no-any-return]
        place = (present.long().cumsum(dim=0) - 1).clamp(min=0)  # (B,) position of each poster
        patches = self.network.encode_posters(given["posters"])[place]
        token_features = self.network.encode_overviews(given["tokens"], given["token_mask"])
        features = Features(patches, present, token_features, given["token_mask"])
        return self.network.head(features)  # type: ignore[no-any-return]


def export_network(
    network: GenreNetwork, *, poster: PosterInput | None, overview: OverviewInput | None
) -> bytes:
    """Export a network.

    Args:
        network: Network on the CPU.
        poster: Size of the posters, if the network reads any.
        overview: How overviews are read, if the network reads any.

    Returns:
        An ONNX file. B, S and T are free. Inputs, as far as the network has them: posters
        ``(S, 3, H, W)`` uint8 of the S films that have one, in their order, or one blank poster if
        none has; poster_present ``(B,)`` bool; tokens ``(B, T)`` int64; token_mask ``(B, T)``
        bool. A network that reads posters only takes B posters and no poster_present. Outputs:
        logits ``(B, G)`` float32, and what else the head computes, by the names of
        :class:`GenreOutput`: poster_attention and poster_evidence ``(B, G, P)`` float32,
        overview_attention and overview_evidence ``(B, G, T)`` float32, poster_features and
        overview_features ``(B, D)`` float32, poster_parts ``(B, P, D)`` and overview_parts
        ``(B, T, D)`` float32.

    """
    films, length = torch.export.Dim("films"), torch.export.Dim("tokens")
    shown = torch.export.Dim("shown") if poster and overview else films
    examples: dict[str, Tensor] = {}
    if poster is not None:
        # the example has different numbers of posters and films, if these may differ
        posters = 3 if overview else 2
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
        example = module.outputs(*(examples[name] for name in network.inputs))
    outputs = [name for name in GenreOutput._fields if getattr(example, name) is not None]
    # torch caches how it decomposes an LSTM, which would fix the sequence length of a second export
    torch.ops.aten.lstm.input._dispatch_cache.clear()
    with warnings.catch_warnings():
        # warnings about the exporter's own internals
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


def check_export(
    network: GenreNetwork, *, poster: PosterInput | None, overview: OverviewInput | None
) -> None:
    """Export a network, and compare the graph with the network on random inputs.

    It is called at the start of a training, so that an encoder that cannot be exported is refused
    before the first epoch and not after the last.

    Args:
        network, poster, overview: As for :func:`export_network`.

    Raises:
        ValueError: The network cannot be exported, or its graph computes something else.

    """
    generator = torch.Generator().manual_seed(0)
    given: dict[str, Tensor] = {}
    if poster is not None:
        shape = (3, 3, poster.height, poster.width)
        given["posters"] = torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator)
        given["poster_present"] = torch.ones(3, dtype=torch.bool)
    if overview is not None:
        lengths = torch.tensor([overview.max_tokens, 1, (overview.max_tokens + 1) // 2])
        mask = torch.arange(overview.max_tokens)[None] < lengths[:, None]
        given["tokens"] = torch.randint(3, 8, mask.shape, generator=generator) * mask
        given["token_mask"] = mask
    chosen = {name: given[name] for name in network.inputs}
    try:
        with _silence():
            graph = export_network(network, poster=poster, overview=overview)
        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        (found,) = session.run(["logits"], {name: x.numpy() for name, x in chosen.items()})
        with torch.no_grad():
            expected = network.eval()(*chosen.values()).logits.numpy()
    except Exception as error:  # exporter, runtime and encoder raise errors of their own
        cause: BaseException = error
        while cause.__cause__ is not None:  # the exporter wraps the original error
            cause = cause.__cause__
        reason = (str(cause).strip() or type(cause).__name__).splitlines()[0]
        raise ValueError(f"cannot be exported as an ONNX graph: {reason}") from error
    difference = float(np.abs(found - expected).max())
    if not difference <= _TOLERANCE:
        raise ValueError(
            f"cannot be exported as an ONNX graph: its logits differ by up to {difference:.2g}"
        )


@contextmanager
def _silence() -> Iterator[None]:
    """Hide the thousands of lines that the exporter prints about an unsupported network."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(before)
