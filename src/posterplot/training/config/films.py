"""The sections about training data: sources, distillation, modality dropout, augmentation."""

from typing import Annotated

from pydantic import Field, model_validator

from posterplot.training.config.section import Chance, Rate, Section, Share


class SourceConfig(Section):
    """One entry of ``[[sources]]``: another prepared dataset whose films are added to the training.

    All its splits are used for training. Films that are in the main dataset, in any of its splits,
    or in an earlier source are left out; see :func:`posterplot.training.data.sources.new_films`.

    Example::

        [[sources]]
        dataset = "data/tmdb"
        weight = 0.5
        unknown = ["Biography", "Sport"]
        rename = { "Science Fiction" = "Sci-Fi", "TV Movie" = "" }

    Attributes:
        dataset: Path of the dataset.
        weight: Weight of each of its films in the loss; a film of the main dataset has weight 1.
        unknown: Genres of the main dataset that this source does not label. They are masked in the
            loss and in the metrics of training.
        rename: Genre of the source -> genre of the main dataset, or ``""`` to drop it. Genres that
            are neither renamed nor in the main dataset are dropped as well.

    """

    dataset: str
    weight: Rate = 1.0
    unknown: tuple[str, ...] = ()
    rename: dict[str, str] = Field(default_factory=dict)


class SamplingConfig(Section):
    """How often training films are shown (repeat factor sampling, Gupta et al., arXiv 1908.03195).

    Attributes:
        repeat_threshold: Films of genres below this share are shown more often, up to
            ``sqrt(repeat_threshold / share)`` times in each epoch, each time with other
            augmentation and dropout. 0 shows every film once. Nothing compensates for it in the
            loss; calibration corrects the probabilities of rare genres.

    """

    repeat_threshold: Share = 0.0


class DistillationConfig(Section):
    """Probabilities of teachers, mixed into the labels (Hinton et al., arXiv 1503.02531).

    IMDb lists at most three genres per film, so true labels are missing. The probabilities of a
    teacher show which ones are likely. A teacher is any file of predictions in the format of
    ``posterplot predict``. Its predictions for training films must come from a model that was not
    trained on them; otherwise they only repeat the labels.

    Attributes:
        predictions: ``.parquet``, ``.jsonl`` or ``.csv`` files. The mean over the files that
            contain a film is used.
        weight: Weight of the teachers' probabilities, in [0, 1]; the labels have the remaining
            weight.
        extra: Further datasets whose own labels are ignored: their only targets are the
            probabilities of the teachers.

    """

    predictions: Annotated[tuple[str, ...], Field(min_length=1)]
    weight: Chance = 0.5
    extra: tuple[str, ...] = ()


class ModalityDropoutConfig(Section):
    """Probabilities of hiding one input of a training film that has both.

    So one network learns to predict from a poster, from an overview, and from both.

    Attributes:
        poster, overview: Probability that this modality is hidden. At most one is hidden.

    """

    poster: Share = 0.0
    overview: Share = 0.0

    @model_validator(mode="after")
    def _one_remains(self) -> "ModalityDropoutConfig":
        if self.poster + self.overview > 1:
            raise ValueError(
                "at most one input is hidden, so the two values must not exceed 1 together"
            )
        return self


class AugmentationConfig(Section):
    """Random changes of training posters. 0 disables a change.

    Attributes:
        jpeg: Probability that a poster is compressed as JPEG, at a quality of 50 to 95, so that the
            network does not depend on how a poster was saved.
        crop: Maximum share of the area that is cut off before resizing.
        flip: Probability of a mirror image.
        rotation: Largest angle in degrees, in either direction.
        perspective: Strength of the distortion, in [0, 1). Half of the posters are distorted.
        elastic: Displacement in pixels. A tenth of the posters are displaced, because it costs as
            much as all other changes together.
        colour: Relative change of brightness, contrast and saturation. The hue is kept, because it
            depends on the genre.
        erasing: Probability that a rectangle of 2 to 20 % of the area is erased.
        mixup: Probability that the posters of a batch are mixed by mixup or CutMix, with their
            targets; for networks that read only posters.

    """

    jpeg: Chance = 0.5
    crop: Share = 0.3
    flip: Share = 0.5
    rotation: Annotated[float, Field(ge=0, le=180)] = 5.0
    perspective: Share = 0.15
    elastic: Annotated[float, Field(ge=0)] = 20.0
    colour: Share = 0.2
    erasing: Chance = 0.3
    mixup: Chance = 0.0
