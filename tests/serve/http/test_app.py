import base64
import json

import pytest
from starlette.testclient import TestClient
from tests.conftest import poster_bytes
from tests.serve.conftest import OVERVIEW, encoded

from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.inference.prediction_files import lines
from posterplot.inference.predictor import Predictor
from posterplot.serve import limits
from posterplot.serve.http import schemas
from posterplot.serve.http.app import create_app


def in_base64(content):
    return base64.b64encode(content).decode()


def problem(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    details = response.json()
    assert details["status"] == status
    assert details["detail"]
    assert details["hint"]
    return details


def test_films_as_json_are_predicted_as_offline(client, predictor):
    poster = poster_bytes(("Action",), 1)
    films = [
        {"id": "a", "title": "One", "overview": OVERVIEW, "poster": in_base64(poster)},
        {"id": "b", "poster": in_base64(poster)},
        {"id": "c", "overview": "grief " * 30},
    ]
    answer = client.post("/v1/predict", json={"films": films})
    assert answer.status_code == 200
    schemas.PredictOut.model_validate(answer.json())
    said = answer.json()["films"]
    offline = predictor.predict(
        [
            Film("a", "One", None, OVERVIEW, (), poster),
            Film("b", poster=poster),
            Film("c", overview="grief " * 30),
        ]
    )
    decisions = predictor.bundle.manifest.decisions
    for line, known in zip(said, lines(offline), strict=True):
        thresholds = line.pop("thresholds")
        assert line.keys() == known.keys()
        assert line["probabilities"] == pytest.approx(known["probabilities"], abs=2e-4)
        assert line["modalities"] == known["modalities"]
        beyond = {g: p - thresholds[g] for g, p in line["probabilities"].items()}
        # what is told is rounded to four digits: of what lies on its threshold it says nothing
        assert {g for g, by in beyond.items() if by > 1e-4} <= set(line["genres"])
        assert set(line["genres"]) <= {g for g, by in beyond.items() if by > -1e-4}
    assert said[0]["modalities"] == ["poster", "overview"]
    assert decisions.rule in decisions.thresholds


def test_a_film_as_a_form(client):
    form = {"title": "One", "overview": OVERVIEW}
    poster = {"poster": ("../../etc/passwd", encoded(), "text/html")}
    answer = client.post("/v1/predict", data=form, files=poster)
    assert answer.status_code == 200
    (line,) = answer.json()["films"]
    assert line["title"] == "One"
    assert line["modalities"] == ["poster", "overview"]
    empty = {"poster": ("", b"", "application/octet-stream")}  # as browsers send no choice
    (line,) = client.post("/v1/predict", data=form, files=empty).json()["films"]
    assert line["modalities"] == ["overview"]


def test_one_bad_film_does_not_stop_the_others(client):
    good = encoded()
    films = [
        {"id": "none"},
        {"id": "cut", "poster": in_base64(good[:-30])},
        {"id": "half", "poster": in_base64(good[:-30]), "overview": OVERVIEW},
        {"id": "gif", "poster": in_base64(encoded(kind="GIF")), "overview": OVERVIEW},
        {"id": "good", "poster": in_base64(good)},
    ]
    answer = client.post("/v1/predict", json={"films": films})
    assert answer.status_code == 200
    schemas.PredictOut.model_validate(answer.json())
    none, cut, half, gif, good = answer.json()["films"]
    assert "neither" in none["error"]
    assert "poster is" in cut["error"]
    assert "poster is" in half["problem"]
    assert half["modalities"] == ["overview"]
    assert "not one of JPEG, PNG, WebP" in gif["problem"]
    assert good["id"] == "good"
    assert "problem" not in good


def test_why(client):
    form = {"overview": OVERVIEW, "genre": ["Drama", "Action"]}
    answer = client.post("/v1/explain", data=form, files={"poster": encoded(kind="WEBP")})
    assert answer.status_code == 200
    told = schemas.ExplainOut.model_validate(answer.json())
    assert [e.genre for e in told.explanations] == ["Drama", "Action"]
    why = told.explanations[0]
    assert why.poster is not None
    assert why.poster.overlay.startswith("data:image/jpeg;base64,")
    assert why.overview is not None
    assert told.text is not None
    assert all(told.text[w.start : w.end] == w.word for w in why.overview.words)
    asked = {"film": {"overview": OVERVIEW}}
    told = schemas.ExplainOut.model_validate(client.post("/v1/explain", json=asked).json())
    assert told.explanations[0].poster is None
    broken = {"film": {"overview": OVERVIEW, "poster": in_base64(encoded()[:-30])}}
    assert "poster is" in client.post("/v1/explain", json=broken).json()["problem"]


def test_what_is_not_modelled_is_told_to_a_model_of_one_modality(runs):
    predictor = Predictor(load_bundle(runs / "tiny-lstm"))
    with TestClient(create_app(predictor), base_url="http://localhost") as client:
        details = problem(client.post("/v1/predict", files={"poster": encoded()}), 422)
        assert "reads overviews" in details["detail"]
        assert "this model reads overviews alone" in client.get("/").text
        assert list(client.get("/v1/model").json()["thresholds"]) == ["overview"]
        told = client.post("/v1/explain", json={"film": {"overview": OVERVIEW}}).json()
        assert told["explanations"][0]["overview"]["method"] == "occlusion"


def test_the_model_and_its_limits(client, predictor):
    model = schemas.ModelOut.model_validate(client.get("/v1/model").json())
    assert model.genres == list(predictor.bundle.manifest.genres)
    assert model.limits["films"] == limits.MAX_FILMS
    assert model.card.startswith("#")
    assert client.get("/healthz").json() == {"status": "ok"}


def test_counts_and_times(client):
    client.post("/v1/predict", data={"overview": OVERVIEW})
    client.get("/secret-of-mine")
    figures = client.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    assert 'posterplot_requests_total{method="POST",path="/v1/predict",status="200"}' in (
        figures.text
    )
    assert 'path="other",status="404"' in figures.text
    assert "secret" not in figures.text


def test_what_is_not_there(client):
    assert "openapi.json" in problem(client.get("/v2/predict"), 404)["hint"]
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/nothing", "/samples/9.jpg"):
        problem(client.get(path), 404)
    answer = client.put("/v1/predict")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "not JSON"),
        (b"\xff", 400, "not JSON"),
        (b'"\\ud800"', 400, "not JSON"),
        (b"[]", 422, "as described"),
        (b'{"films": []}', 422, "/films"),
        (b'{"films": [{"overview": 3}]}', 422, "/films/0/overview"),
        (b'{"films": [{"overview": "x", "path": "/etc/passwd"}]}', 422, "no field 'path'"),
        (b'{"films": [{"poster": "?"}]}', 422, "base64"),
        (b'{"films": [{}]}', 422, "neither"),
        (b'{"films": [{"poster": "AAAA"}]}', 422, "JPEG"),
        (json.dumps({"films": [{"overview": "x"}] * 33}).encode(), 422, "/films"),
        (json.dumps({"films": [{"overview": "x" * 20_001}]}).encode(), 422, "/films/0/overview"),
    ],
)
def test_json_that_is_not_as_described(client, body, status, said):
    headers = {"content-type": "application/json"}
    details = problem(client.post("/v1/predict", content=body, headers=headers), status)
    assert said in json.dumps(details)
    problem(client.post("/v1/explain", content=body, headers=headers), (status, 422)[status > 400])


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"data": {"film": "x"}}, "no such field"),
        ({"data": {"overview": ["x", "y"]}}, "more than once"),
        ({"files": {"poster": (None, "x")}}, "must be a file"),
        ({"files": {"overview": b"x"}}, "must not be a file"),
        ({"data": {"overview": "x" * 20_001}}, "/overview"),
        ({"data": {"title": "x"}}, "neither"),
        ({"files": {"poster": b"<svg></svg>"}}, "not one of"),
    ],
)
def test_forms_that_are_not_as_described(client, form, said):
    form = {"files": {"poster": ("p", b"")}} | form  # so that it is multipart
    assert said in json.dumps(problem(client.post("/v1/predict", **form), 422))


