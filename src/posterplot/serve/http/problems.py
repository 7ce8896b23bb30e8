"""What went wrong with a call, as RFC 9457 problem details that say how to fix it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from posterplot.serve.limits import RETRY_SECONDS

MEDIA_TYPE = "application/problem+json"

_HINTS = {
    404: "see /openapi.json for the paths there are",
    405: "use a method named in the Allow header",
}


class Fault(BaseModel):
    """One fault of the body."""

    pointer: str = Field(description="JSON pointer to what is wrong.", examples=["/films/0/poster"])
    detail: str = Field(description="What is wrong with it.")


class ProblemDetails(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(
        default="about:blank", description="The status says all there is to its kind."
    )
    title: str = Field(description="The status in words.", examples=["Unsupported Media Type"])
    status: int = Field(description="The status.", examples=[415])
    detail: str = Field(description="What is wrong.")
    hint: str = Field(description="What to do about it.")
    faults: list[Fault] = Field(
        default=[], description="Where the body is wrong, if it is its content."
    )


class CallError(Exception):
    """A call that cannot be answered.

    Args:
        status: 4xx, or 503.
        detail: what is wrong, without a full stop.
        hint: what to do about it, as an imperative.
        faults: of the body, one by one.
        headers: beside those of every problem.

    """

    def __init__(
        self,
        status: int,
        detail: str,
        hint: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.details = ProblemDetails(
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            hint=hint,
            faults=list(faults),
        )
        self.headers = dict(headers or {})


def busy(detail: str) -> CallError:
    """Return the problem of one who comes when no more can be taken in."""
    return CallError(
        503, detail, "send it again later", headers={"Retry-After": str(RETRY_SECONDS)}
    )


def invalid(error: ValidationError) -> CallError:
    """Return the problem of a body that is not as the description says."""
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    broken = errors[0]["type"] == "json_invalid"
    faults = [
        Fault(pointer="".join(f"/{part}" for part in e["loc"]), detail=e["msg"])
        for e in errors[:20]
    ]
    if broken:
        return CallError(400, "the body is not JSON", "send valid JSON", faults=faults)
    hint = "fix what faults names; /openapi.json describes the body"
    return CallError(422, "the body is not as described", hint, faults=faults)


def problem_response(problem: CallError) -> JSONResponse:
    """Return the answer to a call that cannot be answered."""
    details = problem.details.model_dump(exclude_defaults=True) | {"type": "about:blank"}
    return JSONResponse(
        details, problem.details.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


async def on_problem(_: Request, problem: Exception) -> JSONResponse:
    """Answer a :class:`CallError`, wherever it was raised."""
    assert isinstance(problem, CallError)  # noqa: S101 - it is registered for these alone
    return problem_response(problem)


async def on_http_exception(_: Request, error: Exception) -> JSONResponse:
    """Answer what the router says: there is no such path, or not by this method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these alone
    hint = _HINTS.get(error.status_code, "see /openapi.json")
    return problem_response(
        CallError(error.status_code, str(error.detail), hint, headers=error.headers)
    )


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the OpenAPI description says of these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }
    if 503 in responses:
        retry = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        responses[503]["headers"] = {"Retry-After": retry}
    return responses
