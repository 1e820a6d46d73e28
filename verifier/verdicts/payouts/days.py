"""What each settlement day was expected to earn: from the delivered work, and from the promised work."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import ceil, sqrt
from typing import Final, Protocol
from zlib import crc32

from verifier.contract import Contract, Independence
from verifier.expectations.coins import in_force_at, inside, step_at
from verifier.expectations.income import bitcoin, income
from verifier.expectations.price import DayPrice
from verifier.expectations.rate import Owed, in_term, owed
from verifier.expectations.schemes import SCHEMES, Expected, expected
from verifier.record import record
from verifier.units import COIN_DECIMALS, HASHES_PER_DIFFICULTY, Money, Window
from verifier.verdicts.payouts.books import KEPT, Books
from verifier.verdicts.payouts.costs import less, taken
from verifier.verdicts.payouts.dues import DAY, day_start
from verifier.verdicts.payouts.items import Earning, Items
from verifier.verdicts.payouts.rows import DayRow
from verifier.verdicts.share_scale import assumed_difficulty
from verifier.verdicts.tally import Day, worked

#: A pool's fee where neither the contract nor the pool says it: the highest that large pools publish.
POOL_FEE_UNSTATED: Final = Decimal("0.04")
#: So finely is a fee told that was worked out from rounded sums.
_FEE_STEP: Final = Decimal("0.000001")
#: Days younger than this are looked at in every turn: their work, or what is known of the network, may still grow.
_YOUNG: Final = timedelta(days=7)
_INSTANT: Final = timedelta(microseconds=1)
_BITCOIN: Final = "sha256d"
_SELLERS: Final = frozenset({Independence.ARRANGED_BY_SELLER, Independence.SELLER_PAGE})


class Network(Protocol):
    """The steps of the network as the chain's sources told them."""

    @property
    def steps(self) -> tuple[tuple[datetime, float], ...]: ...
    @property
    def heights(self) -> tuple[tuple[datetime, int], ...]: ...
    @property
    def fees(self) -> tuple[tuple[datetime, Decimal], ...]: ...
    @property
    def prices(self) -> Mapping[str, Mapping[datetime, DayPrice]]: ...


@record
class Terms:
    """By which rules work turns into coins; ``fee`` is a fraction, ``assumed`` what is stated nowhere, in words.

    ``costs`` are sums of money per TH/s and day that are taken from the coins before they are credited.
    """

    scheme: str
    fee: Decimal
    assumed: str | None = None
    costs: tuple[Money, ...] = ()


def terms(contract: Contract, items: Items, network: Network | None = None) -> Terms | str:
    """The rules that contract and pool state, or the sentence why nothing can be expected from them.

    Without the ``network`` and its prices nothing can be expected where a fee in money is taken from the coins.
    """
    rules = gross_terms(contract, items)
    costs = _taken_in_money(contract, items)
    if isinstance(rules, str) or not costs:
        return rules
    what, cost = next(iter(costs.items()))
    if network is None:
        return f"The fee for {what} is in money: what it takes from the coins cannot be worked out yet."
    known = COIN_DECIMALS.keys() | network.prices.keys()
    unknown = next((one.currency for one in costs.values() if one.currency not in known), None)
    if unknown is not None:
        return (
            f"The fee for {what} is in {cost.currency}, and no price of bitcoin in {unknown} is known of any day: "
            "name sources under `prices:`."
        )
    return replace(rules, costs=tuple(costs.values()))


def _taken_in_money(contract: Contract, items: Items) -> dict[str, Money]:
    """Fees in money that the seller takes before crediting: at an account that he opened, or paying a wallet himself.

    At a pool account of the renter's own nobody but the pool can take anything: such fees are paid apart.
    """
    by_wallet = {watch.account for watch in contract.watch} <= items.wallets.keys()
    if not by_wallet and not any(watch.independence in _SELLERS for watch in contract.watch):
        return {}
    fees = {what: fee.per_terahash_day for what, fee in contract.fees.items() if fee is not None}
    return {what: money for what, money in fees.items() if money is not None}


