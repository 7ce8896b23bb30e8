"""The service behaves as its OpenAPI description says: schemathesis generates the requests."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from posterplot.serve.http.bodies import MULTIPART

PATHS = {
    "/v1/predict": "POST",
    "/v1/explain": "POST",
    "/v1/model": "GET",
    "/healthz": "GET",
    "/metrics": "GET",
}
# A schema cannot say that bytes are an image, so a valid request may be refused with 422.
CHECKED = [check for check in CHECKS.get_all() if check is not positive_data_acceptance]


@pytest.fixture(scope="module")
def description(client):
    return schemathesis.openapi.from_dict(client.get("/openapi.json").json())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_path_matches_its_description(description, address, path, mode):
    if mode is GenerationMode.NEGATIVE and PATHS[path] == "GET":
        return  # no parameters that could be invalid

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=description[path][PATHS[path]].as_strategy(generation_mode=mode))
    def check(case):
        # a form has no types: a number is sent as its text, which is valid
        unchecked = negative_data_rejection if case.media_type == MULTIPART else None
        checks = [one for one in CHECKED if one is not unchecked]
        case.call_and_validate(base_url=address, checks=checks)

    check()


def test_every_path_is_tested(description):
    assert set(description.raw_schema["paths"]) == set(PATHS)


def test_the_examples_work(client):
    described = client.get("/openapi.json").json()
    for path in ("/v1/predict", "/v1/explain"):
        content = described["paths"][path]["post"]["requestBody"]["content"]
        example = content["application/json"]["example"]
        assert client.post(path, json=example).status_code == 200
