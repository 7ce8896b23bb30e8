"""Count and time requests for Prometheus. Contents of requests are not recorded."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

METRICS_TYPE = CONTENT_TYPE_LATEST

_METHODS = ("GET", "HEAD", "POST")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "posterplot_requests",
            "Completed requests.",
            ("path", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "posterplot_request_seconds",
            "Seconds from the head of a request to the end of its response.",
            ("path",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.films = Counter(
            "posterplot_films", "Films predicted or explained.", registry=self.registry
        )
        self.batch = Histogram(
            "posterplot_batch_films",
            "Films per batch.",
            buckets=(1, 2, 4, 8, 16, 32),
            registry=self.registry,
        )
        self.queued = Gauge(
            "posterplot_queued_films", "Films in the queue.", registry=self.registry
        )
        self.body_bytes = Gauge(
            "posterplot_body_bytes", "Bytes of request bodies in memory.", registry=self.registry
        )

    def observe(self, path: str, method: str, status: int, seconds: float) -> None:
        """Count a completed request.

        Args:
            path: A path of the service, "page", or "other": a client must not add labels.
            method: HTTP method.
            status: HTTP status.
            seconds: Duration of the request.

        """
        method = method if method in _METHODS else "other"
        self._requests.labels(path, method, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def text(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self.registry)
