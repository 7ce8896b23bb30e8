"""Load runs, and predict the same split with each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from posterplot.dataset.reading import Dataset
from posterplot.errors import DatasetError, UsageError
from posterplot.evaluation import Evaluation, evaluate, predict_split
from posterplot.evaluation.evaluate import SplitPredictions
from posterplot.evaluation.training_history import learning_history
from posterplot.films import MODALITIES, Modality, Split
from posterplot.inference.bundle import Bundle, load_bundle
from posterplot.progress import Progress

Inputs = Modality | Literal["both"]
ALL_INPUTS: tuple[Inputs, ...] = ("poster", "overview", "both")


@dataclass(frozen=True, slots=True)
class Run:
    """A run, or a bundle outside a run.

    Args:
        name: Name of the model; with its folder if two runs share it.
        bundle: Bundle that it wrote.
        history: Rows of :func:`posterplot.evaluation.training_history.learning_history`; may
            be empty.
        no_history: Why there is none; empty if there is one.

    """

    name: str
    bundle: Bundle
    history: list[dict[str, float]]
    no_history: str

    @property
    def inputs(self) -> Inputs:
        """The inputs that the model reads."""
        return "both" if len(self.bundle.modalities) == 2 else self.bundle.modalities[0]


@dataclass(frozen=True, slots=True)
class EvaluatedModel:
    """A model evaluated on a split, with all its inputs or only one of them.

    Args:
        inputs: The inputs that the model is given.
        name: Name in the report.
        run: Run of the model.
        predictions: Predictions for N films.
        evaluation: Evaluation of these predictions.

    """

    inputs: Inputs
    name: str
    run: Run
    predictions: SplitPredictions
    evaluation: Evaluation

    @property
    def complete(self) -> bool:
        """Whether the model was given all inputs that it reads."""
        return self.inputs == self.run.inputs


@dataclass(frozen=True, slots=True)
class ReportData:
    """Everything that a report is computed from.

    Args:
        dataset: Dataset with the films.
        split: Split that the models predicted.
        runs: Runs, in the order of the arguments.
        models: One for each run, in that order, then the first model of both inputs, given only
            one of them.

    """

    dataset: Dataset
    split: Split
    runs: tuple[Run, ...]
    models: tuple[EvaluatedModel, ...]

    @property
    def genres(self) -> tuple[str, ...]:
        """The G genres that all models know."""
        return self.runs[0].bundle.manifest.genres

    @property
    def main_model(self) -> EvaluatedModel:
        """The main model of the report: the first that reads both inputs, or the first."""
        return next((m for m in self.models if m.inputs == "both"), self.models[0])

    def of(self, inputs: Inputs) -> EvaluatedModel | None:
        """Return the first model that was given these inputs."""
        return next((m for m in self.models if m.inputs == inputs), None)

    @property
    def by_input(self) -> dict[Inputs, EvaluatedModel]:
        """The models by which the inputs are compared.

        If a model reads both inputs, all are that model, given different inputs: a difference
        between two models would not be due to the inputs alone. Otherwise they are the first model
        of each input.
        """
        if self.main_model.inputs == "both":
            found = {m.inputs: m for m in self.models if m.run is self.main_model.run}
        else:
            found = {inputs: m for inputs in ALL_INPUTS if (m := self.of(inputs)) is not None}
        return {inputs: found[inputs] for inputs in ALL_INPUTS if inputs in found}

    @property
    def one_model(self) -> bool:
        """Whether :attr:`by_input` is one model that was given different inputs."""
        return len({id(model.run) for model in self.by_input.values()}) == 1


def gather(
    folders: Sequence[Path], dataset: Dataset, split: Split, progress: Progress
) -> ReportData:
    """Load runs and predict a split with each.

    The first model that reads both inputs also predicts the split from only the posters and from
    only the overviews.

    Args:
        folders: Runs or bundles, one or more.
        dataset: Dataset with the films.
        split: Split of the dataset.
        progress: Shows how many films are done.

    Raises:
        BundleError: A run is missing or damaged.
        UsageError: Two runs know different genres or are the same run; a history is damaged.
        DatasetError: The split is empty, or a model can read none of its films.

    """
    runs = _runs(folders)
    if split not in dataset.manifest.splits:
        raise DatasetError(
            f"has no {split} films",
            where=dataset.path,
            hint=f"give one of {', '.join(dataset.manifest.splits)}",
        )

    def predict(run: Run, only: Modality | None = None) -> EvaluatedModel:
        name = f"{run.name}, {only}s only" if only else run.name
        with progress(f"predicting: {name}", dataset.manifest.splits[split].films) as advance:
            predictions = predict_split(run.bundle, dataset, split, advance, only)
        evaluation = evaluate(run.bundle, dataset, split, predictions)
        return EvaluatedModel(only or run.inputs, name, run, predictions, evaluation)

    models = [predict(run) for run in runs]
    joint = next((run for run in runs if run.inputs == "both"), None)
    if joint is not None:
        whole = models[runs.index(joint)].predictions
        read = {modality for modalities in whole.modalities for modality in modalities}
        models += [predict(joint, modality) for modality in MODALITIES if modality in read]
    return ReportData(dataset, split, runs, tuple(models))


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
    names = _distinct_names(folders, [bundle.manifest.name for bundle in bundles])
    return tuple(
        _run(folder, bundle, name)
        for folder, bundle, name in zip(folders, bundles, names, strict=True)
    )


def _distinct_names(folders: Sequence[Path], names: Sequence[str]) -> list[str]:
    """Add the last folders of its path to each name that several models have."""
    shared = {name for name, number in Counter(names).items() if number > 1}
    paths = [folder.resolve() for folder in folders]
    found = list(names)
    for parts in range(1, max(len(path.parts) for path in paths) + 1):
        found = [
            f"{name} ({Path(*path.parts[-parts:])})" if name in shared else name
            for name, path in zip(names, paths, strict=True)
        ]
        if len(set(found)) == len(found):
            break
    return found


def _run(folder: Path, bundle: Bundle, name: str) -> Run:
    kind = bundle.manifest.provenance.get("config", {}).get("kind", "network")
    if not (folder / "history.csv").is_file():
        why = {
            "tfidf": "is a linear baseline and is not trained in epochs",
            "late-fusion": "combines two trained models and is not trained in epochs",
        }.get(kind, "was given without its history.csv")
        return Run(name, bundle, [], why)
    return Run(name, bundle, learning_history(folder), "")
