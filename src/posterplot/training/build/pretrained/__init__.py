"""Find, check and load pretrained encoders.

Nothing is downloaded unless the name starts with ``hub:``.
"""

from posterplot.training.build.pretrained.overview_weights import (
    OVERVIEW_WHEELS,
    OverviewModel,
    OverviewWheel,
    bare_overview_model,
    load_overview_model,
    longest_overview,
)
from posterplot.training.build.pretrained.poster_weights import (
    POSTER_WHEELS,
    PosterModel,
    PosterWheel,
    bare_poster_model,
    load_poster_model,
)

__all__ = [
    "OVERVIEW_WHEELS",
    "POSTER_WHEELS",
    "OverviewModel",
    "OverviewWheel",
    "PosterModel",
    "PosterWheel",
    "bare_overview_model",
    "bare_poster_model",
    "load_overview_model",
    "load_poster_model",
    "longest_overview",
]
