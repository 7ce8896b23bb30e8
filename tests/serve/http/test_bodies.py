import json
import threading

import pytest
from tests.serve.conftest import OVERVIEW, check_problem, encoded

from posterplot.serve.http import schemas


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"data": {"film": "x"}}, "no such field"),
        ({"data": {"overview": ["x", "y"]}}, "is given more than once"),
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


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", '; charset="US-ASCII"'])
@pytest.mark.parametrize("boundary_first", [True, False])
def test_the_text_of_a_form_is_utf_8(client, charset, boundary_first):
    end = f"; boundary=x{charset}" if boundary_first else f"{charset}; boundary=x"
    headers = {"content-type": f"multipart/form-data{end}"}

    def call(title):
        parts = (("title", title), ("overview", OVERVIEW.encode()))
        body = b"".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
            + part
            + b"\r\n"
            for name, part in parts
        )
        return client.post("/v1/predict", content=body + b"--x--", headers=headers)

    assert call("Amélie 映画".encode()).json()["films"][0]["title"] == "Amélie 映画"
    details = check_problem(call("Amélie".encode("latin-1")), 415)
    assert details["detail"] == "the text is not UTF-8"


def test_json_is_utf_8(client):
    body = json.dumps({"films": [{"title": "Amélie", "overview": OVERVIEW}]}, ensure_ascii=False)
    headers = {"content-type": "application/json"}
    assert client.post("/v1/predict", content=body.encode(), headers=headers).status_code == 200
    latin = client.post("/v1/predict", content=body.encode("latin-1"), headers=headers)
    assert check_problem(latin, 415)["detail"] == "the text is not UTF-8"


def test_nothing_of_a_broken_form_is_logged(client, caplog):
    headers = {"content-type": "multipart/form-data; boundary=x"}
    client.post("/v1/predict", content=b"secret", headers=headers)
    assert not caplog.text


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_other_media_types_are_refused(client, kind):
    answer = client.post("/v1/predict", content=b"x", headers={"content-type": kind})
    assert "multipart/form-data" in check_problem(answer, 415)["hint"]


def test_an_overloaded_service_refuses_requests(client, monkeypatch):
    monkeypatch.setattr("posterplot.serve.http.bodies.MAX_BODIES", 10)
    answer = client.post("/v1/predict", data={"overview": OVERVIEW}, files={"poster": encoded()})
    check_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    monkeypatch.setattr("posterplot.serve.batching.MAX_QUEUED", 0)
    check_problem(client.post("/v1/explain", json={"film": {"overview": OVERVIEW}}), 503)


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


def test_line_breaks_of_browsers_count_once(client):
    text = ("A cook inherits a ship.\r\n" * 900)[:20_500]
    files = {"poster": ("p", b"")}  # so that it is multipart
    answer = client.post("/v1/predict", data={"overview": text}, files=files)
    assert "problem" not in answer.json()["films"][0]


def test_an_overview_that_is_too_long_leaves_the_poster(client):
    form = {"data": {"overview": "x" * 200_000}, "files": {"poster": encoded()}}
    film = client.post("/v1/predict", **form).json()["films"][0]
    assert film["modalities"] == ["poster"]
    assert film["problem"] == "overview is too long: over 20,000 characters"


def test_faults_of_forms_name_their_fields(client):
    answer = client.post("/v1/predict", files={"poster": b"no image"})
    assert "faults" not in check_problem(answer, 422)
    files = {"poster": encoded()}
    answer = client.post("/v1/explain", data={"genre": ["x"] * 101}, files=files)
    assert check_problem(answer, 422)["faults"][0]["pointer"] == "/genre"
    answer = client.post("/v1/predict", data={"a/b~": "x"}, files=files)
    assert check_problem(answer, 422)["faults"][0]["pointer"] == "/a~1b~0"
    assert client.post("/v1/explain", data={"genre": ""}, files=files).status_code == 200


def test_compressed_bodies_are_refused(client):
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = client.post("/v1/predict", content=b"{}", headers=headers)
    assert "Content-Encoding gzip is not supported" in check_problem(answer, 415)["detail"]
