"""Killed fifty times at any moment, with receivers that fail: nothing known is lost and everything is told."""

import asyncio
import json
import multiprocessing
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.ledger.beside import rows
from tests.outlets.channels.far_end import KEY, Mailbox, Receiver, mail_server, receiving
from tests.simulator.worlds import ADDRESS, seller
from tests.stories.killed_daemon import ENDS, STARTS, live, now, set_now
from verifier.incidents.memory import load_standing, load_transition
from verifier.incidents.standing import Phase, Standing, Transition
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.simulator.server import FAULTS, make_app
from verifier.simulator.truth import Phase as Delivery
from verifier.simulator.truth import World
from verifier.units import Window
from verifier.verdicts import CHECKS
from verifier.verdicts.verdict import Verdict

KILLS = 50
HOUR = timedelta(hours=1)

CONFIG = """
ledger: {ledger}
accounts:
  pool: {{kind: ckpool, url: "{base}/ckpool", address: {address}, allow_private: true, pace: 0}}
contracts:
  north:
    seller: Acme
    promised: 500 TH/s
    starts: {starts:%Y-%m-%dT%H:%M:%SZ}
    tolerance: 5 %
    watch: [{{account: pool, workers: "rig*"}}]
tell:
  desk: {{webhook: "{hook}", secret_file: key, allow_private: true}}
  me: {{email: me@example.org, smtp: "127.0.0.1:{smtp}", tls: none, from: verifier@example.org}}
"""


def eventful_world() -> World:
    """A seller who goes dark twice."""
    phases = [(-3.0, 1.0), (2.0, 0.0), (4.0, 1.0), (8.0, 0.0), (9.5, 1.0)]
    dark = tuple(Delivery(since=STARTS + hours * HOUR, factor=factor) for hours, factor in phases)
    return World(seed=7, sellers=[replace(seller(phases=dark), starts=STARTS - 3 * HOUR)])


@asynccontextmanager
async def pool(moment: Callable[[], datetime]) -> AsyncIterator[str]:
    """His pool, which cannot answer for an hour."""

    @web.middleware
    async def outage(request: web.Request, handler: Any) -> web.StreamResponse:
        out = STARTS + 6 * HOUR <= moment() < STARTS + 7 * HOUR
        request.app[FAULTS].set("ckpool", "error_503" if out else "off")
        response = await handler(request)
        assert isinstance(response, web.StreamResponse)
        return response

    app = make_app(eventful_world(), moment)
    app.middlewares.append(outage)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What a life of the daemon left behind."""

    ledger: Place
    receiver: Receiver
    mailbox: Mailbox
    kills: int
    known: set[tuple[int, str]]

    @property
    def accepted(self) -> dict[str, set[str]]:
        """By channel, the ids of the messages that were taken."""
        mails = {str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in self.mailbox.mails}
        return {"desk": set(self.receiver.accepted), "me": mails}

    async def judged(self) -> tuple[dict[str, Standing], list[Transition]]:
        async with await Ledger.open(self.ledger, read_only=True) as ledger:
            standings = await ledger.standings()
            transitions = [load_transition(row.state) for row in await ledger.transitions(limit=1000)]
        known = {name: load_standing(name, row.state)[0] for name, row in standings.items()}
        return known, sorted(transitions, key=lambda one: (one.at, one.id))


class Unsteady(Mailbox):
    """Breaks off every other time, before or after it has taken the mail."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self._chance = chance

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if self._chance.random() < 0.3:
            server.transport.abort()
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.script.append("drop" if self._chance.random() < 0.3 else "250 taken")
        return await super().handle_DATA(server, session, envelope)


