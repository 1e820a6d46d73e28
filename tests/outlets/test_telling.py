"""Telling against real receivers, with a ledger in a real file."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from tests.outlets import changes
from tests.outlets.changes import PICTURE
from tests.outlets.channels.far_end import Mailbox, Receiver, email, mail_server, receiving, webhook
from tests.outlets.pictures import NOW
from verifier.clock import SteppedClock
from verifier.errors import LedgerError
from verifier.incidents.memory import dump_transition
from verifier.incidents.standing import Transition
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.ledger.records import Batch, Message, Owed, StoredTransition
from verifier.outlets.channels import Channel
from verifier.outlets.delivery import Dead, Later, Sent
from verifier.outlets.planning import message_id
from verifier.outlets.telling import Telling
from verifier.wire import Wire

SECOND: Final = timedelta(seconds=1)


class Installation:
    """One ledger with its dispatcher, which can be killed and started again."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.clock = SteppedClock(NOW)
        self.channels: dict[str, Channel] = {}
        self._open = AsyncExitStack()

    async def start(self, *, max_pages: int | None = None, **channels: Channel) -> None:
        self.channels |= channels
        self.ledger = await self._open.enter_async_context(await Ledger.open(self.place, max_pages=max_pages))
        wire = Wire(self.clock, connect_timeout=2, read_timeout=2, total_timeout=5, jitter=lambda: 0.0)
        self.wire = await self._open.enter_async_context(wire)
        self.telling = Telling(self.ledger, self.wire)
        self.configure()
        await self.telling.start(self.now)

    def configure(self) -> None:
        self.telling.configure(self.channels, zone="Europe/Berlin", external_url=None)

    async def stop(self) -> None:
        await self._open.aclose()

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def owe(self, *transitions: Transition) -> None:
        """What the daemon remembers of a turn."""
        stored = tuple(
            StoredTransition(
                id=one.id,
                problem=one.problem,
                subject=one.subject,
                check=one.check,
                change=one.change.value,
                at=one.at,
                decided_at=one.decided_at,
                state=dump_transition(one),
            )
            for one in transitions
        )
        owed = tuple(Owed(transition=one.id, channel=name) for one in transitions for name in self.channels)
        await self.ledger.write(Batch(transitions=stored, owed=owed))

    async def tell(self, *transitions: Transition) -> int:
        await self.owe(*transitions)
        return await self.telling.plan(self.now, PICTURE)

    async def step(self, length: timedelta = timedelta(0)) -> None:
        self.clock.set(self.now + length)
        await self.telling.send(self.now)

    async def until_quiet(self, at_most: int = 200) -> None:
        """Send whenever something is due, at told times, until nothing waits."""
        for _ in range(at_most):
            if (moment := self.telling.next_at()) is None:
                return
            await self.step(max(timedelta(0), moment - self.now))
        raise AssertionError("messages still wait")

    async def messages(self) -> list[Message]:
        return await self.ledger.messages()


@pytest.fixture
async def home(place: Place) -> AsyncIterator[Installation]:
    installation = Installation(place)
    yield installation
    await installation.stop()


def turns(count: int) -> list[Transition]:
    """Changes decided one second apart."""
    return [
        replace(changes.too_little(), id=f"change-{n:03}", decided_at=NOW + n * SECOND, problem=f"{n:016}")
        for n in range(count)
    ]


def answering(*statuses: int) -> Callable[[int], web.Response]:
    """The statuses in order, the last one again and again."""
    return lambda n: web.Response(status=statuses[min(n, len(statuses) - 1)])


async def test_what_is_owed_is_written_then_sent_then_marked(home: Installation) -> None:
    mailbox, receiver = Mailbox(), Receiver()
    async with mail_server(mailbox) as port, receiving(receiver) as url:
        await home.start(me=email(port), desk=webhook(url))
        assert await home.tell(changes.too_little()) == 2
        assert (home.telling.waiting, len(mailbox.got)) == (2, 0)
        assert {one.state for one in await home.messages()} == {"waiting"}
        await home.step()
    assert (home.telling.waiting, home.telling.dead, home.telling.next_at()) == (0, 0, None)
    assert {one.state for one in await home.messages()} == {"delivered"}
    written = {one.channel: one for one in await home.messages()}
    assert written["me"].content["recipients"] == ["me@example.org"]
    assert written["desk"].content["recipients"] == ["127.0.0.1"]
    assert receiver.accepted == [written["desk"].id]
    assert mailbox.mails[0]["Subject"] == written["me"].content["subject"]


