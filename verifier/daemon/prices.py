"""What coins cost, as the sources of prices told it: now for what is shown, by the day for fees in money."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final, TypeAlias

from verifier.expectations.price import DayPrice, Price, day_price, price
from verifier.fact import Fact
from verifier.observation import PriceSeen

#: Days of which a price is kept: as long as days are worked out anew.
KEPT_DAYS: Final = 60
_DAY: Final = timedelta(days=1)

ByDay: TypeAlias = Mapping[str, Mapping[datetime, DayPrice]]


class Prices:
    """Folds prices in any order. Days are kept for the currencies of fees alone: nobody else needs them.

    Of each source and hour the first price counts, so that a day is small and a late answer seldom changes it.
    """

    def __init__(self) -> None:
        self._asked: tuple[str, ...] = ()
        self._by_day: frozenset[str] = frozenset()
        self._last: dict[tuple[str, str], PriceSeen] = {}
        self._hours: dict[tuple[str, datetime], dict[str, dict[int, PriceSeen]]] = {}
        self._touched: set[tuple[str, datetime]] = set()
        self._now: datetime | None = None
        self._days: ByDay = {}

    def configure(self, asked: Collection[str], fees_in: Collection[str]) -> None:
        """Believe these accounts; keep the days of these currencies."""
        self._asked, self._by_day = tuple(asked), frozenset(fees_in)
        self._last = {key: one for key, one in self._last.items() if key[0] in self._asked}

    def fold(self, facts: Iterable[Fact]) -> bool:
        """Take in prices; True when the price of a day that is over is new or has changed."""
        for fact in facts:
            if fact.subject in self._asked:
                self._now = fact.learned_at if self._now is None else max(self._now, fact.learned_at)
                for one in fact.observations:
                    if isinstance(one, PriceSeen):
                        self._take(fact.subject, one)
        now = self._now
        over = {key for key in self._touched if now is not None and key[1] + _DAY <= now}
        return bool(over) and now is not None and self._close(over, now)

    def _take(self, account: str, one: PriceSeen) -> None:
        key = (account, one.currency)
        if key not in self._last or self._last[key].at <= one.at:
            self._last[key] = one
        if one.currency not in self._by_day or one.coin != "BTC":
            return
        at = one.at.astimezone(UTC)
        day = one.currency, datetime.combine(at.date(), time(), UTC)
        hours = self._hours.setdefault(day, {}).setdefault(account, {})
        if at.hour not in hours or one.at < hours[at.hour].at:
            hours[at.hour] = one
            self._touched.add(day)

    def _close(self, over: Collection[tuple[str, datetime]], now: datetime) -> bool:
        """Work out days that are over and of which something is new, and forget those that are too old."""
        oldest = now - (KEPT_DAYS + 1) * _DAY
        self._touched -= set(over)
        self._hours = {key: told for key, told in self._hours.items() if key[1] >= oldest}
        made = {
            currency: {day: one for day, one in days.items() if day >= oldest} for currency, days in self._days.items()
        }
        for currency, day in over:
            told = self._hours.get((currency, day), {})
            by_hour = {name: {hour: one.price for hour, one in hours.items()} for name, hours in told.items()}
            found = day_price(by_hour, self._asked)
            if found is not None:
                made.setdefault(currency, {})[day] = found
        changed, self._days = made != self._days, made
        return changed

    @property
    def days(self) -> ByDay:
        """By currency the price of each UTC day that is over and of which enough was told."""
        return self._days

    def now(self, currencies: Iterable[str], now: datetime) -> Mapping[str, Price]:
        """The price of a bitcoin at a moment by currency, or why there is none; empty where nobody is asked."""
        if not self._asked:
            return {}
        return {currency: self._of(currency, now) for currency in currencies}

    def _of(self, currency: str, now: datetime) -> Price:
        seen = {account: one for (account, told), one in self._last.items() if told == currency}
        return price(seen, "BTC", currency, now, asked=self._asked)
