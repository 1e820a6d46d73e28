"""A captured NOMP pool on a private chain: what it said it paid, and what the chain shows, reconcile one to one.

The pool takes 1 % of each block and keeps a reserve of at most 0.0002 coins back for the cost of its transaction. The
chain's subsidy halved at height 150, within the hour.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tests.verdicts.cases import contract
from tests.verdicts.money import said
from verifier.contract import Contract, Fee, PayoutPlan, Watch
from verifier.expectations.income import Network, income
from verifier.expectations.schemes import expected
from verifier.fact import Fact
from verifier.observation import EarningClaimed, PayoutClaimed, PayoutReceived
from verifier.units import HASHES_PER_DIFFICULTY, Amount, Window
from verifier.verdicts.checks import charged_above_agreed, paid_below_credited, received_below_paid
from verifier.verdicts.payouts import Books, PayoutRow, PayoutState, payout_rows, post
from verifier.verdicts.verdict import News, Outcome

HERE: Final = Path(__file__).parent / "captured" / "nomp"
ADDRESS: Final = "bcrt1qnrn4tljjlqf7hj4u27y9rhhdz7fk93gl7sydjz"
HALVING: Final = 150
FEE: Final = Decimal("0.01")
RESERVE: Final = 20_000
START: Final = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
END: Final = datetime(2026, 11, 20, 6, 10, tzinfo=UTC)


def captured(name: str) -> Any:
    return json.loads((HERE / name).read_text(encoding="utf-8"), parse_float=Decimal)


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line, parse_float=Decimal) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def subsidy(height: int) -> int:
    """Base units a block creates on the captured chain."""
    return 5_000_000_000 >> (height // HALVING)


PAYMENTS: Final = captured("payments.json")[0]["payments"]
MINED: Final = {
    int(height): datetime.fromtimestamp(int(moment) / 1000, UTC)
    for _, _, height, _, moment in (block.split(":") for block in captured("blocks.json").values())
}
WALLET: Final = lines("customer_payouts.ndjson")


def deal() -> Contract:
    return contract(
        starts=START,
        watch=(Watch(account="nomp"), Watch(account="wallet")),
        payouts=PayoutPlan(every=timedelta(hours=1), within=timedelta(hours=1), address=ADDRESS),
        fees={"pool": Fee(fraction=FEE)},
    )


def credits_() -> list[Fact]:
    """What the blocks of each payment are worth to the only miner, less the pool's fee."""
    facts = []
    for payment in PAYMENTS:
        blocks = payment["blocks"]
        atoms = sum(int(subsidy(height) * (1 - FEE)) for height in blocks)
        # The later blocks matured when the pool paid them.
        end = datetime.fromtimestamp(payment["time"] / 1000, UTC) - timedelta(seconds=1)
        earning = EarningClaimed(
            id=str(blocks), start=min(MINED[height] for height in blocks), end=end, amount=Amount(atoms=atoms)
        )
        facts.append(said("nomp", END, earning))
    return facts


def payments() -> list[Fact]:
    facts = []
    for payment in PAYMENTS:
        at = datetime.fromtimestamp(payment["time"] / 1000, UTC)
        amount = Amount.of(payment["amounts"][ADDRESS])
        claim = PayoutClaimed(id=payment["txid"], at=at, amount=amount, address=ADDRESS, txid=payment["txid"])
        facts.append(said("nomp", END, claim))
    return facts


def receipts() -> list[Fact]:
    """The chain's own view: outputs of the two transactions, and the blocks that paid the renter directly."""
    facts = []
    for entry in WALLET:
        vout = 0
        if entry["category"] == "receive":
            outputs = captured(f"tx_{entry['txid']}.json")["vout"]
            (vout,) = [one["n"] for one in outputs if ADDRESS in one["scriptPubKey"]["addresses"]]
            assert outputs[vout]["value"] == entry["amount"]
        one = PayoutReceived(
            txid=entry["txid"],
            vout=vout,
            at=datetime.fromtimestamp(entry["time"], UTC),
            amount=Amount.of(Decimal(entry["amount"])),
            address=ADDRESS,
            confirmations=entry["confirmations"],
            coinbase=entry["category"] == "generate",
        )
        facts.append(said("wallet", END, one, question="receipts"))
    return facts


