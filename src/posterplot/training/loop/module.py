"""The Lightning module: training steps, validation, and metrics."""

from collections.abc import Sequence
from typing import Any

import lightning
import torch
from torch import Tensor
from torchmetrics import CatMetric, MeanMetric, Metric, MetricCollection
from torchmetrics.functional.classification import binary_average_precision

from posterplot.errors import ConfigError
from posterplot.networks import GenreNetwork
from posterplot.networks.losses import Loss
from posterplot.training.config.fit import FitConfig
from posterplot.training.data.augmentation import mix_posters
from posterplot.training.data.batches import Batch, combine_seeds
from posterplot.training.data.encoded_films import EncodedBatch
from posterplot.training.loop.history import History
from posterplot.training.ranks import ALONE, Rank


class GenreModule(lightning.LightningModule):
    """Trains a network with AdamW and a one-cycle schedule.

    At the start of every epoch torch is seeded from the seed and the number of the epoch. So a
    resumed training has no random state to restore, and ends with exactly the weights of an
    uninterrupted one.

    Metrics are computed once per epoch over the whole split. Metrics of the training split are
    computed during training, with dropout and augmentation.

    Args:
        network: Network that is trained in place.
        loss: ``(B, G)`` logits, ``(B, G)`` targets and ``(B,)`` weights -> scalar.
        config: Configuration of the loop.
        groups: The trained parameters with their peak learning rates, as torch's optimisers take
            them.
        genres: G.
        steps_per_epoch: Number of batches.
        datasets: Fingerprints of the dataset and of its sources, kept with each checkpoint.
        seed: Seed of dropout and mixup.
        mixup: Probability that the posters of a training batch are mixed.
        history: Receives the metrics of every epoch.
        rank: Rank of this process, if several train together.

    """

    def __init__(
        self,
        network: GenreNetwork,
        loss: Loss,
        config: FitConfig,
        *,
        groups: list[dict[str, Any]],
        genres: int,
        steps_per_epoch: int,
        datasets: Sequence[str],
        seed: int,
        mixup: float = 0.0,
        history: History | None = None,
        rank: Rank = ALONE,
    ) -> None:
        super().__init__()
        self.network = network
        self.loss = loss
        self.config = config
        self.groups = groups
        self.genres = genres
        self.steps_per_epoch = steps_per_epoch
        self.datasets = list(datasets)
        self.seed = seed
        self.mixup = mixup
        self.history = History() if history is None else history
        self.rank = rank
        collected: dict[str, Metric | MetricCollection] = {
            "loss": MeanMetric(),
            "logits": CatMetric(nan_strategy="disable"),
            "targets": CatMetric(nan_strategy="disable"),  # NaN is an unknown label
        }
        self.train_outputs = MetricCollection(collected, compute_groups=False)
        self.validation_outputs = self.train_outputs.clone()

    def on_train_start(self) -> None:
        """Set the learning rate of the step to resume at.

        The optimiser has that of the checkpoint's schedule, which may have been a shorter one.
        """
        schedule: Any = self.lr_schedulers()
        if schedule.last_epoch > 0:
            schedule.last_epoch -= 1
            schedule.step()

    def on_train_epoch_start(self) -> None:
        """Seed dropout and mixup. Write the history, as its last epoch has a checkpoint now."""
        self.history.write()
        # other processes use other dropout masks; the first uses those of a single process
        number = () if self.rank.is_first else (self.rank.number,)
        torch.manual_seed(combine_seeds(self.seed, self.current_epoch, *number))

    def training_step(self, batch: Batch | EncodedBatch, _: int) -> Tensor:
        """Return the loss of a batch, or of this process's part of it.

        Lightning averages the gradients of the processes. Each process weights its mean loss by its
        number of films, so that the result is the gradient of the whole batch.
        """
        if self.mixup and isinstance(batch, Batch) and batch.posters is not None:
            posters, targets, soft_targets, weights = mix_posters(
                self.mixup, batch.posters, batch.targets, batch.soft_targets, batch.weights
            )
            batch = batch._replace(
                posters=posters, targets=targets, soft_targets=soft_targets, weights=weights
            )
        loss = self._step(batch, self.train_outputs)
        if self.rank.count == 1:
            self._check_loss(loss)
            return loss
        films = torch.tensor(float(len(batch.targets)), device=loss.device)
        sums = torch.stack([loss.detach() * films, films])
        torch.distributed.all_reduce(sums)
        # the sum over all processes, which therefore stop at the same step
        self._check_loss(sums[0])
        return loss * films * self.rank.count / sums[1]

    def validation_step(self, batch: Batch | EncodedBatch, _: int) -> None:
        """Collect the logits and targets of a batch."""
        self._check_loss(self._step(batch, self.validation_outputs))

    def on_train_epoch_end(self) -> None:
        """Log the metrics of the epoch."""
        self._log("train", self.train_outputs)

    def on_validation_epoch_end(self) -> None:
        """Log the metrics of the epoch."""
        self._log("validation", self.validation_outputs)

    def on_train_end(self) -> None:
        """Write the history."""
        self.history.write()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the fingerprints of the dataset and of its sources, and the history."""
        checkpoint["dataset"], *checkpoint["sources"] = self.datasets
        checkpoint["history"] = self.history.rows

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the position in the learning rate schedule, but not its length and its bounds.

        These are those of the configuration, so that a longer training can go on from the
        checkpoint of a shorter one.
        """
        own = self.configure_optimizers()["optimizer"].param_groups
        for state in checkpoint["optimizer_states"]:
            for saved, group in zip(state["param_groups"], own, strict=False):
                saved |= {key: group[key] for key in ("initial_lr", "max_lr", "min_lr")}
        position = ("last_epoch", "_step_count", "_last_lr")
        checkpoint["lr_schedulers"] = [
            {key: state[key] for key in position if key in state}
            for state in checkpoint["lr_schedulers"]
        ]

    def configure_optimizers(self) -> Any:
        """Return AdamW and a one-cycle schedule that advances with every batch."""
        optimizer = torch.optim.AdamW(
            [dict(group) for group in self.groups],  # torch changes them
            lr=self.config.learning_rate,
            weight_decay=self.config.weight_decay,
        )
        total = self.config.epochs * self.steps_per_epoch
        # one or two steps would all be taken at the low rates of the schedule's two ends
        first, last = (1.0, 1.0) if total <= 2 else (25.0, 1e4)  # the latter are torch's own
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            [group["lr"] for group in self.groups],
            total_steps=total,
            # OneCycleLR divides by the number of warm-up steps minus one
            pct_start=min(max(self.config.warmup, 1.5 / total), 0.99),
            div_factor=first,
            final_div_factor=last,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _step(self, batch: Batch | EncodedBatch, outputs: MetricCollection) -> Tensor:
        if isinstance(batch, EncodedBatch):
            logits = self.network.head(batch.features).logits
        else:
            inputs = (getattr(batch, name) for name in self.network.inputs)
            logits = self.network(*inputs).logits
        logits = logits.float()  # half precision is too coarse for a loss
        loss = self.loss(logits, batch.soft_targets, batch.weights)
        outputs["loss"].update(loss.detach(), weight=len(logits))
        # also for films without a label: a process without logits could not synchronise with the
        # others
        outputs["logits"].update(logits.detach())
        outputs["targets"].update(batch.targets)
        return loss

    def _check_loss(self, loss: Tensor) -> None:
        """Stop a training whose loss is no longer a number."""
        if not torch.isfinite(loss):
            raise ConfigError(
                f"training diverged in epoch {self.current_epoch + 1}",
                where="fit.learning_rate",
                hint="lower it, or that of the encoders, or set fit.gradient_clip",
            )

    def _log(self, split: str, outputs: MetricCollection) -> None:
        logits = outputs["logits"].compute().view(-1, self.genres)  # collected flat
        targets = outputs["targets"].compute().view(-1, self.genres)
        metrics = {"loss": outputs["loss"].compute(), **epoch_metrics(logits, targets)}
        for name, value in metrics.items():
            # equal in all processes, because torchmetrics gathers their values
            self.log(f"{split}_{name}", value, prog_bar=name == "mAP", sync_dist=True)
        named = {f"{split}_{name}": float(value) for name, value in metrics.items()}
        self.history.record(self.current_epoch, named)
        outputs.reset()


