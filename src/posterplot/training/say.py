"""How training tells what is worth knowing: a line at a time, to whoever listens."""

from collections.abc import Callable

Say = Callable[[str], None]
