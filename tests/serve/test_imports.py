import subprocess
import sys

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
