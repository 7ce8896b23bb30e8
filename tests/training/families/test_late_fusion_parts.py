import pytest
from tests.tiny_bundle import write_tiny_bundle

from posterplot.cli.option_names import error_line
from posterplot.errors import ConfigError
from posterplot.training.config.run_config import LateFusionConfig
from posterplot.training.families.late_fusion_parts import load_parts


def _config(poster, overview):
    return LateFusionConfig(
        kind="late-fusion", name="fused", poster=str(poster), overview=str(overview)
    )


def test_missing_runs_are_named_by_the_keys_of_the_configuration(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_parts(_config("runs/poster-cnn", "runs/overview-lstm"))
    assert error_line(caught.value) == (
        "poster and overview: runs/poster-cnn and runs/overview-lstm do not exist; train them "
        "first, or name finished runs: --set poster=RUN and --set overview=RUN"
    )
    with pytest.raises(ConfigError) as caught:
        load_parts(_config(tmp_path, "runs/overview-lstm"))
    assert str(caught.value) == (
        "overview: runs/overview-lstm does not exist; train it first, or name finished runs: "
        '`overrides={"overview": RUN}`'
    )


def test_a_folder_without_a_bundle_is_named_by_its_key(tmp_path):
    with pytest.raises(ConfigError, match=f"^poster: {tmp_path} is not a bundle.*overrides="):
        load_parts(_config(tmp_path, tmp_path))


def test_a_model_that_reads_something_else_is_named_by_its_key(tmp_path):
    model = tmp_path / "model"
    write_tiny_bundle(model)
    with pytest.raises(ConfigError, match=f"^(poster|overview): {model} reads .*overrides="):
        load_parts(_config(model, model))
