"""Request and response bodies, as the OpenAPI description shows them."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from posterplot.dataset.poster_images import POSTER_FORMATS
from posterplot.films import Modality
from posterplot.serve.limits import MAX_FILMS, MAX_NAME, MAX_OVERVIEW, MAX_POSTER

Name = Annotated[str, Field(max_length=MAX_NAME)]
OVERVIEW = "A cook inherits a ship, and with it a crew that nobody has paid since the war."

_FAMILIAR = "false: the film is unlike those that the model was measured on."


class _RequestModel(BaseModel):
    """A request body without unknown fields. All unknown fields give one error.

    ``extra="forbid"`` of pydantic reports each unknown field: a body with a million of them would
    take a minute and a gigabyte.
    """

    model_config = ConfigDict(
        extra="ignore", strict=True, frozen=True, json_schema_extra={"additionalProperties": False}
    )
    films_go_into: ClassVar[str] = ""  # how a body holds a film, where it holds any

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = next((name for name in data if name not in cls.model_fields), None)
            if unknown is not None:
                known = ", ".join(cls.model_fields)
                raise PydanticCustomError(
                    "unknown",
                    "there is no field {name}: the fields are {known}{hint}",
                    {"name": repr(unknown[:80]), "known": known, "hint": cls._hint(unknown)},
                )
        return data

    @classmethod
    def _hint(cls, unknown: str) -> str:
        if cls.films_go_into and unknown in FilmRequest.model_fields:
            return f"; put the film into {cls.films_go_into}"
        return ""


class FilmRequest(_RequestModel):
    """A film: its overview, its poster, or both."""

    id: Name = Field("", description="Your id of the film; returned with the response.")
    title: Name = Field("", description="Some models read it together with the overview.")
    # Posters are checked film by film (uploads.py), because one bad film must not fail the request.
    overview: str | None = Field(
        None,
        description=f"Summary of the plot, at most {MAX_OVERVIEW:,} characters.",
        examples=[OVERVIEW],
    )
    poster: str | None = Field(
        None,
        description=f"The image file ({', '.join(POSTER_FORMATS)}) in base64, "
        f"at most {MAX_POSTER:,} bytes before encoding.",
        json_schema_extra={"format": "base64"},
    )


class PredictRequest(_RequestModel):
    """Films to predict."""

    films_go_into: ClassVar[str] = '"films": [{...}]'

    films: list[FilmRequest] = Field(min_length=1, max_length=MAX_FILMS)


class ExplainRequest(_RequestModel):
    """A film to explain."""

    films_go_into: ClassVar[str] = '"film": {...}'

    film: FilmRequest
    genres: list[Name] = Field(
        [],
        description="Genres to explain. If empty: the predicted genres, or the most probable one.",
        max_length=100,
        examples=[["Drama"]],
    )


class FilmPrediction(BaseModel):
    """The prediction of a film. A film that cannot be used has id, title and error only."""

    id: str
    title: str
    error: str | None = Field(None, description="Why the film cannot be used.")
    problem: str | None = Field(None, description="Why one of its inputs cannot be used.")
    genres: list[str] | None = Field(None, description="Predicted genres, most probable first.")
    probabilities: dict[str, float] | None = Field(
        None, description="Calibrated probability of each genre, in [0, 1]. They are independent."
    )
    thresholds: dict[str, float] | None = Field(
        None, description="Probability from which each genre is predicted, for these inputs."
    )
    modalities: list[Modality] | None = Field(None, description="The inputs that were used.")
    familiar: bool | None = Field(None, description=_FAMILIAR)
    guarantee: str | None = Field(
        None, description="What is guaranteed of the genres, if serve was started so."
    )


class PredictResponse(BaseModel):
    """One prediction per film, in the order of the request."""

    model: str
    films: list[FilmPrediction]


class ShareResponse(BaseModel):
    """How much each input raised or lowered the score, in logits: exact Shapley values."""

    base: float
    poster: float
    overview: float


class HeatmapResponse(BaseModel):
    """Where the poster raises the score of the genre."""

    method: str
    scores: list[list[float]] = Field(description="Rows and columns over the poster, signed.")
    overlay: str = Field(description="The poster with its heatmap: a data: URI of a JPEG.")
    where: str = Field(description="The hottest parts in words.", examples=["top centre"])
    most: str = Field(description="What the lightest colour stands for.")


class WordScore(BaseModel):
    """The score of a word; start and end are offsets in code points of ``text``."""

    start: int
    end: int
    word: str
    score: float


class OverviewScores(BaseModel):
    """The words that raise or lower the score of the genre."""

    method: str
    words: list[WordScore]


class GenreExplanation(BaseModel):
    """Why a genre is predicted or not."""

    genre: str
    probability: float
    threshold: float
    decided: bool
    share: ShareResponse
    poster: HeatmapResponse | None
    overview: OverviewScores | None


class ExplainResponse(BaseModel):
    """The explanation of a film."""

    model: str
    id: str
    title: str
    text: str | None = Field(description="The text that the model read: title and overview.")
    modalities: list[Modality]
    genres: list[str]
    without: dict[Modality, list[str]] = Field(
        description="The genres predicted without this input. The film keeps its title."
    )
    problem: str | None = None
    familiar: bool | None = Field(None, description=_FAMILIAR)
    explanations: list[GenreExplanation]


class ModelResponse(BaseModel):
    """The model of the service, and the limits of a request."""

    name: str
    digest: str = Field(description="SHA-256 of the bundle's manifest.")
    posterplot: str = Field(description="Version of posterplot.")
    modalities: list[Modality]
    genres: list[str]
    thresholds: dict[str, dict[str, float]] = Field(
        description="By inputs (poster, overview, poster+title, poster+overview) and genre."
    )
    methods: dict[Modality, str] = Field(description="Explanation method of each input.")
    limits: dict[str, int]
    card: str = Field(description="The model card, in Markdown.")


class HealthResponse(BaseModel):
    """The service is running."""

    status: str = "ok"


PREDICT_EXAMPLE: dict[str, Any] = {
    "films": [{"id": "tt0000001", "title": "Salt and Ladles", "overview": OVERVIEW}]
}
EXPLAIN_EXAMPLE: dict[str, Any] = {"film": {"overview": OVERVIEW}, "genres": []}
