"""The outlet's figures as Prometheus reads them (only `prometheus_client`), each desk with a registry of its own."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from agent.notices.figures import Figures, figures
from agent.outlet import Outlet

FRESH = timedelta(seconds=5)
"""For so long, what was counted is told again: many may ask at once."""
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Registry:
    """What this desk has counted since it began, and what stands in the rows."""

    def __init__(self, outlet: Outlet) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Rows(outlet))
        labels = ("method", "route", "status")
        self._requests = Counter(
            "afterword_desk_requests", "Requests that the desk answered.", labels, registry=self._registry
        )
        self._seconds = Histogram(
            "afterword_desk_request_seconds",
            "How long the desk took to answer.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self._registry,
        )

    def saw(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered. `route` is a template, never what somebody asked for: so there are only so many."""
        named = method if method in METHODS else "other"
        self._requests.labels(named, route, str(status)).inc()
        self._seconds.labels(named, route).observe(seconds)

    def told(self, accept: str) -> tuple[bytes, str]:
        """All of it, in a form that whoever asks takes, and the name of that form."""
        encode, form = choose_encoder(accept)
        return encode(self._registry), form


class _Rows(Collector):
    """Figures from rows, counted when they are asked for."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._counting = Lock()
        self._last: tuple[datetime, Figures] | None = None

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: registering must ask no database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Keep the protocol of the library."""
        with self._counting:
            now = self._outlet.now()
            if self._last is None or now - self._last[0] >= FRESH:
                with self._outlet.database.read() as db:
                    self._last = now, figures(self._outlet, db)
            found = self._last[1]
        yield from _metrics(found, now)


def _metrics(found: Figures, now: datetime) -> Iterator[Metric]:
    """Figures in the library's shape. Pure."""
    age = (now - found.oldest).total_seconds() if found.oldest else 0
    yield GaugeMetricFamily("afterword_queue_length", "Pieces that wait for reviewers.", found.queue)
    yield GaugeMetricFamily("afterword_queue_oldest_seconds", "How long the oldest of them has waited.", age)
    waits = GaugeMetricFamily("afterword_waiting", "What waits for people, by kind.", labels=["kind"])
    for pile in found.piles:
        waits.add_metric([pile.kind], pile.count)
    yield waits
    yield _gauge("afterword_pieces", "Pieces, by where they stand.", "state", found.pieces)
    yield _counter("afterword_verdicts", "Verdicts that were given.", "verdict", found.verdicts)
    yield CounterMetricFamily("afterword_verdicts_taken_back", "Verdicts that were taken back.", found.taken_back)
    yield _gauge("afterword_sittings", "Sessions of authors, by what came of them.", "outcome", found.sittings)
    cost = CounterMetricFamily(
        "afterword_cost_dollars", "What calls may have cost, with what is reserved.", labels=["author"]
    )
    tokens = CounterMetricFamily("afterword_tokens", "What calls may have used.", labels=["author"])
    for spent in found.spent:
        cost.add_metric([spent.author], spent.cost / 1e6)
        tokens.add_metric([spent.author], spent.tokens)
    yield cost
    yield tokens
    by_word = {"yes" if waits_for else "no": count for waits_for, count in found.notices.items()}
    yield _gauge("afterword_notices", "What staff must know, and whether it waits for somebody.", "waits", by_word)
    yield _gauge("afterword_notifications_unsent", "Messages to staff not sent yet.", "channel", found.unsent)
    if found.edition_at is not None:
        moment = found.edition_at.timestamp()
        yield GaugeMetricFamily("afterword_edition_timestamp_seconds", "When the newest edition was made.", moment)


def _gauge(name: str, words: str, label: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _counter(name: str, words: str, label: str, counts: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, words, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