def gross_terms(contract: Contract, items: Items) -> Terms | str:
    """The same before fees in money: what work is worth that was not done."""
    if contract.promised.algorithm != _BITCOIN:
        return "Expected coins are worked out for Bitcoin only so far."
    told = [one for one in items.earnings.values() if one.scheme is not None]
    latest = max(told, key=lambda one: (one.end, one.id), default=None)
    scheme = contract.payouts.scheme or (latest.scheme.lower() if latest is not None and latest.scheme else None)
    if scheme is None:
        return "Neither contract nor pool says by which scheme work is paid: write `payouts: {scheme: fpps}`."
    if scheme not in SCHEMES:
        return f"Scheme not modelled yet: {scheme}."
    gross, fees, _ = pool_fee(items.earnings.values())
    stated = contract.fees.get("pool")
    management = contract.fees.get("management")
    if stated is not None and stated.fraction is not None:
        pool, assumed = stated.fraction, None
    elif gross:
        pool = (fees / gross).quantize(_FEE_STEP, ROUND_HALF_UP).normalize()
        assumed = "the pool's own figure for its fee"
    else:
        pool, assumed = POOL_FEE_UNSTATED, f"a pool fee of {100 * POOL_FEE_UNSTATED:f} %, which is stated nowhere"
    kept = (1 - pool) * (1 - ((management.fraction if management else None) or Decimal(0)))
    return Terms(scheme=scheme, fee=1 - kept, assumed=assumed)


def pool_fee(earnings: Iterable[Earning]) -> tuple[Decimal, Decimal, int]:
    """What was earned before the pool's fee, that fee, and what rounding explains of it (one for each), in base units.

    A rate told with one small earning is mostly rounding: only the sums of a span say what a pool takes.
    """
    gross = fees = Decimal(0)
    told = [(one.atoms, Decimal(str(one.fee))) for one in earnings if one.fee is not None and one.fee < 1]
    for atoms, rate in told:
        gross += atoms / (1 - rate)
        fees += atoms / (1 - rate) * rate
    return gross, fees, len(told)


def expect(
    contract: Contract, books: Books, work: Mapping[str, Day], network: Network, now: datetime, *, anew: bool = False
) -> Books:
    """The books with expected coins for every settlement day that is over and was seen or credited.

    Days of the last week that were worked out already are left alone unless their work or the network's known steps
    changed; ``anew`` works out all that are kept.
    """
    rules = terms(contract, books.items, network)
    if isinstance(rules, str) or not network.steps:
        return books
    found: dict[str, DayRow] = {}
    fresh = (row.start for row in books.days.values() if not row.steps and row.start >= contract.starts)
    for row in _over(contract, books, work, now, since=None if anew else min([now - _YOUNG, *fresh])):
        window = Window(start=row.start, end=row.end)
        day, steps = worked(work, window), _steps(rules, network, window)
        if anew or row.steps != steps or day.hashes != row.hashes:
            uneven = unevenness(work, window, owed(contract, window).promised / window.span.total_seconds())
            found[row.start.isoformat()] = _expected(contract, row, day, uneven, rules, network, steps)
    return replace(books, days={**books.days, **found}) if found else books


def _over(
    contract: Contract, books: Books, work: Mapping[str, Day], now: datetime, since: datetime | None
) -> Iterator[DayRow]:
    """The settlement days inside the term that are over, young enough, and of which anything is known."""
    start = day_start(max(since or now - KEPT, now - KEPT, contract.starts), contract.payouts.pool_day or timedelta(0))
    while start + DAY <= now:
        row = books.days.get(start.isoformat())
        seen = any(moment.date().isoformat() in work for moment in (start, start + DAY - _INSTANT))
        window = Window(start=start, end=start + DAY)
        if (row is not None or seen) and in_term(contract, window) is not None:
            yield row or DayRow(start=start, end=start + DAY)
        start += DAY


def _steps(rules: Terms, network: Network, window: Window) -> int:
    """A mark of all that is known of the network over a window: another one when any of it changes."""
    kinds = (network.steps, network.heights, network.fees)
    known = [
        (step_at(steps, window.start), [(at, in_force_at(steps, at)) for at in inside(steps, window)])
        for steps in kinds
    ]
    priced = [taken(rules.costs, 1.0, window, network.prices)] if rules.costs else []
    return crc32(repr(known + priced).encode())


