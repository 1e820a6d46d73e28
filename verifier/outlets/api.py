"""The JSON documents of ``/api/v1``: keys and values are the field names and enumerations of the records.

Moments are RFC 3339 with ``Z``, spans are seconds, rates hashes per second, work hashes, sums of money strings.
A number that is not known is null, never 0 and never NaN.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import accumulate
from math import exp, isfinite
from types import UnionType
from typing import Any, Final, TypeAlias

from verifier.expectations.shortfall import Shortfall
from verifier.incidents.standing import Incident, Phase, Transition
from verifier.ledger.records import Hour
from verifier.outlets import miners, payout_columns, price, slots
from verifier.outlets.picture import AccountView, ContractView, Picture
from verifier.outlets.price import missing_work
from verifier.outlets.words import HASHRATE
from verifier.units import Amount, Money
from verifier.verdicts.checks import hashrate
from verifier.verdicts.verdict import Outcome

Document: TypeAlias = dict[str, Any]

#: Beyond it the exponential is no number any more.
_LARGEST_LOG: Final = 700.0

#: The JSON form of every value that holds no others; an enumeration is asked for before the text it also is.
_LEAVES: Final[tuple[tuple[type | UnionType, Callable[[Any], Any]], ...]] = (
    (Enum, lambda value: value.value),
    (datetime, lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z")),
    (timedelta, timedelta.total_seconds),
    (Decimal, str),
    (float, lambda value: value if isfinite(value) else None),
    (str | int | None, lambda value: value),
)


def plain(value: object) -> Any:
    """A record as JSON values. Raises TypeError for what has no JSON form."""
    for kind, form in _LEAVES:
        if isinstance(value, kind):
            return form(value)
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def text(document: Mapping[str, Any]) -> str:
    """A document as JSON text; refuses NaN and infinity."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)


def _problems(incidents: Mapping[str, Incident], picture: Picture) -> Document:
    return {
        check: {
            "open": incident.phase is Phase.OPEN,
            "phase": incident.phase.value,
            "severity": picture.severities.get(check, "warning"),
            "ordinal": incident.ordinal,
            "since": plain(incident.since),
            "opened_at": plain(incident.opened_at),
        }
        for check, incident in incidents.items()
    }


def _money(money: Money | None) -> Document | None:
    return None if money is None else {"value": str(money.value), "currency": money.currency}


def _amount(amount: Amount) -> Document:
    """Base units as text, which no reader rounds; the coin; whole coins for people."""
    return {"atoms": str(amount.atoms), "coin": amount.coin, "value": f"{amount.coins:f}"}


def _rows(view: ContractView, picture: Picture) -> list[Document]:
    def one(amount: Amount | None) -> Document | None:
        return None if amount is None else _amount(amount)

    return [
        {
            "kind": "settlement_day" if line.day else "payout",
            "at": plain(line.at),
            "expected": one(line.expected),
            "expected_spread": one(line.spread),
            "credited": one(line.credited),
            "paid": one(line.paid),
            "received": one(line.received),
            "due": one(line.due),
            "by": plain(line.by),
            "states": plain(line.states),
            "category": line.category.value,
            "receipts": list(line.receipts),
            "your_note": line.note is not None,
            "cite": None if line.note is None else line.note.cite,
            "confirmations": line.confirmations,
            "mined": plain(miners.found(line.mined, view, picture)),
            "revised": line.revised,
        }
        for line in payout_columns.lines(view)
    ]


def contract(view: ContractView, picture: Picture) -> Document:
    """One contract with its results, problems and sources."""
    what, hashrate = view.contract, view.verdicts.get(HASHRATE)
    return {
        "name": what.name,
        "seller": what.seller,
        "basis": what.basis.value,
        "algorithm": what.promised.algorithm,
        "group": what.group,
        "sum_of": list(what.sum_of),
        "starts": plain(what.starts),
        "ends": plain(what.ends),
        "promised": what.promise_at(picture.at).rate.per_second,
        "promises": [
            {
                "since": plain(promise.since),
                "rate": promise.rate.per_second,
                "tolerance": plain(promise.tolerance),
                "cite": promise.cite,
            }
            for promise in what.promises
        ],
        "price": _money(what.price),
        "labels": plain(what.labels),
        "outcome": None if hashrate is None else hashrate.outcome.value,
        "missing": None if hashrate is None else plain(missing_work(hashrate)),
        "shortfalls": {
            "now": _shortfall(price.now(view, hashrate, picture)),
            "last": _shortfall(price.last(view, hashrate, picture)),
        },
        "checks": {check: plain(verdict) for check, verdict in view.verdicts.items()},
        "problems": _problems(view.incidents, picture),
        "payouts": {column: _amount(amount) for column, amount in payout_columns.sums(view).items()},
        "sources": plain(view.sources),
    }


