import json

import pytest
from tests.serve.conftest import check_problem


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
        (b"\xff", 415, "not UTF-8"),
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
        client.post("/v1/explain", content=body, headers=headers),
        status if status in (400, 415) else 422,
    )


def test_a_trailing_slash_is_not_redirected(client):
    for path in ("/v1/predict/", "/v1/model/", "/docs/"):
        answer = client.post(path, follow_redirects=False)
        assert "location" not in answer.headers
        check_problem(answer, 404)


def test_a_failure_does_not_reveal_the_request(client, monkeypatch, caplog):
    def fail(*_, **__):
        raise RuntimeError("secret")

    monkeypatch.setattr("posterplot.serve.http.bodies.uploaded_film", fail)
    answer = client.post("/v1/predict", json={"films": [{"overview": "secret"}]})
    check_problem(answer, 500)
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text + answer.text
