"""The command ``info``: show the card of a model."""

from posterplot.cli.console import out as console
from posterplot.cli.console import print_note
from posterplot.cli.options import ModelOption

_MIN_WIDTH = 72  # terminal columns that the tables of a card need


def info(model: ModelOption = None) -> None:
    """Show a model's card: its quality, genre by genre, and its limits.

    The digest of every file is checked first.
    """
    from rich.console import Console
    from rich.markdown import Markdown

    from posterplot.inference.bundle import MANIFEST, load_bundle, shipped_bundle
    from posterplot.inference.card import read_card

    bundle = load_bundle(model or shipped_bundle())
    Console(width=max(console.width, _MIN_WIDTH)).print(Markdown(read_card(bundle)))
    size = sum((bundle.path / name).stat().st_size for name in (MANIFEST, *bundle.manifest.files))
    print_note(
        f"{bundle.path}: {size / 1e6:.1f} MB, format {bundle.manifest.format}; "
        f"all SHA-256 digests match, digest {bundle.manifest.digest[:16]}…"
    )
