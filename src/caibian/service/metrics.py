"""What the service counts, for Prometheus. Labels name routes, features and engines, never people or what they wrote.

With several workers each keeps its own figures in files of a folder that `PROMETHEUS_MULTIPROC_DIR` names before this
module is first imported; whichever worker is asked sums them up.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from caibian.api.tasks import Engine
from caibian.errors import MissingExtra
from caibian.service.gateway.asking import Took

try:
    from prometheus_client import (
        CollectorRegistry,
        Counter,
        Histogram,
        disable_created_metrics,
        generate_latest,
    )
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
    from prometheus_client.multiprocess import MultiProcessCollector
    from prometheus_client.registry import Collector
except ImportError as error:
    raise MissingExtra(error.name or "prometheus_client", "serve") from error

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_OWN = CollectorRegistry()

disable_created_metrics()  # they double the number of series, and several workers do not have them anyway
REQUESTS = Counter(
    "caibian_requests",
    "Requests that were answered.",
    ("route", "method", "status", "feature"),
    registry=_OWN,
)
SECONDS = Histogram(
    "caibian_request_seconds",
    "From the request to the end of its answer; of streams, to their end.",
    ("route", "method"),
    buckets=_SECONDS,
    registry=_OWN,
)
FIRST_TOKEN = Histogram(
    "caibian_first_token_seconds",
    "From the request to the first word of a streamed answer.",
    ("engine",),
    buckets=_SECONDS,
    registry=_OWN,
)
TOKENS = Counter(
    "caibian_tokens",
    "Tokens that engines read (prompt) and wrote (completion).",
    ("engine", "kind"),
    registry=_OWN,
)
ANSWERS = Counter("caibian_answers", "Answers of an engine.", ("engine",), registry=_OWN)
FALLBACKS = Counter(
    "caibian_fallbacks", "Answers of another engine than the one asked first.", ("engine",), registry=_OWN
)
MASKED = Counter(
    "caibian_masked_items", "Items of personal data hidden from engines.", ("kind",), registry=_OWN
)
REFUSALS = Counter(
    "caibian_refusals", "Requests that were refused, by the code of the Problem.", ("code",), registry=_OWN
)
BROKEN_OFF = Counter(
    "caibian_clients_gone", "Requests whose client left before the end.", ("route",), registry=_OWN
)


def answered(first: str, took: Took) -> None:
    """Count an answer that has ended.

    Args:
        first: the engine that was asked first.
    """
    engine = took.model or first
    ANSWERS.labels(engine).inc()
    if engine != first:
        FALLBACKS.labels(first).inc()
    TOKENS.labels(engine, "prompt").inc(took.prompt_tokens)
    TOKENS.labels(engine, "completion").inc(took.completion_tokens)
    if took.first_token_seconds is not None:
        FIRST_TOKEN.labels(engine).observe(took.first_token_seconds)
    for kind, count in took.masked.items():
        MASKED.labels(kind).inc(count)


def exposition(engines: Iterable[Engine]) -> bytes:
    """All figures in Prometheus' text form: what was counted, and how engines stand now."""
    if folder := os.environ.get(FOLDER):
        counted = CollectorRegistry()
        MultiProcessCollector(counted, path=folder)
    else:
        counted = _OWN
    now = CollectorRegistry()
    now.register(_Standing(list(engines)))
    return bytes(generate_latest(counted)) + bytes(generate_latest(now))


class _Standing(Collector):
    """How engines stand, as gauges."""

    def __init__(self, engines: list[Engine]) -> None:
        self._engines = engines

    def collect(self) -> Iterator[Metric]:
        """See prometheus-client."""
        up = GaugeMetricFamily("caibian_engine_up", "1: the engine can be asked.", labels=["engine", "kind"])
        starts = CounterMetricFamily(
            "caibian_engine_starts", "Starts of a local engine's process.", labels=["engine"]
        )
        running = GaugeMetricFamily("caibian_engine_running", "Requests being answered.", labels=["engine"])
        waiting = GaugeMetricFamily("caibian_queue_depth", "Requests that wait.", labels=["engine"])
        for engine in self._engines:
            up.add_metric([engine.name, engine.kind], float(engine.state == "ready"))
            if engine.kind == "local":
                starts.add_metric([engine.name], engine.starts)
            running.add_metric([engine.name], engine.running)
            waiting.add_metric([engine.name], engine.waiting)
        yield from (up, starts, running, waiting)
