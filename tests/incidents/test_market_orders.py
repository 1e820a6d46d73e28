"""Orders at markets through the one function: recorded answers, orders that come and go, one that is overbilled."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.incidents.test_held_against_each_other import lived, opened
from tests.verdicts.cases import after, contract, fact, slot
from verifier.contract import Basis, Independence, Watch
from verifier.fact import Fact
from verifier.observation import OBSERVATIONS, OfferSeen, SpendSeen, WorkersSeen, WorkerState, WorkSeen
from verifier.observation import WorkerPresence as Presence
from verifier.units import Amount
from verifier.verdicts.verdict import Outcome

RECORDED = Path(__file__).parents[1] / "sources" / "recorded"
ANSWERS = [RECORDED / "nicehash" / "order" / "good", RECORDED / "braiins_hashpower" / "bid" / "good"]
LIMIT = 1e16
DAY = 144
MARKET = Watch(account="market", independence=Independence.SELLER_PAGE)
ORDER = contract(basis=Basis.WORK, tolerance=None, rate=LIMIT, watch=(MARKET, Watch(account="pool")))


def recorded(folder: Path) -> tuple[SpendSeen, OfferSeen]:
    seen = OBSERVATIONS.validate_json((folder / "expected.json").read_bytes())
    spent = next(one for one in seen if isinstance(one, SpendSeen))
    return spent, next(one for one in seen if isinstance(one, OfferSeen))


def order(folder: Path, billed: Callable[[int], float], days: int) -> Iterator[Fact]:
    """What the market said once, said every five minutes of an order that goes on from there."""
    spent, offer = recorded(folder)
    assert offer.price is not None
    coins = float(spent.amount.atoms)
    for k in range(days * 2 * DAY):
        at, level = after(minutes=5 * k + 2), billed(k // 2)
        coins += level * LIMIT * 300 / (1e18 * 86_400) * offer.price.atoms
        work = coins / offer.price.atoms * 1e18 * 86_400
        said = (
            WorkSeen(end=at, hashes=work),
            replace(spent, at=at, amount=Amount(atoms=int(coins))),
            replace(offer, at=at, per_second=level * LIMIT, start=None, end=None),
        )
        yield fact(k, *said, account="market")


def pool(credited: Callable[[int], float], days: int) -> Iterator[Fact]:
    """A pool's slots, and its list of workers, from which the rented ones go when the order does."""
    for k in range(days * DAY):
        yield fact(k, slot(k, credited(k) * LIMIT * 600))
        here = (WorkerState(name="rented", presence=Presence.ONLINE),) if credited(k) else ()
        yield fact(k, WorkersSeen(at=after(minutes=10 * k + 10), workers=here), question="workers")


def comes_and_goes(k: int) -> float:
    return (0.94, 0.94, 0.0, 0.3)[k // 40 % 4]


@pytest.mark.parametrize("folder", ANSWERS, ids=lambda folder: folder.parts[-3])
def test_an_order_that_is_outbid_half_of_the_time_is_no_problem_of_any_kind(folder: Path) -> None:
    standing, told = lived(ORDER, [*order(folder, comes_and_goes, 5), *pool(comes_and_goes, 5)])
    assert not told
    assert standing.verdicts["billed_work"].outcome is Outcome.MET
    for check in ("hashrate", "settlement", "uptime", "worker_gone", "gone_quiet", "repeats_the_promise"):
        assert standing.verdicts[check].outcome is Outcome.NOT_APPLICABLE, check


@pytest.mark.parametrize("folder", ANSWERS, ids=lambda folder: folder.parts[-3])
def test_an_order_that_is_billed_for_a_fifth_more_than_is_credited_is_told(folder: Path) -> None:
    standing, told = lived(ORDER, [*order(folder, lambda _k: 0.94, 4), *pool(lambda _k: 0.75, 4)])
    (found,) = opened(told, "billed_work")
    assert (found.severity, found.tell) == ("warning", True)
    assert found.verdict.at < after(days=2)
    verdict = standing.verdicts["billed_work"]
    assert verdict.values["price"] == "0.00046500 BTC"
    assert "billed by market" in verdict.because
    assert not opened(told, "hashrate")
    assert not opened(told, "contradiction"), "one message is enough"


def test_a_promised_rate_is_no_matter_of_billed_work() -> None:
    deal = contract(watch=(MARKET, Watch(account="pool")))
    standing, _ = lived(deal, [fact(k, slot(k, 100e12 * 600)) for k in range(40)])
    verdict = standing.verdicts["billed_work"]
    assert (verdict.outcome, verdict.because) == (
        Outcome.NOT_APPLICABLE,
        "This contract is of another kind, so this is not judged.",
    )
    assert verdict.at <= after(minutes=360) + timedelta(minutes=60), "said once, not every turn"
