"""The same message as data: the body of a webhook, documented in docs/webhook.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final, Literal

from pydantic import ConfigDict, TypeAdapter

from verifier.incidents.standing import Change
from verifier.outlets import rows
from verifier.outlets.messages.letter import Letter, Occasion
from verifier.outlets.price import missing_work, now
from verifier.units import Amount, Money
from verifier.verdicts.verdict import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A sum as decimal text with its currency (ISO 4217)."""

    value: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coins:
    """Base units as decimal text, and the coin."""

    atoms: str
    coin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFrom:
    """The source that decides: the account's name, what it is, how far from the seller, how exact."""

    account: str
    title: str
    independence: str
    exactness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTold:
    """One change of one problem.

    ``problem`` stays the same from the first message about a problem to the last one. ``delivered``, ``promised`` and
    ``missing`` are hashes in the time that was seen since ``since`` (``since_or_earlier``:
    only the first moment seen); ``delivered_over_promised`` lies in ``interval``.
    ``missing_coins`` is what that work would have earned, an estimate, ``missing_at_market_price`` its price now.
    ``false_alarm_years``: by chance alone such a message comes less than once in so many years. null is "not known".
    """

    id: str
    problem: str
    number: int
    change: Change
    check: str
    severity: Literal["critical", "warning", "info"]
    subject: str
    concerns: tuple[str, ...]
    at: datetime
    decided_at: datetime
    since: datetime | None
    since_or_earlier: bool
    outcome: Outcome
    headline: str
    because: str
    algorithm: str | None
    promised: float | None
    delivered: float | None
    delivered_over_promised: float | None
    interval: tuple[float, float] | None
    missing: float | None
    missing_coins: Coins | None
    missing_at_price_paid: Price | None
    missing_at_market_price: Price | None
    seen: float | None
    unseen_because: str | None
    false_alarm_years: float | None
    read_from: ReadFrom | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What changed, the worst first; ``subject`` and ``text`` are the mail about it. Empty ``changes`` in a test."""

    subject: str
    text: str
    changes: tuple[ChangeTold, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The body. ``timestamp`` is when the message was written; it is the same at every attempt."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    type: Literal["problems.changed", "test"]
    timestamp: datetime
    data: Data


PAYLOAD: Final = TypeAdapter(Payload)


def dump(told: Sequence[tuple[Occasion, Letter]], now: datetime, *, subject: str, text: str) -> Any:
    """The body about some changes, as JSON values."""
    data = Data(subject=subject, text=text, changes=tuple(_change(*one) for one in told))
    return PAYLOAD.dump_python(Payload(type="problems.changed", timestamp=now, data=data), mode="json")


def dump_test(now: datetime, *, subject: str, text: str) -> Any:
    """The body of a test message."""
    data = Data(subject=subject, text=text, changes=())
    return PAYLOAD.dump_python(Payload(type="test", timestamp=now, data=data), mode="json")


def _price(money: Money | None) -> Price | None:
    return None if money is None else Price(value=f"{money.value:.2f}", currency=money.currency)


def _coins(amount: Amount) -> Coins:
    return Coins(atoms=str(amount.atoms), coin=amount.coin)


def _change(occasion: Occasion, said: Letter) -> ChangeTold:
    transition, verdict, view = occasion.transition, occasion.verdict, occasion.contract
    found = None if view is None else now(view, verdict, occasion.picture)
    source = None if view is None else rows.decisive(view)
    return ChangeTold(
        id=transition.id,
        problem=transition.problem,
        number=transition.ordinal,
        change=transition.change,
        check=transition.check,
        severity=transition.severity,
        subject=transition.subject,
        concerns=transition.concerns,
        at=transition.at,
        decided_at=transition.decided_at,
        since=verdict.since,
        since_or_earlier=verdict.since_or_earlier,
        outcome=verdict.outcome,
        headline=said.headline,
        because=verdict.because,
        algorithm=None if view is None else view.contract.promised.algorithm,
        promised=verdict.owed,
        delivered=verdict.delivered,
        delivered_over_promised=rows.delivered(verdict)[0],
        interval=verdict.interval if verdict.interval and all(map(isfinite, verdict.interval)) else None,
        missing=missing_work(verdict),
        missing_coins=None if found is None or found.coins is None else _coins(found.coins),
        missing_at_price_paid=None if found is None else _price(found.at_price_paid),
        missing_at_market_price=None if found is None else _price(found.at_market),
        seen=verdict.coverage,
        unseen_because=verdict.unseen_because,
        false_alarm_years=verdict.false_alarm_years,
        read_from=None
        if source is None
        else ReadFrom(
            account=source.account,
            title=source.title,
            independence=source.independence,
            exactness=source.exactness,
        ),
        url=occasion.url,
    )
