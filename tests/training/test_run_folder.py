import subprocess
import sys

import pytest
from tests.conftest import CNN, TFIDF

from posterplot.errors import ConfigError, OutputError
from posterplot.training.config.run_config import load_config
from posterplot.training.run_folder import check_start, open_run


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "tfidf.toml"
    path.write_text(TFIDF)
    return load_config(path)


def test_a_folder_without_a_run_cannot_be_resumed(config, tmp_path):
    for out in (tmp_path / "nothing", tmp_path):
        with pytest.raises(OutputError, match=r"not a run to resume: .*without `resume=True`"):
            check_start(config, out, resume=True)
    assert not (tmp_path / "nothing").exists()


def test_a_run_that_was_killed_before_its_first_checkpoint_can_be_resumed(config, tmp_path):
    check_start(config, tmp_path / "run", resume=False)
    open_run(config, tmp_path / "run", resume=False)
    check_start(config, tmp_path / "run", resume=True)
    with pytest.raises(OutputError, match="exists already"):
        check_start(config, tmp_path / "run", resume=False)


def test_a_resumed_run_may_change_what_does_not_affect_its_weights(tmp_path):
    (tmp_path / "cnn.toml").write_text(CNN)
    config, faster, other = (
        load_config(tmp_path / "cnn.toml", [value])
        for value in ("fit.workers=1", "fit.workers=0", "fit.learning_rate=0.5")
    )
    open_run(config, tmp_path / "run", resume=False)
    check_start(faster, tmp_path / "run", resume=True)
    with pytest.raises(ConfigError, match=r"another configuration: fit\.learning_rate was"):
        check_start(other, tmp_path / "run", resume=True)


def test_the_check_does_not_load_pytorch():
    code = "import sys, posterplot.training.run_folder; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_run_that_training_starts_from_must_exist_before_anything_is_loaded(tmp_path):
    (tmp_path / "cnn.toml").write_text(CNN)
    config = load_config(tmp_path / "cnn.toml", [f"init_from.poster={tmp_path}/none"])
    with pytest.raises(ConfigError, match=r"init_from.poster: .*none does not exist"):
        check_start(config, tmp_path / "run", resume=False)
    assert not (tmp_path / "run").exists()
