"""The paths of the service."""

import asyncio
from collections.abc import AsyncIterator
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
from posterplot.serve.batching import Batcher
from posterplot.serve.http import schemas
from posterplot.serve.http.bodies import JSON, MULTIPART, Held, body_of, read_explain, read_predict
from posterplot.serve.http.film_request import ask_about
from posterplot.serve.http.guard import Guard
from posterplot.serve.http.metrics import METRICS_TYPE, Metrics
from posterplot.serve.http.problems import (
    CallError,
    ProblemDetails,
    described,
    on_http_exception,
    on_problem,
)
from posterplot.serve.http.static_page import add_page, is_page
from posterplot.serve.limits import MAX_FILMS
from posterplot.serve.responses import Answers

_PATHS = ("/v1/predict", "/v1/explain", "/v1/model", "/healthz", "/metrics", "/openapi.json")
_ANY = (401, 421, 431)
_BODY = (*_ANY, 400, 408, 413, 415, 422, 503)
_DESCRIPTION = f"""\
Which genres is this film? Ask its poster and its overview, or whichever of the two it has.

At most {MAX_FILMS} films a request; see `/v1/model` for all limits. What is wrong with a call is
told as problem details (RFC 9457), with how to fix it. Nothing of a request is kept.
"""


def create_app(predictor: Predictor, *, token: str | None = None, local: bool = True) -> FastAPI:
    """Return the service over a predictor.

    Args:
        predictor: of a bundle.
        token: that requests must bear, but for the page itself and ``/healthz``; None: none.
        local: whether only Host headers that mean this machine are answered.

    """
    metrics, held = Metrics(), Held()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # headers of posters are read and samples drawn there: few threads, as each keeps memory
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        async with Batcher(predictor, ran=metrics.batch.observe) as batcher:
            metrics.waiting.set_function(lambda: batcher.waiting)
            app.state.answers = await asyncio.to_thread(Answers, batcher)
            yield

    app = FastAPI(
        title="posterplot",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # those pages load their scripts from elsewhere
        redoc_url=None,
        # FastAPI would tell OpenTelemetry of requests, and of what exceptions say of them
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        exception_handlers={CallError: on_problem, HTTPException: on_http_exception},
    )
    app.openapi = lambda: _description(app, token)  # type: ignore[method-assign]
    app.add_middleware(
        Guard,
        metrics=metrics,
        label=lambda path: path if path in _PATHS else "page" if is_page(path) else "other",
        token=token,
        local=local,
        open_paths=lambda path: path == "/healthz" or is_page(path),
    )
    metrics.held.set_function(lambda: held.bytes)

    @app.post(
        "/v1/predict",
        response_model=schemas.PredictOut,
        responses=described(*_BODY),
        openapi_extra=_body("PredictIn", schemas.PREDICT_EXAMPLE, {}),
        summary="Predict the genres of films",
    )
    async def predict(request: Request) -> Response:
        async with body_of(request, held) as body:
            films = await read_predict(request, body)
            asked = await asyncio.to_thread(lambda: [ask_about(film) for film in films])
            answer = await request.app.state.answers.predict(asked)
        metrics.films.inc(len(films))
        return JSONResponse(answer)

    @app.post(
        "/v1/explain",
        response_model=schemas.ExplainOut,
        responses=described(*_BODY),
        openapi_extra=_body(
            "ExplainIn",
            schemas.EXPLAIN_EXAMPLE,
            {"genre": {"type": "array", "items": {"type": "string"}}},
        ),
        summary="Explain the genres of a film",
    )
    async def explain(request: Request) -> Response:
        async with body_of(request, held) as body:
            wanted = await read_explain(request, body)
            asked = await asyncio.to_thread(ask_about, wanted.film)
            answer = await request.app.state.answers.explain(asked, wanted.genres)
        metrics.films.inc()
        return JSONResponse(answer)

    @app.get(
        "/v1/model",
        response_model=schemas.ModelOut,
        responses=described(*_ANY),
        summary="The model that answers, its card and the limits of a request",
    )
    async def model(request: Request) -> Response:
        return JSONResponse(request.app.state.answers.model())

    @app.get(
        "/healthz",
        response_model=schemas.HealthOut,
        responses=described(421, 431),
        summary="Whether the service is alive",
    )
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"})

    @app.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
            **described(*_ANY),
        },
        summary="Counts and times for Prometheus",
    )
    async def figures() -> Response:
        return Response(metrics.text(), media_type=METRICS_TYPE)

    add_page(app, predictor.bundle)
    return app


def _body(kind: str, example: dict[str, Any], further: dict[str, Any]) -> dict[str, Any]:
    """Describe a body: JSON, or one film as multipart."""
    film = schemas.FilmIn.model_json_schema()["properties"]
    fields = {name: film[name] for name in ("id", "title", "overview")} | further
    fields["poster"] = {"type": "string", "contentMediaType": "application/octet-stream"}
    content = {
        JSON: {"schema": {"$ref": f"#/components/schemas/{kind}"}, "example": example},
        MULTIPART: {
            "schema": {"type": "object", "properties": fields, "additionalProperties": False}
        },
    }
    return {"requestBody": {"required": True, "content": content}}


def _description(app: FastAPI, token: str | None) -> dict[str, Any]:
    """Return the OpenAPI description, with what the paths read by themselves."""
    if app.openapi_schema is None:
        described = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        _, models = models_json_schema(
            [(m, "validation") for m in (schemas.PredictIn, schemas.ExplainIn, ProblemDetails)],
            ref_template="#/components/schemas/{model}",
        )
        components = described.setdefault("components", {})
        components.setdefault("schemas", {}).update(models["$defs"])
        if token is not None:
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            described["security"] = [{"token": []}]
            described["paths"]["/healthz"]["get"]["security"] = []
        app.openapi_schema = described
    return app.openapi_schema
