"""What was learned comes back as it was learned."""

from datetime import UTC, datetime

from tests.ledger.examples import NOON, answer, fact, minutes, poll
from verifier.fact import FactKind
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.ledger.records import Batch, LatestAnswer
from verifier.units import Window


async def test_facts_come_in_the_order_learned_and_in_pages(ledger: Ledger) -> None:
    facts = [fact(number, subject="acme" if number % 3 else "bravo") for number in range(1, 10)]
    await ledger.write(Batch(facts=tuple(facts)))
    assert await ledger.facts(["acme", "bravo"]) == facts
    assert await ledger.facts(["acme", "bravo"], after_id=2, limit=3) == facts[2:5]
    assert await ledger.facts(["bravo"], after_id=3) == [facts[5], facts[8]]
    assert await ledger.facts(["nobody"]) == []
    assert await ledger.facts([]) == []
    assert await ledger.facts(None, after_id=1, limit=2) == facts[1:3]


async def test_late_facts_come_in_the_order_true(ledger: Ledger) -> None:
    late = fact(2, true=Window(start=NOON - minutes(20), end=NOON - minutes(10)), learned_at=NOON)
    first, third = fact(1), fact(3, at=NOON + minutes(1))
    await ledger.write(Batch(facts=(first, late, third)))
    assert await ledger.facts_true_after(["acme"], NOON - minutes(10)) == [late, first, third]
    assert await ledger.facts_true_after(["acme"], NOON) == [first, third]
    assert await ledger.facts_true_after(["acme"], NOON - minutes(10), until=NOON) == [late]


async def test_ids_go_on_after_a_restart(place: Place, ledger: Ledger) -> None:
    await ledger.write(poll(ledger.next_fact_id()))
    await ledger.write(poll(ledger.next_fact_id()))
    await ledger.close()
    async with await Ledger.open(place) as again:
        assert again.next_fact_id() == 3
        assert again.identity == ledger.identity


async def test_equal_bodies_are_stored_once(ledger: Ledger) -> None:
    await ledger.write(Batch(answers=(answer(b"same"), answer(b"same"), answer(b"other"))))
    await ledger.write(Batch(answers=(answer(b"same"),)))
    counts = await ledger.counts()
    assert (counts["answer"], counts["body"]) == (4, 2)
    assert counts["bytes"] > 0


async def test_an_answer_comes_back_whole(ledger: Ledger) -> None:
    odd = answer(b"\x00\xff<html>", status=502, fate="misread", learned_at=NOON + minutes(1), headers={})
    await ledger.write(Batch(answers=(answer(b""), odd)))
    assert await ledger.answers("acme", limit=5) == [odd, answer(b"")]
    assert await ledger.answers("bravo") == []
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert await ledger.body(digest) == b""
    assert await ledger.body("unknown") is None


async def test_each_question_has_its_own_silence(ledger: Ledger) -> None:
    def asked(question: str, minute: int, fate: str) -> Batch:
        at = NOON + minutes(minute)
        return Batch(answers=(answer(question=question, asked_at=at, learned_at=at, fate=fate),))

    for question, minute, fate in (
        ("now", 0, "unreachable"),
        ("now", 1, "answered"),
        ("now", 2, "unreachable"),
        ("now", 3, "misread"),
        ("payouts", 0, "refused"),
        ("payouts", 4, "refused"),
        ("history", 0, "unreachable"),
        ("history", 5, "answered"),
    ):
        await ledger.write(asked(question, minute, fate))

    def stands(answered: int | None, last: int, fate: str, silent: int | None) -> LatestAnswer:
        return LatestAnswer(
            answered_at=None if answered is None else NOON + minutes(answered),
            asked_at=NOON + minutes(last),
            fate=fate,
            silent_since=None if silent is None else NOON + minutes(silent),
        )

    assert await ledger.latest_answers() == {
        ("acme", "now"): stands(1, 3, "misread", 2),
        ("acme", "payouts"): stands(None, 4, "refused", 0),
        ("acme", "history"): stands(5, 5, "answered", None),
    }
    assert await ledger.watched_since() == {"acme": NOON}


async def test_the_last_decision_counts(ledger: Ledger) -> None:
    def decided(number: int, question: str) -> Batch:
        decision = fact(
            number, kind=FactKind.DECISION, subject="north", question=question, observations=(), content={"n": number}
        )
        return Batch(facts=(decision, fact(number + 100, subject="north")))

    await ledger.write(decided(1, "contract"))
    await ledger.write(decided(2, "contract"))
    await ledger.write(decided(3, "note"))
    latest = await ledger.latest_decisions(("north", "south"), "contract")
    assert {subject: (one.id, one.content) for subject, one in latest.items()} == {"north": (2, {"n": 2})}
    assert [one.id for one in await ledger.decisions("north")] == [1, 2, 3]


async def test_moments_before_1970_and_microseconds_survive(ledger: Ledger) -> None:
    old = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    moments = (datetime.min.replace(tzinfo=UTC), old, datetime.max.replace(tzinfo=UTC))
    facts = [fact(number, at=moment) for number, moment in enumerate(moments, 1)]
    await ledger.write(Batch(facts=tuple(facts)))
    assert await ledger.facts_true_after(["acme"], moments[0]) == facts
