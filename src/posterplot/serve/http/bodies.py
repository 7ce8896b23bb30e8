"""Read request bodies, JSON or multipart, within bounds of size, memory and time.

FastAPI reads one media type per path and has no such bounds, so these paths read their own bodies.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from pydantic import ValidationError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from posterplot.serve.http.problems import CallError, Fault, busy, invalid, pointer_to
from posterplot.serve.http.schemas import ExplainRequest, FilmRequest, PredictRequest
from posterplot.serve.http.uploads import UploadedFilm, uploaded_film
from posterplot.serve.limits import (
    BODY_SECONDS,
    MAX_BODIES,
    MAX_BODY,
    MAX_JSON_MARKS,
)

JSON = "application/json"
MULTIPART = "multipart/form-data"

# Its warnings about malformed bodies quote parts of them.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)

_TEXT_FIELDS = ("id", "title", "overview")
_MAX_FIELDS = 110
# Names and values of fields. A value is a text, or the content of a file.
_Form = list[tuple[str, str | bytes]]
_NOT_MARKS = bytes(byte for byte in range(256) if byte not in b'{}[],:"')
_Request = TypeVar("_Request", PredictRequest, ExplainRequest)
_CHARSETS = (b"", b"utf-8", b"utf8", b"us-ascii")


class BodyMemory:
    """Counts the bytes of all request bodies in memory."""

    def __init__(self) -> None:
        self.bytes = 0


class _FormParser(MultiPartParser):
    spool_max_size = MAX_BODY + 1  # uploads are kept in memory and never written to the disk
    is_complete = False

    def on_end(self) -> None:
        """Record that the closing boundary was received; without it, a part may be incomplete."""
        self.is_complete = True


@asynccontextmanager
async def body_of(request: Request, memory: BodyMemory) -> AsyncIterator[bytes]:
    """Read a body; its bytes count until the block ends.

    Raises:
        CallError: 413, 408, 503 or 400: the body is too large, too slow, exceeds the memory for
            all bodies, or ends early.

    """
    size = 0
    content = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            _check_size(int(request.headers.get("content-length", "0")))
            async for chunk in request.stream():
                memory.bytes += len(chunk)
                size += len(chunk)
                content += chunk
                _check_size(size)
                if memory.bytes > MAX_BODIES:
                    raise busy("too many large requests at once")
    except BaseException as error:
        memory.bytes -= size
        if isinstance(error, TimeoutError):
            what = f"the body took longer than {BODY_SECONDS:.0f} s"
            raise CallError(408, what, "use a faster connection, or send less") from None
        if isinstance(error, ClientDisconnect):
            raise CallError(400, "the body ended early", "send the whole body") from None
        raise
    body = bytes(content)
    content.clear()  # free the second copy
    try:
        yield body
    finally:
        memory.bytes -= size


async def read_predict(request: Request, body: bytes) -> list[UploadedFilm]:
    """Read the films of a body of ``/v1/predict``: JSON, or one film as multipart.

    Raises:
        CallError: 400, 415 or 422: the body cannot be read, or does not match its schema.

    """
    if _media_type(request) == MULTIPART:
        form = await asyncio.to_thread(asyncio.run, _read_form(request, body))
        _check_fields(form, (*_TEXT_FIELDS, "poster"))
        return [await _film_of_form(form)]
    return await asyncio.to_thread(
        lambda: [
            uploaded_film(film, pointer=f"/films/{n}")
            for n, film in enumerate(_parse_json(PredictRequest, body).films)
        ]
    )


async def read_explain(request: Request, body: bytes) -> tuple[UploadedFilm, list[str]]:
    """Read the film and the genres of a body of ``/v1/explain``; the field ``genre`` repeats.

    Raises:
        CallError: 400, 415 or 422: the body cannot be read, or does not match its schema.

    """
    if _media_type(request) == MULTIPART:
        form = await asyncio.to_thread(asyncio.run, _read_form(request, body))
        _check_fields(form, (*_TEXT_FIELDS, "poster", "genre"))
        film = await _film_of_form(form)
        genres = [value for name, value in form if name == "genre" and value]
        try:
            return film, ExplainRequest.model_validate({"film": {}, "genres": genres}).genres
        except ValidationError as error:
            raise invalid(error, {"genres": "genre"}) from None
    content = await asyncio.to_thread(_parse_json, ExplainRequest, body)
    return await asyncio.to_thread(uploaded_film, content.film), content.genres


def _parse_json(schema: type[_Request], body: bytes) -> _Request:
    """Parse a JSON body. This is too slow for the event loop.

    Raises:
        CallError: 400, 413, 415 or 422.

    """
    if len(body.translate(None, _NOT_MARKS)) > MAX_JSON_MARKS:
        raise CallError(
            413,
            f"the JSON has over {MAX_JSON_MARKS:,} brackets, commas, colons and quotation marks",
            "send fewer films at once",
        )
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        _as_utf8(body)
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
    media_type = name.decode("latin-1").lower()
    if media_type not in (JSON, MULTIPART):
        what = f"the Content-Type is {media_type or 'missing'}"
        raise CallError(415, what, f"send {JSON} or {MULTIPART}")
    if (coding := request.headers.get("content-encoding", "identity")) != "identity":
        what = f"the Content-Encoding {coding[:80]} is not supported"
        raise CallError(415, what, "send the body uncompressed, without Content-Encoding")
    if options.get(b"charset", b"").lower() not in _CHARSETS:
        raise _not_utf8()
    return media_type


def _not_utf8() -> CallError:
    return CallError(415, "the text is not UTF-8", "send it in UTF-8")


async def _read_form(request: Request, body: bytes) -> _Form:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    # Starlette reads bytes that are not of the charset as Latin-1. With Latin-1 throughout, no byte
    # is lost, and the texts are decoded below.
    headers = Headers({"content-type": f"{request.headers['content-type']}; charset=latin-1"})
    parser = _FormParser(
        headers, stream(), max_files=1, max_fields=_MAX_FIELDS, max_part_size=MAX_BODY
    )
    hint = "send one file named poster, and fields as described in /docs"
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise CallError(400, f"the multipart body is broken: {error.message}", hint) from None
    try:
        if not parser.is_complete:
            what = "the multipart body is broken: it ends before its closing boundary"
            raise CallError(400, what, "send the whole body")
        return [
            (
                _as_utf8(name.encode("latin-1")),
                _as_utf8(value.encode("latin-1")) if isinstance(value, str) else await value.read(),
            )
            for name, value in form.multi_items()
        ]
    finally:
        await form.close()


def _as_utf8(content: bytes) -> str:
    """Decode a text.

    Raises:
        CallError: 415: It is not UTF-8.

    """
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise _not_utf8() from None


def _check_fields(form: _Form, known: tuple[str, ...]) -> None:
    """Check the names and types of form fields.

    Raises:
        CallError: 422.

    """
    count = Counter(name for name, _ in form)
    faults = []
    for name, value in form:
        if name not in known:
            faults.append(Fault(pointer=pointer_to(name[:80]), detail="there is no such field"))
        elif count[name] > 1 and name != "genre":
            faults.append(Fault(pointer=pointer_to(name), detail="is given more than once"))
        elif isinstance(value, bytes) != (name == "poster") and value:
            detail = "must be a file" if name == "poster" else "must not be a file"
            faults.append(Fault(pointer=pointer_to(name), detail=detail))
    if faults:
        hint = f"send these fields only: {', '.join(known)}"
        raise CallError(422, "the form does not match its schema", hint, faults=faults[:20])


async def _film_of_form(form: _Form) -> UploadedFilm:
    """Read the film of a checked form. An empty field counts as absent."""
    values = {name: value for name, value in form if value}
    try:
        film = FilmRequest.model_validate({n: values[n] for n in _TEXT_FIELDS if n in values})
    except ValidationError as error:
        raise invalid(error) from None
    poster = values.get("poster")
    file = poster if isinstance(poster, bytes) else None
    if film.overview is not None:  # browsers send every line break as CRLF
        film = film.model_copy(update={"overview": film.overview.replace("\r\n", "\n")})
    return await asyncio.to_thread(uploaded_film, film, file)
