"""Prometheus metrics: the rows of the table over the latest picture, and what the program counts of itself."""

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final, TypeAlias

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from verifier.outlets.metric_table import METRICS
from verifier.outlets.picture import Picture

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no hints here

Encoder: TypeAlias = Callable[[Any], bytes]

_ROWS: Final = {metric.name: metric for metric in METRICS}
_OPENMETRICS: Final = "application/openmetrics-text"
_END: Final = b"# EOF\n"
#: The lines that say what a family is.
_HEAD: Final = re.compile(rb"(?:#[^\n]*\n)+")
#: Samples that are rendered in one piece.
_PORTION: Final = 500
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class _One(Collector):
    """A registry of one family, which is all that the library's encoders need."""

    def __init__(self, family: Family) -> None:
        self._family = family

    def collect(self) -> Iterable[Family]:
        return (self._family,)


def parts_of(picture: Picture, encode: Encoder) -> Iterable[bytes]:
    """The text about contracts and accounts, some thousand samples at a time.

    A whole family in one piece would hold up the loop: joining it, and looking through its samples for garbage, happens
    in one breath of the interpreter, whichever thread does it.
    """
    for metric in METRICS:
        if metric.read is None:
            continue
        samples, known = iter(metric.read(picture)), False
        while some := tuple(islice(samples, _PORTION)):
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels, unit=metric.unit)
            for labels, value in some:
                family.add_metric(labels, value)
            text = encode(_One(family)).removesuffix(_END)
            yield _HEAD.sub(b"", text, count=1) if known else text
            known = True
        if not known:
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels, unit=metric.unit)
            yield encode(_One(family)).removesuffix(_END)


def _counter(name: str, registry: CollectorRegistry) -> Counter:
    row = _ROWS[name]
    return Counter(row.name, row.help, row.labels, registry=registry)


def _histogram(name: str, registry: CollectorRegistry) -> Histogram:
    row = _ROWS[name]
    return Histogram(row.name, row.help, row.labels, unit=row.unit, registry=registry, buckets=_BUCKETS)


class Metrics:
    """What ``/metrics`` says. ``render`` is plain work for a thread: the loop never waits for it.

    The text about contracts and accounts is made once per picture and format; only the program's own part is fresh.
    """

    def __init__(self, *, process: bool = True) -> None:
        self._own = CollectorRegistry()
        if process:
            ProcessCollector(registry=self._own)
        self._steps = _counter("verifier_steps_total", self._own)
        self._step_seconds = _histogram("verifier_step_duration_seconds", self._own)
        self._ask_seconds = _histogram("verifier_ask_duration_seconds", self._own)
        self._answers = _counter("verifier_answers_total", self._own)
        self._picture: Picture | None = None
        self._rendered: dict[bool, tuple[Picture, tuple[bytes, ...]]] = {}

    def publish(self, picture: Picture) -> None:
        """The picture that the next scrape shows."""
        self._picture = picture

    def stepped(self, seconds: float) -> None:
        """One turn of the loop took ``seconds``."""
        self._steps.inc()
        self._step_seconds.observe(seconds)

    def answered(self, *, account: str, kind: str, fate: str, seconds: float) -> None:
        """One ask is over: its fate is ``answered`` or the reason of the silence."""
        self._answers.labels(account, kind, fate).inc()
        self._ask_seconds.labels(kind).observe(seconds)

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """The exposition and its content type, OpenMetrics where the client accepts it, else the plain text format."""
        parts, content_type = self.parts(accept)
        return b"".join(parts), content_type

    def parts(self, accept: str = "") -> tuple[tuple[bytes, ...], str]:
        """The same in pieces that can be sent one after the other."""
        openmetrics = _OPENMETRICS in accept
        encode, content_type = choose_encoder(f"{_OPENMETRICS}; version=1.0.0" if openmetrics else "")
        own = encode(self._own)
        picture = self._picture
        if picture is None:
            return (own,), content_type
        kept = self._rendered.get(openmetrics)
        if kept is None or kept[0] is not picture:
            kept = self._rendered[openmetrics] = picture, tuple(parts_of(picture, encode))
        return (*kept[1], own), content_type
