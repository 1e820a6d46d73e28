"""A new file is applied while the daemon runs, or refused with the line to write instead."""

import asyncio
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from tests.daemon.installed import HEAD, MINUTE, NORTH, SOUTH, Pools, asked
from tests.stories.watching import pass_time, watching
from verifier.daemon.daemon import Daemon
from verifier.daemon.installation import Control
from verifier.errors import ConfigError
from verifier.fact import Fact, FactKind
from verifier.outlets.api import contracts
from verifier.outlets.pages import overview
from verifier.settings import Settings
from verifier.simulator.faults import Fault
from verifier.verdicts.verdict import Outcome

WHILE = timedelta(minutes=10)
AMENDED = "    amendments: [{from: 2026-11-20T12:00:00Z, promised: 250 TH/s}]\n"


async def reload(daemon: Daemon, simulated: Pools) -> None:
    await daemon.reload(simulated.read(), simulated.clock.now())


async def refused(daemon: Daemon, simulated: Pools) -> str:
    with pytest.raises(ConfigError) as caught:
        await reload(daemon, simulated)
    return str(caught.value)


async def test_an_undated_change_of_judged_time_is_refused_at_its_line_and_the_old_file_stays(simulated: Pools) -> None:
    path = simulated.write(SOUTH, NORTH)
    async with watching(path, simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
        path.write_text(path.read_text().replace("300 TH/s", "250 TH/s"))
        said = await refused(daemon, simulated)
        line = path.read_text().splitlines().index("  north:") + 1
        assert said.startswith(f"{path}:{line}: contracts.north: changes what was promised in time that was judged")
        assert "amendments: [{from: 2026-11-20T08:4" in said
        control = Control(daemon=daemon, clock=simulated.clock, read=lambda _: simulated.read())
        assert await control.reload() == said
        assert daemon.picture is not None
        assert daemon.picture.daemon.config_error == said
        assert daemon.settings.contracts["north"].promised.per_second == 300e12
        path.write_text(path.read_text().replace("250 TH/s", "300 TH/s"))
        assert await control.reload() is None
        assert daemon.picture.daemon.config_error is None


async def test_what_is_probably_not_meant_is_shown(simulated: Pools) -> None:
    path = simulated.write(NORTH)
    async with watching(path, simulated.clock) as daemon:
        path.write_text(path.read_text() + "    ends: 2026-11-20T08:30:00Z\n")
        control = Control(daemon=daemon, clock=simulated.clock, read=lambda _: simulated.read())
        with capture_logs() as said:
            assert await control.reload() is None
        assert daemon.picture is not None
        shown = daemon.picture.daemon.config_warnings
        page, document = overview(daemon.picture), contracts(daemon.picture)
    assert [line.split(": ")[1] for line in shown] == ["file", "contracts.north"]
    assert [line["what"] for line in said if line["log_level"] == "warning"] == list(shown)
    assert "has ended, its result is kept" in page
    assert document["config_warnings"] == list(shown)


async def test_nothing_that_reading_a_file_brings_about_ends_the_watching(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:

        def read(now: datetime) -> Settings:
            raise RecursionError(f"too deep at {now}")

        control = Control(daemon=daemon, clock=simulated.clock, read=read)
        with capture_logs() as said:
            error = await control.reload()
        assert error is not None
        assert error.startswith("RecursionError: too deep")
        assert daemon.config_error == error
        assert "the new configuration cannot be applied" in {line["event"] for line in said}


async def test_a_contract_that_reads_the_same_is_decided_once_and_a_smaller_budget_is_a_decision(
    simulated: Pools,
) -> None:
    whole = NORTH.replace("tolerance: 5 %", "tolerance: {value: 5 % a day, cite: p. 2}") + (
        "    price: 1800.50 USD\n    labels: {site: iceland}\n    tell_me_below: 97 %\n" + AMENDED
    )
    alarm = "alarm: {{fleet_per_month: 0.1}}\n" + HEAD
    decisions = list[Fact]()
    for written in ((whole,), (whole,), (whole, SOUTH)):
        async with watching(simulated.write(*written, head=alarm), simulated.clock) as daemon:
            await daemon.step(simulated.clock.now())
            decisions = await daemon.ledger.decisions("north")
    assert [fact.content["contract"]["false_alarms_per_year"] for fact in decisions] == [
        pytest.approx(1.0),
        pytest.approx(0.4),  # a third of 1.2: two contracts and their sum
    ]


async def test_a_silence_keeps_its_reason_over_a_restart(simulated: Pools) -> None:
    path = simulated.write(NORTH)
    said = list[str]()
    for _ in range(2):
        async with watching(path, simulated.clock) as daemon:
            if not said:
                simulated.give(Fault.ERROR_500)
                await daemon.step(simulated.clock.now())
            assert daemon.picture is not None
            said.append(daemon.picture.accounts["pool"].questions[0].detail)
    assert said[0]
    assert said[1] == said[0]


async def test_a_start_with_an_undated_change_goes_on_with_the_contract_as_read_last(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
    simulated.write(NORTH.replace("300 TH/s", "250 TH/s"), SOUTH)
    async with watching(simulated.directory / "verifier.yaml", simulated.clock) as daemon:
        assert daemon.config_error is not None
        assert "contracts.north: changes what was promised" in daemon.config_error
        assert daemon.config_error.endswith("watched as it was read last: north")
        assert {name: one.promised.per_second for name, one in daemon.settings.contracts.items()} == {
            "north": 300e12,
            "south": 200e12,
        }
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
        assert daemon.picture is not None
        assert daemon.picture.daemon.config_error == daemon.config_error
        assert len(await daemon.ledger.decisions("north")) == 1
        simulated.write(NORTH, SOUTH)
        await reload(daemon, simulated)
        assert daemon.config_error is None


async def test_a_start_is_refused_when_the_contract_as_read_last_cannot_be_watched(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
    moved = NORTH.replace("starts: 2026-11-20T08", "starts: 2026-11-20T06").replace("account: pool", "account: other")
    path = simulated.write(moved, head=HEAD.replace("  pool:", "  other:"))
    with pytest.raises(ConfigError, match=r"verifier.yaml:8: contracts.north.starts: changes time that was judged"):
        async with watching(path, simulated.clock):
            pass


async def test_a_start_is_refused_when_the_name_of_the_group_as_read_last_is_taken(simulated: Pools) -> None:
    grouped = (NORTH + "    group: farm\n", SOUTH + "    group: farm\n")
    async with watching(simulated.write(*grouped), simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
    path = simulated.write(NORTH, SOUTH.replace("south:", "farm:"))
    with pytest.raises(ConfigError, match=r"contracts.north.group: changes with whom"):
        async with watching(path, simulated.clock):
            pass


async def test_a_change_in_a_file_beside_is_refused_at_its_place(simulated: Pools) -> None:
    simulated.write(NORTH)
    (simulated.directory / "contracts.d").mkdir()
    beside = simulated.write(SOUTH, head="contracts:\n", name="contracts.d/south.yaml")
    async with watching(simulated.directory / "verifier.yaml", simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
        beside.write_text(beside.read_text().replace("200 TH/s", "100 TH/s"))
        assert (await refused(daemon, simulated)).startswith(f"{beside}:2: contracts.south: ")


async def test_what_a_running_program_cannot_change_is_refused(simulated: Pools) -> None:
    path = simulated.write(NORTH)
    async with watching(path, simulated.clock) as daemon:
        simulated.write(NORTH, head="web: {{listen: 127.0.0.1:9999}}\n" + HEAD.replace("{ledger}", "other.db"))
        said = (await refused(daemon, simulated)).splitlines()
    assert said[0].startswith(f"{path}:2: ledger: cannot change while the program runs")
    assert said[1].startswith(f"{path}:1: web.listen: cannot change while the program runs")


async def test_an_amendment_is_taken_and_remembered_as_a_decision(simulated: Pools) -> None:
    path = simulated.write(NORTH)
    async with watching(path, simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
        simulated.write(NORTH, AMENDED)
        await reload(daemon, simulated)
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
        decisions = await daemon.ledger.decisions("north")
        assert len(daemon.settings.contracts["north"].promises) == 2
    assert [fact.kind for fact in decisions] == [FactKind.DECISION] * 2


async def test_a_removed_contract_leaves_pages_and_memory_and_its_facts_stay(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH, SOUTH), simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
        assert set(await daemon.ledger.standings()) == {"north", "south", "account:pool", "seller_northhash"}
        simulated.write(NORTH)
        await reload(daemon, simulated)
        assert daemon.picture is not None
        assert set(daemon.picture.contracts) == {"north"}
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
        assert set(await daemon.ledger.standings()) == {"north", "account:pool"}
        assert len(await daemon.ledger.decisions("south")) == 1


async def test_a_contract_that_was_removed_while_the_daemon_was_off_is_forgotten_at_the_start(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH, SOUTH), simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
        assert set(await daemon.ledger.standings()) == {"north", "account:pool"}


async def test_a_contract_that_comes_back_is_judged_from_all_its_facts(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH, SOUTH), simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
        simulated.write(NORTH)
        await reload(daemon, simulated)
        simulated.write(NORTH, SOUTH)
        await reload(daemon, simulated)
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
        assert daemon.picture is not None
        seen = [view.verdicts["hashrate"].coverage for view in daemon.picture.contracts.values()]
        workers = daemon.picture.contracts["south"].verdicts["worker_gone"].outcome
    assert seen[0] == seen[1]
    assert workers is Outcome.MET


async def test_a_conversation_under_way_during_a_reload_is_followed_by_the_next_one(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock, patience=1.0) as daemon:
        await daemon.step(simulated.clock.now())
        simulated.give(Fault.HANG)
        simulated.clock.set(simulated.clock.now() + MINUTE)
        turn = asyncio.create_task(daemon.step(simulated.clock.now()))
        await asyncio.sleep(0.05)
        simulated.write(NORTH, SOUTH)
        await reload(daemon, simulated)
        assert not turn.done()
        await turn
        simulated.give("off")
        before = len(await asked(daemon))
        await pass_time(daemon, simulated.clock, simulated.clock.now() + 3 * MINUTE, MINUTE)
        assert len(await asked(daemon)) > before
        assert daemon.picture is not None
        assert {question.silence for question in daemon.picture.accounts["pool"].questions} == {None}


async def test_a_conversation_with_an_account_that_is_gone_meanwhile_does_no_harm(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock, patience=1.0) as daemon:
        simulated.give(Fault.HANG)
        turn = asyncio.create_task(daemon.step(simulated.clock.now()))
        await asyncio.sleep(0.05)
        other = HEAD.replace("  pool:", "  other:").replace('ckpool"', 'ckpool/"')
        simulated.write(NORTH.replace("account: pool", "account: other"), head=other)
        await reload(daemon, simulated)
        await turn
        simulated.give("off")
        await pass_time(daemon, simulated.clock, simulated.clock.now() + 3 * MINUTE, MINUTE)
        assert daemon.picture is not None
        assert set(daemon.picture.accounts) == {"other"}
        assert await asked(daemon, "other")


async def test_a_changed_secret_is_asked_with_at_once_and_an_unchanged_account_keeps_its_rhythm(
    simulated: Pools,
) -> None:
    f2pool = '  paid: {{kind: f2pool, url: "{base}/f2pool/v2", user: acme, token_file: token, allow_private: true}}\n'
    head = HEAD.replace("contracts:\n", f2pool.replace("allow", "pace: 0, allow") + "contracts:\n")
    (simulated.directory / "token").write_text("wrong")
    path = simulated.write(NORTH.replace("rig01}", "rig01}, {account: paid}"), head=head)
    async with watching(path, simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + 3 * MINUTE, MINUTE)
        assert daemon.picture is not None
        silences = {question.silence for question in daemon.picture.accounts["paid"].questions}
        assert silences == {"refused"}
        refusals = len(await asked(daemon, "paid"))
        (simulated.directory / "token").write_text("simulated-token")
        await reload(daemon, simulated)
        before = await asked(daemon)
        await daemon.step(simulated.clock.now())
        assert await asked(daemon) == before
        assert refusals == 1
        assert daemon.picture is not None
        assert {question.silence for question in daemon.picture.accounts["paid"].questions} == {None}


async def test_with_whom_a_contract_was_judged_does_not_change_for_the_past(simulated: Pools) -> None:
    grouped = (NORTH + "    group: farm\n", SOUTH + "    group: farm\n")
    async with watching(simulated.write(*grouped), simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
        simulated.write(NORTH, SOUTH)
        assert "contracts.north.group: changes with whom" in await refused(daemon, simulated)
        simulated.write(grouped[0].replace("300", "250"), grouped[1])
        assert "contracts.north: changes what was promised" in await refused(daemon, simulated)


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_new_contract_that_claims_anothers_worker_does_not_get_its_past(
    simulated: Pools, *, restarted: bool
) -> None:
    north = NORTH.replace("rig01", '"*01"')
    both = (north, SOUTH.replace("rig02", "rig0*"))
    async with watching(simulated.write(north), simulated.clock) as daemon:
        await pass_time(daemon, simulated.clock, simulated.clock.now() + WHILE, MINUTE)
        if not restarted:
            simulated.write(*both)
            await reload(daemon, simulated)
            simulated.give(Fault.HANG)
            await daemon._turn(simulated.clock.now())
            await gets_nothing_of_rig01(daemon)
    if restarted:
        async with watching(simulated.write(*both), simulated.clock) as daemon:
            await daemon._turn(simulated.clock.now())
            await gets_nothing_of_rig01(daemon)


async def gets_nothing_of_rig01(daemon: Daemon) -> None:
    assert daemon.picture is not None
    assert daemon.picture.daemon.twice_claimed_workers == {"pool": ("rig01",)}
    verdict = daemon.picture.contracts["south"].verdicts["hashrate"]
    assert verdict.delivered is None
    assert (verdict.outcome, verdict.unseen_because) == (Outcome.UNKNOWN, "claimed_twice")
