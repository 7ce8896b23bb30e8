import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from posterplot.networks import AttentionHead, Features, GatedHead

GENRES, PATCHES = 3, 5


def _mask(lengths, longest):
    return torch.arange(longest)[None] < torch.tensor(lengths)[:, None]


def _speaking(head):
    """Heads begin by saying little: make them speak."""
    torch.manual_seed(1)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return head.eval()


def _gated():
    return _speaking(GatedHead(6, 5, 7, GENRES, 0.0))


def _attention(poster=6, overview=5, heads=3):
    return _speaking(
        AttentionHead(poster, overview, width=12, heads=heads, genres=GENRES, dropout=0.3)
    )


def _films(seed=0, present=(True, True, False, True), lengths=(4, 0, 3, 1), longest=4):
    """Films with both, the poster alone, the overview alone, and both."""
    drawn = torch.Generator().manual_seed(seed)
    return Features(
        torch.randn(len(present), PATCHES, 6, generator=drawn),
        torch.tensor(present),
        torch.randn(len(lengths), longest, 5, generator=drawn),
        _mask(lengths, longest),
    )


def _pooled(pool, sequence, mask):
    """Mean of the real positions, scaled: film by film."""
    rows = []
    for row, real in zip(sequence, mask, strict=True):
        mean = row[real].mean(dim=0)
        rows.append(mean / mean.norm() * pool.scale)
    return torch.stack(rows)


def test_a_gated_head_refuses_one_modality():
    films = _films()
    with pytest.raises(ValueError, match="needs both"):
        _gated()(Features(films.patches, None, None, None))


def test_the_gate_weights_poster_and_overview():
    head, films = _gated(), _films(present=(True, True), lengths=(4, 2))
    p = _pooled(head.poster_pool, films.patches, torch.ones(2, PATCHES, dtype=torch.bool))
    o = _pooled(head.overview_pool, films.token_features, films.token_mask)
    z = torch.sigmoid(head.gate(torch.cat([p, o], dim=1)))
    h = z * head.poster(p).tanh() + (1 - z) * head.overview(o).tanh()
    assert torch.allclose(head(films).logits, head.linear(h) + head.bias, atol=1e-5)


def test_the_gate_ignores_an_absent_modality():
    head = _gated()
    films = _films(present=(True, False), lengths=(0, 3))
    every = torch.ones(1, PATCHES, dtype=torch.bool)
    p = _pooled(head.poster_pool, films.patches[:1], every)
    o = _pooled(head.overview_pool, films.token_features[1:], films.token_mask[1:])
    h = torch.cat([head.poster(p).tanh(), head.overview(o).tanh()])
    assert torch.allclose(head(films).logits, head.linear(h) + head.bias, atol=1e-5)


def test_a_genres_attention_over_patches_and_tokens_sums_to_one():
    films = _films()
    logits, poster, overview, *_ = _attention()(films)
    assert logits.shape == (4, GENRES)
    assert poster.shape == (4, GENRES, PATCHES)
    assert overview.shape == (4, GENRES, 4)
    assert torch.allclose(poster.sum(-1) + overview.sum(-1), torch.ones(4, GENRES), atol=1e-6)
    assert (poster[~films.poster_present] == 0).all()
    assert (overview.transpose(1, 2)[~films.token_mask] == 0).all()
    assert (poster[films.poster_present] > 0).all()


def test_evidence_adds_up_to_the_logits_of_each_modality():
    head, films = _attention(), _films()
    output = head(films)
    total = output.poster_evidence.sum(dim=-1) + output.overview_evidence.sum(dim=-1)
    has = {"poster": films.poster_present, "overview": films.token_mask.any(dim=1)}
    both = (has["poster"] & has["overview"])[:, None]
    for side, present in has.items():
        weight = torch.where(both, head.joint_weights[side], 1.0)
        total = total + present[:, None] * head.branches[side].offset * weight
    with torch.no_grad():  # attention adds nothing
        head.out.zero_()
    assert torch.allclose(total + head.bias, head(films).logits, atol=1e-5)
    assert (output.poster_evidence[~films.poster_present] == 0).all()
    assert (output.overview_evidence.transpose(1, 2)[~films.token_mask] == 0).all()


@pytest.mark.parametrize("head", [_gated, _attention])
def test_features_are_the_pooled_modalities_and_the_sums_of_their_parts(head):
    head, films = head(), _films()
    output = head(films)
    pools = (
        {name: side.pool for name, side in head.branches.items()}
        if isinstance(head, AttentionHead)
        else {"poster": head.poster_pool, "overview": head.overview_pool}
    )
    sides = {
        "poster": (films.patches, films.poster_present[:, None].expand(4, PATCHES)),
        "overview": (films.token_features, films.token_mask),
    }
    for name, (sequence, mask) in sides.items():
        features, parts = getattr(output, f"{name}_features"), getattr(output, f"{name}_parts")
        present = mask.any(dim=1)
        pooled = _pooled(pools[name], sequence[present], mask[present])
        assert torch.allclose(features[present], pooled, atol=1e-5)
        assert (features[~present] == 0).all()
        assert (parts[~mask] == 0).all()
        assert torch.allclose(parts.sum(dim=1), features, atol=1e-5)


