"""Make a run again from its bundle, if the checkpoint is lost: the weights are in the graph.

Run from the repository's root::

    python benchmarks/recover.py BUNDLE DATASET OUT

A network of the same configuration with random weights is exported and quantised as the bundle was.
Each constant of that graph that equals a random weight shows where the weight of the bundle is. In
the graph batch normalisation is part of the convolutions. Its mean and variance are measured again
on posters of DATASET, and its scale and offset follow from them, so the network computes what the
graph computes. Weights that were rounded to int8 or half precision stay rounded.

OUT has a checkpoint that ``[init_from]``, ``results.py`` and gradient-based explanations read.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper
from tokenizers import Tokenizer
from torch import Tensor, nn

from posterplot.dataset.reading import open_dataset
from posterplot.files import new_folder
from posterplot.inference.bundle import Bundle, load_bundle
from posterplot.inference.predictor import Predictor
from posterplot.inference.reader import FilmInputs
from posterplot.networks import GenreNetwork
from posterplot.training.build.network import make_network
from posterplot.training.build.restore import feed
from posterplot.training.config.run_config import NetworkConfig, save_config
from posterplot.training.package.export import export_network
from posterplot.training.package.quantize import quantize

_POSTERS = 512  # on which batch normalisation is measured
_BATCH = 32
_TOLERANCE = 1e-6  # between a constant of a graph and the weight that it is
_ROUNDING = 0.5  # between logits: the graph rounds the inputs of matrix products, too

Array = NDArray[np.float32]


def main() -> None:
    """Recover a run, and say how near its logits are to those of the bundle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    bundle, dataset = load_bundle(arguments.bundle), open_dataset(arguments.dataset)
    config = NetworkConfig.model_validate(bundle.manifest.provenance["config"])
    network = recover(bundle, config)
    predictor = Predictor(bundle)
    read = (predictor.reader.read(film).inputs for film in dataset.films("validation"))
    checked = [inputs for inputs in islice(read, 64) if inputs is not None]
    before = difference(network, predictor, checked)
    posters = [film for film in dataset.films("train") if film.poster is not None]
    inputs = (
        predictor.reader.read(film).inputs for film in posters[:: len(posters) // _POSTERS or 1]
    )
    measure_normalisation(network, [i.poster for i in inputs if i and i.poster is not None])
    after = difference(network, predictor, checked)
    print(f"logits differ from the bundle's by at most {before:.3f}, then {after:.3f}")
    if after > _ROUNDING:
        sys.exit("the network is not that of the bundle")
    with new_folder(arguments.out) as folder:
        (folder / "checkpoints").mkdir()
        shutil.copytree(bundle.path, folder / "bundle")
        state = {f"network.{name}": value for name, value in network.state_dict().items()}
        content = {"state_dict": state, "dataset": bundle.manifest.provenance["dataset"]}
        torch.save(content, folder / "checkpoints/best.ckpt")
        save_config(config, folder / "config.toml")


def recover(bundle: Bundle, config: NetworkConfig) -> GenreNetwork:
    """Return the network of a bundle, in eval mode, without the statistics of its normalisation."""
    tokenizer = Tokenizer.from_file(str(bundle.tokenizer)) if bundle.manifest.overview else None
    share = torch.full((len(bundle.manifest.genres),), 0.5)
    network, _ = make_network(config, [], share, "", tokenizer=tokenizer, load=False)
    network.eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.05)
    for layer in normalisations(network):  # so that the convolution before it is not rescaled
        layer.get_buffer("running_mean").zero_()
        layer.get_buffer("running_var").fill_(1 - layer.eps)
        layer.weight.fill_(1)
    exported = export_network(
        network, poster=bundle.manifest.poster, overview=bundle.manifest.overview
    )
    with tempfile.TemporaryDirectory() as folder:
        ours = onnx.load_model_from_string(
            quantize(exported, Path(folder)) if config.export.int8 else exported
        )
    known = constants(ours, onnx.load(bundle.graph))
    float_graph = onnx.load_model_from_string(exported)
    drawn = constants(float_graph, float_graph)
    state = network.state_dict()
    for name, value in state.items():
        if name.endswith(("running_mean", "running_var", "num_batches_tracked")):
            continue
        found = _find(value.numpy(), {key: drawn[key] for key in known if key in drawn})
        if found is not None:
            key, transposed = found
            state[name] = torch.from_numpy(known[key].T.copy() if transposed else known[key])
        elif not _is_scale(network, name):
            sys.exit(f"{name} is not in the graph")
    network.load_state_dict(state)
    return network


