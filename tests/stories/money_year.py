"""A year of twenty honest-looking contracts under FPPS on a chain of its own, with faults at days that chance chose.

Every contract is credited each day what its work earns, paid the next morning, and receives an hour later; half of the
pools name their transactions. Faults lie at least a week apart, so that each has one right answer.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Final

from tests.verdicts.cases import START
from tests.verdicts.money import ADDRESS, PLAN, day, said
from verifier.contract import Contract, Fee, Promise, Watch
from verifier.expectations.income import bitcoin, income
from verifier.expectations.schemes import expected
from verifier.fact import Fact
from verifier.observation import BlockLeft, EarningClaimed, Observation, PayoutClaimed, PayoutReceived
from verifier.units import Amount, Hashrate, Window
from verifier.verdicts.tally import Day
from verifier.verdicts.verdict import DifficultySteps

HOUR: Final = timedelta(hours=1)
DAYS: Final = 365
FEE: Final = Decimal("0.02")


class Fault(StrEnum):
    """What goes wrong with the payout of a day."""

    LATE = "late"
    SHORT = "short"
    MISSING = "missing"
    MERGED_DAYS = "merged_days"
    MERGED_CONTRACTS = "merged_contracts"
    SPLIT_CLAIMS = "split_claims"
    SPLIT_OUTPUTS = "split_outputs"
    REORGED = "reorged"
    REORGED_AND_BACK = "reorged_and_back"
    NEVER_ARRIVED = "never_arrived"
    ARRIVED_SHORT = "arrived_short"


@dataclass(slots=True)
class Year:
    """What was injected and what the sources said of it. ``facts`` by the day on which they are learned.

    ``work`` is what was done on each day, by contract.
    """

    contracts: list[Contract]
    chain: DifficultySteps
    faults: dict[tuple[str, int], Fault] = field(default_factory=dict)
    work: dict[str, dict[str, Day]] = field(default_factory=lambda: defaultdict(dict))
    credited: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    received: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    facts: dict[int, list[Fact]] = field(default_factory=lambda: defaultdict(list))


def chain(chance: Random) -> DifficultySteps:
    """A retarget each fortnight, a halving in the middle of the year, fees of their own for each day."""
    steps, difficulty = [], 1.1e14
    for number in range(0, DAYS + 14, 14):
        steps.append((day(number), difficulty))
        difficulty *= chance.uniform(0.94, 1.08)
    heights = [(day(number), 1_050_000 + (number - 180) * 144) for number in range(0, DAYS + 14, 14)]
    fees = [(day(number), Decimal(chance.randint(1_000_000, 20_000_000))) for number in range(DAYS + 1)]
    return DifficultySteps(steps=tuple(steps), heights=tuple(heights), fees=tuple(fees))


def contract(number: int) -> Contract:
    """Contracts 2n and 2n + 1 are paid to the same wallet."""
    rate = Hashrate(per_second=(100 + 40 * number) * 1e12)
    pair = number // 2
    return Contract(
        name=f"c{number}",
        seller="S",
        starts=START,
        ends=None,
        promises=(Promise(since=START, rate=rate, tolerance=None),),
        watch=(Watch(account=f"pool{number}"), Watch(account=f"wallet{pair}")),
        beside=(f"pool{number ^ 1}",),
        payouts=PLAN,
        fees={"pool": Fee(fraction=FEE)},
    )


def year(count: int, seed: int, *, faults: bool = True) -> Year:
    chance = Random(seed)
    found = Year(contracts=[contract(number) for number in range(count)], chain=chain(chance))
    for number, one in enumerate(found.contracts if faults else ()):
        for at in range(8 + number % 2 * 4, DAYS - 25, 9):
            if chance.random() < 0.4:
                alone = [fault for fault in Fault if fault is not Fault.MERGED_CONTRACTS]
                found.faults[one.name, at] = chance.choice(alone)
    for pair in range(0, count - 1 if faults else 0, 2):
        for at in chance.sample(range(6, DAYS - 25), 6):
            near = {(f"c{pair + k}", at + d) for k in (0, 1) for d in range(-4, 5)}
            if near.isdisjoint(found.faults):
                found.faults[f"c{pair}", at] = found.faults[f"c{pair + 1}", at] = Fault.MERGED_CONTRACTS
    for number in range(count):
        _Pool(found, number, chance).lives()
    return found


class _Pool:
    """What the pool and the wallet of one contract say, day by day."""

    def __init__(self, year: Year, number: int, chance: Random) -> None:
        self._year, self._number, self._chance = year, number, chance
        self._contract = year.contracts[number]
        self._named = number % 4 < 2

    def _say(self, account: str, at: datetime, one: Observation) -> None:
        """Learned at the hour, or, one time in ten, up to six days later."""
        late = self._chance.randint(1, 6) if self._year.faults and self._chance.random() < 0.1 else 0
        learned = at + timedelta(minutes=30)
        turn = (learned - START) // timedelta(days=1) + late
        question = "receipts" if account.startswith("wallet") else "money"
        self._year.facts[turn].append(said(account, learned, one, question=question))

    def lives(self) -> None:
        waiting = 0
        for number in range(DAYS):
            atoms = self._mine(number)
            fault = self._year.faults.get((self._contract.name, number))
            if fault is Fault.MERGED_DAYS:
                waiting += atoms
            elif fault is not Fault.MISSING:
                self._pay(number, atoms + waiting, fault)
                waiting = 0

    def _mine(self, number: int) -> int:
        window = Window(start=day(number), end=day(number + 1))
        rate = self._contract.promised.per_second
        hashes = rate * 86_400 * self._chance.gauss(1.0, 0.004)
        network = bitcoin(window, self._year.chain.steps, self._year.chain.heights, self._year.chain.fees)
        earned = income(hashes, window, network)
        assert earned is not None
        paid = expected("fpps", earned, FEE)
        assert paid is not None
        pool = f"pool{self._number}"
        self._year.work[self._contract.name][window.start.date().isoformat()] = Day(
            seen_seconds=86_400.0, hashes=hashes
        )
        one = EarningClaimed(id=f"e{number}", start=window.start, end=window.end, amount=paid.amount, scheme="FPPS")
        self._say(pool, window.end, one)
        self._year.credited[self._contract.name] += paid.amount.atoms
        return paid.amount.atoms

    def _pay(self, number: int, atoms: int, fault: Fault | None) -> None:
        at = day(number + 1) + 9 * HOUR
        if fault is Fault.LATE:
            at += timedelta(days=2, hours=self._chance.randint(1, 60))
        if fault is Fault.SHORT:
            atoms = int(atoms * self._chance.uniform(0.6, 0.85))
        parts = [atoms]
        if fault is Fault.SPLIT_CLAIMS:
            parts = [atoms // 3, atoms - atoms // 3]
        for position, part in enumerate(parts):
            sent = at + position * HOUR
            txid = f"{self._contract.name} {number}.{position}"
            if fault is Fault.MERGED_CONTRACTS:
                txid = f"pair {self._number // 2} {number}"
            named = self._named or fault is Fault.MERGED_CONTRACTS
            claim = PayoutClaimed(
                id=f"p{number}.{position}",
                at=sent,
                amount=Amount(atoms=part),
                address=ADDRESS,
                txid=txid if named else None,
            )
            self._say(f"pool{self._number}", sent, claim)
            self._arrive(txid, sent + HOUR / 2, part, fault)

    def _arrive(self, txid: str, at: datetime, atoms: int, fault: Fault | None) -> None:
        wallet, name = f"wallet{self._number // 2}", self._contract.name
        outputs = [atoms]
        match fault:
            case Fault.NEVER_ARRIVED:
                return
            case Fault.ARRIVED_SHORT:
                outputs = [int(atoms * 0.7)]
            case Fault.SPLIT_OUTPUTS:
                outputs = [atoms // 4, atoms - atoms // 4]
            case _:
                pass
        for position, part in enumerate(outputs):
            vout = position + (self._number % 2 if fault is Fault.MERGED_CONTRACTS else 0)
            if self._named or fault is Fault.MERGED_CONTRACTS:
                one = self._output(txid, vout, at, part)
            else:
                one = self._output(f"{txid} output {position}", 0, at, part)
            if fault in {Fault.REORGED, Fault.REORGED_AND_BACK}:
                self._take_back(wallet, one, back=fault is Fault.REORGED_AND_BACK)
            else:
                self._say(wallet, at + 2 * HOUR, one)
            self._year.received[name] += 0 if fault is Fault.REORGED else part

    @staticmethod
    def _output(
        txid: str, vout: int, at: datetime, atoms: int, *, block: str = "first", depth: int = 12
    ) -> PayoutReceived:
        return PayoutReceived(
            txid=txid,
            vout=vout,
            at=at,
            amount=Amount(atoms=atoms),
            address=ADDRESS,
            confirmations=depth,
            block=f"{block} {txid}",
        )

    def _take_back(self, wallet: str, one: PayoutReceived, *, back: bool) -> None:
        learned = one.at + 2 * HOUR
        turn = (learned - START) // timedelta(days=1)
        lost = BlockLeft(height=1, hash=one.block or "", at=learned + 20 * HOUR)
        shallow = self._output(one.txid, one.vout, one.at, one.amount.atoms, depth=1)
        self._year.facts[turn].append(said(wallet, learned, shallow, question="receipts"))
        self._year.facts[turn + 1].append(said(wallet, lost.at, lost, question="reorgs"))
        if back:
            again = self._output(one.txid, one.vout, one.at, one.amount.atoms, block="second")
            self._year.facts[turn + 3].append(said(wallet, learned + timedelta(days=3), again, question="receipts"))
