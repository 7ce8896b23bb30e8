import base64
import json
import threading

import pytest
from PIL import Image
from starlette.testclient import TestClient
from tests.conftest import poster_bytes
from tests.serve.conftest import OVERVIEW, encoded

from posterplot.explain.render.overlays import draw_overlays
from posterplot.films import Film
from posterplot.inference.bundle import load_bundle
from posterplot.inference.prediction_files import prediction_rows
from posterplot.inference.predictor import Predictor
from posterplot.serve import limits
from posterplot.serve.http import schemas
from posterplot.serve.http.app import create_app


def in_base64(content):
    return base64.b64encode(content).decode()


def check_problem(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    details = response.json()
    assert details["status"] == status
    assert details["detail"]
    assert details["hint"]
    return details


def test_films_as_json_get_the_predictions_of_the_command_line(client, predictor):
    poster = poster_bytes(("Action",), 1)
    films = [
        {"id": "a", "title": "One", "overview": OVERVIEW, "poster": in_base64(poster)},
        {"id": "b", "poster": in_base64(poster)},
        {"id": "c", "overview": "grief " * 30},
    ]
    answer = client.post("/v1/predict", json={"films": films})
    assert answer.status_code == 200
    schemas.PredictResponse.model_validate(answer.json())
    films_of_response = answer.json()["films"]
    offline = predictor.predict(
        [
            Film("a", "One", None, OVERVIEW, (), poster),
            Film("b", poster=poster),
            Film("c", overview="grief " * 30),
        ]
    )
    decisions = predictor.bundle.manifest.decisions
    for line, known in zip(films_of_response, prediction_rows(offline), strict=True):
        thresholds = line.pop("thresholds")
        assert line.keys() == known.keys()
        assert line["probabilities"] == pytest.approx(known["probabilities"], abs=2e-4)
        assert line["modalities"] == known["modalities"]
        beyond = {g: p - thresholds[g] for g, p in line["probabilities"].items()}
        # probabilities are rounded to four digits, so those at a threshold are not compared
        assert {g for g, by in beyond.items() if by > 1e-4} <= set(line["genres"])
        assert set(line["genres"]) <= {g for g, by in beyond.items() if by > -1e-4}
    assert films_of_response[0]["modalities"] == ["poster", "overview"]
    assert decisions.rule in decisions.thresholds


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


def test_explanations_as_form_and_json(client):
    form = {"overview": OVERVIEW, "genre": ["Drama", "Action"]}
    answer = client.post("/v1/explain", data=form, files={"poster": encoded(kind="WEBP")})
    assert answer.status_code == 200
    explained = schemas.ExplainResponse.model_validate(answer.json())
    assert [e.genre for e in explained.explanations] == ["Drama", "Action"]
    why = explained.explanations[0]
    assert why.poster is not None
    assert why.poster.overlay.startswith("data:image/jpeg;base64,")
    assert why.overview is not None
    assert explained.text is not None
    assert all(explained.text[w.start : w.end] == w.word for w in why.overview.words)
    request = {"film": {"overview": OVERVIEW}}
    explained = schemas.ExplainResponse.model_validate(
        client.post("/v1/explain", json=request).json()
    )
    assert explained.explanations[0].poster is None
    broken = {"film": {"overview": OVERVIEW, "poster": in_base64(encoded()[:-30])}}
    assert "poster is" in client.post("/v1/explain", json=broken).json()["problem"]


def test_a_model_of_overviews_refuses_a_poster(runs):
    predictor = Predictor(load_bundle(runs / "tiny-lstm"))
    with TestClient(create_app(predictor), base_url="http://localhost") as client:
        details = check_problem(client.post("/v1/predict", files={"poster": encoded()}), 422)
        assert "reads overviews" in details["detail"]
        assert "this model reads overviews only" in client.get("/").text
        assert list(client.get("/v1/model").json()["thresholds"]) == ["overview"]
        content = client.post("/v1/explain", json={"film": {"overview": OVERVIEW}}).json()
        assert content["explanations"][0]["overview"]["method"] == "occlusion"


def test_the_model_and_its_limits(client, predictor):
    model = schemas.ModelResponse.model_validate(client.get("/v1/model").json())
    assert model.genres == list(predictor.bundle.manifest.genres)
    assert model.limits["films"] == limits.MAX_FILMS
    assert model.card.startswith("#")
    assert client.get("/healthz").json() == {"status": "ok"}


def test_metrics_count_requests_and_hide_their_content(client):
    client.post("/v1/predict", data={"overview": OVERVIEW})
    client.get("/secret-of-mine")
    figures = client.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    assert 'posterplot_requests_total{method="POST",path="/v1/predict",status="200"}' in (
        figures.text
    )
    assert 'path="other",status="404"' in figures.text
    assert "secret" not in figures.text


def test_unknown_paths_and_methods(client):
    assert "/docs" in check_problem(client.get("/v2/predict"), 404)["hint"]
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/nothing",
        "/samples/9.webp",
    ):
        check_problem(client.get(path), 404)
    answer = client.put("/v1/predict")
    check_problem(answer, 405)
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "not JSON"),
        (b"\xff", 400, "not JSON"),
        (b'"\\ud800"', 400, "not JSON"),
        (b"[]", 422, "match its schema"),
        (b'{"films": []}', 422, "/films"),
        (b'{"films": [{"overview": 3}]}', 422, "/films/0/overview"),
        (b'{"films": [{"overview": "x", "path": "/etc/passwd"}]}', 422, "no field 'path'"),
        (b'{"films": [{"poster": "?"}]}', 422, "base64"),
        (b'{"films": [{}]}', 422, "neither"),
        (b'{"films": [{"poster": "AAAA"}]}', 422, "not an image"),
        (json.dumps({"films": [{"overview": "x"}] * 33}).encode(), 422, "/films"),
        (json.dumps({"films": [{"overview": "x" * 20_001}]}).encode(), 422, "too long"),
        (json.dumps({"films": [{"title": "x" * 501}]}).encode(), 422, "/films/0/title"),
    ],
)
def test_json_that_does_not_match_the_schema_is_refused(client, body, status, message):
    headers = {"content-type": "application/json"}
    details = check_problem(client.post("/v1/predict", content=body, headers=headers), status)
    assert message in json.dumps(details)
    check_problem(
        client.post("/v1/explain", content=body, headers=headers), (status, 422)[status > 400]
    )


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"data": {"film": "x"}}, "no such field"),
        ({"data": {"overview": ["x", "y"]}}, "more than once"),
        ({"files": {"poster": (None, "x")}}, "must be a file"),
        ({"files": {"overview": b"x"}}, "must not be a file"),
        ({"data": {"overview": "x" * 20_001}}, "too long"),
        ({"data": {"title": "x" * 501}}, "/title"),
        ({"data": {"title": "x"}}, "neither"),
        ({"files": {"poster": b"<svg></svg>"}}, "SVG"),
    ],
)
def test_forms_that_do_not_match_the_schema_are_refused(client, form, message):
    form = {"files": {"poster": ("p", b"")}} | form  # so that it is multipart
    assert message in json.dumps(check_problem(client.post("/v1/predict", **form), 422))


