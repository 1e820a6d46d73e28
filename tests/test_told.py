"""What is told: averages, slots, workers, credits and payments."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import Implausible, Misread
from verifier.fields import Camel, Number, Placed, Shown
from verifier.observation import (
    BalanceSeen,
    RateSeen,
    WorkerPresence,
    WorkersSeen,
    WorkerState,
    WorkSeen,
)
from verifier.talk import Reply
from verifier.told import (
    Averages,
    Over,
    amount,
    charted,
    credited_day,
    just_ended,
    lately,
    listed,
    presence,
    rates,
    recent,
    rewarded,
    sent,
    settled,
    slots,
    together,
    told_once,
)
from verifier.units import DAY, HOUR, MINUTE, Amount, Window

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def reply(document: object = None) -> Reply:
    return Reply(status=200, headers={}, body=json.dumps(document).encode(), received_at=AT)


def rate(worker: str | None, per_second: float) -> RateSeen:
    return RateSeen(worker=worker, at=AT, per_second=per_second, window=timedelta(hours=1))


def test_what_is_told_twice_counts_once_and_what_contradicts_itself_not_at_all() -> None:
    balance = BalanceSeen(at=AT, amount=Amount(atoms=1))
    work = WorkSeen(end=AT, hashes=5.0)
    whole = [rate(None, 3.0), rate("a", 1.0), rate("a", 1.0), rate("b", 1.0), rate("b", 2.0), rate("b", 1.0)]
    told = told_once([*whole, work, replace(work, hashes=6.0), balance, balance])
    assert told == (rate(None, 3.0), rate("a", 1.0), balance, balance)


def test_sessions_of_one_name_are_one_worker_who_is_online_if_one_of_them_is() -> None:
    on, off = WorkerPresence.ONLINE, WorkerPresence.OFFLINE
    listed = WorkersSeen(
        at=AT,
        workers=(
            WorkerState(name="a", presence=off, last_share=AT),
            WorkerState(name="b", presence=on),
            WorkerState(name="a", presence=on, sessions=2, last_share=AT - timedelta(hours=1)),
        ),
    )
    (told,) = told_once([listed])
    assert isinstance(told, WorkersSeen)
    assert told.workers == (
        WorkerState(name="a", presence=on, sessions=3, last_share=AT),
        WorkerState(name="b", presence=on),
    )


def test_what_is_told_of_a_name_in_parts_is_their_sum() -> None:
    assert together([("rig1", 1.0), ("rig2", 5.0), ("rig1", 2.0)]) == {"rig1": 3.0, "rig2": 5.0}


def test_a_word_for_a_workers_state_that_nobody_knows_is_no_absence() -> None:
    assert presence("ACTIVE", "active") is WorkerPresence.ONLINE
    assert presence("Inactive", "active") is WorkerPresence.OFFLINE
    with pytest.raises(Misread, match="not known: 'resting'"):
        presence("resting", "active")


def test_a_credited_day_has_the_work_of_its_rate_if_one_is_told() -> None:
    day = credited_day(AT, Decimal("0.5"), part="pps", per_second=2.0)
    assert (day.id, day.start, day.end, day.amount.atoms) == ("2026-03-01/pps", AT, AT + DAY, 50_000_000)
    assert day.work_hashes == 2 * 86_400
    assert credited_day(AT, Decimal(1), "LTC").work_hashes is None
    assert credited_day(AT, Decimal(1), hashes=7.0).work_hashes == 7.0


def test_a_rounded_average_carries_its_rounding() -> None:
    (seen,) = rates(AT, [("a", [(HOUR, Shown(2.0, 0.25))])])
    assert (seen.per_second, seen.quantisation) == (2.0, 0.25)


class Shares(Camel, Averages):
    of_hour: Annotated[Number | None, Over(HOUR)] = None
    workers: Number = 3.0
    of_day: Annotated[Placed, Over(DAY)]


def test_a_field_says_which_span_its_average_is_over() -> None:
    page = Shares.model_validate({"ofHour": 2, "ofDay": "4.0K"})
    assert page.over() == [(HOUR, 2.0), (DAY, Shown(4000.0, 0.0125))]
    assert page.over(1e6)[0] == (HOUR, 2e6), "what bears no unit is in that of the interface"
    assert page.over(1e6)[1] == page.over()[1]
    assert Shares.model_validate({"ofDay": "0K"}).over()[0] == (HOUR, None)


def test_a_worker_of_whom_no_state_is_told_is_connected_while_his_last_share_is_young() -> None:
    assert lately("a", AT - HOUR, AT, HOUR) == ("a", True, AT - HOUR)
    assert lately("a", AT - HOUR - MINUTE, AT, HOUR, busy=True) == ("a", False, AT - HOUR - MINUTE)
    assert lately("a", None, AT, HOUR) == ("a", False, None)
    assert lately("a", None, AT, HOUR, busy=True) == ("a", True, None)


def test_an_average_that_is_not_told_is_no_zero_and_one_that_nobody_defines_is_unsure() -> None:
    seen = rates(AT, [(None, [(HOUR, 2.0), (DAY, None)]), ("a", [(HOUR, 0.0)])], unsure={HOUR})
    assert [(one.worker, one.window, one.per_second, one.averaging) for one in seen] == [
        (None, HOUR, 2.0, "unsure"),
        ("a", HOUR, 0.0, "unsure"),
    ]


@given(asked=st.lists(st.integers(0, 300), min_size=1, max_size=8))
def test_a_slot_is_told_when_it_has_settled_and_by_one_question_only(asked: list[int]) -> None:
    moments = sorted({AT + minutes * MINUTE for minutes in asked})
    slots = [(AT - HOUR + number * 10 * MINUTE, float(number)) for number in range(40)]
    told = []
    since = AT - HOUR
    for now in moments:
        known = [one for one in slots if one[0] < now]
        answer = replace(reply(), received_at=now)
        told += settled(known, 10 * MINUTE, Window(start=since, end=now), answer, after=5 * MINUTE)
        since = now
    due = [start for start, _ in slots if AT - HOUR < start + 15 * MINUTE <= moments[-1]]
    assert [one.start for one in told] == due
    assert all(one.hashes == slots[int((one.end - AT + HOUR) / MINUTE / 10) - 1][1] * 600 for one in told)


def test_a_slot_of_the_future_cannot_be_right() -> None:
    with pytest.raises(Implausible):
        settled([(AT + HOUR, 1.0)], HOUR, Window(start=AT - HOUR, end=AT), reply(), after=MINUTE)


def test_an_average_asked_right_after_its_slot_speaks_for_it_and_any_other_for_none() -> None:
    window = Window(start=AT - HOUR, end=AT + HOUR)
    (told,) = just_ended(rates(AT + MINUTE, [("a", [(5 * MINUTE, 3.0)])]), 2 * MINUTE, window)
    assert (told.start, told.end, told.hashes) == (AT - 5 * MINUTE, AT, 900.0)
    assert just_ended(rates(AT + 150 * timedelta(seconds=1), [("a", [(5 * MINUTE, 3.0)])]), 2 * MINUTE, window) == []


def test_a_list_says_who_is_there_and_when_he_last_sent() -> None:
    seen = listed(reply(), [("a", True, AT), ("b", False, None), ("c", WorkerPresence.OFFLINE, None)])
    off = WorkerPresence.OFFLINE
    assert [one.presence for one in seen.workers] == [WorkerPresence.ONLINE, off, off]
    assert seen.workers[0].last_share == seen.at == AT
    told = listed(reply(), [], AT - MINUTE, connected=0)
    assert (told.at, told.connected) == (AT - MINUTE, 0)
    with pytest.raises(Implausible):
        listed(reply(), [("a", True, AT + HOUR)])


def test_a_payment_without_a_transaction_is_known_by_its_time_and_amount() -> None:
    assert sent(reply(), AT, Decimal("0.5"), txid="t").id == "t"
    unnamed = sent(reply(), AT, Decimal("0.5"), txid="", address="")
    assert (unnamed.id, unnamed.txid, unnamed.address) == ("2026-03-01T12:00:00Z/0.5", None, None)
    assert unnamed.amount == Amount(atoms=50_000_000)


def test_whoever_sent_a_share_lately_is_there_and_without_one_whoever_shows_a_rate() -> None:
    assert recent(AT - MINUTE, AT, MINUTE, busy=False)
    assert not recent(AT - HOUR, AT, MINUTE, busy=True)
    assert recent(None, AT, MINUTE, busy=True)


def test_a_payment_in_base_units_is_taken_as_it_is() -> None:
    assert sent(reply(), AT, Amount(atoms=7, coin="XMR"), txid="t").amount == Amount(atoms=7, coin="XMR")


def test_a_reward_is_of_one_moment_that_has_come() -> None:
    told = rewarded(reply(), AT, Decimal("0.5"), "XMR", id="block", scheme="PPLNS")
    assert (told.id, told.start, told.end, told.scheme) == ("block", AT, AT, "PPLNS")
    assert told.amount == Amount(atoms=500_000_000_000, coin="XMR")
    assert rewarded(reply(), AT, told.amount, id="block").amount == told.amount
    with pytest.raises(Implausible):
        rewarded(reply(), AT + HOUR, Decimal(1), id="block")


def test_the_point_nearest_to_the_end_of_a_slot_speaks_for_it_once_no_nearer_one_can_come() -> None:
    span, window = 10 * MINUTE, Window(start=AT - HOUR, end=AT)
    points = {AT - 21 * MINUTE: 1.0, AT - 20 * MINUTE: 2.0, AT - 15 * MINUTE: 3.0, AT - 9 * MINUTE: 4.0, AT: 5.0}
    told = charted(points, span, MINUTE, window, reply(), "a")
    assert [(one.end, one.hashes) for one in told] == [(AT - 2 * span, 1200.0), (AT - span, 2400.0)]
    assert {(one.worker, one.start is not None and one.end - one.start) for one in told} == {("a", span)}


MOMENTS = st.integers(0, 7200).map(lambda seconds: AT + timedelta(seconds=seconds))


@given(st.dictionaries(MOMENTS, st.floats(0, 1e18)), st.integers(1, 300))
def test_a_slot_has_the_rate_of_the_point_nearest_to_its_end(points: dict[datetime, float], seconds: int) -> None:
    length, apart = 10 * MINUTE, timedelta(seconds=seconds)
    for end, rate in slots(points, length, apart).items():
        nearest = min(abs(at - end) for at in points)
        assert nearest <= apart
        assert rate in {points.get(end - nearest), points.get(end + nearest)}
        assert (end - AT) % length == timedelta(0)


def test_a_slot_without_a_point_near_its_end_is_left_out() -> None:
    points = {AT + 3 * MINUTE: 1.0, AT + 11 * MINUTE: 2.0}
    ends = slots(points, 10 * MINUTE, 2 * MINUTE)
    assert ends == {AT + 10 * MINUTE: 2.0}


def test_coins_become_base_units_without_a_float() -> None:
    assert amount(Decimal("20999999.97690000")).atoms == 2_099_999_997_690_000
    assert amount(Decimal("-0.00512345")).atoms == -512_345
    assert amount(Decimal("0.004025340000000001")).atoms == 402_534


@given(st.integers(min_value=-(2**62), max_value=2**62), st.sampled_from(["BTC", "XMR", "ETC"]))
def test_any_number_of_base_units_survives_being_printed_as_coins(atoms: int, coin: str) -> None:
    decimals = {"BTC": 8, "XMR": 12, "ETC": 18}[coin]
    printed = f"{Decimal(atoms).scaleb(-decimals):f}"
    assert amount(Decimal(printed), coin).atoms == atoms
