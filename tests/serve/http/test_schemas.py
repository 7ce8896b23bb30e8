import json

import pytest
from tests.serve.conftest import check_problem


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
