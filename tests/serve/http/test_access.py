import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from tests.serve.conftest import OVERVIEW

from posterplot.serve.http.access import is_cross_origin, is_loopback
from posterplot.serve.http.app import create_app


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("", False),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.2", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_addresses(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "films.localhost:80", "127.0.0.1", "[::1]:8000"]
)
def test_names_of_this_machine_are_accepted(client, host):
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("", "0.0.0.0", "192.168.1.2:8000", "evil.example", "localhost.evil.example"),
        *("127.0.0.1.evil.example:8000", "localhost:80@evil", "evil@localhost", "localhost:x"),
        *(
            "localhost/evil",
            "localhost evil",
            "[::1",
            "[::1].evil.example",
            "evil.example#localhost",
        ),
    ],
)
def test_other_hosts_are_refused(client, host):
    response = client.get("/v1/model", headers={"host": host})
    assert response.status_code == 421
    assert response.headers["content-type"] == "application/problem+json"
    assert "allow this host" in response.json()["hint"]


def test_hosts_can_be_allowed(predictor):
    app = create_app(predictor, allowed_hosts=["films.lan", "*.example"])
    with TestClient(app, base_url="http://films.lan") as client:
        for host, status in (("films.lan:80", 200), ("a.example", 200), ("localhost", 421)):
            assert client.get("/healthz", headers={"host": host}).status_code == status
    with TestClient(create_app(predictor, allowed_hosts=["*"]), base_url="http://any") as client:
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"origin": "http://localhost:8000"}, False),
        ({"origin": "https://LOCALHOST:8000"}, False),
        ({"origin": "https://films.example", "sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"}, True),
        ({"origin": "http://localhost:3000"}, True),
        ({"origin": "http://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
    ],
)
def test_requests_of_other_origins_are_recognised(headers, expected):
    assert is_cross_origin(Headers({"host": "localhost:8000"} | headers)) is expected


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/explain"])
def test_another_web_site_cannot_post(client, path):
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        form = {"data": {"overview": OVERVIEW}, "headers": headers}
        response = client.post(path, **form)
        assert response.status_code == 403
        assert "another web site" in response.json()["detail"]
    page = client.get("/", headers={"sec-fetch-site": "cross-site"})
    assert page.status_code == 200  # a link to the page
