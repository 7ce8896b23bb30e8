import subprocess
import sys

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
