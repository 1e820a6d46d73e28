"""A worker that two contracts claim counts for neither and is named; nobody's workers are listed."""

from tests.daemon.installed import MINUTE, NORTH, SOUTH, Pools
from tests.daemon.judged import START, contract
from tests.stories.watching import pass_time, watching
from verifier.daemon.division import Division
from verifier.fact import Fact, FactKind
from verifier.observation import WorkerPresence, WorkersSeen, WorkerState, WorkSeen
from verifier.outlets import pages
from verifier.units import Window
from verifier.verdicts.verdict import Outcome

MOMENT = Window(start=START, end=START)


def listed(*names: str, account: str = "pool") -> Fact:
    workers = tuple(WorkerState(name=name, presence=WorkerPresence.ONLINE) for name in names)
    counted = tuple(WorkSeen(worker=name, end=START, hashes=1.0) for name in (*names, "counted"))
    return Fact(
        id=1,
        kind=FactKind.OBSERVATION,
        subject=account,
        question="now",
        true=MOMENT,
        learned_at=START,
        digest="",
        observations=(WorkersSeen(at=START, workers=workers), *counted, WorkSeen(end=START, hashes=2.0)),
    )


def test_names_are_divided_as_they_become_known() -> None:
    division = Division([contract(workers="rig*"), contract("south", workers="*7")])
    division.fold([listed("rig1", "s7", "rig7", "other")])
    division.fold([listed("rig17", "stranger"), listed("rig7", account="elsewhere")])
    assert division.claimed_twice() == {"pool": ("rig17", "rig7")}
    assert division.nobodys() == {"pool": ("counted", "other", "stranger")}
    assert division.excluded == {"north": {"rig7", "rig17"}, "south": {"rig7", "rig17"}}


def test_known_names_are_divided_anew_among_other_contracts() -> None:
    before = Division([contract(workers="rig*")])
    before.fold([listed("rig1", "s7")])
    after = Division([contract(workers="rig*"), contract("south", workers="*1")], before.names)
    assert after.excluded == {"north": {"rig1"}, "south": {"rig1"}}
    assert after.nobodys() == {"pool": ("counted", "s7")}


def test_an_account_that_is_not_divided_has_nobodys_workers_never() -> None:
    division = Division([contract()])
    division.fold([listed("rig1")])
    assert (division.nobodys(), division.claimed_twice(), division.excluded) == ({}, {}, {})


async def test_a_worker_that_two_contracts_claim_counts_for_neither(simulated: Pools) -> None:
    path = simulated.write(NORTH.replace("rig01", "rig*"), SOUTH.replace("rig02", '"*02"'))
    async with watching(path, simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + 30 * MINUTE, MINUTE)
        assert daemon.picture is not None
        north, south = (daemon.picture.contracts[name] for name in ("north", "south"))
        assert daemon.picture.daemon.twice_claimed_workers == {"pool": ("rig02",)}
        for view in (north, south):
            text = pages.contract(daemon.picture, view, (), ())
            assert "worker “rig02” at pool: another contract claims it too" in text
            # Whose rig02's work is nobody can tell, so neither can be told that it got too little.
            found = view.verdicts["hashrate"]
            assert (found.outcome, found.unseen_because) == (Outcome.UNKNOWN, "claimed_twice")
            assert "a worker is claimed by two contracts" in found.because


async def test_contracts_of_a_group_may_claim_the_same_workers_and_are_judged_as_one_sum(simulated: Pools) -> None:
    whole = [text.replace(", workers: rig01", "").replace(", workers: rig02", "") for text in (NORTH, SOUTH)]
    path = simulated.write(*(text + "    group: farm\n" for text in whole))
    async with watching(path, simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + 60 * MINUTE, MINUTE)
        assert daemon.picture is not None
        views = daemon.picture.contracts
        assert daemon.picture.daemon.twice_claimed_workers == {}
        shown = {name: pages.contract(daemon.picture, view, (), ()) for name, view in views.items()}
        overview = pages.overview(daemon.picture)
    assert set(views) == {"north", "south", "farm"}
    assert all(f'href="/c/{name}"' in overview for name in views)
    assert all("all of “farm”" in shown[name] for name in ("north", "south"))
    assert "500 TH/s" in shown["farm"]
    farm = views["farm"].verdicts["hashrate"]
    assert farm.owed
    assert farm.delivered
    assert 0.95 < farm.delivered / farm.owed < 1.05
    assert views["farm"].contract.promised.per_second == 500e12
    assert {check.outcome for check in views["north"].verdicts.values()} == {Outcome.NOT_APPLICABLE}
    because = views["north"].verdicts["hashrate"].because
    assert because == "Judged together with south as farm; the split is not visible."
