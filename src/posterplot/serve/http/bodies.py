"""Requests to values: bodies bounded in size and time while they are read, JSON or multipart."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from pydantic import ValidationError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from posterplot.serve.http.problems import CallError, Fault, busy, invalid
from posterplot.serve.http.schemas import ExplainIn, FilmIn, PredictIn
from posterplot.serve.limits import BODY_SECONDS, MAX_BODY, MAX_HELD, MAX_OVERVIEW

JSON = "application/json"
MULTIPART = "multipart/form-data"

_TEXTS = ("id", "title", "overview")
_MAX_FIELDS = 110
_MAX_FIELD = 4 * MAX_OVERVIEW  # bytes: four a character
# names and values: text, or the content of a file
_Form = list[tuple[str, str | bytes]]
_CHARSETS = (b"", b"utf-8", b"utf8", b"us-ascii")


class Held:
    """How many bytes of bodies are in memory, of all requests under way."""

    def __init__(self) -> None:
        self.bytes = 0


@asynccontextmanager
async def body_of(request: Request, held: Held) -> AsyncIterator[bytes]:
    """Read a body, and count it as held until it is answered.

    Raises:
        CallError: 413, 408 or 503: it is too large, too slow, or one too many.

    """
    taken = 0
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            _check_size(int(request.headers.get("content-length", "0")))
            async for chunk in request.stream():
                held.bytes += len(chunk)
                taken += len(chunk)
                content += chunk
                _check_size(taken)
                if held.bytes > MAX_HELD:
                    raise busy("too many large requests are under way")
    except BaseException as error:
        held.bytes -= taken
        if isinstance(error, TimeoutError):
            what = f"the body took over {BODY_SECONDS:.0f} s"
            raise CallError(408, what, "send it faster, or from nearer by") from None
        if isinstance(error, ClientDisconnect):
            raise CallError(400, "the body ended early", "send all of it") from None
        raise
    body = bytes(content)
    content.clear()  # one copy is enough
    try:
        yield body
    finally:
        held.bytes -= taken


async def read_predict(request: Request, body: bytes) -> list[FilmIn]:
    """Take the films out of a body of ``/v1/predict``: JSON, or one film as multipart.

    Raises:
        CallError: 400, 415 or 422: it cannot be read, or is not as described.

    """
    if _media_type(request) == JSON:
        try:
            return PredictIn.model_validate_json(body).films
        except ValidationError as error:
            raise invalid(error) from None
    form = await _form(request, body)
    _check_form(form, (*_TEXTS, "poster"))
    return [_film(form)]


async def read_explain(request: Request, body: bytes) -> ExplainIn:
    """Take the film and the genres out of a body of ``/v1/explain``; multipart: ``genre``.

    Raises:
        CallError: 400, 415 or 422: it cannot be read, or is not as described.

    """
    try:
        if _media_type(request) == JSON:
            return ExplainIn.model_validate_json(body)
        form = await _form(request, body)
        _check_form(form, (*_TEXTS, "poster", "genre"))
        genres = [value for name, value in form if name == "genre" and isinstance(value, str)]
        return ExplainIn(film=_film(form), genres=genres)
    except ValidationError as error:
        raise invalid(error) from None


def _check_size(size: int) -> None:
    if size > MAX_BODY:
        raise CallError(
            413,
            f"the body is larger than {MAX_BODY:,} bytes",
            "send fewer films at once, or smaller posters",
        )


def _media_type(request: Request) -> str:
    name, options = parse_options_header(request.headers.get("content-type", ""))
    kind = name.decode("latin-1").lower()
    if kind not in (JSON, MULTIPART):
        what = f"the body is {kind or 'of no type'}"
        raise CallError(415, what, f"send {JSON} or {MULTIPART}")
    if options.get(b"charset", b"").lower() not in _CHARSETS:
        raise CallError(415, "the text is not UTF-8", "send it in UTF-8")
    return kind


async def _form(request: Request, body: bytes) -> _Form:
    """Parse a multipart body; nothing of it is spooled to the disk."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    headers = Headers({"content-type": request.headers["content-type"]})
    parser = MultiPartParser(
        headers, stream(), max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD
    )
    parser.spool_max_size = MAX_BODY + 1
    try:
        form = await parser.parse()
    except MultiPartException as error:
        hint = "send one file named poster, and fields as /openapi.json describes them"
        raise CallError(400, f"the multipart body is broken: {error.message}", hint) from None
    try:
        return [
            (name, value if isinstance(value, str) else await value.read())
            for name, value in form.multi_items()
        ]
    finally:
        await form.close()


def _check_form(form: _Form, known: tuple[str, ...]) -> None:
    """Check names and kinds of fields.

    Raises:
        CallError: 422.

    """
    count = Counter(name for name, _ in form)
    faults = []
    for name, value in form:
        if name not in known:
            faults.append(Fault(pointer=f"/{name[:80]}", detail="there is no such field"))
        elif count[name] > 1 and name != "genre":
            faults.append(Fault(pointer=f"/{name}", detail="stands more than once"))
        elif isinstance(value, bytes) != (name == "poster") and value:
            kind = "must be a file" if name == "poster" else "must not be a file"
            faults.append(Fault(pointer=f"/{name}", detail=kind))
    if faults:
        hint = f"send {', '.join(known)} alone"
        raise CallError(422, "the form is not as described", hint, faults=faults[:20])


def _film(form: _Form) -> FilmIn:
    """Return the film of a checked form; an empty field is as good as none."""
    given = {name: value for name, value in form if value}
    try:
        film = FilmIn.model_validate({name: given[name] for name in _TEXTS if name in given})
    except ValidationError as error:
        raise invalid(error) from None
    return film.model_copy(update={"poster": given.get("poster")})