def books() -> Books:
    return post(deal(), None, [*credits_(), *payments(), *receipts()], END)


def paid() -> list[PayoutRow]:
    return [row for row in payout_rows(books()) if row.claims]


def test_payments_and_transactions_reconcile_one_to_one() -> None:
    first, second = paid()
    assert (first.paid, first.received) == (9_899_980_000, 9_899_980_000)
    assert (second.paid, second.received) == (4_949_983_654, 4_949_983_654)
    assert [row.receipt for row in (first, second)] == [PayoutState.CONFIRMED, PayoutState.CONFIRMED]
    assert [row.confirmations for row in (first, second)] == [122, 1]
    assert {len(row.receipts) for row in (first, second)} == {1}


def test_they_were_paid_before_they_were_confirmed() -> None:
    confirmed = {entry["txid"]: datetime.fromtimestamp(entry["time"], UTC) for entry in WALLET}
    waits = [confirmed[row.claims[0].split()[1]] - row.at for row in paid()]
    assert timedelta(minutes=1) < waits[0] < timedelta(minutes=2)
    assert timedelta(0) < waits[1] < timedelta(minutes=1)
    assert all(row.payment is PayoutState.ON_TIME for row in paid())


def test_the_fee_and_the_reserve_explain_the_difference() -> None:
    for row, blocks in zip(paid(), ([107, 108], [210, 211]), strict=True):
        gross = sum(subsidy(height) for height in blocks)
        assert row.due == gross * 99 // 100, "one per cent is the pool's"
        assert row.paid is not None
        assert 0 < row.due - row.paid <= RESERVE
    news = News(books=books())
    for check in (paid_below_credited, received_below_paid, charged_above_agreed):
        assert check.judge(deal(), None, news, END + timedelta(days=8)).verdicts[-1].outcome is Outcome.MET, check.NAME


def test_the_pool_told_the_same_sums_as_it_went_along() -> None:
    told = [(entry["immature"], entry["paid"]) for entry in lines("balances.jsonl")]
    assert (Decimal("98.9998"), 0) in told
    assert told[-1] == (0, Decimal("148.49963654"))
    assert sum(row.paid or 0 for row in paid()) == 14_849_963_654


def test_the_halving_inside_the_hour_is_in_the_expectation() -> None:
    generated = [entry for entry in WALLET if entry["category"] == "generate"]
    steps = {subsidy(entry["blockheight"]): datetime.fromtimestamp(entry["time"], UTC) for entry in reversed(generated)}
    assert sorted(steps) == [2_500_000_000, 5_000_000_000]
    window = Window(start=min(steps.values()), end=END)
    network = Network(difficulty=[(START, 1.0)], subsidy=sorted((at, atoms) for atoms, at in steps.items()))
    before = (steps[2_500_000_000] - window.start) / window.span
    hour = income(4 * HASHES_PER_DIFFICULTY, window, network)
    assert hour is not None
    share = Decimal(before).quantize(Decimal("1e-9"))
    assert abs(hour.subsidy - 4 * (share * 5_000_000_000 + (1 - share) * 2_500_000_000)) < 100
    paid_out = expected("pps", hour, FEE)
    assert paid_out is not None
    assert 4 * 2_475_000_000 < paid_out.amount.atoms < 4 * 4_950_000_000


def test_blocks_that_paid_the_renter_directly_are_mining_and_need_no_explanation() -> None:
    direct = [row for row in payout_rows(books()) if not row.claims]
    assert len(direct) == 18
    assert {row.receipt for row in direct} <= {PayoutState.CONFIRMED, PayoutState.IMMATURE}
    assert sum(row.received or 0 for row in payout_rows(books())) == sum(
        Amount.of(Decimal(entry["amount"])).atoms for entry in WALLET
    )
