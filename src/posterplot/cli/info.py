"""The verb ``info``: a model's card."""

import typer

from posterplot.cli.console import out as console
from posterplot.cli.console import say
from posterplot.cli.options import ModelOption


def info(model: ModelOption = None) -> None:
    """Show a model's card: its quality, genre by genre, and its limits.

    The digest of every file is checked first.
    """
    from posterplot.inference.bundle import CARD, MANIFEST, load_bundle, shipped_bundle

    bundle = load_bundle(model or shipped_bundle())
    card = (bundle.path / CARD).read_text(encoding="utf-8")
    if console.is_terminal:
        from rich.markdown import Markdown

        console.print(Markdown(card))
    else:
        typer.echo(card, nl=False)
    size = sum((bundle.path / name).stat().st_size for name in (MANIFEST, *bundle.manifest.files))
    say(
        f"{bundle.path}: {size / 1e6:.1f} MB, format {bundle.manifest.format}; "
        f"all SHA-256 digests match, digest {bundle.manifest.digest[:16]}…"
    )