def test_a_body_of_many_faults_costs_one(client):
    names = ",".join(f'"{n}":1' for n in range(50_000))
    headers = {"content-type": "application/json"}
    body = f'{{"films": [{{{names}}}]}}'
    details = problem(client.post("/v1/predict", content=body, headers=headers), 422)
    assert len(details["faults"]) == 1


def test_forms_that_cannot_be_read(client):
    two = [("poster", encoded()), ("poster", encoded())]
    assert "Too many files" in problem(client.post("/v1/predict", files=two), 400)["detail"]
    for kind, body in {
        "multipart/form-data": b"x",
        "multipart/form-data; boundary=x": b"broken",
    }.items():
        answer = client.post("/v1/predict", content=body, headers={"content-type": kind})
        assert answer.status_code in (400, 422)
        problem(answer, answer.status_code)
    charset = {"content-type": "multipart/form-data; charset=punycode; boundary=x"}
    problem(client.post("/v1/predict", content=b"--x", headers=charset), 415)


def test_unknown_genres_are_told_the_nearest(client):
    asked = {"film": {"overview": OVERVIEW}, "genres": ["drama"]}
    assert "Drama" in problem(client.post("/v1/explain", json=asked), 422)["hint"]


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_other_types_of_body(client, kind):
    answer = client.post("/v1/predict", content=b"x", headers={"content-type": kind})
    assert "multipart/form-data" in problem(answer, 415)["hint"]


