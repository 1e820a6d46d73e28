"""Which kept answer belongs to which ask, and what an adapter is told of the moment."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from tests.daemon.judged import RATE, SLOT, START, Court, contract
from verifier.daemon.asking import Line
from verifier.daemon.guarding import Measures, set_aside
from verifier.daemon.rereading import outcomes, read_again, understood
from verifier.errors import Unreachable
from verifier.fact import Fact, FactKind
from verifier.incidents.review import World, review
from verifier.incidents.standing import Standing
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.ledger.records import Answer, Batch
from verifier.observation import Observation, PayoutClaimed, PoolSeen, RateSeen, Silence, SilenceReason, WorkSeen
from verifier.settings.model import ConfiguredAccount
from verifier.talk import Account, Http, Question, Secret, Source, Talk
from verifier.units import Amount, Window
from verifier.verdicts.verdict import AccountCase, DifficultySteps, Outcome

NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
SILENT: Final = Silence(at=NOON + 9 * SECOND, reason=SilenceReason.MISREAD)


def line(talk: Callable[..., Talk], name: str = "now") -> Line:
    question = Question(name=name, sees=frozenset({PoolSeen, RateSeen}), every=timedelta(minutes=5), talk=talk)
    source = Source(
        kind="pool", title="Pool", Account=Account, support="documented", questions=(question,), adapter="2"
    )
    account = Account(kind="pool", url="https://pool.example")
    return Line.to(ConfiguredAccount(name="acme", account=account, source=source, secrets={"token": "hidden-in-url"}))


def answer(path: str, body: str, *, second: int = 0, status: int = 200) -> Answer:
    at = NOON + second * SECOND
    return Answer(
        account="acme", question="now", asked_at=at, learned_at=NOON + timedelta(hours=3),
        url=f"https://pool.example{path}", status=status, headers={}, body=body.encode(), fate="misread",
        adapter="pool/1", fact=7,
    )  # fmt: skip


def fact(*others: Observation) -> Fact:
    return Fact(
        id=7, kind=FactKind.OBSERVATION, subject="acme", question="now", true=Window(start=NOON, end=NOON),
        learned_at=NOON + timedelta(hours=3), digest="d", adapter="pool/1", observations=(*others, SILENT),
    )  # fmt: skip


def one_ask(ask: Http) -> Callable[..., Talk]:
    """A talk of one ask: the pool's rate is the answer's body."""

    def talk(_account: Account, _window: Window) -> Talk:
        reply = yield ask
        return (PoolSeen(at=reply.received_at, per_second=float(reply.body)),)

    return talk


def rates(talk: Callable[..., Talk], answers: Sequence[Answer], name: str = "now") -> list[float | None]:
    found = understood(line(talk, name), fact(), answers, None)
    return [one.per_second for one in found if isinstance(one, PoolSeen)]


@pytest.mark.parametrize(
    ("asked", "kept", "same"),
    [
        ({"page": "1"}, "/a?page=1", True),
        ({"page": "1"}, "/a?page=2", False),
        ({"page": "1"}, "/a?day=1", False),
        ({"page": "1"}, "/b?page=1", False),
        ({"since": "1795176000"}, "/a?since=1795176001", True),
        ({"since": "1795176000000"}, "/a?since=1795176001500", True),
        ({"since": "1795176000"}, "/a?since=1795176060", False),
        ({"token": Secret("token")}, "/a?token=***", True),
    ],
)
def test_an_ask_takes_the_answer_that_was_kept_of_its_address(
    asked: dict[str, str | Secret], kept: str, *, same: bool
) -> None:
    assert rates(one_ask(Http(path="/a", query=asked)), [answer(kept, "5")]) == ([5.0] if same else [])


def test_asks_of_one_address_take_its_answers_in_their_order_and_each_once() -> None:
    def talk(_account: Account, _window: Window) -> Talk:
        ask = Http(path="/a", method="POST", body={"n": 1})
        seen = []
        for _ in range(2):
            reply = yield ask
            seen.append(PoolSeen(at=reply.received_at, per_second=float(reply.body)))
        with pytest.raises(Unreachable):
            yield ask
        return seen

    found = understood(line(talk), fact(), [answer("/a", "1"), answer("/a", "2", second=4)], None)
    assert found == (
        PoolSeen(at=NOON + 4 * SECOND, per_second=1.0),
        PoolSeen(at=SILENT.at, per_second=2.0),
    ), "an answer came before the next ask, and the last one when the silence began"


def test_what_never_came_is_no_answer() -> None:
    assert rates(one_ask(Http(path="/a")), [answer("/a", "", status=0)]) == []


def test_a_question_that_is_not_asked_any_more_and_a_bug_in_a_talk_bring_nothing() -> None:
    assert rates(one_ask(Http(path="/a")), [answer("/a", "5")], name="later") == []
    assert rates(one_ask(Http(path="/a")), [answer("/a", "no figure")]) == []


def test_what_was_understood_at_the_time_is_not_told_again() -> None:
    known = PoolSeen(at=SILENT.at, per_second=5.0)
    assert understood(line(one_ask(Http(path="/a"))), fact(known), [answer("/a", "5")], None) == ()


def test_to_who_asks_whether_a_source_answered_what_was_read_later_is_no_answer() -> None:
    case = AccountCase(name="acme", kind="pool", title="Pool", rhythms={}, contracts=())
    silent = review(case, Standing(subject="account:acme"), [fact()], NOON, World()).standing
    read = PoolSeen(at=NOON, per_second=5.0)
    answered = replace(fact(), id=9, observations=(read,))
    late = replace(answered, content={"heard_as": 7, "heard_at": NOON.isoformat()})
    outcomes = [
        review(case, silent, [one], NOON, World()).standing.verdicts["source_silent"].outcome
        for one in (late, answered)
    ]
    assert outcomes == [Outcome.SHORT, Outcome.MET]


def counted(number: int) -> Fact:
    """A counter, read some seconds after it stood so, ten minutes after the one before."""
    end = START + number * SLOT
    seen = WorkSeen(end=end, hashes=number * RATE * SLOT.total_seconds())
    return replace(
        fact(), subject="pool", true=Window(start=end, end=end), learned_at=end + SECOND, observations=(seen,)
    )


async def test_counters_that_are_read_an_hour_later_are_judged_as_if_they_had_been_read_at_once(
    places: Callable[[], Place],
) -> None:
    unread, end = range(10, 16), 24
    found = []
    for read_at in (None, 21):
        async with await Ledger.open(places()) as ledger:
            court, waiting = Court(ledger), []
            for number in range(end):
                one = counted(number)
                if read_at is not None and number in unread:
                    heard_as = ledger.facts_learned + 1
                    content = {"heard_as": heard_as, "heard_at": one.learned_at.isoformat()}
                    waiting.append(replace(one, content=content))
                    one = replace(one, observations=(replace(SILENT, at=one.true.end),))
                late = waiting if number == read_at else []
                assert await court.turn(counted(number).learned_at, *late, one) == []
            state = court.standing().evidence
            found.append((state.tally.hashes, state.tally.seen_seconds, state.notes, state.gaps, state.delay))
    assert found[0] == found[1]
    assert found[0][1] == (end - 1) * SLOT.total_seconds()


# What is read later is held against what any answer is held against

HOUR: Final = timedelta(hours=1)
MONTH: Final = NOON + timedelta(days=30)


def rate(_account: Account, _window: Window) -> Talk:
    """A rate and a payout; the pool's figure is the answer's body."""
    reply = yield Http(path="/rate")
    at = reply.received_at
    return (
        PayoutClaimed(id=f"{at}", at=at, amount=Amount(atoms=1)),
        RateSeen(at=at, per_second=float(reply.body), window=HOUR),
    )


@dataclass(slots=True)
class Kept:
    """A ledger with answers of one an hour, and who reads them again (``adapter`` 2, unless they were read so)."""

    ledger: Ledger
    facts: list[Fact] = field(default_factory=list)

    async def hear(
        self, hours: int, times: float, fate: str, adapter: str = "pool/1", content: dict[str, Any] | None = None
    ) -> None:
        """The answer of an hour, that many times the promise."""
        at, number = NOON + hours * HOUR, self.ledger.next_fact_id()
        seen = RateSeen(at=at, per_second=times * RATE, window=HOUR)
        told = seen if fate == "answered" else Silence(at=at, reason=SilenceReason(fate))
        heard = replace(
            fact(), id=number, observations=(told,), learned_at=at, true=Window(start=at, end=at), adapter=adapter,
            content=content or {},
        )  # fmt: skip
        page = replace(
            answer("/rate", f"{times * RATE}"), asked_at=at, learned_at=at, fate=fate, fact=number, adapter=adapter
        )
        await self.ledger.write(Batch(facts=(heard,), answers=(page,)))

    async def read(self, *, promised: float = RATE, anew: bool = False) -> list[Fact]:
        """What is read now, written down; of it the answers."""
        accounts = {"acme": line(rate).configured}
        measures = Measures([contract(account="acme", rate=promised)])
        found, _ = await read_again(
            self.ledger, accounts, lambda name: measures.of(name, DifficultySteps()), MONTH, anew=anew
        )
        self.facts = [replace(one, id=self.ledger.next_fact_id()) for one in found]
        await self.ledger.write(Batch(facts=tuple(self.facts)))
        return [one for one in self.facts if one.read_later]


@pytest.fixture
async def kept(places: Callable[[], Place]) -> AsyncIterator[Kept]:
    async with await Ledger.open(places()) as ledger:
        yield Kept(ledger)


def judged(facts: Sequence[Fact]) -> list[bool]:
    return [not one.doubted for one in facts]


@pytest.mark.parametrize("times", [1000.0, 0.001])
async def test_figures_of_another_unit_are_set_aside_and_coins_beside_them_count(kept: Kept, times: float) -> None:
    for hours in range(5):
        await kept.hear(hours, 1.0, "answered")
    await kept.hear(5, times, "misread")
    await kept.hear(6, 1.0, "misread")
    doubted, right = await kept.read()
    assert judged([doubted, right]) == [False, True]
    assert [type(one) for one in doubted.observations] == [Silence, PayoutClaimed]
    assert [one.per_second for one in set_aside(doubted) if isinstance(one, RateSeen)] == [times * RATE]
    assert outcomes(kept.facts) == {"acme": {"kept": 2, "read": 1}}
    assert await kept.read(anew=True) == []
    assert outcomes(kept.facts) == {"acme": {"kept": 1, "read": 0}}


async def test_the_past_of_a_long_silence_is_what_was_believed_before_it_began(kept: Kept) -> None:
    for hours in range(5):
        await kept.hear(hours, 1.0, "answered")
    for day, times in enumerate((0.001, 0.001, 0.0002), 1):
        await kept.hear(24 * 8 * day, times, "misread")
    assert judged(await kept.read()) == [False] * 3, "a doubt goes on whatever the work does"


async def test_the_scale_of_a_doubt_is_that_of_its_begin_though_its_first_answers_are_not_read_again(
    kept: Kept,
) -> None:
    for hours in range(5):
        await kept.hear(hours, 1.0, "answered")
    doubted = {"by": "past", "since": (NOON + 5 * HOUR).isoformat(), "prefixes": 1}
    await kept.hear(6, 0.0002, "implausible", content={"set_aside": [], "doubt": doubted})
    assert await kept.read() == []
    assert outcomes(kept.facts) == {"acme": {"kept": 1, "read": 0}}


async def test_what_was_read_later_is_the_past_of_what_came_after_it(kept: Kept) -> None:
    for hours, times in enumerate((1.0, 1.0, 1.0, 0.001)):
        await kept.hear(hours, times, "misread")
    assert judged(await kept.read()) == [True, True, True, False]


async def test_a_rate_that_an_amended_promise_allows_is_believed_when_somebody_asks(kept: Kept) -> None:
    await kept.hear(0, 100.0, "implausible", "pool/2")
    assert await kept.read(promised=10 * RATE) == [], "nothing new can be read by itself"
    (doubted,) = await kept.read(anew=True)
    assert doubted.doubted
    (believed,) = await kept.read(promised=10 * RATE, anew=True)
    assert [one.per_second for one in believed.observations if isinstance(one, RateSeen)] == [100 * RATE]
    assert await kept.read(promised=10 * RATE, anew=True) == []


async def test_a_newer_adapter_reads_what_was_not_believed(kept: Kept) -> None:
    await kept.hear(0, 1.0, "implausible")
    assert judged(await kept.read()) == [True]
    assert await kept.read() == []
