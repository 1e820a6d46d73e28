from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter

from tests.verdicts.cases import after, contract, counter, fact, silence
from verifier.contract import Independence, Watch
from verifier.fact import Fact
from verifier.observation import SilenceReason
from verifier.units import Window
from verifier.verdicts.checks.gone_quiet import CHECK, State, judge
from verifier.verdicts.verdict import Judged, News, Outcome, Verdict

STATE = TypeAdapter(State)
PAGE = Watch(account="page", independence=Independence.SELLER_PAGE)
DEAL = contract(watch=(Watch(account="pool"), PAGE))


def short(check: str, hours: float, size: float | None = None, outcome: Outcome = Outcome.SHORT) -> Verdict:
    since = after(hours=hours)
    return Verdict(
        subject="north", check=check, at=since, window=Window(start=since, end=since), outcome=outcome, because="",
        since=since, size=size,
    )  # fmt: skip


def turn(
    *said: Verdict, facts: tuple[Fact, ...] = (), state: State | None = None, at: datetime | None = None
) -> Judged[State]:
    told = judge(DEAL, state, News(facts=facts, said={one.check: one for one in said}), at or after(days=2))
    return replace(told, state=STATE.validate_json(STATE.dump_json(told.state)))


def answer(hours: float, account: str = "pool") -> Fact:
    return fact(int(hours * 60), counter(60 * hours, 1.0), account=account)


def silent(hours: float, account: str = "page", reason: SilenceReason = SilenceReason.UNREACHABLE) -> Fact:
    return fact(int(hours * 60), silence(60 * hours, reason), account=account)


def test_two_unrelated_signs_together_are_one_verdict_that_names_both() -> None:
    told = turn(short("hashrate", 20, 1.0), short("payout_late", 40)).verdicts[-1]
    assert told.outcome is Outcome.SHORT
    assert "nothing is delivered since 1 Nov 20:00 UTC; a payout is overdue since 2 Nov 16:00 UTC" in told.because
    assert told.since == after(days=2), "it is as old as our knowledge of both, not as the older sign"
    assert (CHECK.severity, CHECK.pending.total_seconds()) == ("critical", 43_200)


def test_one_sign_alone_is_never_enough() -> None:
    for sign in (short("hashrate", 1, 1.0), short("worker_gone", 1), short("payout_late", 1)):
        told = turn(sign).verdicts[-1]
        assert told.outcome is Outcome.MET
        assert "One sign alone" in told.because


def test_workers_gone_and_nothing_delivered_are_the_same_sign() -> None:
    assert turn(short("hashrate", 1, 1.0), short("worker_gone", 1)).verdicts[-1].outcome is Outcome.MET
    assert turn(short("hashrate", 1, 0.4), short("payout_late", 1)).verdicts[-1].outcome is Outcome.MET


def test_workers_gone_while_work_arrives_are_no_sign() -> None:
    """A worker that was renamed, or one of many: the other side goes on."""
    for arrives in (short("hashrate", 1, outcome=Outcome.MET), short("hashrate", 1, 0.1)):
        told = turn(arrives, short("worker_gone", 1), short("payout_late", 2)).verdicts[-1]
        assert told.outcome is Outcome.MET
        assert "workers are gone" not in told.because
    unknown = short("hashrate", 1, outcome=Outcome.UNKNOWN)
    assert turn(unknown, short("worker_gone", 1), short("payout_late", 2)).verdicts[-1].outcome is Outcome.SHORT


def test_signs_weeks_apart_do_not_belong_together() -> None:
    told = turn(short("worker_gone", 1), short("payout_late", 24 * 9), at=after(days=10)).verdicts[-1]
    assert told.outcome is Outcome.MET


def test_the_sellers_page_is_a_sign_when_it_is_silent_for_hours_and_others_answer() -> None:
    facts = (answer(1, "page"), silent(30), answer(40))
    told = turn(short("worker_gone", 20), facts=facts)
    assert told.verdicts[-1].outcome is Outcome.SHORT
    assert "page does not answer since 2 Nov 06:00 UTC" in told.verdicts[-1].because
    early = turn(short("worker_gone", 20), facts=facts, at=after(hours=33))
    assert early.verdicts[-1].outcome is Outcome.MET
    assert early.next_due == after(hours=36)


def test_our_own_outage_is_no_sign() -> None:
    nobody_answers = (answer(1), answer(1, "page"), silent(30), silent(30, "pool"))
    assert turn(short("payout_late", 20), facts=nobody_answers).verdicts[-1].outcome is Outcome.MET
    daemon_was_off = (answer(1), answer(1, "page"))
    assert turn(short("payout_late", 20), facts=daemon_was_off).verdicts[-1].outcome is Outcome.MET


def test_an_independent_pool_that_is_down_and_a_page_we_cannot_read_are_no_signs() -> None:
    pool_down = (answer(1), silent(30, "pool"), answer(40, "page"))
    assert turn(short("payout_late", 20), facts=pool_down).verdicts[-1].outcome is Outcome.MET
    misread = (silent(30, reason=SilenceReason.MISREAD), answer(40))
    assert turn(short("payout_late", 20), facts=misread).verdicts[-1].outcome is Outcome.MET


def test_it_is_over_when_a_sign_is() -> None:
    facts = (silent(30), answer(40))
    first = turn(short("worker_gone", 20), facts=facts)
    again = turn(short("worker_gone", 20), facts=(answer(50, "page"),), state=first.state, at=after(hours=50))
    assert [first.verdicts[-1].outcome, again.verdicts[-1].outcome] == [Outcome.SHORT, Outcome.MET]
    assert again.state.since is None


def test_while_nothing_changes_nothing_is_said() -> None:
    first = turn(facts=(answer(1),))
    again = judge(DEAL, first.state, News(facts=(answer(1),)), after(days=2))
    assert again.verdicts == ()
    assert again.state is first.state


def test_outside_the_term_nothing_is_a_sign() -> None:
    told = turn(short("hashrate", 20, 1.0), short("payout_late", 40), at=after(hours=-1)).verdicts[-1]
    assert told.outcome is Outcome.NOT_APPLICABLE
