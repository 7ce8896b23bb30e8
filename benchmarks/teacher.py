"""A teacher for configs/overview-minilm.toml: what an encoder too heavy to ship says of films.

Run from the repository's root, with the folder of sentence-transformers/all-mpnet-base-v2::

    python benchmarks/teacher.py DATASET --extra DATASET --encoder FOLDER --out teacher.parquet

Sentence vectors of the frozen encoder, with and without the title before the overview, feed small
networks; a linear model of n-grams knows the rare words that sentence vectors blur. Each training
film is judged by those that did not see it, the extra films by all of them. Extra films have labels
of another habit, so they teach the networks through an output layer of their own. Nothing is said
of the validation and test films; on validation the mAP is printed.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import KFold
from sklearn.multiclass import OneVsRestClassifier
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from posterplot.dataset.reading import open_dataset
from posterplot.dataset.text import overview_text
from posterplot.dataset.tokens import pad, tokenize
from posterplot.films import Film
from posterplot.networks import TransformerEncoder
from posterplot.training.build.pretrained import load_overview_model
from posterplot.training.loop.precision import cpu_has_bfloat16

FOLDS, SEEDS = 4, 2
EPOCHS, BATCH, HIDDEN, RATE = 20, 64, 512, 1e-3
EXTRA_WEIGHT = 0.5
NGRAM_WEIGHT = 0.4  # flat between .3 and .5 on validation; see docs/experiments.md
MAX_TOKENS = 160
_CORES = torch.get_num_threads()


def main() -> None:
    """Write the teacher's predictions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--extra", type=Path, required=True)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    dataset, extra = open_dataset(arguments.dataset), open_dataset(arguments.extra)
    names = dataset.vocabulary.names
    train, validation = (
        [f for f in dataset.films(split) if f.overview] for split in ("train", "validation")
    )
    known = {f.id for split in dataset.manifest.splits for f in dataset.films(split)}
    others = [f for s in extra.manifest.splits for f in extra.films(s) if f.id not in known]
    films = [*train, *validation, *others]
    targets = torch.from_numpy(dataset.vocabulary.encode([f.genres for f in films]))
    own, new = np.arange(len(train)), np.arange(len(train) + len(validation), len(films))
    judged = np.arange(len(train), len(films))  # validation and extra films, by every network
    total = torch.zeros(len(films), len(names))
    count = torch.zeros(len(films), 1)
    words = torch.zeros(len(films), len(names))
    heard = torch.zeros(len(films), 1)
    texts = [overview_text(film, title=True) or "" for film in films]
    folds = list(KFold(FOLDS, shuffle=True, random_state=0).split(own))
    for title in (False, True):
        torch.set_num_threads(_CORES)
        vectors = _vectors(arguments.encoder, films, title=title)
        spread = vectors[own].std(dim=0).clamp(min=1e-6)
        vectors = (vectors - vectors[own].mean(dim=0)) / spread
        torch.set_num_threads(1)  # the networks are small: threads would wait more than compute
        for seen, held in folds:
            for seed in range(SEEDS):
                network = _fit(vectors, targets, seen, new, seed)
                asked = np.concatenate([held, judged])
                total[asked] += network(vectors[asked], other=False).detach().sigmoid()
                count[asked] += 1
    for seen, held in folds:
        asked = np.concatenate([held, judged])
        words[asked] += _ngrams(texts, targets, seen, asked)
        heard[asked] += 1
    vectors_say, words_say = torch.logit(total / count, eps=1e-6), words / heard
    said = (vectors_say + NGRAM_WEIGHT * words_say).numpy()
    # n-grams are trained balanced, so their sum is too sure of rare genres: back to probabilities
    # that are right on average, by a slope and an offset a genre, learnt out of fold
    probabilities = _calibrate(said, targets.numpy(), own)
    for name, rows in (
        ("train, out of fold", own),
        ("validation", np.arange(len(train), len(train) + len(validation))),
    ):
        truth = targets[rows].numpy()
        some = truth.any(axis=0)
        print(f"{name}: mAP {average_precision_score(truth[:, some], said[rows][:, some]):.4f}")
    told = [
        {
            "id": films[n].id,
            "probabilities": dict(zip(names, probabilities[n].tolist(), strict=True)),
        }
        for n in (*own, *new)
    ]
    pq.write_table(pa.Table.from_pylist(told), arguments.out)
    print(f"{len(told)} films written to {arguments.out}")


