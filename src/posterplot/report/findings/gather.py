"""Load runs and let each predict the same split."""

from collections import Counter
from collections.abc import Sequence
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
from posterplot.progress import Progress

Role = Modality | Literal["both"]
ROLES: tuple[Role, ...] = ("poster", "overview", "both")


@dataclass(frozen=True, slots=True)
class Run:
    """A run, or a bundle without one.

    Args:
        name: of the model; with its folder where two runs share it.
        bundle: that it wrote.
        history: from :func:`posterplot.evaluation.training_history.learning_history`; may be empty.
        no_history: why there is none; empty if there is one.

    """

    name: str
    bundle: Bundle
    history: list[dict[str, float]]
    no_history: str

    @property
    def role(self) -> Role:
        """The inputs that the model reads."""
        return "both" if len(self.bundle.modalities) == 2 else self.bundle.modalities[0]


@dataclass(frozen=True, slots=True)
class Source:
    """The predictions of a model for a split, from all its inputs or from one of them.

    Args:
        role: the inputs that the model is shown.
        name: in the report.
        run: the model.
        predicted: N films and their predictions.
        evaluation: of these predictions.

    """

    role: Role
    name: str
    run: Run
    predicted: Predicted
    evaluation: Evaluation

    @property
    def complete(self) -> bool:
        """Whether the model is shown all that it reads."""
        return self.role == self.run.role


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything that a report is computed from.

    Args:
        dataset: the films.
        split: that the models predicted.
        runs: in the order given.
        sources: one for each run, in that order, then the first model of both inputs shown only
            one of them.

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
        """The source that most of the report is about: the first of both inputs, or the first."""
        return next((s for s in self.sources if s.role == "both"), self.sources[0])

    def of(self, role: Role) -> Source | None:
        """Return the first source that is shown these inputs; it represents them."""
        return next((s for s in self.sources if s.role == role), None)

    @property
    def by_input(self) -> dict[Role, Source]:
        """The sources that show what each input is worth, by input.

        If a model reads both inputs, all are of that model: only one model shown different inputs
        measures an input. Otherwise they are the first model of each input.
        """
        if self.lead.role == "both":
            found = {s.role: s for s in self.sources if s.run is self.lead.run}
        else:
            found = {role: s for role in ROLES if (s := self.of(role)) is not None}
        return {role: found[role] for role in ROLES if role in found}

    @property
    def one_model(self) -> bool:
        """Whether :attr:`by_input` is one model shown different inputs."""
        return len({id(source.run) for source in self.by_input.values()}) == 1


def gather(
    folders: Sequence[Path], dataset: Dataset, split: Split, progress: Progress
) -> ReportData:
    """Load runs and predict a split with each.

    The first model that reads both inputs also predicts the split from posters alone and from
    overviews alone.

    Args:
        folders: runs or bundles, one or more.
        dataset: with the films.
        split: of the dataset.
        progress: shows how many films are done.

    Raises:
        BundleError: a run is missing or damaged.
        UsageError: two runs know different genres or are the same run; a history is damaged.
        DatasetError: the split is empty, or a model can read none of its films.

    """
    runs = _runs(folders)
    if split not in dataset.manifest.splits:
        raise DatasetError(
            f"has no {split} films",
            where=dataset.path,
            hint=f"give --split one of {', '.join(dataset.manifest.splits)}",
        )

    def predict(run: Run, only: Modality | None = None) -> Source:
        name = f"{run.name}, {only}s only" if only else run.name
        with progress(f"predicting: {name}", dataset.manifest.splits[split].films) as advance:
            predicted = predict_split(run.bundle, dataset, split, advance, only)
        found = evaluate(run.bundle, dataset, split, predicted)
        return Source(only or run.role, name, run, predicted, found)

    sources = [predict(run) for run in runs]
    joint = next((run for run in runs if run.role == "both"), None)
    if joint is not None:
        present = dataset.manifest.splits[split]
        films: dict[Modality, int] = {
            "poster": present.with_poster,
            "overview": present.with_overview,
        }
        sources += [predict(joint, modality) for modality in MODALITIES if films[modality]]
    return ReportData(dataset, split, runs, tuple(sources))


def _runs(folders: Sequence[Path]) -> tuple[Run, ...]:
    bundles = [load_bundle(folder) for folder in folders]
    seen: dict[Path, Path] = {}
    for folder, bundle in zip(folders, bundles, strict=True):
        if bundle.path.resolve() in seen:
            raise UsageError("is given twice", where=folder, hint="give each run once")
        seen[bundle.path.resolve()] = folder
    first = set(bundles[0].manifest.genres)
    for folder, bundle in zip(folders, bundles, strict=True):
        genres = set(bundle.manifest.genres)
        if bundle.manifest.genres != bundles[0].manifest.genres:
            odd = sorted(first ^ genres) or ["the order of them"]
            raise UsageError(
                f"has other genres than {folders[0]}; they differ in {', '.join(odd)}",
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
            "tfidf": "is a linear baseline and is not trained in epochs",
            "late-fusion": "combines two trained models and is not trained in epochs",
        }.get(kind, "was given without its history.csv")
        return Run(name, bundle, [], why)
    return Run(name, bundle, learning_history(folder), "")
