import pytest

from posterplot.catalogue.features import class_names, features_of_card

FEATURES = {
    "image": {"_type": "Image"},
    "plot": {"dtype": "string", "_type": "Value"},
    "labels": {"feature": {"names": ["Action", "Drama", "War"], "_type": "ClassLabel"}},
}


def test_class_names():
    assert class_names(FEATURES) == {"labels": {0: "Action", 1: "Drama", 2: "War"}}
    assert class_names({"a": [{"_type": "ClassLabel", "names": ["x"]}]}) == {"a": {0: "x"}}
    for odd in (None, [], {"a": None}, {"a": {"_type": "ClassLabel"}}):
        assert class_names(odd) == {}


CARD = """---
license: mit
dataset_info:
- features:
  - name: image
    dtype: image
  - name: genre
    dtype:
      class_label:
        names:
          '0': Action
          '2': War
  - name: others
    sequence:
      class_label:
        names: [Drama, Romance]
---
# A dataset
"""


def test_class_labels_of_a_card(tmp_path):
    (tmp_path / "README.md").write_text(CARD)
    assert features_of_card(tmp_path) == {
        "genre": {0: "Action", 2: "War"},
        "others": {0: "Drama", 1: "Romance"},
    }


@pytest.mark.parametrize(
    "card",
    [
        CARD.removeprefix("---"),  # no head
        CARD.partition("\n---")[0],  # a head that does not end
        CARD.replace("dataset_info", "info"),
        CARD.replace("'0': Action", "'0: Action"),  # not YAML
        "---\ndataset_info: class_label\n---\n",
    ],
)
def test_a_card_that_describes_no_features(tmp_path, card):
    (tmp_path / "README.md").write_text(card)
    assert features_of_card(tmp_path) == {}


def test_a_folder_without_a_card(tmp_path):
    assert features_of_card(tmp_path) == {}


BOMB = "- &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"- &{b} [{', '.join([f'*{a}'] * 8)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    "features",
    [
        "[{name: genre, dtype: {class_label: {names: [*h]}}}]",
        "[{name: genre, dtype: {class_label: {names: {'0': *h}}}}]",
        "[{name: *h, dtype: {class_label: {names: [Drama]}}}]",
        "[{name: genre, dtype: {class_label: {names: {'²': Drama}}}}]",
    ],
)
def test_only_text_and_numbers_are_names(tmp_path, features):
    indented = BOMB.replace("- ", "  - ")
    card = f"---\nbomb:\n{indented}dataset_info:\n  features: {features}\n---\n"
    (tmp_path / "README.md").write_text(card)
    assert features_of_card(tmp_path) == {}


def test_class_names_that_are_not_text():
    assert class_names({"a": {"_type": "ClassLabel", "names": ["x", ["y"]]}}) == {}