@pytest.mark.parametrize(
    ("path", "place"), [("predict", '"films": [{...}]'), ("explain", '"film": {...}')]
)
def test_a_film_that_is_not_inside_its_field_gets_a_hint(client, path, place):
    for field in ("overview", "title", "poster"):
        details = check_problem(client.post(f"/v1/{path}", json={field: "x"}), 422)
        assert details["faults"][0]["detail"].endswith(f"; put the film into {place}")
    details = check_problem(client.post(f"/v1/{path}", json={"movie": "x"}), 422)
    assert "put the film" not in json.dumps(details)


def test_many_unknown_fields_give_one_fault(client):
    names = ",".join(f'"{n}":1' for n in range(10_000))
    headers = {"content-type": "application/json"}
    body = f'{{"films": [{{{names}}}]}}'
    details = check_problem(client.post("/v1/predict", content=body, headers=headers), 422)
    assert len(details["faults"]) == 1


def test_broken_forms_are_refused(client):
    two = [("poster", encoded()), ("poster", encoded())]
    assert "Too many files" in check_problem(client.post("/v1/predict", files=two), 400)["detail"]
    for kind, body in {
        "multipart/form-data": b"x",
        "multipart/form-data; boundary=x": b"broken",
    }.items():
        answer = client.post("/v1/predict", content=body, headers={"content-type": kind})
        assert answer.status_code in (400, 422)
        check_problem(answer, answer.status_code)
    charset = {"content-type": "multipart/form-data; charset=punycode; boundary=x"}
    check_problem(client.post("/v1/predict", content=b"--x", headers=charset), 415)


def test_a_form_without_its_closing_boundary_is_refused(client):
    def part(name, content):
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        return head.encode() + content

    whole = part("title", b"One\r\n") + part("overview", OVERVIEW.encode())
    headers = {"content-type": "multipart/form-data; boundary=x"}
    for end, status in ((b"", 400), (b"\r\n--x", 400), (b"\r\n--x-", 400), (b"\r\n--x--", 200)):
        answer = client.post("/v1/predict", content=whole + end, headers=headers)
        assert answer.status_code == status, end
        if status == 400:
            assert "closing boundary" in check_problem(answer, 400)["detail"]


