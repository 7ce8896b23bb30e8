import pytest
import typer

from posterplot.cli.trust import open_model, share


@pytest.mark.parametrize("text", ["0.9", "90%", " 90 % "])
def test_a_share_may_be_written_in_percent(text):
    assert share(text) == 0.9


@pytest.mark.parametrize(("text", "value"), [("90 % of all", None), ("", None), (0.5, 0.5)])
def test_what_is_no_number_is_no_share(text, value):
    if value is not None:
        assert share(text) == value
        return
    with pytest.raises(typer.BadParameter, match=r"is not a share, such as 0\.9"):
        share(text)


def test_options_are_settings_of_the_model(model):
    assert open_model(model).settings == ()
    assert open_model(model, any_language=True).settings == ("any language",)