async def test_what_one_turn_decided_is_one_message_and_another_turn_another(home: Installation) -> None:
    mailbox = Mailbox()
    later = replace(changes.paid_more(), decided_at=NOW + SECOND)
    async with mail_server(mailbox) as port:
        await home.start(me=email(port))
        assert await home.tell(changes.too_little(), changes.workers_gone(), later) == 2
        await home.step()
    assert [one["Subject"] for one in mailbox.mails] == [
        "north: 11 % too little hashrate since Thu 15:20, about 2.05 EUR a day (and 1 more)",
        "fixed: paid more than the seen work explains",
    ]


async def test_a_plan_repeated_after_a_crash_is_the_same_message(home: Installation) -> None:
    receiver = Receiver()
    async with receiving(receiver) as url:
        await home.start(desk=webhook(url))
        await home.owe(changes.too_little())
        assert await home.telling.plan(home.now, PICTURE) == 1
        assert await home.telling.plan(home.now, PICTURE) == 0
        await home.stop()
        await home.start()
        assert home.telling.waiting == 1
        assert await home.telling.plan(home.now, PICTURE) == 0
        await home.until_quiet()
    assert receiver.accepted == [message_id("desk", [changes.too_little().id])]


async def test_a_restart_goes_on_where_it_was_and_repeats_nothing(home: Installation) -> None:
    receiver = Receiver(answering(500, 200))
    async with receiving(receiver) as url:
        await home.start(desk=webhook(url))
        await home.tell(*turns(3))
        await home.step()
        assert receiver.accepted == []
        await home.stop()
        await home.start()
        assert (home.telling.waiting, home.telling.next_at()) == (3, NOW + 5 * SECOND)
        await home.until_quiet()
        await home.stop()
        await home.start()
        await home.until_quiet()
    assert receiver.accepted == [message_id("desk", [one.id]) for one in turns(3)]


@pytest.mark.of_a_file
async def test_a_killed_daemon_sends_again_under_the_same_id(home: Installation, tmp_path: Path) -> None:
    """Killed between the receiver's acknowledgement and the mark: the ledger still says that it waits."""
    receiver = Receiver()
    async with receiving(receiver) as url:
        await home.start(desk=webhook(url))
        await home.tell(changes.too_little())
        before = Installation(tmp_path / "before.db")
        for ending in ("db", "db-wal"):
            (tmp_path / f"before.{ending}").write_bytes((tmp_path / f"ledger.{ending}").read_bytes())
        await home.step()
        before.channels = home.channels
        await before.start()
        await before.until_quiet()
        await before.stop()
    assert len(receiver.accepted) == 2
    assert len(set(receiver.accepted)) == 1


async def test_messages_of_one_channel_arrive_in_order(home: Installation) -> None:
    receiver, mailbox = Receiver(answering(500, 200, 500, 500, 200)), Mailbox()
    async with receiving(receiver) as url, mail_server(mailbox) as port:
        await home.start(desk=webhook(url), me=email(port))
        await home.tell(*turns(6))
        await home.step()
        assert len(mailbox.got) == 6
        assert receiver.accepted == []
        await home.until_quiet()
    assert receiver.accepted == [message_id("desk", [one.id]) for one in turns(6)]


async def test_a_message_that_nobody_takes_does_not_stop_the_others_for_ever(home: Installation) -> None:
    poison = message_id("desk", [turns(1)[0].id])
    receiver = Receiver()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers["webhook-id"] == poison:
            return web.Response(status=400)
        return await Receiver.__call__(receiver, request)

    async with receiving(answer) as url:  # type: ignore[arg-type]  # called like a receiver
        await home.start(desk=webhook(url))
        await home.tell(*turns(3))
        await home.until_quiet()
    assert receiver.accepted == [message_id("desk", [one.id]) for one in turns(3)[1:]]
    dead = await home.ledger.messages(("dead",))
    assert [(one.id, one.last_error) for one in dead] == [(poison, "127.0.0.1 answered 400")]
    assert home.now - NOW >= timedelta(days=3)
    assert (home.telling.waiting, home.telling.dead) == (0, 1)