def test_nothing_of_a_broken_form_is_logged(client, caplog):
    headers = {"content-type": "multipart/form-data; boundary=x"}
    client.post("/v1/predict", content=b"secret", headers=headers)
    assert not caplog.text


def test_a_trailing_slash_is_not_redirected(client):
    for path in ("/v1/predict/", "/v1/model/", "/docs/"):
        answer = client.post(path, follow_redirects=False)
        assert "location" not in answer.headers
        check_problem(answer, 404)


def test_an_unknown_genre_gets_a_suggestion(client):
    request = {"film": {"overview": OVERVIEW}, "genres": ["Dramma"]}
    assert "Drama" in check_problem(client.post("/v1/explain", json=request), 422)["hint"]


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_other_media_types_are_refused(client, kind):
    answer = client.post("/v1/predict", content=b"x", headers={"content-type": kind})
    assert "multipart/form-data" in check_problem(answer, 415)["hint"]


def test_a_body_that_is_too_large_is_refused(client, monkeypatch):
    monkeypatch.setattr("posterplot.serve.http.bodies.MAX_BODY", 100)
    body = b'{"films": "' + b"x" * 100

    def in_chunks():
        yield from (body[:50], body[50:])

    headers = {"content-type": "application/json"}
    for content in (body, in_chunks()):
        answer = client.post("/v1/predict", content=content, headers=headers)
        check_problem(answer, 413)


def test_an_overloaded_service_refuses_requests(client, monkeypatch):
    monkeypatch.setattr("posterplot.serve.http.bodies.MAX_BODIES", 10)
    answer = client.post("/v1/predict", data={"overview": OVERVIEW}, files={"poster": encoded()})
    check_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    monkeypatch.setattr("posterplot.serve.batching.MAX_QUEUED", 0)
    check_problem(client.post("/v1/explain", json={"film": {"overview": OVERVIEW}}), 503)


def test_a_failure_does_not_reveal_the_request(client, monkeypatch, caplog):
    def fail(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr("posterplot.serve.http.bodies.uploaded_film", fail)
    answer = client.post("/v1/predict", json={"films": [{"overview": "secret"}]})
    check_problem(answer, 500)
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text + answer.text


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


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/explain"])
@pytest.mark.parametrize(
    "body",
    [
        b'{"films": [{' + b",".join(b'"%d":1' % n for n in range(1_000_000)) + b"}]}",
        b'{"films": [' + b"{}," * 2_000_000 + b"{}]}",
        b'{"film": ' + b"[" * 2_000_000 + b"}",
        b'{"genres": [' + b'"x",' * 2_000_000 + b'"x"]}',
    ],
    ids=["keys", "films", "brackets", "texts"],
)
def test_a_json_body_of_a_million_parts_is_refused_before_it_is_parsed(
    client, path, body, monkeypatch
):
    def parse(*_, **__):
        raise AssertionError("is parsed")

    monkeypatch.setattr(schemas.PredictRequest, "model_validate_json", parse)
    monkeypatch.setattr(schemas.ExplainRequest, "model_validate_json", parse)
    headers = {"Content-Type": "application/json"}
    response = client.post(path, content=body, headers=headers)
    assert response.status_code == 413
    assert "100,000 brackets" in response.json()["detail"]


def test_bodies_are_parsed_outside_of_the_event_loop(client, monkeypatch):
    threads = []
    whole = schemas.PredictRequest.model_validate_json

    def parse(body):
        threads.append(threading.current_thread().name)
        return whole(body)

    monkeypatch.setattr(schemas.PredictRequest, "model_validate_json", parse)
    assert client.post("/v1/predict", json={"films": [{"overview": OVERVIEW}]}).status_code == 200
    assert threads[0].startswith("ThreadPoolExecutor")


def test_a_large_poster_is_made_smaller_before_its_heat_is_drawn(client, monkeypatch):
    """Genre by genre, with 24 megapixels, this took 19 s."""
    drawn = []

    def draw(explanation, poster):
        drawn.append(poster.size)
        return draw_overlays(explanation, poster)

    monkeypatch.setattr("posterplot.serve.http.responses.draw_overlays", draw)
    large = encoded(Image.new("RGB", (1000, 1500), (200, 90, 20)))
    form = {"overview": OVERVIEW, "genre": ["Drama"]}
    content = client.post("/v1/explain", data=form, files={"poster": ("p", large)}).json()
    assert content["explanations"][0]["poster"]["overlay"]
    assert drawn == [(limits.MAX_OVERLAY_SIDE, limits.MAX_OVERLAY_SIDE * 3 // 2)]
