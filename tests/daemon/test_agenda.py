"""What the next turn has to do stays until a turn is remembered."""

from datetime import UTC, datetime, timedelta
from itertools import count

from verifier.daemon.agenda import Agenda
from verifier.fact import Fact, FactKind
from verifier.units import Window

AT = datetime(2026, 11, 20, tzinfo=UTC)
FACT = Fact(
    id=0, kind=FactKind.DECISION, subject="north", true=Window(start=AT, end=AT), learned_at=AT, digest="d"
)  # fmt: skip


def test_what_waits_makes_a_turn_and_what_is_to_be_judged_anew_waits_for_one() -> None:
    assert not Agenda()
    assert not Agenda(anew={"north"})
    assert all((Agenda(again={"north"}), Agenda(gone={"north"}), Agenda(decisions=[FACT]), Agenda(readings=[FACT])))


def test_facts_are_numbered_in_their_order_and_what_is_read_later_is_learned_now() -> None:
    agenda, now = Agenda(decisions=[FACT], readings=[FACT]), AT + timedelta(minutes=1)
    numbers = count(7)
    assert [(one.id, one.learned_at) for one in agenda.facts(lambda: next(numbers), now)] == [(7, AT), (8, now)]


def test_a_remembered_turn_leaves_only_what_it_did_not_judge() -> None:
    agenda = Agenda(
        again={"north", "south"}, anew={"south"}, gone={"west"}, decisions=[FACT], readings=[FACT]
    )  # fmt: skip
    agenda.done({"north"})
    assert agenda == Agenda(again={"south"}, anew={"south"})