async def life(directory: Path, ledger: Place, kills: int) -> Lived:
    """The same days, once more, with so many kills."""
    chance = Random(2016)
    receiver = Receiver(lambda _: web.Response(status=500 if chance.random() < 0.5 else 204))
    mailbox = Unsteady(Random(1)) if kills else Mailbox()
    set_now(directory, STARTS)
    spawning = multiprocessing.get_context("forkserver")
    spawning.set_forkserver_preload(["tests.stories.killed_daemon"])
    # By the days lived, not by the clock on the wall: a quick machine is killed as often as a slow one.
    moments = sorted(chance.uniform(0.0, 0.9) for _ in range(kills))
    done = 0
    async with receiving(receiver) as hook, mail_server(mailbox) as smtp, pool(lambda: now(directory)) as base:
        (directory / "key").touch(mode=0o600)
        (directory / "key").write_text(KEY)
        config = CONFIG.format(ledger=ledger, base=base, address=ADDRESS, starts=STARTS, hook=hook, smtp=smtp)
        (directory / "verifier.yaml").write_text(config)
        while True:
            daemon = spawning.Process(target=live, args=(directory,))
            daemon.start()
            if done < kills:
                until = STARTS + moments[done] * (ENDS - STARTS)
                while daemon.is_alive() and now(directory) < until:  # noqa: ASYNC110 - another process moves the time
                    await asyncio.sleep(0.005)
                await asyncio.sleep(chance.uniform(0.0, 0.15))
                daemon.kill()
                await asyncio.to_thread(daemon.join)
                assert daemon.exitcode == -signal.SIGKILL
                done += 1
                continue
            await asyncio.to_thread(daemon.join, 240)
            assert daemon.exitcode == 0, "the daemon does not come to an end"
            break
    lines = (line.split(" ") for line in (directory / "known").read_text().splitlines())
    known = {(int(line[0]), line[1]) for line in lines if len(line) == 2}
    return Lived(ledger=ledger, receiver=receiver, mailbox=mailbox, kills=done, known=known)


def said(standing: Standing) -> dict[str, Verdict]:
    """What is said of each check; of coins without the moment, for a look at them stands an hour or till a start."""
    looked = {"payout_exceeds_seen_work", *(check.name for check in CHECKS if check.rests_on == "coins")}
    return {
        name: replace(verdict, at=STARTS, window=Window(start=STARTS, end=STARTS)) if name in looked else verdict
        for name, verdict in standing.verdicts.items()
    }


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_fifty_kills_lose_nothing_and_change_nothing(tmp_path: Path, places: Callable[[], Place]) -> None:
    (tmp_path / "undisturbed").mkdir()
    (tmp_path / "killed").mkdir()
    quiet = await life(tmp_path / "undisturbed", places(), 0)
    killed = await life(tmp_path / "killed", places(), KILLS)
    assert killed.kills == KILLS

    # No fact that the daemon had relied on is lost.
    assert killed.known <= set(await rows(killed.ledger, "SELECT id, digest FROM fact"))

    # The contract is judged the same and at the same moments. What is said of its source may come up to five minutes
    # sooner or later: a daemon that starts asks at once what it otherwise asks each five minutes.
    standings, transitions = await killed.judged()
    undisturbed, expected = await quiet.judged()
    assert sorted(one.id for one in transitions) == sorted(one.id for one in expected)
    assert [(one.id, one.at) for one in transitions if one.subject == "north"] == [
        (one.id, one.at) for one in expected if one.subject == "north"
    ]
    when = {one.id: one.at for one in expected}
    assert all(abs(one.at - when[one.id]) <= timedelta(minutes=5) for one in transitions)
    assert {one.check for one in transitions} == {"hashrate", "worker_gone", "source_silent"}
    assert said(standings["north"]) == said(undisturbed["north"])
    assert standings["north"].incidents == undisturbed["north"].incidents
    assert {name: one.incidents["source_silent"].phase for name, one in standings.items() if name != "north"} == {
        "account:pool": Phase.CLEAR
    }

    # Every change that is worth telling was told on each channel, and all of them are remembered as told.
    owed = await rows(killed.ledger, "SELECT transition, channel, message FROM owed")
    told = {one.id for one in transitions if one.tell}
    assert {(transition, channel) for transition, channel, _ in owed} == {
        (one, channel) for one in told for channel in ("desk", "me")
    }
    for _, channel, message in owed:
        assert message in killed.accepted[channel]
    assert {state for (state,) in await rows(killed.ledger, "SELECT state FROM message")} == {"delivered"}

    # One id per message: whatever was sent under an id is the same text.
    texts = defaultdict(set)
    for headers, body in killed.receiver.asked:
        texts[headers["webhook-id"]].add(json.dumps(json.loads(body), sort_keys=True))
    for mail in killed.mailbox.got:
        texts[mail.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode()].add(mail.decode())
    assert {len(some) for some in texts.values()} == {1}