def unevenness(work: Mapping[str, Day], window: Window, promised: float) -> float:
    """Hashes by which a window's work may be wrong where it cuts UTC days: their work may lie on one side of the cut.

    No more was done in the rest of such a day than at the highest rate (hashes per second) promised or seen nearby.
    """
    midnight = datetime.combine(window.start.date(), time(), UTC)
    midnights = [midnight]
    while midnights[-1] < window.end:
        midnights.append(midnights[-1] + DAY)
    days = [work.get(one.date().isoformat()) for one in midnights[:-1]]
    fastest = max([promised, *(day.hashes / day.seen_seconds for day in days if day and day.seen_seconds)])
    found = 0.0
    for (start, end), day in zip(pairwise(midnights), days, strict=True):
        inner = (min(end, window.end) - max(start, window.start)).total_seconds()
        outer = DAY.total_seconds() - inner
        if day is not None and outer:
            even = day.hashes * inner / DAY.total_seconds()
            least, most = max(0.0, day.hashes - fastest * outer), min(day.hashes, fastest * inner)
            found += max(0.0, even - least, most - even)
    return found


def _expected(
    contract: Contract, row: DayRow, day: Day, uneven: float, rules: Terms, network: Network, steps: int
) -> DayRow:
    window = Window(start=row.start, end=row.end)
    due = owed(contract, window)
    costs = taken(rules.costs, due.promised, window, network.prices)
    earned = coins(contract, rules, day.hashes, window, network) if day.seen_seconds else None
    whole = coins(contract, rules, due.promised, window, network)
    delivered = None if earned is None or costs is None else less(earned, *costs)
    promised = None if whole is None or costs is None else less(whole, *costs)
    return replace(
        row,
        expected=None if delivered is None else delivered.amount.atoms,
        expected_spread=None
        if delivered is None or earned is None
        else delivered.spread.atoms + _atoms_of(uneven, day, earned),
        promised=None if promised is None else promised.amount.atoms,
        promised_spread=None if promised is None else promised.spread.atoms,
        missing=_missing(whole, due, day),
        hashes=day.hashes,
        seen=day.seen_seconds / DAY.total_seconds(),
        steps=steps,
    )


def _missing(whole: Expected | None, due: Owed, day: Day) -> int | None:
    """Base units that the work missing in the time seen would have earned; negative where more came than promised."""
    if whole is None or not due.promised or not day.seen_seconds:
        return None
    part = Decimal(min(1.0, day.seen_seconds / due.seconds)) - Decimal(day.hashes) / Decimal(due.promised)
    return int((whole.amount.atoms * part).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def blocks(rules: Terms, hashes: float, window: Window, network: Network) -> float | None:
    """How many blocks work is expected to find by itself, where the scheme pays by them; else None."""
    if rules.scheme != "solo":
        return None
    earned = income(hashes, window, bitcoin(window, network.steps, network.heights, network.fees))
    return None if earned is None else float((earned.subsidy + (earned.fees or Decimal(0))) / earned.reward)


def _atoms_of(uneven: float, day: Day, delivered: Expected) -> int:
    """What uneven work is worth, as a standard error: no more than three of them can be wrong by it."""
    return ceil(delivered.amount.atoms * uneven / day.hashes / 3) if day.hashes else 0


def coins(contract: Contract, rules: Terms, hashes: float, window: Window, network: Network) -> Expected | None:
    """What work is expected to be paid over a window, None when the network's steps do not cover it."""
    spread = Decimal(0)
    if hashes > 0:
        share = assumed_difficulty(contract.promise_at(window.start).rate.per_second, timedelta(seconds=6))
        spread = Decimal(min(1.0, sqrt(share * HASHES_PER_DIFFICULTY / hashes)))
    earned = income(hashes, window, bitcoin(window, network.steps, network.heights, network.fees), spread)
    return None if earned is None else expected(rules.scheme, earned, rules.fee)
