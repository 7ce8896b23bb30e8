"""Errors as problem details (RFC 9457), each with a hint."""

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
    404: "see /docs for the paths",
    405: "use a method named in the Allow header",
}


class Fault(BaseModel):
    """One invalid value in the request body."""

    pointer: str = Field(description="JSON pointer to the value.", examples=["/films/0/poster"])
    detail: str = Field(description="What is wrong with the value.")


class ProblemDetails(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(
        default="about:blank", description="Always about:blank: the status is the type."
    )
    title: str = Field(description="The phrase of the status.", examples=["Unsupported Media Type"])
    status: int = Field(description="The HTTP status.", examples=[415])
    detail: str = Field(description="What is wrong.")
    hint: str = Field(description="How to fix it.")
    faults: list[Fault] = Field(default=[], description="Where the body is wrong.")


class CallError(Exception):
    """A request that the service refuses.

    Args:
        status: 4xx, 500 or 503.
        detail: Description of the problem, without a full stop.
        hint: Way to fix it, as an imperative.
        faults: Problems in the body.
        headers: Further headers of the response.

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
    """Return the problem of a request to an overloaded service."""
    return CallError(
        503, detail, "send it again later", headers={"Retry-After": str(RETRY_SECONDS)}
    )


def pointer_to(*parts: str | int) -> str:
    """Return the JSON pointer (RFC 6901) to a value.

    >>> pointer_to("films", 0, "a/b")
    '/films/0/a~1b'
    """
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def invalid(error: ValidationError, fields: Mapping[str, str] | None = None) -> CallError:
    """Return the problem of a body that does not match its schema.

    Args:
        error: What is wrong.
        fields: Field of the schema -> its name in a form, where that differs.
    """
    names = fields or {}
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    faults = [
        Fault(pointer=pointer_to(*(names.get(str(p), p) for p in e["loc"])), detail=e["msg"])
        for e in errors[:20]
    ]
    if errors[0]["type"] == "json_invalid":
        return CallError(400, "the body is not JSON", "send valid JSON", faults=faults)
    hint = "fix the values listed in faults; /docs describes the body"
    return CallError(422, "the body does not match its schema", hint, faults=faults)


def problem_response(problem: CallError) -> JSONResponse:
    """Return a problem as a response."""
    details = problem.details.model_dump(exclude_defaults=True) | {"type": "about:blank"}
    return JSONResponse(
        details, problem.details.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


async def on_problem(_: Request, problem: Exception) -> JSONResponse:
    """Handle a :class:`CallError`."""
    assert isinstance(problem, CallError)  # noqa: S101 - registered for this type only
    return problem_response(problem)


async def on_http_exception(_: Request, error: Exception) -> JSONResponse:
    """Handle an error of the router: an unknown path or method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    hint = _HINTS.get(error.status_code, "see /docs")
    return problem_response(
        CallError(error.status_code, str(error.detail), hint, headers=error.headers)
    )


async def on_overload(_: Request, error: Exception) -> JSONResponse:
    """Handle :class:`posterplot.serve.batching.OverloadedError`."""
    return problem_response(busy(str(error)))


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of error responses with these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }
    if 503 in responses:
        retry = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        responses[503]["headers"] = {"Retry-After": retry}
    return responses
