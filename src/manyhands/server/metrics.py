"""What the server counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Anybody may invent more, and each would be counted apart for ever."""

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The counters of one app; two apps in one process do not share them."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "manyhands_request_seconds",
            "Time from request to answer",
            ("method", "route", "status"),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._answers = Counter(
            "manyhands_answers",
            "Answers of annotators by what became of them",
            ("status",),
            registry=self._registry,
        )

    def note(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count a request."""
        method = method if method in METHODS else "other"
        self._requests.labels(method, route, str(status)).observe(took_s)

    def note_answers(self, status: str, number: int) -> None:
        """Count answers that came to the same end."""
        self._answers.labels(status).inc(number)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
