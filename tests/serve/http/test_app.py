import pytest
from starlette.testclient import TestClient
from tests.conftest import poster_bytes
from tests.serve.conftest import OVERVIEW, check_problem, encoded, in_base64

from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.inference.prediction_files import prediction_rows
from posterplot.inference.predictor import Predictor
from posterplot.serve import limits
from posterplot.serve.http import schemas
from posterplot.serve.http.app import create_app


def test_a_film_as_a_form_is_predicted(client):
    form = {"title": "One", "overview": OVERVIEW}
    poster = {"poster": ("../../etc/passwd", encoded(), "text/html")}
    answer = client.post("/v1/predict", data=form, files=poster)
    assert answer.status_code == 200
    (line,) = answer.json()["films"]
    assert line["title"] == "One"
    assert line["modalities"] == ["poster", "overview"]
    empty = {
        "poster": ("", b"", "application/octet-stream")
    }  # as browsers send an empty file field
    (line,) = client.post("/v1/predict", data=form, files=empty).json()["films"]
    assert line["modalities"] == ["overview"]


@pytest.mark.parametrize("modality", ["poster", "overview"])
def test_a_request_without_an_input_equals_the_film_without_it(client, predictor, modality):
    poster = poster_bytes(("Action",), 1)
    film = Film("a", "One", overview=OVERVIEW, poster=poster)
    form = {"id": "a", "title": "One"} | ({"overview": OVERVIEW} if modality == "poster" else {})
    files = {"poster": ("p", poster if modality == "overview" else b"")}  # as the page sends them
    (line,) = client.post("/v1/predict", data=form, files=files).json()["films"]
    (expected,) = prediction_rows(predictor.predict([film.without(modality)]))
    assert line["modalities"] == expected["modalities"]
    assert line["probabilities"] == pytest.approx(expected["probabilities"], abs=2e-4)


def test_one_bad_film_does_not_stop_the_others(client):
    good = encoded()
    films = [
        {"id": "none"},
        {"id": "cut", "poster": in_base64(good[:-30])},
        {"id": "half", "poster": in_base64(good[:-30]), "overview": OVERVIEW},
        {"id": "svg", "poster": in_base64(b"<svg></svg>"), "overview": OVERVIEW},
        {"id": "text", "poster": "not base64!"},
        {"id": "texted", "poster": "not base64!", "overview": OVERVIEW},
        {"id": "long", "overview": "x" * (limits.MAX_OVERVIEW + 1)},
        {"id": "good", "poster": in_base64(good)},
    ]
    answer = client.post("/v1/predict", json={"films": films})
    assert answer.status_code == 200
    schemas.PredictResponse.model_validate(answer.json())
    none, cut, half, svg, text, texted, long, good = answer.json()["films"]
    assert "neither" in none["error"]
    assert "poster is" in cut["error"]
    assert "poster is" in half["problem"]
    assert half["modalities"] == ["overview"]
    assert "SVG" in svg["problem"]
    assert "base64" in text["error"]
    assert "base64" in texted["problem"]
    assert texted["modalities"] == ["overview"]
    assert "too long" in long["error"]
    assert good["id"] == "good"
    assert "problem" not in good


def test_a_model_of_overviews_refuses_a_poster(runs):
    predictor = Predictor(load_bundle(runs / "tiny-lstm"))
    with TestClient(create_app(predictor), base_url="http://localhost") as client:
        details = check_problem(client.post("/v1/predict", files={"poster": encoded()}), 422)
        assert "reads overviews" in details["detail"]
        assert "this model reads overviews only" in client.get("/").text
        assert list(client.get("/v1/model").json()["thresholds"]) == ["overview"]
        content = client.post("/v1/explain", json={"film": {"overview": OVERVIEW}}).json()
        assert content["explanations"][0]["overview"]["method"] == "occlusion"


def test_an_unknown_genre_gets_a_suggestion(client):
    request = {"film": {"overview": OVERVIEW}, "genres": ["Dramma"]}
    assert "Drama" in check_problem(client.post("/v1/explain", json=request), 422)["hint"]


def test_a_body_that_is_too_large_is_refused(client, monkeypatch):
    monkeypatch.setattr("posterplot.serve.http.bodies.MAX_BODY", 100)
    body = b'{"films": "' + b"x" * 100

    def in_chunks():
        yield from (body[:50], body[50:])

    headers = {"content-type": "application/json"}
    for content in (body, in_chunks()):
        answer = client.post("/v1/predict", content=content, headers=headers)
        check_problem(answer, 413)


def test_a_token_is_required(predictor):
    with TestClient(create_app(predictor, token="wörd"), base_url="http://localhost") as client:
        for headers in ({}, {"authorization": "Bearer word"}, {"authorization": "Basic wörd"}):
            answer = client.get("/v1/model", headers={k: v.encode() for k, v in headers.items()})
            assert "Authorization: Bearer" in check_problem(answer, 401)["hint"]
            assert answer.headers["www-authenticate"] == "Bearer"
        headers = {"authorization": "Bearer wörd".encode()}
        assert client.get("/v1/model", headers=headers).status_code == 200
        check_problem(client.get("/metrics"), 401)
        for path in (
            "/",
            "/healthz",
            "/static/main.js",
            "/samples/0.webp",
            "/docs",
            "/openapi.json",
        ):
            assert client.get(path).status_code == 200
        assert client.get("/openapi.json", headers=headers).json()["security"] == [{"token": []}]
