import re

import pytest

from posterplot.inference.bundle import load_bundle, shipped_bundle
from results import SECTIONS, replace_section

PAGE = "a\n<!-- measured: speed 1f -->\nold\n<!-- end: speed -->\nb\n"


def test_a_section_is_replaced_and_names_the_model_that_was_measured():
    page = replace_section(PAGE, "speed", "2e", "\nnew \\1\n")
    assert page == "a\n<!-- measured: speed 2e -->\n\nnew \\1\n\n<!-- end: speed -->\nb\n"
    assert replace_section(page, "speed", "2e", "new \\1") == page


def test_a_page_without_the_section_is_refused():
    with pytest.raises(SystemExit, match="0 sections quality"):
        replace_section(PAGE, "quality", "2e", "new")


def test_the_results_are_those_of_the_model_in_the_package(pytestconfig):
    page = (pytestconfig.rootpath / "docs/results.md").read_text()
    measured = dict(re.findall(r"<!-- measured: (\S+) (\S+) -->", page))
    digest = load_bundle(shipped_bundle()).manifest.digest
    assert measured.keys() == SECTIONS.keys()
    assert set(measured.values()) == {digest}, "run `make results`"
