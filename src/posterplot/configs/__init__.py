"""The training configurations in the package, each with the name of its file: ``poster-cnn``."""

from difflib import get_close_matches
from pathlib import Path

CONFIGS = Path(__file__).parent


def config_names() -> list[str]:
    """Return the names of the configurations in the package, sorted."""
    return sorted(path.stem for path in CONFIGS.glob("*.toml"))


def config_file(config: Path) -> Path:
    """Return the file of a configuration.

    Args:
        config: Path of a TOML file, or the name of a configuration in the package. A file in the
            working folder comes first.

    """
    if config.suffix or len(config.parts) != 1 or config.is_file():
        return config
    return CONFIGS / f"{config}.toml"


def config_hint(config: Path) -> str:
    """Return what to give in place of a configuration that was not found."""
    names = config_names()
    near = get_close_matches(config.stem, names, n=1, cutoff=0.7)
    guess = f" (did you mean {near[0]}?)" if near else ""
    return f"give a TOML file, or one in the package{guess}: {', '.join(names)}"
