"""Counts and times, for Prometheus; nothing of what a request holds."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

METRICS_TYPE = CONTENT_TYPE_LATEST

_METHODS = ("GET", "HEAD", "POST")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The figures of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "posterplot_requests",
            "Requests answered.",
            ("path", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "posterplot_request_seconds",
            "From the head of a request to the end of its answer.",
            ("path",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.films = Counter(
            "posterplot_films", "Films predicted or explained.", registry=self.registry
        )
        self.batch = Histogram(
            "posterplot_batch_films",
            "Films that were answered together.",
            buckets=(1, 2, 4, 8, 16, 32),
            registry=self.registry,
        )
        self.waiting = Gauge(
            "posterplot_waiting_films", "Films that wait for their turn.", registry=self.registry
        )
        self.held = Gauge(
            "posterplot_held_bytes", "Bytes of bodies under way.", registry=self.registry
        )

    def observe(self, path: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            path: one of the service's own, or "other": strangers must not add to the labels.
            method, status: of HTTP.
            seconds: that it took.

        """
        method = method if method in _METHODS else "other"
        self._requests.labels(path, method, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self.registry)
