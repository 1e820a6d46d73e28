"""What is kept of one conversation, whatever became of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.daemon.installed import MINUTE, NORTH, Pools
from tests.daemon.judged import START
from verifier.daemon.asking import Landed, Line, ask, true_of
from verifier.observation import BlockSeen, Silence, SilenceReason, WorkSeen
from verifier.simulator.faults import Fault
from verifier.talk import Http, Question, Talk
from verifier.units import Window
from verifier.wire import Wire

HOUR = timedelta(hours=1)


def work(start: int, end: int) -> WorkSeen:
    return WorkSeen(start=START + start * HOUR, end=START + end * HOUR, hashes=1.0)


def test_a_fact_is_true_over_all_that_it_speaks_of() -> None:
    assert true_of([work(2, 3), work(1, 2)], START) == Window(start=START + HOUR, end=START + 3 * HOUR)
    silence = Silence(at=START + HOUR, reason=SilenceReason.STALE)
    assert true_of([silence], START) == Window(start=START + HOUR, end=START + HOUR)
    assert true_of([], START) == Window(start=START, end=START)


def test_a_span_that_runs_backwards_does_not_end_the_program() -> None:
    assert true_of([work(5, 1)], START) == Window(start=START + HOUR, end=START + HOUR)


def line(simulated: Pools) -> Line:
    simulated.write(NORTH)
    return Line.to(simulated.read().accounts["pool"])


def test_of_two_paces_the_users_own_is_kept(simulated: Pools) -> None:
    one = line(simulated)
    assert one.destination.pace == 0.0
    configured = replace(one.configured, account=one.configured.account.model_copy(update={"pace": None}))
    assert Line.to(configured).destination.pace == one.configured.source.pace


async def asked(simulated: Pools, question: Question | None = None) -> Landed:
    one = line(simulated)
    async with Wire(simulated.clock, read_timeout=2.0) as wire:
        wanted = question or one.configured.source.question("now")
        return await ask(wire, one, wanted, None, simulated.clock.now())


async def test_an_answer_is_remembered_with_its_evidence_and_without_what_is_not(simulated: Pools) -> None:
    fact, answers = (await asked(simulated)).remembered(7, simulated.clock.now() + MINUTE)
    assert (fact.id, fact.subject, fact.question, fact.adapter) == (7, "pool", "now", "ckpool/1")
    assert fact.learned_at == simulated.clock.now() + MINUTE
    assert [(answer.fact, answer.status, answer.fate) for answer in answers] == [(7, 200, "answered")]
    assert set(answers[0].headers) <= {"date", "last-modified", "content-type", "server"}
    assert len(fact.digest) == 64


@pytest.mark.parametrize(
    ("fault", "reason", "statuses"),
    [
        (Fault.ERROR_500, SilenceReason.UNREACHABLE, [500]),
        (Fault.LOGIN_PAGE, SilenceReason.MISREAD, [200, 200]),
        (Fault.FUTURE, SilenceReason.IMPLAUSIBLE, [200]),
        (Fault.RESET, SilenceReason.UNREACHABLE, [0]),
    ],
)
async def test_a_failure_is_remembered_as_a_silence_with_what_was_answered(
    simulated: Pools, fault: Fault, reason: SilenceReason, statuses: list[int]
) -> None:
    simulated.give(fault)
    landed = await asked(simulated)
    fact, answers = landed.remembered(1, simulated.clock.now())
    assert landed.failure is reason
    assert [one.reason for one in fact.observations if isinstance(one, Silence)] == [reason]
    assert ([answer.status for answer in answers], {answer.fate for answer in answers}) == (statuses, {reason.value})


async def test_a_question_with_history_begins_where_its_last_answer_ended(simulated: Pools) -> None:
    windows: list[Window] = []

    def talk(_account: object, window: Window) -> Talk:
        windows.append(window)
        yield Http(path="/pool/pool.status")
        return (BlockSeen(height=1, at=window.end, difficulty=1.0),)

    now = simulated.clock.now()
    question = Question(name="history", sees=frozenset(), every=MINUTE, talk=talk, reach=24 * HOUR)
    one = line(simulated)
    async with Wire(simulated.clock) as wire:
        for answered_at in (None, now - HOUR, now - 90 * HOUR, now + HOUR):
            await ask(wire, one, question, answered_at, now)
    assert [now - window.start for window in windows] == [24 * HOUR, HOUR, 24 * HOUR, timedelta(0)]
