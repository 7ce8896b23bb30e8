from tests.serve.conftest import OVERVIEW


def test_metrics_count_requests_and_hide_their_content(client):
    client.post("/v1/predict", json={"films": [{"overview": OVERVIEW}]})
    client.get("/secret-of-mine")
    figures = client.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    assert 'posterplot_requests_total{method="POST",path="/v1/predict",status="200"}' in (
        figures.text
    )
    assert 'path="other",status="404"' in figures.text
    assert "secret" not in figures.text
