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
