"""One installation through bad days: a full disk, a clock that jumps, a slow channel, a bug."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from tests.daemon.installed import HEAD, MINUTE, NORTH, SOUTH, Pools, asked
from tests.daemon.running import SOON
from tests.ledger.beside import full_disk
from tests.stories.watching import pass_time, watching
from verifier.clock import SystemClock
from verifier.daemon.daemon import Daemon
from verifier.daemon.installation import Control
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Batch, Message
from verifier.outlets.messages import write_test
from verifier.outlets.metrics import Metrics
from verifier.outlets.telling import Telling
from verifier.simulator.faults import Fault
from verifier.sources import load as known_sources
from verifier.talk import Http, Question, Source, Talk
from verifier.wire import Wire

DAY = timedelta(days=1)


async def test_ready_is_said_after_the_first_turn(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        assert daemon.picture is not None
        assert daemon.picture.daemon.last_step_at is None
        await daemon.step(simulated.clock.now())
        assert daemon.picture.daemon.last_step_at == simulated.clock.now()


async def test_a_clock_set_back_makes_every_question_due_again(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        start = simulated.clock.now()
        for moment in (start, start + 300 * DAY, start + 300 * DAY + MINUTE):
            simulated.clock.set(moment)
            await daemon.step(moment)
        before = len(await asked(daemon))
        await pass_time_back(daemon, simulated, start + MINUTE)
        assert len(await asked(daemon)) > before
        assert daemon.well
        before = len(await asked(daemon))
        await pass_time(daemon, simulated.clock, start + 5 * MINUTE, MINUTE)
        assert len(await asked(daemon)) >= before + 3


async def pass_time_back(daemon: Daemon, simulated: Pools, moment: datetime) -> None:
    simulated.clock.set(moment)
    await daemon.step(moment)


async def test_while_the_ledger_cannot_be_written_nothing_is_judged_and_nothing_is_lost(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        await daemon.step(simulated.clock.now())
        async with full_disk(simulated.ledger):
            written = simulated.clock.now()
            await pass_time(daemon, simulated.clock, written + 5 * MINUTE, MINUTE)
            assert daemon.picture is not None
            assert "disk is full" in (daemon.picture.daemon.ledger_error or "")
            assert daemon.picture.daemon.last_step_at == written
            well = [daemon.well]
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
        assert daemon.picture.daemon.ledger_error is None
        assert [*well, daemon.well] == [False, True]
        assert len({moment for moment in await asked(daemon) if moment > written}) == 6


async def test_a_contract_removed_while_the_ledger_cannot_be_written_is_not_judged_afterwards(
    simulated: Pools,
) -> None:
    async with watching(simulated.write(NORTH, SOUTH), simulated.clock) as daemon:
        await daemon.step(simulated.clock.now())
        async with full_disk(simulated.ledger):
            await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
            simulated.write(NORTH)
            await daemon.reload(simulated.read(), simulated.clock.now())
            simulated.write(NORTH)
            await daemon.reload(simulated.read(), simulated.clock.now())
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
        assert set(await daemon.ledger.standings()) == {"north", "account:pool"}


async def test_what_did_not_change_is_not_written_again(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        await daemon.step(simulated.clock.now())
        before = await daemon.ledger.standings()
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
        after = await daemon.ledger.standings()
        assert after["account:pool"] == before["account:pool"]
        assert after["north"].position > before["north"].position


async def test_the_picture_counts_the_facts_that_are_remembered(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        await daemon.step(simulated.clock.now())
        assert daemon.picture is not None
        assert daemon.picture.daemon.facts == len(await daemon.ledger.facts(None)) > 0


def broken(account: object, window: object) -> Talk:
    yield Http(path=str(1 // 0))
    return ()


async def test_a_bug_in_a_source_ends_the_program(simulated: Pools) -> None:
    simulated.write(NORTH)
    settings = simulated.read()
    question = Question(name="now", sees=frozenset(), every=MINUTE, talk=broken)
    source: Source = replace(known_sources()["ckpool"], questions=(question,))
    accounts = {"pool": replace(settings.accounts["pool"], source=source)}
    clock = SystemClock()
    async with await Ledger.open(settings.ledger) as ledger, Wire(clock) as wire:
        telling = Telling(ledger, wire)
        daemon = Daemon(replace(settings, accounts=accounts), ledger, wire, clock, telling, Metrics(process=False))
        await daemon.start(clock.now())
        with pytest.raises(ZeroDivisionError):
            async with asyncio.timeout(SOON):
                await daemon.run(asyncio.Event(), lambda _: None)


async def came(turns: list[datetime], count: int) -> None:
    """So many turns were taken."""
    async with asyncio.timeout(SOON):
        while len(turns) < count:  # noqa: ASYNC110 - a turn tells nobody that it is over
            await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_the_loop_rests_between_turns_and_a_slow_pool_holds_neither_turns_nor_the_end(simulated: Pools) -> None:
    simulated.write(NORTH)
    settings, clock, turns, stop = simulated.read(), SystemClock(), list[datetime](), asyncio.Event()
    simulated.give(Fault.HANG)
    async with await Ledger.open(settings.ledger) as ledger, Wire(clock) as wire:
        daemon = Daemon(settings, ledger, wire, clock, Telling(ledger, wire), Metrics(process=False))
        await daemon.start(clock.now())
        running = asyncio.create_task(daemon.run(stop, turns.append))
        await came(turns, 1)
        await asyncio.sleep(1.0)
        assert len(turns) <= 5
        daemon.wake()
        await asyncio.sleep(0.2)
        simulated.give("off")
        stop.set()
        daemon.wake()
        await running
        async with asyncio.timeout(SOON):
            await daemon.stop(clock.now())
        watched = [fact.question for fact in await ledger.facts(["daemon"])]
    assert watched == ["started", "stopped"]


async def test_many_accounts_on_one_host_are_all_asked_and_none_twice(simulated: Pools) -> None:
    row = HEAD.splitlines()[2] + "\n"
    rows = "".join(row.replace("pool:", f"pool{number}:", 1) for number in range(40))
    head = HEAD.replace(row, row + rows)
    async with watching(simulated.write(NORTH, head=head), simulated.clock) as daemon:
        await daemon.step(simulated.clock.now())
        await pass_time(daemon, simulated.clock, simulated.clock.now() + MINUTE, MINUTE)
        assert daemon.picture is not None
        assert len(daemon.picture.accounts) == 41
        assert all(view.questions[0].last_answered_at for view in daemon.picture.accounts.values())
        counts = {len(await asked(daemon, name)) for name in daemon.picture.accounts}
    assert counts == {2}


@dataclass(slots=True)
class Receiver:
    """A webhook receiver that lets wait until it is told to answer."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, _: web.BaseRequest) -> web.StreamResponse:
        self.asked.set()
        await self.answers.wait()
        return web.Response(status=204)


