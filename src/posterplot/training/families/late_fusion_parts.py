"""Open the two models that late fusion fuses, without PyTorch."""

from pathlib import Path

from posterplot.errors import BundleError, ConfigError
from posterplot.films import Modality
from posterplot.inference.bundle import Bundle, load_bundle
from posterplot.training.config.run_config import LateFusionConfig
from posterplot.training.other_runs import check_exist, override

_PARTS: tuple[Modality, Modality] = ("poster", "overview")  # also keys of the configuration


def load_parts(config: LateFusionConfig) -> tuple[Bundle, Bundle]:
    """Return the bundles of the poster model and of the overview model.

    Raises:
        ConfigError: A run does not exist, is not finished or is damaged, one of the models reads
            another modality, or their genres differ. The message names the configuration's key.

    """
    runs: dict[Modality, Path] = {key: Path(getattr(config, key)) for key in _PARTS}
    check_exist({key: str(run) for key, run in runs.items()})
    poster, overview = (_load(key, run) for key, run in runs.items())
    _check_parts(poster, overview)
    return poster, overview


def _load(key: Modality, run: Path) -> Bundle:
    try:
        return load_bundle(run)
    except BundleError as error:
        raise ConfigError(
            f"{error.where} {error.what}",
            where=key,
            hint=f"{error.hint}, or name another run: {override(key)}",
        ) from error


def _check_parts(poster: Bundle, overview: Bundle) -> None:
    for key, bundle in zip(_PARTS, (poster, overview), strict=True):
        if bundle.modalities != (key,):
            raise ConfigError(
                f"{bundle.path} reads {' and '.join(bundle.modalities)}",
                where=key,
                hint=f"name a run whose model reads only the {key}: {override(key)}",
            )
    if poster.manifest.genres != overview.manifest.genres:
        different = set(poster.manifest.genres) ^ set(overview.manifest.genres)
        raise ConfigError(
            "the two models have different genres "
            f"({', '.join(sorted(different)) or 'in their order'})",
            where=f"{poster.path} and {overview.path}",
            hint="train both on the same dataset",
        )
