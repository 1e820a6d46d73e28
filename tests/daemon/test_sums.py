"""Contracts of one seller, judged together besides each by itself: once told, by the same judge, from what is new."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.daemon.installed import MINUTE, NORTH, SOUTH, pools
from tests.daemon.judged import RATE, SLOT, START, Court, contract
from tests.stories.watching import pass_time, watching
from verifier.cli.explained import tell
from verifier.cli.explanation import explanation, lately
from verifier.contract import Contract, together
from verifier.daemon.recall import recall
from verifier.daemon.replay import replay
from verifier.fact import Fact, FactKind
from verifier.incidents.standing import Change
from verifier.ledger.ledger import Ledger
from verifier.observation import WorkSeen
from verifier.units import Window
from verifier.verdicts.verdict import Outcome

NAMES = ("east", "north", "west")
SUM = "seller_northhash"


def summed(*members: Contract) -> Contract:
    return replace(together(SUM, members), watch=(), sum_of=tuple(one.name for one in members))


def cases() -> tuple[Contract, ...]:
    members = [contract(name, account=name) for name in NAMES]
    return (*members, summed(*members))


def work(account: str, number: int, part: float = 1.0) -> Fact:
    start = START + number * SLOT
    seen = WorkSeen(start=start, end=start + SLOT, hashes=part * RATE * SLOT.total_seconds())
    return Fact(
        id=0,
        kind=FactKind.OBSERVATION,
        subject=account,
        question="history",
        true=Window(start=start, end=start + SLOT),
        learned_at=start + SLOT,
        digest=f"{account} {number} {part}",
        adapter="test/1",
        observations=(seen,),
    )


async def lived(court: Court, first: int, last: int, part: Callable[[str, int], float | None]) -> None:
    """Turns of ten minutes, at each of which the contracts' answers arrive; None: no answer."""
    for number in range(first, last):
        told = [(name, part(name, number)) for name in NAMES]
        facts = [work(name, number, share) for name, share in told if share is not None]
        await court.turn(START + (number + 1) * SLOT, *facts)


@pytest.fixture
async def court(tmp_path: Path) -> AsyncIterator[Court]:
    async with await Ledger.open(tmp_path / "sums.sqlite") as ledger:
        yield Court(ledger, cases=cases())


async def test_a_sum_is_told_under_its_own_name_and_says_whose_work_it_is(court: Court) -> None:
    await lived(court, 0, 36, lambda *_: 1.0)
    await lived(court, 36, 44, lambda *_: 0.5)
    told = {one.subject: one for one in court.told}
    assert told.keys() == {*NAMES, SUM}
    assert (told[SUM].change, told[SUM].check) == (Change.OPENED, "hashrate")
    assert told[SUM].verdict.because.startswith("3 contracts together: Delivered 50")
    assert len([one for one in court.told if one.subject == SUM]) == 1
    await lived(court, 44, 60, lambda *_: 1.0)
    assert [one.change for one in court.told if one.subject == SUM] == [Change.OPENED, Change.RESOLVED]


async def test_a_contract_that_nobody_sees_is_no_shortfall_of_the_sum(court: Court) -> None:
    await lived(court, 0, 24, lambda *_: 1.0)
    await lived(court, 24, 48, lambda name, _: None if name == "west" else 1.0)
    verdict = court.standing(SUM).verdicts["hashrate"]
    assert verdict.outcome is Outcome.MET
    assert verdict.delivered == pytest.approx(verdict.owed)
    assert SUM not in {one.subject for one in court.told}


async def test_a_sum_of_which_nothing_is_seen_cannot_be_told(court: Court) -> None:
    await lived(court, 0, 36, lambda *_: 1.0)
    for number in range(36, 36 + 144, 6):
        await court.turn(START + number * SLOT)
    verdict = court.standing(SUM).verdicts["hashrate"]
    assert verdict.outcome is Outcome.UNKNOWN
    assert SUM not in {one.subject for one in court.told}


async def test_late_work_is_judged_of_its_contract_and_left_out_of_the_sum(court: Court) -> None:
    await lived(court, 0, 20, lambda name, number: None if name == "west" and number == 10 else 1.0)
    before = court.standing(SUM).verdicts["hashrate"]
    await court.turn(START + 20 * SLOT, work("west", 10, 0.2))
    await lived(court, 20, 22, lambda *_: 1.0)
    after = court.standing(SUM).verdicts["hashrate"]
    assert before.owed is not None
    # Three contracts for the slots that were closed since: nothing is counted twice, nothing of the late answer once.
    assert (after.owed or 0.0) - before.owed == pytest.approx(3 * 2 * RATE * SLOT.total_seconds())
    assert after.delivered == pytest.approx(after.owed)


async def test_a_restart_goes_on_with_the_evidence_and_counts_nothing_twice(court: Court) -> None:
    await lived(court, 0, 30, lambda *_: 1.0)
    before = court.standing(SUM).verdicts["hashrate"]
    await court.restart()
    await lived(court, 30, 40, lambda *_: 1.0)
    after = court.standing(SUM).verdicts["hashrate"]
    longer = (after.window.span - before.window.span).total_seconds()
    missed = 3 * RATE * longer - ((after.owed or 0.0) - (before.owed or 0.0))
    assert 0.0 <= missed <= 3 * 2 * RATE * SLOT.total_seconds()
    assert after.delivered == pytest.approx(after.owed)
    assert SUM not in {one.subject for one in court.told}


async def test_a_turn_folds_nothing_of_the_members_again(court: Court) -> None:
    await lived(court, 0, 6, lambda *_: 1.0)
    standings = {name: court.standing(name) for name in NAMES}
    await court.turn(START + 6 * SLOT + timedelta(minutes=4))
    assert all(court.standing(name) is known for name, known in standings.items())


async def test_a_daemon_shows_the_sum_and_a_replay_finds_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with pools(tmp_path, tmp_path / "daemon.sqlite") as simulated:
        path, picture = simulated.write(NORTH, SOUTH), None
        for _ in range(2):  # the second one starts where the first one stopped
            async with watching(path, simulated.clock) as daemon:
                await pass_time(daemon, simulated.clock, simulated.clock.now() + 20 * MINUTE, MINUTE)
                picture = daemon.picture
        assert picture is not None
        verdict = picture.sums[SUM].verdicts["hashrate"]
        assert picture.sums[SUM].contract.promised.per_second == 500e12
        assert verdict.delivered is not None
        assert SUM not in picture.contracts
        async with await Ledger.open(simulated.ledger, read_only=True) as ledger:
            again = await replay(ledger, simulated.read())
            recalled = await recall(ledger, simulated.read(), simulated.clock.now())
            document = await explanation(ledger, simulated.read(), SUM, recalled)
            drawn = await lately(ledger, SUM, recalled)
        assert again.differences == ()
        assert (document["sum_of"], [one["check"] for one in document["checks"]]) == (["north", "south"], ["hashrate"])
        assert document["checks"][0]["verdict"]["because"] == verdict.because
        assert drawn.line > 0
        tell(document, simulated.read())
        assert "north, south" in capsys.readouterr().out