def test_it_equals_torchs_multi_head_attention():
    head, films = _attention(), _films()
    mask = torch.cat([films.poster_present[:, None].expand(4, PATCHES), films.token_mask], dim=1)
    sequence = torch.randn(4, PATCHES + 4, 12)
    attention, attended = head._attend(sequence, mask)
    expected, weights = torch.nn.functional.multi_head_attention_forward(
        head.queries[:, None].expand(-1, 4, -1),
        sequence.transpose(0, 1),
        sequence.transpose(0, 1),
        12,
        head.heads,
        in_proj_weight=None,
        in_proj_bias=torch.cat([torch.zeros(12), head.key.bias, head.value.bias]),
        bias_k=None,
        bias_v=None,
        add_zero_attn=False,
        dropout_p=0.0,
        out_proj_weight=head.output_projection.weight,
        out_proj_bias=head.output_projection.bias,
        training=False,
        key_padding_mask=~mask,
        use_separate_proj_weight=True,
        q_proj_weight=torch.eye(12),
        k_proj_weight=head.key.weight,
        v_proj_weight=head.value.weight,
    )
    assert torch.allclose(head.output_projection(attended), expected.transpose(0, 1), atol=1e-5)
    assert torch.allclose(attention, weights, atol=1e-6)


@pytest.mark.parametrize("modality", ["poster", "overview"])
def test_an_attention_head_works_with_one_modality(modality):
    films = _films(present=(True, True), lengths=(4, 2))
    if modality == "poster":
        alone = Features(films.patches, None, None, None)
        output = _attention(overview=None)(alone)
        attention, other = output.poster_attention, output.overview_attention
    else:
        alone = Features(None, None, films.token_features, films.token_mask)
        output = _attention(poster=None)(alone)
        attention, other = output.overview_attention, output.poster_attention
    assert other is None
    assert output.logits.shape == (2, GENRES)
    assert torch.allclose(attention.sum(dim=-1), torch.ones(2, GENRES), atol=1e-6)


@pytest.mark.parametrize("modality", ["poster", "overview"])
def test_a_film_with_one_modality_is_classified_as_by_a_head_for_it(modality):
    both, films = _attention(), _films(present=(True, False), lengths=(0, 3))
    n = ("poster", "overview").index(modality)
    if modality == "poster":
        head, alone = _attention(overview=None), Features(films.patches[:1], None, None, None)
    else:
        head = _attention(poster=None)
        alone = Features(None, None, films.token_features[1:], films.token_mask[1:])
    shared = head.state_dict().keys()
    head.load_state_dict({k: v for k, v in both.state_dict().items() if k in shared})
    assert torch.allclose(both(films).logits[n], head(alone).logits[0], atol=1e-5)


@pytest.mark.parametrize("head", [_gated, _attention])
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([0.0, 1.0, 1e4]))
def test_values_of_an_absent_modality_are_ignored(head, seed, scale):
    films, drawn = _films(seed), torch.Generator().manual_seed(seed + 1)
    absent = ~films.poster_present[:, None, None]
    patches = scale * torch.randn(films.patches.shape, generator=drawn)
    words = scale * torch.randn(films.token_features.shape, generator=drawn)
    changed = films._replace(
        patches=torch.where(absent, patches, films.patches),
        token_features=torch.where(films.token_mask[..., None], films.token_features, words),
    )
    assert torch.allclose(head()(films).logits, head()(changed).logits, atol=1e-5)


@pytest.mark.parametrize("head", [_gated, _attention])
@pytest.mark.parametrize("padding", [1, 30])
def test_more_padding_changes_nothing(head, padding):
    films = _films()
    longer = films._replace(
        token_features=torch.cat([films.token_features, torch.randn(4, padding, 5)], dim=1),
        token_mask=torch.nn.functional.pad(films.token_mask, (0, padding)),
    )
    one, other = head()(films), head()(longer)
    assert torch.allclose(one.logits, other.logits, atol=1e-5)
    if one.overview_attention is not None:
        assert torch.allclose(one.overview_attention, other.overview_attention[..., :4], atol=1e-6)


def test_an_overview_of_only_padding_is_finite_and_changes_no_other():
    films, head = _films(), _attention(poster=None)
    logits = head(Features(None, None, films.token_features, films.token_mask)).logits
    assert torch.isfinite(logits).all()
    logits.sum().backward()
    alone = head(Features(None, None, films.token_features[:1], films.token_mask[:1])).logits
    assert torch.allclose(logits[:1], alone, atol=1e-5)


def test_masked_values_do_not_change_the_output_of_a_film_without_inputs():
    one, other = (_films(seed, (False,), (0,)) for seed in (0, 1))
    head = _attention()
    assert torch.allclose(head(one).logits, head(other).logits, atol=1e-6)
    assert (head(one).poster_attention == 0).all()


@pytest.mark.parametrize("make", [_gated, _attention])
def test_a_film_without_inputs_does_not_break_gradients(make):
    head = make()
    films = _films(present=(True, False, False), lengths=(2, 3, 0))
    logits = head(films).logits
    assert torch.isfinite(logits).all()
    logits.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in head.parameters())


def test_parameters_of_older_checkpoints_are_loaded():
    head, other = _attention(), _attention()
    old = {"branches.": "sides.", "joint_weights.": "together.", "output_projection.": "mixed."}
    saved = {}
    for key, value in head.state_dict().items():
        for new, name in old.items():
            key = key.replace(new, name) if key.startswith(new) else key
        saved[key] = value
    assert {key.split(".")[0] for key in saved} >= {"sides", "together", "mixed"}
    other.load_state_dict(saved)
    assert all(
        torch.equal(a, b) for a, b in zip(head.parameters(), other.parameters(), strict=True)
    )
