"""What goes in and what comes out: the types of the OpenAPI description."""

import base64
import binascii
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, EncodedBytes, EncoderProtocol, Field, model_validator
from pydantic_core import PydanticCustomError

from posterplot.films import Modality
from posterplot.serve.limits import MAX_FILMS, MAX_NAME, MAX_OVERVIEW, MAX_POSTER

Name = Annotated[str, Field(max_length=MAX_NAME)]
OVERVIEW = "A cook inherits a ship, and with it a crew that nobody has paid since the war."


class _Base64(EncoderProtocol):
    """Base64 without anything else in it; pydantic's own passes over what it does not know."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        try:
            return base64.b64decode(data, validate=True)
        except binascii.Error:
            raise PydanticCustomError("base64", "is not base64: encode the file's bytes") from None

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return base64.b64encode(value)

    @classmethod
    def get_json_format(cls) -> str:
        return "base64"


class _Asked(BaseModel):
    """What is asked knows its fields and no others, and says so once.

    pydantic's own ``extra="forbid"`` has a fault for each: a body of a million unknown names would
    cost a minute and a gigabyte.
    """

    model_config = ConfigDict(
        extra="ignore", strict=True, frozen=True, json_schema_extra={"additionalProperties": False}
    )

    @model_validator(mode="before")
    @classmethod
    def _known(cls, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = next((name for name in data if name not in cls.model_fields), None)
            if unknown is not None:
                known = ", ".join(cls.model_fields)
                raise PydanticCustomError(
                    "unknown",
                    "there is no field {name}: the fields are {known}",
                    {"name": repr(unknown[:80]), "known": known},
                )
        return data


class FilmIn(_Asked):
    """A film: its overview, its poster, or both."""

    id: Name = Field("", description="Comes back with the answer; yours to choose.")
    title: Name = Field("", description="Some models read it before the overview.")
    overview: str | None = Field(
        None, description="What the film is about.", max_length=MAX_OVERVIEW, examples=[OVERVIEW]
    )
    poster: Annotated[bytes, EncodedBytes(encoder=_Base64)] | None = Field(
        None,
        description=f"A JPEG, PNG or WebP of at most {MAX_POSTER:,} bytes, in base64.",
        strict=False,  # text is taken for bytes
    )


class PredictIn(_Asked):
    """Films to predict."""

    films: list[FilmIn] = Field(min_length=1, max_length=MAX_FILMS)


class ExplainIn(_Asked):
    """A film to explain."""

    film: FilmIn
    genres: list[Name] = Field(
        [],
        description="Those asked about; none: those decided, or the most probable one.",
        max_length=100,
        examples=[["Drama"]],
    )


class FilmOut(BaseModel):
    """What the model says of a film; of one that cannot be used, id, title and error alone."""

    id: str
    title: str
    error: str | None = Field(None, description="Why nothing of the film could be used.")
    problem: str | None = Field(None, description="Why one of its inputs could not be used.")
    genres: list[str] | None = Field(None, description="Decided, the most probable first.")
    probabilities: dict[str, float] | None = Field(
        None, description="Genre: calibrated probability in [0, 1]; they need not sum to 1."
    )
    thresholds: dict[str, float] | None = Field(
        None, description="Genre: the probability from which it is decided, with these inputs."
    )
    modalities: list[Modality] | None = Field(None, description="The inputs that were used.")


class PredictOut(BaseModel):
    """One answer a film, in order."""

    model: str
    films: list[FilmOut]


class ShareOut(BaseModel):
    """What each input moved, in logits: exact Shapley values."""

    base: float
    poster: float
    overview: float


class HeatOut(BaseModel):
    """Where the poster speaks for the genre."""

    method: str
    scores: list[list[float]] = Field(description="Rows and columns over the poster, signed.")
    overlay: str = Field(description="The poster with its heat: a data: URI of a JPEG.")
    where: str = Field(description="In words.", examples=["top centre"])
    most: str = Field(description="What the lightest colour stands for.")


class WordOut(BaseModel):
    """A word and how it speaks; start and end count code points of text."""

    start: int
    end: int
    word: str
    score: float


class WordsOut(BaseModel):
    """Which words speak for the genre, or against it."""

    method: str
    words: list[WordOut]


class WhyOut(BaseModel):
    """Why a genre is, or is not, decided."""

    genre: str
    probability: float
    threshold: float
    decided: bool
    share: ShareOut
    poster: HeatOut | None
    overview: WordsOut | None


class ExplainOut(BaseModel):
    """All that is told of a film."""

    model: str
    id: str
    title: str
    text: str | None = Field(description="What the model read of title and overview.")
    modalities: list[Modality]
    genres: list[str]
    without: dict[Modality, list[str]] = Field(
        description="The genres that would be decided without this input."
    )
    problem: str | None = None
    explanations: list[WhyOut]


class ModelOut(BaseModel):
    """The model that answers, and what it may be asked."""

    name: str
    digest: str = Field(description="SHA-256 of the bundle's manifest.")
    posterplot: str = Field(description="The version that serves it.")
    modalities: list[Modality]
    genres: list[str]
    thresholds: dict[str, dict[str, float]] = Field(
        description="Of inputs (poster, overview, poster+title, poster+overview), by genre."
    )
    methods: dict[Modality, str] = Field(description="How each input is explained.")
    limits: dict[str, int]
    card: str = Field(description="The model card, in Markdown: what it is for, and its limits.")


class HealthOut(BaseModel):
    """The service is alive."""

    status: str = "ok"


PREDICT_EXAMPLE: dict[str, Any] = {
    "films": [{"id": "tt0000001", "title": "Salt and Ladles", "overview": OVERVIEW}]
}
EXPLAIN_EXAMPLE: dict[str, Any] = {"film": {"overview": OVERVIEW}, "genres": []}
