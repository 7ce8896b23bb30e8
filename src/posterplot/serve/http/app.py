"""The paths of the API."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException

from posterplot import __version__
from posterplot.inference.predictor import Predictor
from posterplot.serve.batching import Batcher, OverloadedError
from posterplot.serve.http import schemas
from posterplot.serve.http.access import LOOPBACK_HOSTS, AccessRules
from posterplot.serve.http.bodies import (
    JSON,
    MULTIPART,
    BodyMemory,
    body_of,
    read_explain,
    read_predict,
)
from posterplot.serve.http.disconnect import while_connected
from posterplot.serve.http.metrics import METRICS_TYPE, Metrics
from posterplot.serve.http.middleware import ServiceMiddleware
from posterplot.serve.http.problems import (
    CallError,
    ProblemDetails,
    error_responses,
    on_http_exception,
    on_overload,
    on_problem,
)
from posterplot.serve.http.responses import Responses
from posterplot.serve.http.static_page import add_page, is_page
from posterplot.serve.limits import MAX_FILMS

_PATHS = ("/v1/predict", "/v1/explain", "/v1/model", "/healthz", "/metrics", "/openapi.json")
_ANY = (401, 421, 431)
_BODY = (*_ANY, 400, 403, 408, 413, 415, 422, 503)
_DESCRIPTION = f"""\
Predicts the genres of films from their posters and overviews, or from either one.

A request holds at most {MAX_FILMS} films; /v1/model lists all limits. Errors are problem details
(RFC 9457) with a hint on how to fix them. Nothing from a request is stored.
"""


def create_app(
    predictor: Predictor,
    *,
    token: str | None = None,
    allowed_hosts: Sequence[str] = LOOPBACK_HOSTS,
) -> FastAPI:
    """Return the service as an ASGI application.

    Args:
        predictor: Predictor of a bundle.
        token: Token that requests must send, except those for the page, ``/docs``,
            ``/openapi.json`` and ``/healthz``; None requires none.
        allowed_hosts: Host headers that are accepted; see :class:`.access.AccessRules`.

    Raises:
        BundleError: The graph cannot be run.

    """
    metrics, memory = Metrics(), BodyMemory()
    responses = Responses(predictor)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Threads that decode the headers of posters. They are few, because each keeps memory.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        async with Batcher(predictor, on_batch=metrics.batch.observe) as batcher:
            metrics.queued.set_function(lambda: batcher.queued + batcher.explaining)
            app.state.batcher = batcher
            yield

    app = FastAPI(
        title="posterplot",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's pages load scripts from another site
        redoc_url=None,
        redirect_slashes=False,  # behind a proxy, the redirect would contain the internal host name
        # Without this, FastAPI reports requests and messages of exceptions to OpenTelemetry.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers={
            CallError: on_problem,
            OverloadedError: on_overload,
            HTTPException: on_http_exception,
        },
    )
    app.openapi = lambda: _openapi(app, token)  # type: ignore[method-assign]
    app.add_middleware(
        ServiceMiddleware,
        metrics=metrics,
        access=AccessRules(allowed_hosts, token),
        label=lambda path: path if path in _PATHS else "page" if is_page(path) else "other",
        is_public=lambda path: path in ("/healthz", "/openapi.json") or is_page(path),
    )
    metrics.body_bytes.set_function(lambda: memory.bytes)

    @app.post(
        "/v1/predict",
        response_model=schemas.PredictResponse,
        responses=error_responses(*_BODY),
        openapi_extra=_body("PredictRequest", schemas.PREDICT_EXAMPLE, {}),
        summary="Predict the genres of films",
    )
    async def predict(request: Request) -> Response:
        async with body_of(request, memory) as body:
            films = await read_predict(request, body)
            predicting = responses.predict(films, request.app.state.batcher)
            content = await while_connected(request, predicting)
        metrics.films.inc(sum("error" not in film for film in content["films"]))
        return JSONResponse(content)

    @app.post(
        "/v1/explain",
        response_model=schemas.ExplainResponse,
        responses=error_responses(*_BODY),
        openapi_extra=_body(
            "ExplainRequest",
            schemas.EXPLAIN_EXAMPLE,
            {"genre": schemas.ExplainRequest.model_json_schema()["properties"]["genres"]},
        ),
        summary="Explain the genres of a film",
    )
    async def explain(request: Request) -> Response:
        async with body_of(request, memory) as body:
            film, genres = await read_explain(request, body)
            explaining = responses.explain(film, genres, request.app.state.batcher)
            content = await while_connected(request, explaining)
        metrics.films.inc()
        return JSONResponse(content)

    @app.get(
        "/v1/model",
        response_model=schemas.ModelResponse,
        responses=error_responses(*_ANY),
        summary="The model, its card, and the limits of a request",
    )
    async def model(request: Request) -> Response:
        return JSONResponse(responses.model())

    @app.get(
        "/healthz",
        response_model=schemas.HealthResponse,
        responses=error_responses(421, 431),
        summary="Whether the service is running",
    )
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"})

    @app.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
            **error_responses(*_ANY),
        },
        summary="Metrics for Prometheus",
    )
    async def metrics_text() -> Response:
        return Response(metrics.text(), media_type=METRICS_TYPE)

    add_page(app, predictor.bundle)
    return app


def _body(model: str, example: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI description of a body: JSON, or one film as multipart."""
    film = schemas.FilmRequest.model_json_schema()["properties"]
    fields = {name: film[name] for name in ("id", "title", "overview")} | more
    fields["poster"] = {"type": "string", "contentMediaType": "application/octet-stream"}
    content = {
        JSON: {"schema": {"$ref": f"#/components/schemas/{model}"}, "example": example},
        MULTIPART: {
            "schema": {"type": "object", "properties": fields, "additionalProperties": False}
        },
    }
    return {"requestBody": {"required": True, "content": content}}


def _openapi(app: FastAPI, token: str | None) -> dict[str, Any]:
    """Return the OpenAPI description, with the bodies that the paths read themselves."""
    if app.openapi_schema is None:
        description = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _, models = models_json_schema(
            [
                (model, "validation")
                for model in (schemas.PredictRequest, schemas.ExplainRequest, ProblemDetails)
            ],
            ref_template="#/components/schemas/{model}",
        )
        components = description.setdefault("components", {})
        components.setdefault("schemas", {}).update(models["$defs"])
        if token is not None:
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            description["security"] = [{"token": []}]
            description["paths"]["/healthz"]["get"]["security"] = []
        app.openapi_schema = description
    return app.openapi_schema
