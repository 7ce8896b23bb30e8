"""The command ``export``: write a trained model in the layout of another program."""

from pathlib import Path
from typing import Annotated

import typer

from posterplot.cli.console import print_note


def export(
    bundle: Annotated[Path, typer.Argument(help="A run or a bundle.")],
    hub_layout: Annotated[
        Path,
        typer.Option(help="The folder to create, as a model repository of the Hugging Face Hub."),
    ],
) -> None:
    """Write a model as a repository of the Hugging Face Hub, with the metadata of its card.

    Nothing is uploaded. The folder can be given to --model as it is.
    """
    from posterplot.inference.bundle import load_bundle
    from posterplot.inference.hub_layout import write_hub_layout

    write_hub_layout(load_bundle(bundle), hub_layout)
    print_note(f"model repository written to {hub_layout}")
    print_note("before you publish it, add the key 'license' to the top of its README.md")
