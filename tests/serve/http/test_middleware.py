import socket

import pytest


@pytest.mark.parametrize("path", ["/", "/docs", "/v1/model", "/nothing", "/static/style.css"])
def test_every_response_has_the_security_headers(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] in ("no-store", "no-cache")
    assert "access-control-allow-origin" not in headers


def test_a_large_head_is_refused(client):
    response = client.get("/healthz", headers={"x": "y" * 20_000})
    assert response.status_code == 431


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/model", "/metrics"])
def test_head_is_get_without_the_body(client, path):
    response = client.head(path)
    assert response.status_code == 200
    assert client.head("/v1/predict").status_code == 405


def test_a_body_of_two_lengths_is_refused(address):
    host, port = address.removeprefix("http://").split(":")
    head = "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
    head += "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n0\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(head.encode() * 2)
        content = b""
        while more := client.recv(65536):
            content += more
    assert content.count(b"HTTP/1.1 ") == content.count(b"HTTP/1.1 400") == 1
