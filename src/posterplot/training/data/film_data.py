"""Lightning's data module: loaders over films, or over encoded films if encoders are frozen."""

from functools import partial
from pathlib import Path
from typing import Any, cast

import lightning
from tokenizers import Tokenizer
from torch.utils.data import DataLoader

from posterplot.errors import ConfigError
from posterplot.films import Modality
from posterplot.inference.bundle import OverviewInput, PosterInput
from posterplot.networks import GenreNetwork
from posterplot.progress import Progress, no_progress
from posterplot.training.config.encoders import TransformerConfig
from posterplot.training.config.run_config import NetworkConfig
from posterplot.training.data.augmentation import make_augmentation
from posterplot.training.data.batches import Films, combine_seeds, loader
from posterplot.training.data.encoded_films import EncodedFilms, encode_films, encoded_loader
from posterplot.training.data.order import steps_per_epoch
from posterplot.training.data.repeats import repeat_factors, shown_films
from posterplot.training.data.selection import ChosenFilms
from posterplot.training.loop.precision import cpu_has_bfloat16
from posterplot.training.ranks import ALONE, Rank


class FilmData(lightning.LightningDataModule):
    """Loaders over the chosen films. Frozen encoders encode the films once, at the start.

    Args:
        config: Configuration of the network.
        films: Films and targets that were chosen.
        network: Network whose encoders are used if they are frozen.
        tokenizer: Tokenizer of the overviews, if the network reads them.
        encoded: Folder in which encoded films are stored.
        progress: Shows how many films are encoded.
        rank: Rank of this process; each process reads its share of every batch.

    Raises:
        ConfigError: There are more processes than films to share.

    """

    def __init__(
        self,
        config: NetworkConfig,
        films: ChosenFilms,
        network: GenreNetwork,
        tokenizer: Tokenizer | None,
        encoded: Path,
        progress: Progress = no_progress,
        rank: Rank = ALONE,
    ) -> None:
        super().__init__()
        self.config = config
        self.rank = rank
        fewest = min(len(films.train) // 2, len(films.validation))
        if 1 < rank.count > fewest:
            raise ConfigError(
                f"{rank.count} processes cannot share {len(films.train)} films of train and "
                f"{len(films.validation)} of validation",
                where="fit.devices",
                hint="use fewer devices",
            )
        p, o = config.poster, config.overview
        self.poster = PosterInput(height=p.height, width=p.width) if p else None
        self.overview: OverviewInput | None = None
        if o:
            title = isinstance(o, TransformerConfig) and o.title
            self.overview = OverviewInput(max_tokens=o.max_tokens, title=title)
        augmentation = make_augmentation(config.augmentation, p.height, p.width) if p else None
        dropout = config.modality_dropout
        probabilities: dict[Modality, float] | None = None
        if p and o and (dropout.poster or dropout.overview):
            probabilities = {"poster": dropout.poster, "overview": dropout.overview}
        fit = config.fit
        threshold = config.sampling.repeat_threshold
        factors = repeat_factors(films.train_targets, threshold) if threshold else None
        if fit.frozen:
            encode = partial(
                encode_films,
                network,
                poster=self.poster,
                overview=self.overview,
                tokenizer=tokenizer,
                folder=encoded,
                batch_size=fit.batch_size,
                workers=fit.workers,
                half=fit.precision == "bf16-mixed" and cpu_has_bfloat16(),  # encoded on the CPU
                progress=progress,
            )
            self._train: Films | EncodedFilms = EncodedFilms(
                encode(films.train),
                films.train_targets,
                films.soft_targets,
                probabilities,
                films.weights,
                factors,
            )
            self._validation: Films | EncodedFilms = EncodedFilms(
                encode(films.validation),
                films.validation_targets,
                films.validation_targets,
                None,
            )
            return
        make_films = partial(Films, poster=self.poster, overview=self.overview, tokenizer=tokenizer)
        self._train = make_films(
            films.train,
            films.train_targets,
            soft_targets=films.soft_targets,
            weights=films.weights,
            augmentation=augmentation,
            modality_dropout=probabilities,
            title_dropout=o.title_dropout if isinstance(o, TransformerConfig) else 0.0,
            title_instead=o.title_instead if isinstance(o, TransformerConfig) else 1.0,
            factors=factors,
        )
        self._validation = make_films(films.validation, films.validation_targets)

    @property
    def steps_per_epoch(self) -> int:
        """Number of training batches in an epoch."""
        factors = self._train.factors
        films = len(self._train) if factors is None else shown_films(factors)
        return steps_per_epoch(films, self.config.fit.batch_size, self.rank.count)

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the loader of an epoch; Lightning calls this at the start of each.

        The epoch is computed from the number of steps, because a resumed training calls this
        before Lightning has restored the number of the epoch.
        """
        trainer = cast(lightning.Trainer, self.trainer)
        films = self._train
        epoch = trainer.global_step // self.steps_per_epoch
        films.seed = combine_seeds(self.config.seed, epoch)
        return self._loader(films, films.seed)

    def val_dataloader(self) -> DataLoader[Any]:
        """Return a loader over the validation films, in their order."""
        return self._loader(self._validation, None)

    def _loader(self, films: Films | EncodedFilms, seed: int | None) -> DataLoader[Any]:
        fit = self.config.fit
        if isinstance(films, EncodedFilms):
            return encoded_loader(films, fit.batch_size, shuffle_seed=seed)
        return loader(films, fit.batch_size, workers=fit.workers, shuffle_seed=seed, rank=self.rank)
