"""Reading what was made of the facts: standings, hours for pages, transitions, and what is told to whom."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, func, select, type_coerce

from verifier.ledger.columns import EPOCH, Moment
from verifier.ledger.reads import Reads, Row
from verifier.ledger.records import Checkpoint, Day, Hour, Message, Owed, StoredStanding, StoredTransition
from verifier.ledger.rows import message_from
from verifier.ledger.tables import Id, checkpoint, hour, message, nonce, owed, standing, transition

_DAY: Final = timedelta(days=1) // EPOCH.resolution


class Judgements(Reads):
    """Everything that was judged, and what became of it."""

    async def standings(self) -> dict[str, StoredStanding]:
        """All standings by subject."""
        found = await self._read(select(standing), lambda row: StoredStanding(**row))
        return {one.subject: one for one in found}

    async def standing(self, subject: str) -> StoredStanding | None:
        return await self._first(
            select(standing).where(standing.c.subject == subject), lambda row: StoredStanding(**row)
        )

    async def checkpoint_before(self, subject: str, at: datetime) -> Checkpoint | None:
        """The latest checkpoint of midnight ``at`` or earlier: it holds nothing that was true from ``at`` on."""
        statement = (
            select(checkpoint)
            .where(checkpoint.c.subject == subject, checkpoint.c.at <= at)
            .order_by(checkpoint.c.at.desc())
            .limit(1)
        )
        return await self._first(statement, lambda row: Checkpoint(**row))

    async def hours(self, contract: str, start: datetime, end: datetime) -> list[Hour]:
        """The hours of a contract that start in [start, end), in time order; an hour not seen has no row."""
        statement = select(hour).where(_within(contract, start, end)).order_by(hour.c.start)
        return await self._read(statement, lambda row: Hour(**row))

    async def days(self, contract: str, start: datetime, end: datetime) -> list[Day]:
        """The hours that start in [start, end) added up per UTC day (of 1970 or later), in time order."""
        number = type_coerce(hour.c.start, Id)
        day = number - number % _DAY
        complete = func.count(hour.c.shares) == func.count()
        statement = (
            select(
                hour.c.contract,
                type_coerce(day, Moment).label("start"),
                func.sum(hour.c.seen_seconds).label("seen_seconds"),
                func.sum(hour.c.hashes).label("hashes"),
                case((complete, func.sum(hour.c.shares))).label("shares"),
            )
            .where(_within(contract, start, end))
            .group_by(hour.c.contract, day)
            .order_by(day)
        )
        return await self._read(statement, lambda row: Day(**row))

    async def transitions(self, subject: str | None = None, limit: int = 100) -> list[StoredTransition]:
        """The transitions decided last, newest first; of one subject when it is named."""
        statement = select(transition).order_by(transition.c.decided_at.desc(), transition.c.id).limit(limit)
        if subject is not None:
            statement = statement.where(transition.c.subject == subject)
        return await self._read(statement, lambda row: StoredTransition(**row))

    async def messages(self, states: Collection[str] = ("waiting", "delivered", "dead")) -> list[Message]:
        """All messages in these states, oldest first."""
        statement = select(message).where(message.c.state.in_(states)).order_by(message.c.created_at, message.c.id)
        return await self._read(statement, message_from)

    async def owed_unwritten(self) -> list[tuple[Owed, StoredTransition]]:
        """What is owed to a channel and carried by no message yet, oldest decision first."""
        statement = (
            select(owed.c.channel, transition)
            .join(transition, owed.c.transition == transition.c.id)
            .where(owed.c.message.is_(None))
            .order_by(transition.c.decided_at, transition.c.id, owed.c.channel)
        )
        return await self._read(statement, _owed)

    async def nonce(self, name: str) -> int | None:
        """The highest nonce that was used under a name, None when none was."""
        return await self._first(select(nonce.c.value).where(nonce.c.name == name), lambda row: int(row["value"]))


def _within(contract: str, start: datetime, end: datetime) -> Any:
    return (hour.c.contract == contract) & (hour.c.start >= start) & (hour.c.start < end)


def _owed(row: Row) -> tuple[Owed, StoredTransition]:
    return Owed(channel=row.pop("channel"), transition=row["id"]), StoredTransition(**row)
