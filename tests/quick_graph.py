"""A graph made by hand for a network, where a test is of something else than the export.

The exporter of PyTorch takes seconds for the smallest network.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import GenreNetwork

if TYPE_CHECKING:
    from posterplot.dataset.reading import Dataset
    from posterplot.progress import Progress
    from posterplot.training.config.run_config import Config
    from posterplot.training.ranks import Rank


def quick_graph(
    network: GenreNetwork, *, poster: PosterInput | None, overview: OverviewInput | None
) -> bytes:
    """Return a graph with the network's input and logits of its shape, for one modality.

    Its logits differ between films, and its bytes between weights; they are not the network's.
    """
    (weights,) = [p for name, p in network.head.named_parameters() if name.endswith("bias")][-1:]
    row = weights.detach().numpy().astype(np.float32)[None] + 0.5  # (1, G)
    info, node = helper.make_tensor_value_info, helper.make_node
    if poster:
        inputs = [info("posters", TensorProto.UINT8, ["films", 3, poster.height, poster.width])]
        nodes = [node("Cast", ["posters"], ["values"], to=TensorProto.FLOAT)]
    else:
        inputs = [info("tokens", TensorProto.INT64, ["films", "length"])]
        inputs.append(info("token_mask", TensorProto.BOOL, ["films", "length"]))
        nodes = [
            node("Cast", ["token_mask"], ["mask"], to=TensorProto.FLOAT),
            node("Cast", ["tokens"], ["ids"], to=TensorProto.FLOAT),
            node("Mul", ["ids", "mask"], ["values"]),
        ]
    assert tuple(tensor.name for tensor in inputs) == network.inputs
    nodes += [
        node("Flatten", ["values"], ["flat"], axis=1),
        node("ReduceMean", ["flat", "axis"], ["mean"], keepdims=1),  # (films, 1)
        node("Sin", ["mean"], ["wave"]),
        node("MatMul", ["wave", "row"], ["logits"]),
    ]
    constants = {"axis": np.array([1]), "row": row}
    made = helper.make_graph(
        nodes,
        "quick",
        inputs,
        [info("logits", TensorProto.FLOAT, ["films", row.shape[1]])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    content: bytes = model.SerializeToString()
    return content


def train_and_resume(
    config: "Config",
    dataset: "Dataset",
    out: Path,
    resume: bool,
    progress: "Progress",
    rank: "Rank",
    log: Callable[[str], None],
) -> None:
    """Train as one of several processes, then damage the last checkpoint and resume.

    The exporter is left out; a patch of the program that starts the processes does not reach them.
    Beside the run are ``copy``, the run as it was before the damage, and the file ``damaged``.
    """
    from posterplot.training.train import _train_part

    damaged = out.with_name("damaged")
    with patch("posterplot.training.loop.fit.export_network", quick_graph):
        _train_part(config, dataset, out, resume, progress, rank, log)
        if rank.is_first:
            shutil.copytree(out, out.with_name("copy"))
            shutil.rmtree(out / "bundle")
            (out / "checkpoints" / "last.ckpt").write_bytes(b"half")
            damaged.touch()
        while not damaged.exists():
            time.sleep(0.05)
        _train_part(config, dataset, out, True, progress, rank, lambda _: None)
