"""The two column types of the ledger, the same on every database."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Dialect, String
from sqlalchemy.types import TypeDecorator

from verifier import units

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An instant as integer microseconds since 1970 UTC: aware datetimes go in, aware UTC datetimes come out.

    Raises ValueError for a datetime without a time zone.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} carries no time zone")
        return (value - EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Amount(TypeDecorator[units.Amount]):
    """Coins as text ``<base units> <coin>``: 18 decimals overflow SQLite's integers at 9.22 coins."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: units.Amount | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else f"{value.atoms} {value.coin}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> units.Amount | None:  # noqa: ARG002
        if value is None:
            return None
        atoms, coin = value.split(" ")
        return units.Amount(atoms=int(atoms), coin=coin)
