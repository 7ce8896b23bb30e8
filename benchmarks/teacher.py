"""Train a teacher for the configuration joint, with an encoder that is too large to ship.

Run from the repository's root, with the folder of sentence-transformers/all-mpnet-base-v2::

    python benchmarks/teacher.py DATASET --posters DATASET --overviews DATASET \
        --encoder FOLDER --out teacher.parquet

Small networks are trained on sentence vectors of the frozen encoder, with and without the title
before the overview, and a linear model on n-grams, which represent rare words better. The films are
those of train and of ``--posters`` that have an overview. Each is predicted by models that were not
trained on it or on duplicates of it. The linear model is trained on the films of ``--overviews`` as
well. Films of validation and test are not written; the mAP on validation is printed.
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
from sklearn.model_selection import GroupKFold
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from posterplot.dataset.reading import Dataset, open_dataset
from posterplot.dataset.text import overview_text
from posterplot.dataset.tokens import pad, tokenize
from posterplot.films import Film
from posterplot.networks import TransformerEncoder
from posterplot.training.build.pretrained import load_overview_model
from posterplot.training.data.sources import new_films
from posterplot.training.loop.precision import cpu_has_bfloat16

FOLDS, SEEDS = 4, 2
EPOCHS, BATCH, HIDDEN, RATE = 20, 64, 512, 1e-3
FURTHER_WEIGHT = 0.5  # of the films of --overviews in the model of n-grams
NGRAM_WEIGHT = 0.7  # chosen on validation among .2, .4 and .7; see docs/experiments.md
MAX_TOKENS = 160
_CORES = torch.get_num_threads()


def main() -> None:
    """Write the teacher's predictions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--posters", type=Path, required=True)
    parser.add_argument("--overviews", type=Path, required=True)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    dataset = open_dataset(arguments.dataset)
    names = dataset.vocabulary.names
    own, validation = (
        [f for f in dataset.films(split) if f.overview] for split in ("train", "validation")
    )
    paths = [str(arguments.posters), str(arguments.overviews)]
    posters, overviews = (part.films for part in new_films(dataset, paths, ("overview",)))
    train = [*own, *posters]
    films = [*train, *validation, *overviews]
    targets = torch.from_numpy(
        dataset.vocabulary.encode([[g for g in f.genres if g in names] for f in films])
    )
    known = np.arange(len(train))
    held_out = np.arange(len(train), len(train) + len(validation))
    further = np.arange(len(train) + len(validation), len(films))
    further = further[targets[further].any(dim=1).numpy()]
    total = torch.zeros(len(films), len(names))
    count = torch.zeros(len(films), 1)
    ngram_total = torch.zeros(len(films), len(names))
    ngram_count = torch.ones(len(films), 1)
    ngram_count[held_out] = FOLDS
    texts = [overview_text(film, title=True) or "" for film in films]
    groups = duplicate_groups(dataset, own)
    # films of the source are duplicates of none that were kept before, so each is a group
    folds = group_folds(np.concatenate([groups, groups.max() + 1 + np.arange(len(posters))]))
    for title in (False, True):
        torch.set_num_threads(_CORES)
        vectors = _vectors(arguments.encoder, [*train, *validation], title=title)
        spread = vectors[known].std(dim=0).clamp(min=1e-6)
        vectors = (vectors - vectors[known].mean(dim=0)) / spread
        torch.set_num_threads(1)  # the networks are too small for several threads
        for seen, held in folds:
            for seed in range(SEEDS):
                network = _fit(vectors, targets, seen, seed)
                rows = np.concatenate([held, held_out])
                total[rows] += network(vectors[rows]).detach().sigmoid()
                count[rows] += 1
    for seen, held in folds:
        rows = np.concatenate([held, held_out])
        ngram_total[rows] += _ngrams(texts, targets, seen, further, rows)
    predicted = slice(len(train) + len(validation))
    vector_logits = torch.logit(total[predicted] / count[predicted], eps=1e-6)
    ngram_logits = ngram_total[predicted] / ngram_count[predicted]
    logits = (vector_logits + NGRAM_WEIGHT * ngram_logits).numpy()
    # the model of n-grams is trained balanced, so the sum is overconfident about rare genres: it is
    # calibrated by a slope and an offset per genre, fitted on out-of-fold logits
    probabilities = _calibrate(logits, targets[: len(logits)].numpy(), known)
    for name, rows in (("train, out of fold", known), ("validation", held_out)):
        truth = targets[rows].numpy()
        some = truth.any(axis=0)
        print(f"{name}: mAP {average_precision_score(truth[:, some], logits[rows][:, some]):.4f}")
    lines = [
        {
            "id": films[n].id,
            "probabilities": dict(zip(names, probabilities[n].tolist(), strict=True)),
        }
        for n in known
    ]
    pq.write_table(pa.Table.from_pylist(lines), arguments.out)
    print(f"{len(lines)} films written to {arguments.out}")


def duplicate_groups(dataset: Dataset, films: Sequence[Film]) -> NDArray[np.int64]:
    """Return the ``(N,)`` duplicate groups of N training films."""
    table = dataset.table("train", ["id", "group"]).to_pydict()
    group = dict(zip(table["id"], table["group"], strict=True))
    return np.array([group[film.id] for film in films], np.int64)


def group_folds(groups: NDArray[np.int64]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Split films into folds to train on and to predict, which share no duplicate group."""
    folds = GroupKFold(FOLDS, shuffle=True, random_state=0)
    return list(folds.split(np.zeros(len(groups)), groups=groups))


def _fit(vectors: Tensor, targets: Tensor, seen: NDArray[np.intp], seed: int) -> nn.Module:
    torch.manual_seed(seed)
    width, genres = vectors.shape[1], targets.shape[1]
    classifier = nn.Sequential(
        nn.Dropout(0.2),
        nn.Linear(width, HIDDEN),
        nn.GELU(),
        nn.Dropout(0.5),
        nn.Linear(HIDDEN, genres),
    )
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=EPOCHS * (len(seen) // BATCH), pct_start=0.1
    )
    for batch in _batches(seen, seed):
        loss = binary_cross_entropy_with_logits(classifier(vectors[batch]), targets[batch])
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    return classifier.eval()


def _batches(pool: NDArray[np.intp], seed: int) -> Iterator[NDArray[np.intp]]:
    rng = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        order = rng.permutation(pool)
        for start in range(0, len(order) // BATCH * BATCH, BATCH):
            yield order[start : start + BATCH]


def _ngrams(
    texts: Sequence[str],
    targets: Tensor,
    seen: NDArray[np.intp],
    further: NDArray[np.intp],
    rows: NDArray[np.intp],
) -> Tensor:
    """Return the ``(K, G)`` logits of a linear model of n-grams for K films."""
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), min_df=3, sublinear_tf=True, max_features=60_000
    )
    learned = np.concatenate([seen, further])
    features = vectorizer.fit_transform([texts[n] for n in learned])
    weights = np.where(np.isin(learned, further), FURTHER_WEIGHT, 1.0)
    predicted = vectorizer.transform([texts[n] for n in rows])
    columns = [
        LogisticRegression(C=3.0, class_weight="balanced", solver="liblinear")
        .fit(features, targets[learned, g].numpy(), sample_weight=weights)
        .decision_function(predicted)
        for g in range(targets.shape[1])
    ]
    return torch.from_numpy(np.stack(columns, axis=1)).float()


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
