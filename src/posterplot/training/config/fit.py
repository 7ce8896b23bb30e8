"""The sections about the training loop and the export after it."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from posterplot.training.config.section import Count, Precision, Rate, Section, Share

LoggerName = Literal["csv", "tensorboard", "wandb", "mlflow"]


class FitConfig(Section):
    """The training loop.

    Attributes:
        epochs: Largest number of epochs. The only value that a resumed run may raise.
        batch_size: Number of films per step, on all devices together.
        frozen: Whether pretrained encoders are not trained. Each film is then encoded once,
            without augmentation, and kept in the user's cache folder; after that an epoch only
            costs what the head costs.
        learning_rate: Peak learning rate of a one-cycle schedule (Smith, arXiv 1708.07120).
        warmup: Share of the steps before the peak.
        weight_decay: Weight decay of AdamW (Loshchilov and Hutter, arXiv 1711.05101).
        gradient_clip: Largest norm of the gradient; 0 = no limit.
        ema_decay: Decay per step of the exponential moving average of the weights. The average is
            what is validated and kept; 0 = no average.
        patience: Number of epochs without a better validation mAP before training stops.
        workers: Number of processes that read films; 0 = the training process itself, which then
            waits for posters a seventh of its time. 1 is enough.
        loggers: Experiment trackers that get the metrics of every epoch, in addition to
            ``history.csv``: ``csv``, ``tensorboard``, ``wandb``, ``mlflow``. They need
            ``posterplot[loggers]``.
        devices: Number of devices on each machine, with a process for each: GPUs, or shares of
            the processor. The processes train one network on equal shares of every batch, so the
            result is that of one process up to rounding, dropout, and batch normalisation on
            processors, whose statistics are of each process's share.
        nodes: Number of machines. With more than one, start the command on all of them with
            ``torchrun`` or ``srun``; they must share the folders of the dataset and of the run.
        strategy: How devices train together, as ``lightning.Trainer`` takes it: ``ddp`` (Li et al.,
            arXiv 2006.15704); ``auto`` is ``ddp`` for several devices.
        accelerator, precision: As ``lightning.Trainer`` takes them, for example ``gpu`` and
            ``16-mixed``. ``bf16-mixed`` becomes float32 on processors without bfloat16.

    """

    epochs: Count
    batch_size: Count = 32
    frozen: bool = False
    learning_rate: Rate = 1e-3
    warmup: Annotated[float, Field(gt=0, lt=1)] = 0.15
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    gradient_clip: Annotated[float, Field(ge=0)] = 0.0
    ema_decay: Share = 0.0
    patience: Count = 10
    workers: Annotated[int, Field(ge=0, le=1024)] = 0
    loggers: tuple[LoggerName, ...] = ()
    devices: Annotated[int, Field(ge=1, le=1024)] = 1
    nodes: Annotated[int, Field(ge=1, le=1024)] = 1
    strategy: Literal["auto", "ddp"] = "auto"
    accelerator: Literal["auto", "cpu", "gpu", "mps"] = "auto"
    precision: Precision = "32-true"

    @property
    def processes(self) -> int:
        """Number of processes that train together."""
        return self.devices * self.nodes

    @field_validator("loggers")
    @classmethod
    def _are_different(cls, loggers: tuple[LoggerName, ...]) -> tuple[LoggerName, ...]:
        if len(set(loggers)) < len(loggers):
            raise ValueError("a logger is given twice: list each once")
        return loggers

    @model_validator(mode="after")
    def _can_be_shared(self) -> "FitConfig":
        if self.batch_size % self.processes:
            raise ValueError(
                f"batch_size {self.batch_size} cannot be shared equally by {self.processes} "
                "processes (devices × nodes)"
            )
        if self.frozen and self.processes > 1:
            raise ValueError("frozen trains only a head, on one device: set devices and nodes to 1")
        return self


class ExportConfig(Section):
    """How the trained network is exported.

    Attributes:
        int8: Whether the graph is quantised, to a third of its size and slightly different logits.
            See :func:`posterplot.training.package.quantize.quantize`. Calibration and thresholds
            are fitted on the quantised graph.

    """

    int8: bool = False
