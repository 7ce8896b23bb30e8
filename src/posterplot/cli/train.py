"""The command ``train``: train a model on a dataset."""

from pathlib import Path
from typing import Annotated

import typer

from posterplot.cli.console import STOPPED, print_note, progress
from posterplot.cli.options import DatasetOption
from posterplot.configs import config_file, config_names
from posterplot.extras import needs_extra


def train(
    config: Annotated[
        Path,
        typer.Argument(
            help=f"A TOML file, or a configuration in the package: {', '.join(config_names())}."
        ),
    ],
    data: DatasetOption,
    out: Annotated[Path, typer.Option(help="The run folder to create.")],
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue from the last checkpoint of the run.")
    ] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Override a value; repeatable."),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="The number of folds. One model per fold is trained on the other folds and"
            " predicts the films of its own: out-of-fold.parquet.",
        ),
    ] = None,
) -> None:
    """Train a model on a dataset. The run holds its history, checkpoints and bundle.

    With --folds, each training film is predicted by a model that has not seen it. Such predictions
    are for audit and for distillation.
    """
    with needs_extra("train"):
        from posterplot.training.config.run_config import NetworkConfig, load_config
        from posterplot.training.run_folder import check_start
    from posterplot.dataset.reading import open_dataset

    loaded = load_config(config, set_)
    if (file := config_file(config)) != config:
        print_note(f"configuration: {file}")
    if folds is None:
        check_start(loaded, out, resume=resume)
    print_note(f"reading the dataset {data}")
    dataset = open_dataset(data)
    print_note("loading PyTorch")  # after what may be wrong: it takes up to a minute
    with needs_extra("train"):
        from posterplot.training.train import train as run

        if isinstance(loaded, NetworkConfig):
            import posterplot.training.loop.fit  # noqa: F401
    try:
        if folds is not None:
            from posterplot.training.folds import train_folds

            written = train_folds(
                loaded, dataset, out, folds, resume=resume, log=print_note, progress=progress
            )
            print_note(f"predictions written to {written}")
            return
        bundle = run(loaded, dataset, out, resume=resume, log=print_note, progress=progress)
    except KeyboardInterrupt:
        if folds is not None and out.is_dir():
            print_note("Stopped. The same command with --resume continues.")
        elif (out / "checkpoints" / "last.ckpt").is_file():
            print_note("Stopped. The same command with --resume continues after the last epoch.")
        elif out.is_dir():  # it was resumed
            print_note("Stopped. The same command starts again: there is no checkpoint yet.")
        else:
            print_note(
                "Stopped. There is no checkpoint yet, so nothing is kept: start again without"
                " --resume."
            )
        raise typer.Exit(STOPPED) from None
    print_note(f"bundle written to {bundle.path}")