def epoch_metrics(logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Compute micro and macro precision, recall and F1 at 0.5, and mAP, of a whole split.

    Genres without a positive film are left out of the macro means. Unknown labels are left out of
    everything.

    Args:
        logits: ``(N, G)`` float32.
        targets: ``(N, G)`` float32 in {0, 1}; NaN where the label is unknown.

    Returns:
        Name -> scalar in [0, 1].

    """
    # probabilities, because torchmetrics would take logits that all lie in [0, 1] for probabilities
    probabilities, labels = logits.sigmoid().T, targets.T  # (G, N)
    known, truth = ~labels.isnan(), labels == 1
    found = truth.any(dim=1)  # (G,)
    if not found.any():
        names = [f"{m}_{n}" for m in ("micro", "macro") for n in ("precision", "recall", "f1")]
        return dict.fromkeys([*names, "mAP"], torch.zeros(()))
    decided = (probabilities > 0.5) & known
    counts = torch.stack([(decided & truth).sum(1), decided.sum(1), truth.sum(1)]).float()
    metrics: dict[str, Tensor] = {}
    for mean, columns in (("micro", counts.sum(dim=1, keepdim=True)), ("macro", counts[:, found])):
        hits, predicted, true = columns
        metrics[f"{mean}_precision"] = (hits / predicted.clamp(min=1)).mean()
        metrics[f"{mean}_recall"] = (hits / true).mean()
        metrics[f"{mean}_f1"] = (2 * hits / (predicted + true)).mean()
    # genre by genre, because torchmetrics' multi-label functions refuse a single genre
    ranked = [
        binary_average_precision(probabilities[g][known[g]], truth[g][known[g]].int())
        for g in found.nonzero().flatten()
    ]
    metrics["mAP"] = torch.stack(ranked).mean()
    return metrics
