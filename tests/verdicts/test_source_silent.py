from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from tests.verdicts.cases import after, counter, fact, silence
from verifier.fact import Fact
from verifier.observation import SilenceReason
from verifier.verdicts.checks.source_silent import State, judge
from verifier.verdicts.verdict import AccountCase, News, Outcome, Verdict

CASE = AccountCase(
    name="pool", kind="ckpool", title="CKPool", rhythms={"work": timedelta(minutes=1)}, contracts=("north", "south")
)
STATE = TypeAdapter(State)


def run(*facts: Fact) -> tuple[Verdict, ...]:
    state, verdicts = None, list[Verdict]()
    for one in facts:
        turn = judge(CASE, state, News(facts=(one,)), one.learned_at)
        state = STATE.validate_json(STATE.dump_json(turn.state))
        verdicts += turn.verdicts[-1:]
    return tuple(verdicts)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (SilenceReason.UNREACHABLE, "No answer from CKPool since 1 Nov 00:05 UTC"),
        (SilenceReason.REFUSED, "does not accept the key"),
        (SilenceReason.MISREAD, "cannot read"),
        (SilenceReason.STALE, "stands still since"),
        (SilenceReason.NEVER_SEEN, "This address has never been seen at CKPool"),
        (SilenceReason.IMPLAUSIBLE, "cannot be right"),
    ],
)
def test_every_reason_is_told_in_words(reason: SilenceReason, words: str) -> None:
    now = run(fact(1, counter(0, 1.0)), fact(2, silence(5, reason)))[-1]
    assert now.outcome is Outcome.SHORT
    assert words in now.because
    assert "north, south cannot be judged" in now.because
    assert "This is no sign of a shortfall." in now.because
    assert now.values["reason"] == reason.value


def test_an_answer_ends_the_silence_and_the_first_moment_is_kept() -> None:
    verdicts = run(
        fact(1, silence(5)), fact(2, silence(10, SilenceReason.MISREAD, "no field x.")), fact(3, counter(15, 1.0))
    )
    assert [one.outcome for one in verdicts] == [Outcome.SHORT, Outcome.SHORT, Outcome.MET]
    assert verdicts[1].since == after(minutes=5)
    assert "Said: no field x." in verdicts[1].because
    assert verdicts[2].because == "CKPool answers."


def test_a_source_that_has_never_answered_was_silent_from_the_first_question_or_earlier() -> None:
    never = run(fact(1, silence(5)), fact(2, silence(10)))[-1]
    assert never.since_or_earlier
    assert "No answer from CKPool since 1 Nov 00:05 UTC or earlier." in never.because
    again = run(fact(1, silence(5)), fact(2, counter(10, 1.0)), fact(3, silence(15)))[-1]
    assert again.since == after(minutes=15)
    assert not again.since_or_earlier
    assert "or earlier" not in again.because


def test_one_question_of_several_is_named() -> None:
    now = run(fact(1, counter(0, 1.0)), fact(2, silence(5), question="payouts"))[-1]
    assert now.outcome is Outcome.SHORT
    assert "Not answered: payouts; still answered: work" in now.because


def test_an_account_never_asked_and_a_pause_are_unknown() -> None:
    assert (
        judge(CASE, None, News(facts=(fact(1, silence(1), account="other"),)), after()).verdicts[-1].outcome
        is Outcome.UNKNOWN
    )
    paused = run(fact(1, silence(5, SilenceReason.PAUSED)))[-1]
    assert paused.outcome is Outcome.UNKNOWN
    assert "paused" in paused.because


def test_a_new_reason_is_told_as_a_change() -> None:
    facts = (fact(1, silence(5)), fact(2, silence(6)), fact(3, silence(7, SilenceReason.REFUSED)))
    told = judge(CASE, None, News(facts=facts), after(minutes=7)).verdicts
    assert [one.values["reason"] for one in told] == ["unreachable", "refused", "refused"]
