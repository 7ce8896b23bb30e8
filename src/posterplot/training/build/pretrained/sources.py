"""Find files of packages with pretrained weights, and report missing ones."""

import difflib
import hashlib
import importlib.util
from pathlib import Path

from posterplot.errors import ConfigError
from posterplot.extras import install_command

HUB = "hub:"
MAX_KEYS = 5  # in a message


def wheel_file(package: str, module: str, file: str, sha256: str, where: str) -> Path:
    """Check the SHA-256 of a file in an installed package, and return its path.

    Raises:
        ConfigError: The package is not installed, or its file has another SHA-256.

    """
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ConfigError(
            f"the package {package} is not installed",
            where=where,
            hint=install_command("encoders"),
        )
    path = Path(spec.origin).parent / file
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(
            f"{package} lacks its file {file}", where=where, hint=f"reinstall {package}"
        ) from error
    if found != sha256:
        raise ConfigError(
            f"{path.name} of {package} is not the expected file: SHA-256 {found[:12]}…, "
            f"expected {sha256[:12]}…",
            where=where,
            hint=f"reinstall {package}",
        )
    return path


def unreachable(what: str, where: str, error: Exception) -> ConfigError:
    """Return the error for something that cannot be downloaded from Hugging Face."""
    return ConfigError(
        f"{what} cannot be downloaded from Hugging Face: {first_line(error)}",
        where=where,
        hint="check the name and the network; without a network, copy the model's folder here and "
        f"give that, or use a package of weights: {install_command('encoders')}",
    )


def nearest(name: str, known: list[str]) -> str:
    """Return similar names as a remark in brackets; empty if there are none."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f" (did you mean {' or '.join(near)}?)" if near else ""


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