async def test_where_half_of_the_requests_fail_everything_arrives_under_its_own_id(home: Installation) -> None:
    chance = random.Random(7)
    receiver = Receiver(lambda _: web.Response(status=chance.choice((200, 500))))
    mailbox = Mailbox(*(chance.choice(("250 taken", "451 busy", "drop")) for _ in range(40)))
    async with receiving(receiver) as url, mail_server(mailbox) as port:
        await home.start(desk=webhook(url), me=email(port))
        for one in turns(12):
            await home.tell(one)
            await home.step(SECOND)
        await home.until_quiet()
    assert sorted(receiver.accepted) == sorted(message_id("desk", [one.id]) for one in turns(12))
    ids = [one["Message-ID"].partition("@")[0][1:] for one in mailbox.mails]
    assert set(ids) == {message_id("me", [one.id]) for one in turns(12)}
    assert len(receiver.asked) > 15


async def test_a_mail_dropped_before_the_answer_comes_once_more_with_the_same_id(home: Installation) -> None:
    mailbox = Mailbox("drop")
    async with mail_server(mailbox) as port:
        await home.start(me=email(port))
        await home.tell(changes.too_little())
        await home.until_quiet()
    assert [one["Message-ID"] for one in mailbox.mails] == [mailbox.mails[0]["Message-ID"]] * 2
    assert home.now == NOW + 5 * SECOND


async def test_a_receiver_that_is_gone_makes_the_message_dead_until_it_is_asked_for_again(home: Installation) -> None:
    receiver = Receiver(answering(410, 200))
    async with receiving(receiver) as url:
        await home.start(desk=webhook(url))
        await home.tell(changes.too_little())
        await home.until_quiet()
        assert (home.telling.waiting, home.telling.dead) == (0, 1)
        identity = (await home.messages())[0].id
        await home.telling.retry(identity, home.now)
        assert (home.telling.waiting, home.telling.dead, home.telling.next_at()) == (1, 0, home.now)
        await home.step()
        with pytest.raises(KeyError):
            await home.telling.retry(identity, home.now)
    assert receiver.accepted == [identity]
    assert (home.telling.waiting, home.telling.dead) == (0, 0)


async def test_a_waiting_message_can_be_asked_for_at_once(home: Installation) -> None:
    receiver = Receiver(answering(400, 400, 400, 200))
    async with receiving(receiver) as url:
        await home.start(desk=webhook(url))
        await home.tell(changes.too_little())
        for _ in range(3):
            await home.step(max(timedelta(0), (home.telling.next_at() or NOW) - home.now))
        assert home.telling.next_at() == home.now + timedelta(minutes=30)
        await home.telling.retry((await home.messages())[0].id, home.now)
        await home.step()
    assert len(receiver.accepted) == 1


async def test_a_receiver_that_wants_time_gets_it(home: Installation) -> None:
    receiver = Receiver(lambda n: web.Response(status=200 if n else 503, headers={} if n else {"Retry-After": "3600"}))
    async with receiving(receiver) as url:
        await home.start(desk=webhook(url))
        await home.tell(changes.too_little())
        await home.step()
        assert home.telling.next_at() == NOW + timedelta(hours=1)
        await home.step(timedelta(minutes=59))
        assert len(receiver.asked) == 1
        await home.step(timedelta(minutes=1))
    assert len(receiver.accepted) == 1