class _Judge(nn.Module):
    """One hidden layer, and an output layer for each habit of labelling."""

    def __init__(self, width: int, genres: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Dropout(0.2), nn.Linear(width, HIDDEN), nn.GELU(), nn.Dropout(0.5)
        )
        self.own, self.other = nn.Linear(HIDDEN, genres), nn.Linear(HIDDEN, genres)

    def forward(self, vectors: Tensor, *, other: bool) -> Tensor:
        """Return ``(B, G)`` logits by the dataset's habit, or by that of the extra films."""
        seen = self.trunk(vectors)
        return self.other(seen) if other else self.own(seen)  # type: ignore[no-any-return]


def _fit(
    vectors: Tensor,
    targets: Tensor,
    own: NDArray[np.intp],
    new: NDArray[np.intp],
    seed: int,
) -> _Judge:
    torch.manual_seed(seed)
    spoken = (targets[new].sum(dim=0) > 0).float()  # genres that the extra films' habit knows
    judge = _Judge(vectors.shape[1], targets.shape[1])
    optimizer = torch.optim.AdamW(judge.parameters(), lr=RATE, weight_decay=1e-2)
    pool = np.concatenate([own, new])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=EPOCHS * (len(pool) // BATCH), pct_start=0.1
    )
    for batch in _batches(pool, seed):
        foreign = torch.from_numpy(np.isin(batch, new))
        loss = torch.zeros(())
        for other in (False, True):
            rows = batch[(foreign == other).numpy()]
            each = binary_cross_entropy_with_logits(
                judge(vectors[rows], other=other), targets[rows], reduction="none"
            )
            loss = loss + (each * (EXTRA_WEIGHT * spoken if other else 1.0)).sum()
        (loss / (len(batch) * targets.shape[1])).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    return judge.eval()


def _batches(pool: NDArray[np.intp], seed: int) -> Iterator[NDArray[np.intp]]:
    rng = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        order = rng.permutation(pool)
        for start in range(0, len(order) // BATCH * BATCH, BATCH):
            yield order[start : start + BATCH]


def _ngrams(
    texts: Sequence[str], targets: Tensor, seen: NDArray[np.intp], asked: NDArray[np.intp]
) -> Tensor:
    """Return the ``(K, G)`` logits of a linear model of n-grams for the K films asked about."""
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), min_df=3, sublinear_tf=True, max_features=30_000
    )
    known = vectorizer.fit_transform([texts[n] for n in seen])
    linear = LogisticRegression(C=3.0, class_weight="balanced", solver="liblinear")
    model = OneVsRestClassifier(linear).fit(known, targets[seen].numpy())
    return torch.from_numpy(
        model.decision_function(vectorizer.transform([texts[n] for n in asked]))
    ).float()


def _calibrate(
    logits: NDArray[np.float32], targets: NDArray[np.float32], own: NDArray[np.intp]
) -> NDArray[np.float64]:
    columns = [
        LogisticRegression(C=1.0)
        .fit(logits[own, g : g + 1], targets[own, g])
        .predict_proba(logits[:, g : g + 1])[:, 1]
        for g in range(logits.shape[1])
    ]
    return np.stack(columns, axis=1)


def _vectors(encoder: str, films: Sequence[Film], *, title: bool) -> Tensor:
    """Return ``(N, D)`` means of the encoder's last hidden states."""
    model, tokenizer = load_overview_model(encoder)
    network = TransformerEncoder(model).eval()
    rows = tokenize(tokenizer, [overview_text(f, title=title) for f in films], MAX_TOKENS)
    order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
    vectors = torch.zeros(len(rows), network.width)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=cpu_has_bfloat16()):
        for start in range(0, len(order), 32):
            places = order[start : start + 32]
            tokens, mask = map(torch.from_numpy, pad([rows[n] for n in places]))
            words = network(tokens, mask).float() * mask[..., None]
            vectors[places] = words.sum(dim=1) / mask.sum(dim=1, keepdim=True)
    return vectors


if __name__ == "__main__":
    main()
