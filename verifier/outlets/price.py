"""What is missing, in every unit: work, coins at the difficulty of that time, and money by two prices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from verifier.contract import Contract
from verifier.expectations.price import Price
from verifier.expectations.schemes import Expected
from verifier.expectations.shortfall import Shortfall, at_price_paid, shortfall
from verifier.outlets import readable, words
from verifier.outlets.picture import ContractView, Picture
from verifier.units import Amount, Money, Window
from verifier.verdicts.payouts.days import Terms, coins, gross_terms
from verifier.verdicts.payouts.dues import DAY
from verifier.verdicts.verdict import Outcome, Verdict

__all__ = [
    "about",
    "at_price_paid",
    "coins_said",
    "figures",
    "last",
    "market_said",
    "missing_work",
    "now",
    "of_term",
    "valued",
]

_NO_CHAIN = "no difficulty is known; `chain:` in the file names a source of blocks"
_NOTHING_OVER = "nothing is missing in the settlement days that are over, or none of them is worked out"


def missing_work(verdict: Verdict) -> float | None:
    """Hashes short of the promise in the time that was seen; None while as much as promised was delivered."""
    if verdict.delivered is None or verdict.owed is None or verdict.delivered >= verdict.owed:
        return None
    return verdict.owed - verdict.delivered if verdict.outcome is Outcome.SHORT or verdict.below_promise else None


def now(view: ContractView, verdict: Verdict | None, picture: Picture) -> Shortfall | None:
    """What is missing now in the judged window of a result about hashrate; None while nothing is."""
    hashes = None if verdict is None else missing_work(verdict)
    if verdict is None or hashes is None:
        return None
    return _shortfall(view, hashes, verdict.window, picture)


def last(view: ContractView, verdict: Verdict | None, picture: Picture) -> Shortfall | None:
    """What was missing in the last shortfall of thirty days, over or not; None without any."""
    values = {} if verdict is None else verdict.values
    since, until, hashes = (values.get(f"shortage_{name}") for name in ("since", "until", "missing_hashes"))
    if not isinstance(since, str) or not isinstance(until, str) or not isinstance(hashes, float):
        return None
    window = Window(start=datetime.fromisoformat(since), end=datetime.fromisoformat(until))
    return _shortfall(view, hashes, window, picture)


def of_term(view: ContractView, picture: Picture) -> Shortfall | None:
    """What is missing since the start, in the time seen, surplus set against it; None where nothing is.

    Coins are summed over the settlement days that are over, each at its own difficulty and fees.
    """
    contract, hashes = view.contract, 0.0 if view.term is None else view.term.missing
    if hashes <= 0:
        return None
    days = [day.missing for day in view.payout_days if day.missing is not None]
    atoms = view.totals.missing + sum(days)
    rules = gross_terms(contract, view.items)
    if isinstance(rules, str):
        return shortfall(contract, hashes, rules, _market(picture))
    earned: Amount | str = Amount(atoms=atoms, coin=view.coin) if atoms > 0 else _NOTHING_OVER
    if _some_day_is_open(view, picture.at):
        earned = "the coins of some days since the start are not worked out"
    return shortfall(contract, hashes, earned, _market(picture), rules.scheme)


def _some_day_is_open(view: ContractView, at: datetime) -> bool:
    """Whether a day of the last weeks was seen, is over, and its coins are not known: a sum without it is too small."""
    known = [day for day in view.payout_days if day.missing is not None]
    seen = (start for start, seconds, _ in view.days if seconds and start + 2 * DAY <= at)
    return any(not any(day.start < start + DAY and start < day.end for day in known) for start in seen)


def _market(picture: Picture) -> Price | None:
    return next(iter(picture.prices.values()), None)


def _shortfall(view: ContractView, hashes: float, window: Window, picture: Picture) -> Shortfall:
    """Missing work of a window in every unit. Fees in money are due without the work too, so they take nothing off."""
    rules = gross_terms(view.contract, view.items)
    if isinstance(rules, str):
        return shortfall(view.contract, hashes, rules, _market(picture))
    earned = _earned(view, rules, hashes, window, picture)
    return shortfall(view.contract, hashes, earned, _market(picture), rules.scheme)


def _earned(view: ContractView, rules: Terms, hashes: float, window: Window, picture: Picture) -> Expected | str:
    """The coins that missing work would have earned, or why nobody can tell."""
    if not picture.network.steps:
        return _NO_CHAIN
    if picture.network.conflict is not None:
        return picture.network.conflict
    found = coins(view.contract, rules, hashes, window, picture.network)
    return "the difficulty of that time is not known" if found is None else found


def about(money: Money | None) -> str:
    """``, about 1.54 EUR`` behind a figure; nothing where there is no price."""
    if money is None:
        return ""
    said = readable.money(money.value, money.currency)
    return f", {said}" if said.startswith("less") else f", about {said}"


def valued(contract: Contract, hashes: float) -> str:
    """Work with its price: ``41.2 TH/s-days, about 1.54 EUR``."""
    return f"{readable.work(hashes, contract.promised.algorithm)}{about(at_price_paid(contract, hashes))}"


def coins_said(found: Shortfall) -> str:
    """``about 0.0000175 BTC by FPPS at the difficulty of that time``, or why it is not known."""
    if found.coins is None:
        return f"not known: {found.coins_unknown}".rstrip(".")
    if not found.coins.atoms:
        return f"less than one base unit of {found.coins.coin}"
    spread = f" (\N{PLUS-MINUS SIGN} {readable.coins(found.spread)})" if found.spread and found.spread.atoms else ""
    scheme = f" by {found.scheme.upper()}" if found.scheme else ""
    return f"about {readable.coins(found.coins)}{spread}{scheme} at the difficulty of that time"


def market_said(found: Shortfall, moment: str) -> str:
    """``about 1.60 EUR at the market price of 09:20 (coinbase, kraken)``, or why it is not known."""
    if found.at_market is None or found.price is None:
        return f"not known: {found.market_unknown}"
    sources = ", ".join(found.price.sources)
    return f"{about(found.at_market).removeprefix(', ')} at the market price of {moment} ({sources})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is missing in one span, in every unit; None where it is not known."""

    name: str
    span: Window
    work: str
    paid: str | None
    coins: str | None
    spread: str | None
    market: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is missing as a table for the page of a contract, and the sentences that say what its figures rest on."""

    lines: Sequence[Line]
    notes: Sequence[str]


def figures(view: ContractView, picture: Picture) -> Figures:
    """What is missing now and in the whole term."""
    verdict, seen = view.verdicts.get(words.HASHRATE), None if view.term is None else view.term.window
    judged = None if verdict is None else verdict.window
    spans = (("now", judged, now(view, verdict, picture)), ("whole term", seen, of_term(view, picture)))
    told = [(name, span, found) for name, span, found in spans if span is not None and found is not None]
    notes = dict.fromkeys(note for name, _, found in told for note in _notes(name, found, picture))
    return Figures(
        lines=[_line(view.contract, name, span, found) for name, span, found in told],
        notes=sorted(notes, key=lambda note: note.startswith("Coins")),
    )


def _line(contract: Contract, name: str, span: Window, found: Shortfall) -> Line:
    paid, coins, spread, market = found.at_price_paid, found.coins, found.spread, found.at_market
    return Line(
        name=name,
        span=span,
        work=readable.work(found.hashes, contract.promised.algorithm),
        paid=None if paid is None else readable.money(paid.value, paid.currency),
        coins=None if coins is None else readable.coins(coins),
        spread=None if spread is None or not spread.atoms else readable.coins(spread, unit=False),
        market=None if market is None else readable.money(market.value, market.currency),
    )


def _notes(name: str, found: Shortfall, picture: Picture) -> Iterable[str]:
    if found.at_price_paid is not None:
        yield "At the price paid: the whole price spread over all promised work."
    if found.coins is None:
        yield f"Coins, {name}: {coins_said(found)}."
        return
    scheme = f" by {found.scheme.upper()}" if found.scheme else ""
    yield f"Coins: what the work would have earned{scheme} at the difficulty of that time."
    if name != "now":
        yield "Coins of the whole term: of the settlement days that are over."
    if not picture.prices:
        return
    if found.at_market is None or found.price is None:
        yield f"At the market price: {market_said(found, '')}."
        return
    moment = readable.brief_moment(found.price.at, picture.time_zone, picture.at) if found.price.at else "now"
    yield f"At the market price of {moment} ({', '.join(found.price.sources)})."