def constants(ours: ModelProto, theirs: ModelProto) -> dict[str, Array]:
    """Return the constants of a graph in float32, by the names that they had before quantisation.

    Args:
        ours: The graph that gives the names.
        theirs: The graph that gives the values: its constants have the same order.
    """
    pairs = zip(ours.graph.initializer, theirs.graph.initializer, strict=True)
    values = {own.name: numpy_helper.to_array(other) for own, other in pairs}
    result: dict[str, Array] = {}
    for name, value in values.items():
        if name.endswith("_quantized"):
            base = name.removesuffix("_quantized")
            zero = values[f"{base}_zero_point"].astype(np.float32)
            result[base] = (value.astype(np.float32) - zero) * values[f"{base}_scale"]
        elif value.dtype in (np.float16, np.float32):
            result[name.removesuffix("_half")] = value.astype(np.float32)
    return result


def _find(weight: Array, among: dict[str, Array]) -> tuple[str, bool] | None:
    """Return the constant that equals a weight, and whether it is transposed."""
    for name, value in among.items():
        for transposed in (False, True):
            one = value.T if transposed else value
            if one.shape == weight.shape and np.allclose(one, weight, atol=_TOLERANCE):
                return name, transposed
    return None


def normalisations(network: nn.Module) -> list[nn.BatchNorm2d]:
    """Return the layers of batch normalisation."""
    return [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]


def _is_scale(network: nn.Module, name: str) -> bool:
    """Return whether a weight is the scale of a batch normalisation, which is in no graph."""
    module, _, kind = name.rpartition(".")
    return kind == "weight" and isinstance(network.get_submodule(module), nn.BatchNorm2d)


def measure_normalisation(network: GenreNetwork, posters: Sequence[NDArray[np.uint8]]) -> None:
    """Give batch normalisation the mean and variance of its inputs; its outputs do not change.

    Args:
        network: In eval mode; each of its normalisations changes nothing but adds an offset.
        posters: Uint8 arrays ``(3, H, W)``.
    """
    layers = normalisations(network)
    sums = {layer: [torch.zeros(layer.num_features).double() for _ in range(3)] for layer in layers}

    def add(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        values = inputs[0]
        count, total, squares = sums[layer]  # type: ignore[index]
        count += values.numel() / values.shape[1]
        total += values.sum((0, 2, 3))
        squares += values.square().sum((0, 2, 3))

    hooks = [layer.register_forward_pre_hook(add) for layer in layers]
    with torch.no_grad():
        for start in range(0, len(posters), _BATCH):
            network.encode_posters(torch.from_numpy(np.stack(posters[start : start + _BATCH])))
    for hook in hooks:
        hook.remove()
    for layer, (count, total, squares) in sums.items():
        mean = total / count
        variance = squares / count - mean.square()
        layer.get_buffer("running_mean").copy_(mean)
        layer.get_buffer("running_var").copy_(variance)
        layer.weight.copy_((variance + layer.eps).sqrt())
        layer.bias.copy_(layer.bias + mean)


def difference(network: GenreNetwork, predictor: Predictor, films: Sequence[FilmInputs]) -> float:
    """Return the greatest difference between a logit of the network and one of the bundle."""
    poster = predictor.bundle.manifest.poster
    greatest = 0.0
    with torch.no_grad():
        for inputs in films:
            own = network(*feed(network, inputs, poster).values()).logits.numpy()
            greatest = max(greatest, float(np.abs(own - predictor.run([inputs])["logits"]).max()))
    return greatest


if __name__ == "__main__":
    main()
