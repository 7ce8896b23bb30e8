"""Check that the finished runs that a configuration names exist, without PyTorch."""

from collections.abc import Mapping
from pathlib import Path

from posterplot.errors import ConfigError
from posterplot.wording import listing


def check_exist(runs: Mapping[str, str | None]) -> None:
    """Refuse runs that do not exist.

    Args:
        runs: Key of the configuration -> path of a run; None if the key is not set.

    Raises:
        ConfigError: A run does not exist. The message names the keys.

    """
    missing = {key: run for key, run in runs.items() if run is not None and not Path(run).exists()}
    if not missing:
        return
    one = len(missing) == 1
    raise ConfigError(
        f"{listing(list(missing.values()))} {'does' if one else 'do'} not exist",
        where=listing(list(missing)),
        hint=f"train {'it' if one else 'them'} first, or name finished runs: "
        + listing([override(key) for key in missing]),
    )


def override(key: str) -> str:
    """Return how another run is given for a key, for messages."""
    return f'`overrides={{"{key}": RUN}}`'
