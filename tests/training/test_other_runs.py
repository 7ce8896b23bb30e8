import pytest

from posterplot.cli.option_names import error_line
from posterplot.errors import ConfigError
from posterplot.training.other_runs import check_exist


def test_missing_runs_are_named_with_their_keys(tmp_path):
    check_exist({"init_from.poster": str(tmp_path), "init_from.head": None})
    with pytest.raises(ConfigError) as caught:
        check_exist({"init_from.poster": "runs/a", "init_from.overview": "runs/b"})
    assert error_line(caught.value) == (
        "init_from.poster and init_from.overview: runs/a and runs/b do not exist; train them "
        "first, or name finished runs: --set init_from.poster=RUN and --set init_from.overview=RUN"
    )
    with pytest.raises(ConfigError, match=r"^init_from.head: runs/c does not exist; train it"):
        check_exist({"init_from.poster": str(tmp_path), "init_from.head": "runs/c"})
