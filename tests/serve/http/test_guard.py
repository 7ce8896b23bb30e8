import pytest
from starlette.testclient import TestClient

from posterplot.serve.http.app import create_app
from posterplot.serve.http.guard import is_local


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("films.localhost:80", True),
        ("127.0.0.1", True),
        ("127.9.9.9:1", True),
        ("[::1]:8000", True),
        ("::1", True),
        ("", False),
        ("0.0.0.0", False),
        ("192.168.1.2:8000", False),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example:8000", False),
    ],
)
def test_names_of_this_machine(host, local):
    assert is_local(host) is local


def test_a_name_made_to_lead_here_is_not_answered(client, predictor):
    answer = client.get("/v1/model", headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    with TestClient(create_app(predictor, local=False), base_url="http://films.lan") as open_to_all:
        assert open_to_all.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1/model", "/nothing", "/static/style.css"])
def test_every_answer_carries_the_policy(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] in ("no-store", "no-cache")
    assert "access-control-allow-origin" not in headers


def test_a_head_is_bounded(client):
    answer = client.get("/healthz", headers={"x": "y" * 20_000})
    assert answer.status_code == 431
