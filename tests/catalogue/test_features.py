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
