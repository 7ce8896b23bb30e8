"""What is described is what is answered: schemathesis asks all that the description permits."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.specs.openapi.checks import positive_data_acceptance

from posterplot.serve.http.app import create_app
from posterplot.serve.http.static_page import is_page

PATHS = {
    "/v1/predict": "POST",
    "/v1/explain": "POST",
    "/v1/model": "GET",
    "/healthz": "GET",
    "/metrics": "GET",
}
# That some bytes are a poster, a schema cannot say: what it accepts may be refused (422).
CHECKED = [check for check in CHECKS.get_all() if check is not positive_data_acceptance]


@pytest.fixture(scope="module")
def description(client):
    return schemathesis.openapi.from_dict(client.get("/openapi.json").json())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_path_answers_as_described(description, address, path, mode):
    if mode is GenerationMode.NEGATIVE and PATHS[path] == "GET":
        return  # these take nothing that could be wrong

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=description[path][PATHS[path]].as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(base_url=address, checks=CHECKED)

    ask()


def test_every_path_was_asked(description):
    assert set(description.raw_schema["paths"]) == set(PATHS)


def test_examples_are_answered(client):
    described = client.get("/openapi.json").json()
    for path in ("/v1/predict", "/v1/explain"):
        content = described["paths"][path]["post"]["requestBody"]["content"]
        example = content["application/json"]["example"]
        assert client.post(path, json=example).status_code == 200


def test_the_page_is_no_part_of_it(predictor):
    assert not any(map(is_page, create_app(predictor).openapi()["paths"]))
