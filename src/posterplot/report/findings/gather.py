"""Runs and a dataset to plain values: what each model says of the same split."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError, UsageError
from posterplot.evaluation import Evaluation, evaluate, predict_split
from posterplot.evaluation.evaluate import Predicted
from posterplot.evaluation.training_history import learning_history
from posterplot.films import MODALITIES, Modality, Split
from posterplot.inference.bundle import Bundle, load_bundle

Role = Modality | Literal["both"]
ROLES: tuple[Role, ...] = ("poster", "overview", "both")

# what and how many films -> a context that lends what counts them
Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]


@dataclass(frozen=True, slots=True)
class Run:
    """A run, or a bundle without one.

    Args:
        name: of the model; with its folder where two runs share it.
        bundle: what it shipped.
        history: from :func:`posterplot.evaluation.training_history.learning_history`; may be empty.
        no_history: why it has none; empty if it has one.

    """

    name: str
    bundle: Bundle
    history: list[dict[str, float]]
    no_history: str

    @property
    def role(self) -> Role:
        """What the model reads."""
        return "both" if len(self.bundle.modalities) == 2 else self.bundle.modalities[0]


@dataclass(frozen=True, slots=True)
class Source:
    """A model, or a model of both that is shown one modality, and what it says of the split.

    Args:
        role: what it is shown.
        name: how the report calls it.
        run: the model.
        predicted: N films and its answers.
        evaluation: of these.

    """

    role: Role
    name: str
    run: Run
    predicted: Predicted
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a report is made from.

    Args:
        dataset: with the films.
        split: that was answered.
        runs: in the order given.
        sources: one a run, in that order, then those of a model shown one modality alone.

    """

    dataset: Dataset
    split: Split
    runs: tuple[Run, ...]
    sources: tuple[Source, ...]

    @property
    def genres(self) -> tuple[str, ...]:
        """The G genres that all models know."""
        return self.runs[0].bundle.manifest.genres

    @property
    def lead(self) -> Source:
        """The source that most of the report is about: the first of both, else the first."""
        return next((s for s in self.sources if s.role == "both"), self.sources[0])

    def of(self, role: Role) -> Source | None:
        """Return the first source that is shown this, which speaks for its kind."""
        return next((s for s in self.sources if s.role == role), None)


def gather(folders: Sequence[Path], dataset: Dataset, split: Split, progress: Progress) -> Gathered:
    """Load runs and let each answer for the films of a split.

    Where no run reads posters alone, or overviews alone, the first that reads both is shown them
    alone instead.

    Args:
        folders: runs or bundles, one or more.
        dataset: whose films are asked about.
        split: of it.
        progress: shows how far it is.

    Raises:
        BundleError: a run is missing or damaged.
        UsageError: two runs know different genres, or are one; a history is damaged.
        DatasetError: the split is empty, or a model can read none of its films.

    """
    runs = _runs(folders)
    if split not in dataset.manifest.splits:
        raise DatasetError(
            f"has no {split} films",
            where=dataset.path,
            hint=f"give --split one of {', '.join(dataset.manifest.splits)}",
        )

    def ask(run: Run, only: Modality | None = None) -> Source:
        name = f"{run.name}, shown {only}s alone" if only else run.name
        with progress(f"asking {name}", dataset.manifest.splits[split].films) as advance:
            predicted = predict_split(run.bundle, dataset, split, advance, only)
        found = evaluate(run.bundle, dataset, split, predicted)
        return Source(only or run.role, name, run, predicted, found)

    sources = [ask(run) for run in runs]
    joint = next((run for run in runs if run.role == "both"), None)
    if joint is not None:
        present = dataset.manifest.splits[split]
        films: dict[Modality, int] = {
            "poster": present.with_poster,
            "overview": present.with_overview,
        }
        missing = [m for m in MODALITIES if films[m] and all(s.role != m for s in sources)]
        sources += [ask(joint, m) for m in missing]
    return Gathered(dataset, split, runs, tuple(sources))


def _runs(folders: Sequence[Path]) -> tuple[Run, ...]:
    bundles = [load_bundle(folder) for folder in folders]
    seen: dict[Path, Path] = {}
    for folder, bundle in zip(folders, bundles, strict=True):
        if bundle.path.resolve() in seen:
            raise UsageError("is named twice", where=folder, hint="name each run once")
        seen[bundle.path.resolve()] = folder
    first = set(bundles[0].manifest.genres)
    for folder, bundle in zip(folders, bundles, strict=True):
        genres = set(bundle.manifest.genres)
        if bundle.manifest.genres != bundles[0].manifest.genres:
            odd = sorted(first ^ genres) or ["the order of them"]
            raise UsageError(
                f"knows other genres than {folders[0]}: they differ in {', '.join(odd)}",
                where=folder,
                hint="report on runs of one dataset",
            )
    named = Counter(bundle.manifest.name for bundle in bundles)
    return tuple(
        _run(folder, bundle, distinct=named[bundle.manifest.name] == 1)
        for folder, bundle in zip(folders, bundles, strict=True)
    )


def _run(folder: Path, bundle: Bundle, *, distinct: bool) -> Run:
    name = bundle.manifest.name
    name = name if distinct else f"{name} ({folder.resolve().name})"
    kind = bundle.manifest.provenance.get("config", {}).get("kind", "network")
    if not (folder / "history.csv").is_file():
        why = {
            "tfidf": "is a linear baseline, fitted in one go",
            "late-fusion": "joins two trained models and was fitted in one go",
        }.get(kind, "was named without its history.csv")
        return Run(name, bundle, [], why)
    return Run(name, bundle, learning_history(folder), "")