async def test_what_waits_for_a_channel_that_left_the_file_is_dead_with_the_reason(home: Installation) -> None:
    async with receiving(Receiver(answering(500))) as url:
        await home.start(desk=webhook(url))
        await home.tell(*turns(2))
        await home.step()
        await home.owe(replace(changes.paid_more(), decided_at=home.now))
        home.channels.clear()
        home.configure()
        await home.step()
        await home.step(timedelta(hours=1))
        assert await home.telling.plan(home.now, PICTURE) == 1
    said = {one.last_error for one in await home.ledger.messages(("dead",))}
    assert said == {"the channel desk is no longer in the configuration"}
    assert (home.telling.waiting, home.telling.dead, home.telling.next_at()) == (0, 3, None)


async def test_a_channel_that_left_the_file_while_nothing_ran_is_noticed(home: Installation) -> None:
    async with receiving(Receiver(answering(500))) as url:
        await home.start(desk=webhook(url))
        await home.tell(*turns(2))
        await home.step()
    await home.stop()
    home.channels.clear()
    await home.start()
    await home.step()
    assert (home.telling.waiting, home.telling.dead) == (2, 0)
    await home.step(timedelta(hours=1))
    assert (home.telling.waiting, home.telling.dead) == (0, 2)


async def test_a_channel_that_is_written_back_within_the_hour_gets_what_waits(home: Installation) -> None:
    receiver = Receiver(answering(500, 200))
    async with receiving(receiver) as url:
        await home.start(desk=webhook(url))
        await home.tell(*turns(1))
        await home.step()
        home.channels.clear()
        home.configure()
        await home.step(timedelta(minutes=59))
        home.channels["desk"] = webhook(url)
        home.configure()
        await home.step()
    assert (len(receiver.accepted), home.telling.dead, home.telling.next_at()) == (1, 0, None)


@pytest.mark.of_a_file
async def test_a_full_disk_repeats_nothing_and_loses_nothing(home: Installation, tmp_path: Path) -> None:
    """The receiver has taken the message, the mark cannot be written: it is written before anything else is sent."""
    receiver = Receiver()
    async with receiving(receiver) as url:
        await home.start(desk=webhook(url))
        await home.tell(*turns(2))
        await home.owe(replace(changes.paid_more(), decided_at=NOW + 9 * SECOND))
        await home.stop()
        pages = (tmp_path / "ledger.db").stat().st_size // 4096
        await home.start(max_pages=pages)
        await fill(home.ledger)
        await home.step()
        assert len(receiver.accepted) == 1
        assert home.telling.next_at() == NOW + 5 * SECOND
        assert await home.telling.plan(home.now, PICTURE) == 0
        await home.step(5 * SECOND)
        assert (len(receiver.accepted), home.telling.waiting) == (1, 2)
        await home.ledger.close()
        async with await Ledger.open(home.place) as roomy:
            home.telling._ledger = roomy
            await home.until_quiet()
    wanted = [*turns(2), changes.paid_more()]
    assert receiver.accepted == [message_id("desk", [one.id]) for one in wanted]
    assert home.telling.waiting == 0


async def fill(ledger: Ledger) -> None:
    """Notes about the last message, ever smaller ones, until not even an empty one finds room."""
    last = (await ledger.messages(("waiting",)))[-1].id
    for size in (3000, 100, 0):
        with suppress(LedgerError):
            while True:
                await ledger.mark_message(last, at=NOW, state="waiting", attempts=0, result="x" * size)


async def test_where_nothing_waits_nothing_is_asked_of_the_ledger(home: Installation) -> None:
    await home.start(me=email(25))
    await home.ledger.close()
    await home.step(timedelta(days=1))
    assert home.telling.next_at() is None


async def test_a_test_message_goes_at_once_and_is_remembered_by_nobody(home: Installation) -> None:
    mailbox, receiver = Mailbox(), Receiver(answering(200, 410, 500))
    async with mail_server(mailbox) as port, receiving(receiver) as url:
        await home.start(me=email(port), desk=webhook(url))
        assert await home.telling.test("me", home.now) == Sent()
        results = [await home.telling.test("desk", home.now) for _ in range(3)]
        with pytest.raises(KeyError):
            await home.telling.test("nobody", home.now)
    assert [type(one) for one in results] == [Sent, Dead, Later]
    assert mailbox.mails[0]["Subject"] == "Test: messages for me arrive"
    assert await home.messages() == []
