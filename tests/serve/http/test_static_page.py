import subprocess
import sys

import pytest

from posterplot.serve.http.app import create_app
from posterplot.serve.http.static_page import is_page


def test_the_page_is_not_in_the_description(predictor):
    assert not any(map(is_page, create_app(predictor).openapi()["paths"]))


CODE = """
import sys
sys.modules["posterplot.demo"] = None  # importing it fails
import posterplot.serve.http.server
from posterplot.serve.http.static_page import _samples
assert len(_samples()) == 3
assert not [name for name in sys.modules if name.startswith("posterplot.demo.")]
"""


def test_the_service_imports_nothing_of_the_demo():
    subprocess.run([sys.executable, "-c", CODE], check=True)


@pytest.mark.parametrize("path", ["/", "/docs", "/static/main.js", "/samples/0.webp"])
def test_a_file_that_the_browser_has_is_not_sent_again(client, path):
    first = client.get(path)
    tag = first.headers["etag"]
    for known in (tag, f'"x", W/{tag}'):
        again = client.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert client.get(path, headers={"if-none-match": '"x"'}).content == first.content
