import pytest
import timm
import torch
from torch import nn

from posterplot.networks import TimmEncoder

POSTERS = torch.randn(2, 3, 48, 32, generator=torch.Generator().manual_seed(0))


def _convolutions(**options):
    torch.manual_seed(0)
    model = timm.create_model("test_efficientnet", num_classes=0)
    return TimmEncoder(model, height=48, width=32, **options)


def _transformer(**options):
    torch.manual_seed(0)
    model = timm.create_model("test_vit", num_classes=0, img_size=(48, 32))
    return TimmEncoder(model, height=48, width=32, **options)


def _windows(**options):
    torch.manual_seed(0)
    model = timm.create_model(
        "swin_tiny_patch4_window7_224",
        num_classes=0,
        img_size=(56, 28),
        embed_dim=8,
        depths=(1, 1),
        num_heads=(1, 2),
    )
    return TimmEncoder(model, height=56, width=28, **options)


def test_convolutions_give_their_map_row_by_row():
    encoder = _convolutions().eval()
    posters = torch.randn(2, 3, 96, 64)  # any size, whatever was announced
    seen = encoder.model.forward_features(posters)
    patches = encoder(posters)
    assert seen.shape == (2, 256, 3, 2)
    assert patches.shape == (2, 6, encoder.width) == (2, 6, 256)
    for row in range(3):
        for column in range(2):
            assert torch.equal(patches[:, 2 * row + column], seen[:, :, row, column])


@pytest.mark.parametrize(
    ("make", "size", "rows", "columns"),
    [(_transformer, (48, 32), 3, 2), (_windows, (56, 28), 7, 4)],
    ids=["transformer", "windows"],
)
def test_transformers_give_their_map_row_by_row(make, size, rows, columns):
    encoder = make().eval()
    posters = torch.randn(2, 3, *size)
    oracle = encoder.model.forward_intermediates(
        posters, indices=1, norm=True, output_fmt="NCHW", intermediates_only=True
    )[-1]
    assert oracle.shape[1:] == (encoder.width, rows, columns)
    assert torch.allclose(encoder(posters), oracle.flatten(2).transpose(1, 2), atol=1e-5)


def test_creating_an_encoder_changes_no_statistics():
    encoder = _convolutions()
    assert encoder.training
    assert all(module.training for module in encoder.modules())
    norms = [m for m in encoder.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert all((norm.running_mean == 0).all() for norm in norms)


@pytest.mark.parametrize("make", [_convolutions, _transformer])
def test_frozen_stages_are_not_trained_and_keep_their_statistics(make):
    encoder = make(frozen_stages=2).train()
    stem = ("conv_stem", "bn1") if make is _convolutions else ("patch_embed",)
    frozen = tuple(f"model.{name}." for name in (*stem, "blocks.0", "blocks.1"))
    before = {key: value.clone() for key, value in encoder.state_dict().items()}
    learning = [p for p in encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(learning, 0.1)
    for _ in range(2):
        encoder(POSTERS).square().mean().backward()
        optimizer.step()
    same = {key for key, value in encoder.state_dict().items() if torch.equal(value, before[key])}
    assert {key for key in before if key.startswith(frozen)} <= same
    assert any(key.startswith("model.blocks.2.") for key in before.keys() - same)
    if make is _convolutions:
        assert "model.bn2.running_mean" not in same


def test_frozen_stages_stay_in_eval_mode():
    encoder = _convolutions(frozen_stages=1)
    for mode in (True, False, True):
        encoder.train(mode)
        assert encoder.training is mode
        assert encoder.model.bn2.training is mode
        assert not encoder.model.bn1.training
        assert not any(module.training for module in encoder.model.blocks[0].modules())


def test_too_many_frozen_stages_are_refused():
    with pytest.raises(ValueError, match="has 5 stages, not 6 to freeze"):
        _convolutions(frozen_stages=6)


def test_a_model_without_stages_cannot_be_frozen():
    model = timm.create_model("test_resnet", num_classes=0)
    with pytest.raises(ValueError, match="no stages"):
        TimmEncoder(model, height=48, width=32, frozen_stages=1)


def test_a_model_without_a_map_of_patches_is_refused():
    class Flat(nn.Module):
        num_features = 4

        def forward_features(self, posters):
            return posters.mean(dim=(2, 3))

    with pytest.raises(ValueError, match=r"shape \(1, 3\), not one map"):
        TimmEncoder(Flat(), height=48, width=32)


def test_a_size_that_the_patches_do_not_divide_is_refused():
    model = timm.create_model("test_vit", num_classes=0, img_size=(50, 30))
    with pytest.raises(ValueError, match=r"cannot read posters of 50×30 pixels: .*divisible"):
        TimmEncoder(model, height=50, width=30)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("deit_tiny_distilled_patch16_224", {"embed_dim": 16, "depth": 1, "num_heads": 1}),
        ("coat_lite_tiny", {"embed_dims": (8, 8, 16, 16), "serial_depths": (1, 1, 1, 1)}),
        ("volo_d1_224", {}),
    ],
)
def test_class_and_distillation_tokens_are_removed(name, options):
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=0, img_size=(64, 64), **options).eval()
    encoder = TimmEncoder(model, height=64, width=64).eval()
    posters = torch.rand(2, 3, 64, 64)
    oracle = model.forward_intermediates(
        posters, indices=1, norm=True, output_fmt="NCHW", intermediates_only=True
    )[-1]
    with torch.no_grad():
        patches = encoder(posters)
    assert patches.shape[1] == oracle.shape[2] * oracle.shape[3]
    assert torch.allclose(patches, oracle.flatten(2).mT, atol=1e-4)


@pytest.mark.parametrize("name", ["coat_tiny", "pit_ti_224", "crossvit_tiny_240"])
def test_a_model_without_one_map_of_patches_is_refused(name):
    model = timm.create_model(name, num_classes=0)
    size = model.pretrained_cfg["input_size"][1]
    with pytest.raises(ValueError, match="map of patches"):
        TimmEncoder(model, height=size, width=size)
