import json
import re


def test_info_says_in_plain_words_how_good_the_model_is(call):
    code, out, _ = call("info")
    assert code == 0
    assert re.search(r"about \d of 10 genres named are right", " ".join(out.split()))


def test_info_shows_the_card(call, runs):
    bundle = runs / "tiny-fusion" / "bundle"
    code, out, err = call("info", "--model", runs / "tiny-fusion")
    assert code == 0
    assert "tiny-fusion" in out
    card = (bundle / "README.md").read_text()
    for heading in re.findall(r"^## (.*)", card, re.MULTILINE):
        assert heading in out
    assert "## " not in out  # rendered
    assert str(bundle) in err
    assert json.loads((bundle / "bundle.json").read_text())["digest"][:16] in err