def _shortfall(found: Shortfall | None) -> Document | None:
    if found is None:
        return None
    return {
        "hashes": plain(found.hashes),
        "coins": None if found.coins is None else _amount(found.coins),
        "coins_spread": None if found.spread is None else _amount(found.spread),
        "coins_unknown": found.coins_unknown,
        "scheme": found.scheme,
        "at_price_paid": _rounded(found.at_price_paid),
        "at_market": _rounded(found.at_market),
        "market_unknown": found.market_unknown,
    }


def _rounded(money: Money | None) -> Document | None:
    """A sum that was worked out, to the hundredth."""
    return None if money is None else {"value": f"{money.value:.2f}", "currency": money.currency}


def contracts(picture: Picture) -> Document:
    """Every contract, by name."""
    return {
        "at": plain(picture.at),
        "version": picture.daemon.version,
        "judging": picture.daemon.ledger_error is None,
        "config_error": picture.daemon.config_error,
        "config_warnings": list(picture.daemon.config_warnings),
        "outcomes": [outcome.value for outcome in Outcome],
        "prices": [plain(found) for found in picture.prices.values()],
        "contracts": [contract(view, picture) for _, view in sorted(picture.contracts.items())],
        "together": [contract(view, picture) for _, view in sorted(picture.sums.items())],
    }


def one_contract(picture: Picture, view: ContractView, changes: Sequence[Transition]) -> Document:
    """One contract with its days, its payouts and the history of its problems, the latest first."""
    latest_first = sorted(changes, key=lambda change: (change.decided_at, change.at), reverse=True)
    return {
        "at": plain(picture.at),
        **contract(view, picture),
        "days": [
            {"start": plain(start), "seen_seconds": seen, "hashes": plain(hashes)} for start, seen, hashes in view.days
        ],
        "shortfall_of_term": _shortfall(price.of_term(view, picture)),
        "periods": [plain(one) for one in view.periods],
        "running": plain(view.running),
        "term_so_far": plain(view.term),
        "payout_rows": _rows(view, picture),
        "changes": [plain(change) for change in latest_first],
    }


def series(picture: Picture, view: ContractView, known: Sequence[Hour], changes: Sequence[Transition]) -> Document:
    """Delivery over time as the charts show it: thirty UTC days, and two days by the hour."""
    now, tolerance = picture.at, view.contract.promise_at(picture.at).tolerance
    return {
        "at": plain(now),
        "name": view.contract.name,
        "time_zone": picture.time_zone,
        "allowed": None if tolerance is None else tolerance.fraction,
        "days": _series(slots.days(view, now), changes),
        "hours": _series(slots.hours(view, known, now), changes, exp(hashrate.line(view.contract))),
    }


def _series(found: slots.Series, changes: Sequence[Transition], line: float | None = None) -> Document:
    ends = accumulate(slot.length for slot in found.slots)
    return {
        "step_seconds": found.step.total_seconds(),
        "line": plain(line),
        "start": plain(found.window.start),
        "end": plain(found.window.end),
        "slots": [
            {
                "start": plain(found.window.start + (end - slot.length) * found.step),
                "end": plain(found.window.start + end * found.step),
                "seen": plain(slot.seen),
                "ratio": plain(slot.ratio),
                "error": plain(slot.error),
                "evidence": None if slot.evidence is None else plain(exp(min(slot.evidence, _LARGEST_LOG))),
            }
            for slot, end in zip(found.slots, ends, strict=True)
        ],
        "problems": [
            {
                "start": plain(found.window.start + start * found.step),
                "end": plain(found.window.start + end * found.step),
            }
            for start, end in slots.problem_spans(changes, HASHRATE, found)
        ],
    }


def _account(view: AccountView, picture: Picture) -> Document:
    return {
        "name": view.name,
        "kind": view.kind,
        "title": view.title,
        "host": view.host,
        "contracts": list(view.contracts),
        "lagging": view.lagging,
        "watched_since": plain(view.watched_since),
        "questions": plain(view.questions),
        "checks": {check: plain(verdict) for check, verdict in view.verdicts.items()},
        "problems": _problems(view.incidents, picture),
        "nobodys_workers": list(picture.daemon.nobodys_workers.get(view.name, ())),
        "twice_claimed_workers": list(picture.daemon.twice_claimed_workers.get(view.name, ())),
    }


def accounts(picture: Picture) -> Document:
    """Every account with how its questions are answered."""
    return {
        "at": plain(picture.at),
        "accounts": [_account(view, picture) for _, view in sorted(picture.accounts.items())],
    }
