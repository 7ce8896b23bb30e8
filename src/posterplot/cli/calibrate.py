"""The command ``calibrate``: recalibrate a model on your own films."""

from pathlib import Path
from typing import Annotated

import typer

from posterplot.cli.console import print_note
from posterplot.cli.options import DatasetOption
from posterplot.errors import OutputError
from posterplot.extras import needs_extra


def calibrate(
    bundle: Annotated[
        Path | None,
        typer.Argument(help="A bundle or a run. Default: the model in the package."),
    ] = None,
    *,
    data: DatasetOption,
    out: Annotated[Path, typer.Option(help="The folder of the new bundle.")],
) -> None:
    """Recalibrate probabilities and thresholds on your own labelled films, without training.

    This needs 200 labelled films in train and validation; of the dataset that the model was trained
    on, validation alone is used. Test is left out, so that evaluate can measure the result. If
    fewer than 200 films have both a poster and an overview, a model that reads both is fitted for
    the input that 200 films have, and keeps the rest.
    """
    from posterplot.files import output_lock
    from posterplot.inference.bundle import load_bundle, shipped_bundle

    with needs_extra("adapt"):
        from posterplot.dataset.reading import open_dataset
        from posterplot.training.package.recalibrate import recalibrate

    with output_lock(out):
        if out.exists():
            raise OutputError(
                "exists already", where=out, hint="remove it, or choose another folder"
            )
        base, dataset = load_bundle(bundle or shipped_bundle()), open_dataset(data)
        calibrated = recalibrate(base, dataset, out)
    fitted = calibrated.manifest.provenance["calibrated_on"]
    on = f"fitted on {fitted['films']} films"
    if inputs := fitted.get("only_for"):
        print_note(
            f"too few films have both inputs: calibration only for {', '.join(inputs)}, {on}"
        )
    else:
        print_note(f"calibration: {calibrated.manifest.decisions.calibration}, {on}")
    print_note(f"bundle written to {calibrated.path}")
