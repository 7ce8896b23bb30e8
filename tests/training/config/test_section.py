import pytest
from pydantic import ValidationError

from posterplot.training.config.section import Chance, Section, Share, flat


class Example(Section):
    share: Share = 0.0
    chance: Chance = 0.0


def test_a_section_is_immutable_and_knows_its_keys():
    with pytest.raises(ValidationError, match="frozen"):
        Example().share = 0.5
    with pytest.raises(ValidationError, match="other"):
        Example(other=1)


def test_a_chance_may_be_certain_and_a_share_may_not_be_all():
    assert Example(chance=1.0, share=0.999).chance == 1
    for values in ({"share": 1.0}, {"chance": 1.001}, {"share": -0.1}, {"chance": float("nan")}):
        with pytest.raises(ValidationError):
            Example(**values)


def test_nested_tables_get_dotted_keys():
    table = {"name": "x", "fit": {"epochs": 2}, "overview": {"lstm": {"hidden": 3}, "title": True}}
    assert flat(table) == {
        "name": "x",
        "fit.epochs": 2,
        "overview.lstm.hidden": 3,
        "overview.title": True,
    }
    assert flat({}) == {}
