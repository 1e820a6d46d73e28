"""The tables of docs/sources.md, made from the code and the recorded cases; ``python -m tests.sources.table``."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from verifier.observation import (
    BalanceSeen,
    BlockSeen,
    EarningClaimed,
    OfferSeen,
    PayoutClaimed,
    PayoutReceived,
    PriceSeen,
    RateSeen,
    SharesSeen,
    SpendSeen,
    WorkersSeen,
    WorkSeen,
)
from verifier.sources import SOURCES
from verifier.talk import Source

PAGE: Final = Path(__file__).parents[2] / "docs" / "sources.md"
RECORDED: Final = Path(__file__).parent / "recorded"
#: What is made stands between these lines of the page.
FIRST, LAST = "## Kinds at a glance\n", "## How an answer is read\n"
#: What a person keeps to get access, where its name in the configuration does not say it.
_WORDS: Final = {"access_key": "observer link", "api_key": "key"}
_COINS: Final = {EarningClaimed: "earnings", PayoutClaimed: "payouts", BalanceSeen: "balance"}


class Shown:
    """One kind with what its recorded cases were understood as."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.sees = frozenset[type]().union(*(question.sees for question in source.questions))

    @cached_property
    def cases(self) -> list[Path]:
        return sorted(RECORDED.glob(f"{self.source.kind}/*/*/case.json"))

    @cached_property
    def told(self) -> list[dict[str, Any]]:
        answers = (json.loads((case.parent / "expected.json").read_bytes()) for case in self.cases)
        return [one for answer in answers if isinstance(answer, list) for one in answer]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.told if one["type"] == kind]

    def access(self) -> str:
        """An address or login that is no secret, a key, an observer link; and whose machine."""
        account = self.source.Account
        keys = [_WORDS.get(name, name) for name in account.secrets]
        found = " and ".join([", ".join(keys[:-1]), keys[-1]] if len(keys) > 1 else keys)
        if not found:
            named = [f"`{name}`" for name in ("user", "address") if name in account.model_fields]
            found = " ".join(["open", *(["by", " or ".join(named)] if named else [])])
        if account.optional_secrets:
            found += f"; {' or '.join(account.optional_secrets)} if there is one"
        return found + ("; your `url`" if account.model_fields["url"].is_required() else "")

    def workers(self) -> str:
        each = {one["type"] for one in self.told if one.get("worker")}
        parts = ((WorkersSeen in self.sees, "list"), ("rate_seen" in each, "rates"), ("work_seen" in each, "work"))
        return _listed(word for there, word in parts if there)

    def work(self) -> str:
        """What is counted; else the averages that stand in for it."""
        seen = self.of("work_seen")
        slots = {_moment(one["end"]) - _moment(one["start"]) for one in seen if one["start"] is not None}
        counted = ["counter"] if any(one["start"] is None for one in seen) else []
        if slots:
            usual = max(sorted(slots), key=lambda length: sum(_length(one) == length for one in seen))
            counted.append(f"slots of {span(usual)}" if usual >= timedelta(minutes=1) else "slots")
        windows = sorted({timedelta(seconds=one["window"]) for one in self.of("rate_seen")})
        return _listed(counted) if counted else f"averages only: {_between(windows)}" if windows else "–"

    def shares(self) -> str:
        seen = self.of("shares_seen")
        return _listed(fate for fate in ("accepted", "rejected", "stale") if any(one[fate] is not None for one in seen))

    def history(self) -> str:
        reach = max((one.reach for one in self.source.questions if WorkSeen in one.sees), default=timedelta(0))
        return span(reach)

    def coins(self) -> str:
        return _listed(word for kind, word in _COINS.items() if kind in self.sees)

    def scheme(self) -> str:
        return _listed(sorted({one["scheme"] for one in self.told if one.get("scheme")}))

    def evidence(self) -> str:
        """Where cases were captured from a running server their names say so; the others are invented in its shape."""
        captured = sum("captured" in case.parent.name for case in self.cases)
        return f"{self.source.support}, {captured} of {len(self.cases)} captured"


_GROUPS: Final[Mapping[str, Callable[[Shown], bool]]] = {
    "Prices": lambda one: one.sees == {PriceSeen},
    "Chains": lambda one: not one.sees.isdisjoint({BlockSeen, PayoutReceived}) and RateSeen not in one.sees,
    "By configuration": lambda one: ".declared" in one.source.Account.__module__,
    "Markets": lambda one: OfferSeen in one.sees,
    "Gateways of your own": lambda one: one.source.independence == "own_gateway",
    "Pools": lambda _: True,
}
_ORDER: Final = ("Pools", "Gateways of your own", "Markets", "Chains", "Prices", "By configuration")
_DELIVERY: Final[Mapping[str, Callable[[Shown], str]]] = {
    "read by": Shown.access,
    "per worker": Shown.workers,
    "work": Shown.work,
    "shares": Shown.shares,
    "history": Shown.history,
    "coins": Shown.coins,
    "scheme": Shown.scheme,
    "evidence": Shown.evidence,
}
_FACTS: Final[Mapping[str, Callable[[Shown], str]]] = {
    "read by": Shown.access,
    "tells": lambda one: _listed(sorted(kind.__name__ for kind in one.sees)),
    "evidence": Shown.evidence,
}


def span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if not minutes:
        return "–"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"


def table(sources: Mapping[str, Source]) -> str:
    """Every kind, by what it is; then every question."""
    shown = [Shown(source) for source in sources.values()]
    grouped = {name: [one for one in shown if _group(one) == name] for name in _ORDER}
    return (
        FIRST
        + "".join(f"\n### {name}\n\n{_glance(kinds)}" for name, kinds in grouped.items() if kinds)
        + f"\n## Questions\n\n{_questions(sources)}\n"
    )


def _group(one: Shown) -> str:
    return next(name for name, fits in _GROUPS.items() if fits(one))


def _glance(kinds: list[Shown]) -> str:
    columns = _DELIVERY if any(one.sees & {WorkSeen, RateSeen, SharesSeen, SpendSeen} for one in kinds) else _FACTS
    rows = [[_link(one.source), one.source.title, *(cell(one) for cell in columns.values())] for one in kinds]
    return _rows(["kind", "what", *columns], rows)


def _questions(sources: Mapping[str, Source]) -> str:
    rows = [
        [
            _link(source),
            question.name,
            span(question.every),
            span(question.reach),
            _listed(sorted(seen.__name__ for seen in question.sees)),
        ]
        for source in sources.values()
        for question in source.questions
    ]
    return _rows(["kind", "question", "asked every", "reaches back", "tells"], rows)


def _link(source: Source) -> str:
    return f"[{source.kind}](sources/{source.kind}.md)"


def _rows(head: list[str], rows: list[list[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "–"


def _between(lengths: list[timedelta]) -> str:
    return " to ".join(dict.fromkeys(span(one) for one in (lengths[0], lengths[-1])))


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _length(one: Mapping[str, Any]) -> timedelta | None:
    return None if one["start"] is None else _moment(one["end"]) - _moment(one["start"])


if __name__ == "__main__":
    before, rest = PAGE.read_text(encoding="utf-8").split(FIRST)
    PAGE.write_text(before + table(SOURCES) + LAST + rest.split(LAST)[1], encoding="utf-8")
