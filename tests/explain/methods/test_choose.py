import pytest

from posterplot.errors import UsageError
from posterplot.explain.methods.choose import choose_methods, methods


def test_available_methods(joint, fused, lstm):
    for modality in ("poster", "overview"):
        assert methods(joint, modality) == ("attention", "evidence", "occlusion")
        assert methods(fused, modality) == ("occlusion",)
    assert methods(lstm, "poster") == ()
    assert "grad-cam" in methods(joint, "poster", ("grad-cam",))
    assert "grad-cam" not in methods(joint, "overview", ("grad-cam",))


def test_defaults_are_what_the_model_has(joint, fused):
    assert choose_methods(joint) == {"poster": "evidence", "overview": "evidence"}
    assert choose_methods(fused) == {"poster": "occlusion", "overview": "occlusion"}
    assert choose_methods(joint, "attention") == {"poster": "attention", "overview": "attention"}


def test_a_method_that_does_not_score_a_modality_keeps_its_default(joint):
    chosen = choose_methods(joint, "grad-cam", ("grad-cam", "integrated-gradients"))
    assert chosen == {"poster": "grad-cam", "overview": "evidence"}


@pytest.mark.parametrize(
    ("model", "named", "message"),
    [
        (
            "joint",
            "lime",
            "there is no method 'lime'; methods of this model: attention, evid",
        ),
        (
            "fused",
            "attention",
            "does not return attention; methods of this model: occlusion",
        ),
        ("joint", "grad-cam", "grad-cam needs a run with its checkpoint"),
        ("fused", "integrated-gradients", "this model is a late-fusion model; methods of this mod"),
        ("lstm", "grad-cam", "grad-cam explains posters only; methods of this model: "),
    ],
)
def test_an_unavailable_method_is_refused(request, model, named, message):
    with pytest.raises(UsageError, match=r"^method: ") as raised:
        choose_methods(request.getfixturevalue(model), named)
    assert message in str(raised.value)
