"""A bundle made by hand, without torch: its graph averages word vectors."""

from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from posterplot.inference.bundle import (
    Bundle,
    BundleManifest,
    OverviewInput,
    PosterInput,
    write_bundle,
)
from posterplot.inference.decisions import Decisions

GENRES = ("Action", "Drama", "Romance")
WORDS = {
    "Action": "gun chase blast fight",
    "Drama": "grief house letter mother",
    "Romance": "kiss wedding spring love",
}
_PLAIN = "the and with his their they that from who when which this into after where while"
PLAIN = _PLAIN.split()
WIDTH = 6


def graph() -> bytes:
    """Return an ONNX graph.

    Its inputs are ``tokens`` and ``token_mask``. Its outputs are ``logits``, ``overview_features``,
    ``overview_parts`` and ``overview_evidence``.
    """
    words = [word for text in WORDS.values() for word in text.split()]
    rng = np.random.default_rng(0)
    table = 0.1 * rng.normal(size=(2 + len(words) + len(PLAIN), WIDTH)).astype(np.float32)
    for n, word in enumerate(words):
        table[2 + n, [word in text.split() for text in WORDS.values()].index(True)] += 3
    weights = np.zeros((WIDTH, 3), np.float32)
    weights[:3, :3] = 4 * np.eye(3)
    constants = {
        "table": table,
        "weights": weights,
        "bias": np.full(3, -1.5, np.float32),
        "one": np.array(1, np.float32),
        "axis_1": np.array([1], np.int64),
        "axis_2": np.array([2], np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["table", "tokens"], ["vectors"], axis=0),
        helper.make_node("Cast", ["token_mask"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["real", "axis_1"], ["count"], keepdims=1),
        helper.make_node("Max", ["count", "one"], ["at_least_one"]),
        helper.make_node("Div", ["real", "at_least_one"], ["share"]),
        helper.make_node("Unsqueeze", ["share", "axis_2"], ["shares"]),
        helper.make_node("Mul", ["vectors", "shares"], ["overview_parts"]),
        helper.make_node(
            "ReduceSum", ["overview_parts", "axis_1"], ["overview_features"], keepdims=0
        ),
        helper.make_node("MatMul", ["overview_features", "weights"], ["sums"]),
        helper.make_node("Add", ["sums", "bias"], ["logits"]),
        helper.make_node("MatMul", ["overview_parts", "weights"], ["by_token"]),
        helper.make_node("Transpose", ["by_token"], ["overview_evidence"], perm=[0, 2, 1]),
    ]
    info = helper.make_tensor_value_info
    made = helper.make_graph(
        nodes,
        "tiny",
        [
            info("tokens", TensorProto.INT64, ["films", "tokens"]),
            info("token_mask", TensorProto.BOOL, ["films", "tokens"]),
        ],
        [
            info("logits", TensorProto.FLOAT, ["films", 3]),
            info("overview_evidence", TensorProto.FLOAT, ["films", 3, "tokens"]),
            info("overview_features", TensorProto.FLOAT, ["films", WIDTH]),
            info("overview_parts", TensorProto.FLOAT, ["films", "tokens", WIDTH]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    content: bytes = model.SerializeToString()
    return content


def joint_graph() -> bytes:
    """Like :func:`graph`, with posters: the mean of a colour raises the logit of a genre."""
    model = ModelProto.FromString(graph())
    made, node = model.graph, helper.make_node
    made.initializer.extend(
        [
            numpy_helper.from_array(np.array([2, 3], np.int64), "pixels"),
            numpy_helper.from_array(np.array(255, np.float32), "white"),
        ]
    )
    made.node[[n.output[0] for n in made.node].index("logits")].output[0] = "by_overview"
    made.node.extend(
        [
            node("Cast", ["posters"], ["colours"], to=TensorProto.FLOAT),
            node("ReduceMean", ["colours", "pixels"], ["mean"], keepdims=0),
            node("Div", ["mean", "white"], ["poster_features"]),
            node("Add", ["by_overview", "poster_features"], ["logits"]),
        ]
    )
    info = helper.make_tensor_value_info
    made.input.append(info("posters", TensorProto.UINT8, ["films", 3, 4, 4]))
    made.output.append(info("poster_features", TensorProto.FLOAT, ["films", 3]))
    content: bytes = model.SerializeToString()
    return content


def tokenizer() -> str:
    """Words as they are, case ignored."""
    words = [word for text in WORDS.values() for word in text.split()]
    known = {word: n for n, word in enumerate(["[PAD]", "[UNK]", *words, *PLAIN])}
    made = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return made.to_str()


def write_tiny_bundle(folder: Path, familiarity: bytes | None = None, **changes: object) -> Bundle:
    """Write the bundle; ``changes`` are fields of its manifest."""
    decisions = Decisions(
        calibration="none",
        scale=(1.0,) * 3,
        offset=(0.0,) * 3,
        thresholds={"half": (0.5,) * 3, "global": (0.4,) * 3, "genre": (0.45,) * 3},
        rule="genre",
    )
    manifest = BundleManifest(
        name="tiny",
        genres=GENRES,
        poster=None,
        overview=OverviewInput(max_tokens=40),
        decisions=decisions,
        features={"overview": WIDTH},
        provenance={},
    ).model_copy(update=changes)
    return write_bundle(
        folder,
        manifest,
        graph=graph(),
        tokenizer=tokenizer(),
        card="# tiny\n",
        familiarity=familiarity,
    )


def write_tiny_joint_bundle(
    folder: Path, familiarity: bytes | None = None, **changes: object
) -> Bundle:
    """Write a bundle that also reads posters, with separate decisions for single inputs."""
    plain = write_tiny_bundle(folder / "plain").manifest
    manifest = plain.model_copy(
        update={
            "poster": PosterInput(height=4, width=4),
            "features": {"poster": 3, "overview": WIDTH},
            "decisions_by_modality": dict.fromkeys(
                ("poster", "overview", "title"), plain.decisions
            ),
            **changes,
        }
    )
    return write_bundle(
        folder / "joint",
        manifest,
        graph=joint_graph(),
        tokenizer=tokenizer(),
        card="# tiny\n",
        familiarity=familiarity,
    )


def overview(genres: tuple[str, ...], seed: int, words: int = 12) -> str:
    """Words of the genres among plain ones."""
    rng = np.random.default_rng(seed)
    own = [word for genre in genres for word in WORDS[genre].split()]
    drawn = [*rng.choice(own, 4, replace=False), *rng.choice(PLAIN, words - 4)]
    rng.shuffle(drawn)
    return " ".join(drawn)
