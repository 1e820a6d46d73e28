"""What sources of prices say alike: which candles are asked for, which of them are told, and of which moment."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from verifier.errors import Implausible, Misread
from verifier.observation import PriceSeen, SilenceReason
from verifier.prices import closes, of_now, priced, step_of, untraded
from verifier.talk import Reply
from verifier.units import DAY, HOUR, Window

NOW = datetime(2026, 3, 4, 0, 10, tzinfo=UTC)
REPLY = Reply(status=200, headers={}, body=b"", received_at=NOW)
SEEN = PriceSeen(at=NOW - HOUR, coin="BTC", currency="USD", price=Decimal(90_000))


def since(span: timedelta) -> Window:
    return Window(start=NOW - span, end=NOW)


def told(start: datetime, step: timedelta = HOUR, span: timedelta = DAY) -> list[datetime]:
    return [one.at for one in closes([(start, Decimal(1))], step, "USD", since(span), REPLY)]


def test_hours_are_asked_for_unless_they_are_more_than_are_sent() -> None:
    assert [step_of(since(span), 300) for span in (DAY, 298 * HOUR, 299 * HOUR)] == [HOUR, HOUR, DAY]


def test_a_close_is_told_of_the_last_second_of_its_hour_once_that_is_over() -> None:
    midnight = datetime(2026, 3, 4, tzinfo=UTC)
    assert told(midnight - HOUR) == [midnight - timedelta(seconds=1)]
    assert told(midnight) == []
    assert told(midnight - DAY, DAY) == [midnight - timedelta(seconds=1)]


def test_no_close_is_told_of_long_before_the_last_answer() -> None:
    assert told(datetime(2026, 3, 1, tzinfo=UTC)) == []


def test_a_candle_of_another_length_or_of_the_future_cannot_be_right() -> None:
    with pytest.raises(Misread, match="candles of 86400 seconds"):
        told(datetime(2026, 3, 3, 23, tzinfo=UTC), DAY)
    with pytest.raises(Implausible):
        told(datetime(2026, 3, 5, tzinfo=UTC))


def test_a_price_that_stands_still_is_told_as_such_and_only_where_no_other_is() -> None:
    (still,) = of_now(PriceSeen(at=NOW - 2 * HOUR, coin="BTC", currency="USD", price=Decimal(1)), REPLY, "the price")
    assert getattr(still, "reason", None) is SilenceReason.STALE
    missing = (still, *untraded(REPLY, "Kraken", "PLN"))
    assert priced([*missing, *of_now(SEEN, REPLY, "the price")]) == [SEEN]
    assert tuple(priced(missing)) == missing
