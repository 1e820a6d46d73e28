"""What sources of prices say alike: currencies, prices that stand still, pairs that are not traded, closes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from verifier.errors import Misread
from verifier.fields import Coins
from verifier.observation import Observation, PriceSeen, Silence, SilenceReason
from verifier.reading import not_future, silence
from verifier.talk import Reply
from verifier.units import DAY, HOUR, Window

#: A price older than this, by its own time, is none of now.
STALE: Final = HOUR
#: How far back closes of days are told: as long as days are worked out anew.
REACH: Final = 60 * DAY

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

#: What an account is asked to tell prices in.
Currencies: TypeAlias = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...],
    Field(min_length=1, max_length=10, description="codes of three letters, like `[USD, EUR]`"),
]
#: What was paid for one coin; nothing is traded for nothing.
Paid: TypeAlias = Annotated[Coins, Field(gt=0)]


def priced(told: Sequence[Observation]) -> Sequence[Observation]:
    """The prices; where there are none, why not."""
    return [one for one in told if not isinstance(one, Silence)] or told


def of_now(seen: PriceSeen, reply: Reply, what: str) -> tuple[PriceSeen | Silence]:
    """The price, or that ``what`` it is of stands still."""
    if reply.received_at - not_future(seen.at, reply) <= STALE:
        return (seen,)
    return silence(reply, SilenceReason.STALE, f"{what} is of {seen.at:%Y-%m-%d %H:%M} UTC")


def untraded(reply: Reply, exchange: str, currency: str) -> tuple[Silence]:
    """What is said of a currency that an exchange does not know."""
    return silence(reply, SilenceReason.NEVER_SEEN, f"{exchange} does not trade bitcoin in {currency}")


def step_of(window: Window, most: int) -> timedelta:
    """How long the candles are that are asked for: hours, or days where there are more hours than ``most`` candles."""
    return HOUR if window.span // HOUR + 2 <= most else DAY


def closes(
    candles: Iterable[tuple[datetime, Decimal]], step: timedelta, currency: str, window: Window, reply: Reply
) -> list[PriceSeen]:
    """The last price of bitcoin in each UTC hour or day that is over: a candle bears the time of its start.

    It is told of the last second, as a price of that hour and day. Raises Misread for a candle that does not begin
    with an hour or day, and is none of one.
    """
    found = sorted(candles)
    if any((start - _EPOCH) % step for start, _ in found):
        raise Misread(f"candles of {step.total_seconds():.0f} seconds were expected")
    return [
        PriceSeen(at=start + step - timedelta(seconds=1), coin="BTC", currency=currency, price=close)
        for start, close in found
        if window.start - step < not_future(start, reply) + step <= reply.received_at
    ]