@pytest.mark.slow
async def test_a_slow_channel_delays_no_turn_and_what_waits_is_sent_after_a_restart(simulated: Pools) -> None:
    receiver = Receiver()
    runner = web.ServerRunner(web.Server(receiver), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    secret = simulated.directory / "hook"
    secret.write_text(f"whsec_{b64encode(bytes(32)).decode()}")
    secret.chmod(0o600)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    head = f'tell: {{{{hook: {{{{webhook: "{url}", secret_file: hook, allow_private: true}}}}}}}}\n' + HEAD
    simulated.write(NORTH, head=head)
    clock, settings = SystemClock(), simulated.read()
    content = write_test("hook", clock.now(), zone="UTC", external_url=None)
    waiting = Message(id="m1", channel="hook", created_at=clock.now(), content={**content, "recipients": []})
    try:
        for state in ("waiting", "delivered"):
            turns, stop = list[datetime](), asyncio.Event()
            async with await Ledger.open(settings.ledger) as ledger, Wire(clock) as wire:
                await ledger.write(Batch(messages=(waiting,)))
                daemon = Daemon(settings, ledger, wire, clock, Telling(ledger, wire), Metrics(process=False))
                await daemon.start(clock.now())
                running = asyncio.create_task(daemon.run(stop, turns.append))
                await receiver.asked.wait()
                for _ in range(3):
                    daemon.wake()
                    await came(turns, len(turns) + 1)
                assert len(turns) <= 15
                stop.set()
                daemon.wake()
                await running
                await daemon.stop(clock.now())
                assert [message.state for message in await ledger.messages()] == [state]
            receiver.answers.set()
            receiver.asked.clear()
    finally:
        await runner.cleanup()


async def test_only_a_message_that_is_known_is_tried_again(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        control = Control(daemon=daemon, clock=simulated.clock, read=lambda _: simulated.read())
        assert await control.retry("unknown") == "no message of this id waits or was given up"