def test_too_large_a_body(client, monkeypatch):
    monkeypatch.setattr("posterplot.serve.http.bodies.MAX_BODY", 100)
    body = b'{"films": "' + b"x" * 100

    def in_chunks():
        yield from (body[:50], body[50:])

    headers = {"content-type": "application/json"}
    for content in (body, in_chunks()):
        answer = client.post("/v1/predict", content=content, headers=headers)
        problem(answer, 413)


def test_too_much_at_once(client, monkeypatch):
    monkeypatch.setattr("posterplot.serve.http.bodies.MAX_HELD", 10)
    answer = client.post("/v1/predict", data={"overview": OVERVIEW}, files={"poster": encoded()})
    problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    monkeypatch.setattr("posterplot.serve.batching.MAX_WAITING", 0)
    problem(client.post("/v1/explain", json={"film": {"overview": OVERVIEW}}), 503)


def test_failures_of_the_service_tell_nothing_of_the_request(client, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("posterplot.serve.http.app.ask_about", fail)
    answer = client.post("/v1/predict", json={"films": [{"overview": "secret"}]})
    problem(answer, 500)
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text + answer.text


def test_a_token(predictor):
    with TestClient(create_app(predictor, token="wörd"), base_url="http://localhost") as client:
        for headers in ({}, {"authorization": "Bearer word"}, {"authorization": "Basic wörd"}):
            answer = client.get("/v1/model", headers={k: v.encode() for k, v in headers.items()})
            assert "Authorization: Bearer" in problem(answer, 401)["hint"]
            assert answer.headers["www-authenticate"] == "Bearer"
        headers = {"authorization": "Bearer wörd".encode()}
        assert client.get("/v1/model", headers=headers).status_code == 200
        problem(client.get("/metrics"), 401)
        for path in ("/", "/healthz", "/static/main.js", "/samples/0.jpg"):
            assert client.get(path).status_code == 200
        assert client.get("/openapi.json", headers=headers).json()["security"] == [{"token": []}]
