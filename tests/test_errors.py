import inspect

import pytest

from posterplot import errors


def test_an_error_is_one_line():
    error = errors.DatasetError("is\nbroken", where="a/b", hint="prepare it again")
    assert str(error) == "a/b: is broken; prepare it again"


def test_the_tree_in_the_docstring_is_complete():
    found = [
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    ]
    for name in found:
        assert name in errors.__doc__


@pytest.mark.parametrize("kind", errors.PosterplotError.__subclasses__())
def test_every_error_is_one_a_user_can_mend(kind):
    with pytest.raises(errors.PosterplotError):
        raise kind("x")
