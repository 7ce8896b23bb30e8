import pytest

from posterplot.errors import UsageError
from posterplot.extras import needs_extra


def test_a_missing_package_names_the_extra_that_brings_it():
    with pytest.raises(UsageError) as caught, needs_extra("train"):
        import there_is_no_such_package  # noqa: F401
    assert "there_is_no_such_package" in caught.value.what
    assert "pip install 'posterplot[train]'" in caught.value.hint


def test_a_missing_module_of_posterplot_is_a_fault_of_its_own():
    with pytest.raises(ModuleNotFoundError), needs_extra("train"):
        import posterplot.there_is_no_such_module  # noqa: F401
