"""The Lightning module: what one step, one epoch and one validation are."""

from collections.abc import Callable
from typing import Any

import lightning
import torch
from torch import Tensor
from torchmetrics import CatMetric, MeanMetric, Metric, MetricCollection
from torchmetrics.functional.classification import binary_average_precision

from posterplot.errors import ConfigError
from posterplot.networks import GenreNetwork
from posterplot.training.config.sections import FitConfig
from posterplot.training.data.augmentation import mix_posters
from posterplot.training.data.batches import Batch, mix
from posterplot.training.data.encoded_films import EncodedBatch


class GenreModule(lightning.LightningModule):
    """Trains a network with AdamW and a one-cycle schedule.

    Every epoch begins by seeding torch from the seed and the epoch's number. So a resumed training
    has no random state to restore and ends with the very weights of an uninterrupted one.

    Metrics are gathered over the whole split and computed once. Those of train are of the network
    as it was at each step, with dropout and augmentation, as usual.

    Args:
        network: to be trained in place.
        loss: ``(B, G)`` logits and ``(B, G)`` targets -> scalar.
        config: of the loop.
        groups: what learns, with its rate at the peak, as torch's optimisers take them.
        genres: G.
        steps_an_epoch: batches.
        dataset: its fingerprint, kept with each checkpoint.
        seed: of dropout and mixup.
        mixup: chance that the posters of a training batch are mixed.

    """

    def __init__(
        self,
        network: GenreNetwork,
        loss: Callable[[Tensor, Tensor], Tensor],
        config: FitConfig,
        *,
        groups: list[dict[str, Any]],
        genres: int,
        steps_an_epoch: int,
        dataset: str,
        seed: int,
        mixup: float = 0.0,
    ) -> None:
        super().__init__()
        self.network = network
        self.loss = loss
        self.config = config
        self.groups = groups
        self.genres = genres
        self.steps_an_epoch = steps_an_epoch
        self.dataset = dataset
        self.seed = seed
        self.mixup = mixup
        gathered: dict[str, Metric | MetricCollection] = {
            "loss": MeanMetric(),
            "logits": CatMetric(),
            "targets": CatMetric(),
        }
        self.seen_in_train = MetricCollection(gathered, compute_groups=False)
        self.seen_in_validation = self.seen_in_train.clone()

    def on_train_epoch_start(self) -> None:
        """Seed what is random inside the network."""
        torch.manual_seed(mix(self.seed, self.current_epoch))

    def training_step(self, batch: Batch | EncodedBatch, _: int) -> Tensor:
        """Return the loss of a batch."""
        if self.mixup and isinstance(batch, Batch) and batch.posters is not None:
            posters, targets, soft_targets = mix_posters(
                self.mixup, batch.posters, batch.targets, batch.soft_targets
            )
            batch = batch._replace(posters=posters, targets=targets, soft_targets=soft_targets)
        return self._step(batch, self.seen_in_train)

    def validation_step(self, batch: Batch | EncodedBatch, _: int) -> None:
        """Gather a batch."""
        self._step(batch, self.seen_in_validation)

    def on_train_epoch_end(self) -> None:
        """Log the figures of the epoch."""
        self._log("train", self.seen_in_train)

    def on_validation_epoch_end(self) -> None:
        """Log the figures of the epoch."""
        self._log("validation", self.seen_in_validation)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep which dataset this was trained on."""
        checkpoint["dataset"] = self.dataset

    def configure_optimizers(self) -> Any:
        """Return AdamW and a one-cycle schedule that steps with every batch."""
        optimizer = torch.optim.AdamW(
            self.groups, lr=self.config.learning_rate, weight_decay=self.config.weight_decay
        )
        total = self.config.epochs * self.steps_an_epoch
        # a warm-up of one step exactly would be divided by its length less one
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            [group["lr"] for group in self.groups],
            total_steps=total,
            pct_start=min(max(self.config.warmup, 1.5 / total), 0.99),
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _step(self, batch: Batch | EncodedBatch, seen: MetricCollection) -> Tensor:
        if isinstance(batch, EncodedBatch):
            logits = self.network.head(batch.features).logits
        else:
            inputs = (getattr(batch, name) for name in self.network.inputs)
            logits = self.network(*inputs).logits
        logits = logits.float()  # a loss in half precision loses what it is there to tell
        loss = self.loss(logits, batch.soft_targets)
        if not torch.isfinite(loss):
            raise ConfigError(
                f"training diverged in epoch {self.current_epoch + 1}",
                where="fit.learning_rate",
                hint="lower it, or that of the encoders, or set fit.gradient_clip",
            )
        labelled = ~torch.isnan(batch.targets[:, 0])
        seen["loss"].update(loss.detach(), weight=len(logits))
        seen["logits"].update(logits.detach()[labelled])
        seen["targets"].update(batch.targets[labelled])
        return loss

    def _log(self, split: str, seen: MetricCollection) -> None:
        logits = seen["logits"].compute().view(-1, self.genres)  # gathered flat
        targets = seen["targets"].compute().view(-1, self.genres)
        figures = {"loss": seen["loss"].compute(), **epoch_figures(logits, targets)}
        for name, value in figures.items():
            self.log(f"{split}_{name}", value, prog_bar=name == "mAP")
        seen.reset()


def epoch_figures(logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Return micro and macro precision, recall and F1 at 0.5, and mAP, of a whole split.

    Genres without a positive film are left out of the macro means.

    Args:
        logits: ``(N, G)`` float32.
        targets: ``(N, G)`` float32 in {0, 1}.

    Returns:
        Name -> scalar in [0, 1].

    """
    known = targets.sum(dim=0) > 0
    if not known.any():
        names = [f"{m}_{n}" for m in ("micro", "macro") for n in ("precision", "recall", "f1")]
        return dict.fromkeys([*names, "mAP"], torch.zeros(()))
    # genre by genre: torchmetrics' multi-label functions refuse a lone genre. From probabilities:
    # logits that all happen to lie in [0, 1] would be taken for such
    probabilities, truth = logits.sigmoid().T, targets.int().T  # (G, N)
    decided = probabilities > 0.5
    counts = torch.stack([(decided & (truth > 0)).sum(1), decided.sum(1), truth.sum(1)]).float()
    figures: dict[str, Tensor] = {}
    for mean, columns in (("micro", counts.sum(dim=1, keepdim=True)), ("macro", counts[:, known])):
        hits, said, true = columns
        figures[f"{mean}_precision"] = (hits / said.clamp(min=1)).mean()
        figures[f"{mean}_recall"] = (hits / true).mean()
        figures[f"{mean}_f1"] = (2 * hits / (said + true)).mean()
    ranked = [
        binary_average_precision(probabilities[g], truth[g]) for g in known.nonzero().flatten()
    ]
    figures["mAP"] = torch.stack(ranked).mean()
    return figures
