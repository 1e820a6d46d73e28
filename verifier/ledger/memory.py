"""Reading what was learned: facts and answers."""

import json
import zlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Select, case, func, literal, select, true, union_all

from verifier.fact import Fact, FactKind
from verifier.ledger.columns import Moment
from verifier.ledger.reads import Reads, Row
from verifier.ledger.records import Answer, LatestAnswer
from verifier.ledger.rows import answer_from, fact_from
from verifier.ledger.tables import UNUSED, answer, body, fact
from verifier.observation import OBSERVATIONS, Silence

#: Subjects that one statement asks for.
_TOGETHER: Final = 1000
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_DECISION: Final = fact.c.kind == FactKind.DECISION.value


class Memory(Reads):
    """Everything that was learned, as it was learned."""

    async def facts(self, subjects: Sequence[str] | None, after_id: int = 0, limit: int = 1000) -> list[Fact]:
        """The next facts after the fact ``after_id``, in the order learned: of these subjects (at most 500), or all."""
        if subjects is None:
            return await self._read(_walk(after_id, limit), fact_from)
        if not subjects:
            return []
        # One bounded walk per subject: IN with ORDER BY would sort all that follows at every page.
        walks = (_walk(after_id, limit).where(fact.c.subject == subject).subquery() for subject in set(subjects))
        every = union_all(*(select(walk) for walk in walks)).subquery()
        return await self._read(select(every).order_by(every.c.id).limit(limit), fact_from)

    async def facts_true_after(
        self, subjects: Sequence[str], at: datetime, until: datetime | None = None
    ) -> list[Fact]:
        """Facts whose time ends at ``at`` or later (and before ``until``), in the order of that end, then learned."""
        statement = (
            select(fact).where(fact.c.subject.in_(subjects), fact.c.true_end >= at).order_by(fact.c.true_end, fact.c.id)
        )
        if until is not None:
            statement = statement.where(fact.c.true_end < until)
        return await self._read(statement, fact_from)

    async def decisions(self, subject: str) -> list[Fact]:
        """All decisions about a subject in the order learned."""
        return await self._read(select(fact).where(fact.c.subject == subject, _DECISION).order_by(fact.c.id), fact_from)

    async def latest_decisions(self, subjects: Sequence[str], question: str) -> dict[str, Fact]:
        """The last decision of a question about each of these subjects that has one."""
        last = select(func.max(fact.c.id)).where(_DECISION, fact.c.question == question).group_by(fact.c.subject)
        found: list[Fact] = []
        for first in range(0, len(subjects), _TOGETHER):
            some = last.where(fact.c.subject.in_(subjects[first : first + _TOGETHER]))
            found += await self._read(select(fact).where(fact.c.id.in_(some)), fact_from)
        return {one.subject: one for one in found}

    async def latest_answers(self) -> dict[tuple[str, str], LatestAnswer]:
        """How each question of each account stands; reads an index of all asks, so meant for the start."""
        pair = (answer.c.account, answer.c.question)
        answered = func.max(answer.c.learned_at).filter(answer.c.fate == "answered")
        ends = (
            select(*pair, func.max(answer.c.learned_at).label("last"), answered.label("answered"))
            .group_by(*pair)
            .subquery()
        )
        same = (answer.c.account == ends.c.account) & (answer.c.question == ends.c.question)
        since = answer.c.learned_at > func.coalesce(ends.c.answered, literal(_NEVER, Moment))
        silent = select(func.min(answer.c.learned_at)).where(same, since).correlate(ends).scalar_subquery()
        statement = (
            select(
                *pair,
                answer.c.asked_at,
                answer.c.fate,
                ends.c.answered,
                silent.label("silent_since"),
                case((answer.c.fate != "answered", fact.c.observations)).label("observations"),
            )
            .join(ends, same & (answer.c.learned_at == ends.c.last))
            .join(fact, answer.c.fact == fact.c.id, isouter=True)
            .order_by(answer.c.id)
        )
        found = await self._read(statement, _latest)
        return dict(found)

    async def last_answered(self) -> list[Fact]:
        """What each question brought when it was answered last, in the order learned; meant for the start likewise."""
        pair = (answer.c.account, answer.c.question)
        answered = answer.c.fate == "answered"
        ends = select(*pair, func.max(answer.c.learned_at).label("last")).where(answered).group_by(*pair).subquery()
        same = (answer.c.account == ends.c.account) & (answer.c.question == ends.c.question)
        newest = select(func.max(answer.c.fact)).join(ends, same & (answer.c.learned_at == ends.c.last)).where(answered)
        last = newest.group_by(*pair).scalar_subquery()
        return await self._read(select(fact).where(fact.c.id.in_(last)).order_by(fact.c.id), fact_from)

    async def watched_since(self) -> dict[str, datetime]:
        """When each account was asked for the first time; reads an index of all asks, so meant for the start."""
        statement = select(answer.c.account, func.min(answer.c.asked_at).label("first")).group_by(answer.c.account)
        return dict(await self._read(statement, lambda row: (row["account"], row["first"])))

    async def answers(self, account: str, limit: int = 100) -> list[Answer]:
        """The last asks of an account with what came back, newest first."""
        statement = (
            select(answer, body.c.compressed)
            .join(body, answer.c.body == body.c.digest)
            .where(answer.c.account == account)
            .order_by(answer.c.learned_at.desc(), answer.c.id.desc())
            .limit(limit)
        )
        return await self._read(statement, answer_from)

    async def unused(self, since: datetime) -> dict[tuple[str, str], int]:
        """By account and adapter, the fact of the last answer since a moment that could not be read or believed."""
        pair = (answer.c.account, answer.c.adapter)
        last = func.max(answer.c.fact).label("last")
        statement = select(*pair, last).where(UNUSED, answer.c.learned_at >= since).group_by(*pair)
        found = await self._read(statement, lambda row: ((row["account"], row["adapter"]), row["last"]))
        return {pair: fact_id for pair, fact_id in found if fact_id is not None}

    async def unused_answers(
        self, account: str, adapters: Collection[str], since: datetime, *, after: int, before: int, limit: int
    ) -> list[tuple[Fact, tuple[Answer, ...]]]:
        """Conversations since a moment of which these adapters made nothing that could be judged, newest first.

        Each its fact and its answers. Only those with a fact after ``after`` and before ``before``, at most ``limit``.
        """
        row = answer.c
        newest = (
            select(row.fact)
            .where(UNUSED, row.account == account, row.fact > after, row.fact < before)
            .where(row.adapter.in_(adapters), row.learned_at >= since)
            .distinct()
            .order_by(row.fact.desc())
            .limit(limit)
        )
        ids = await self._read(newest, lambda row: int(row["fact"]))
        if not ids:
            return []
        facts = await self._read(select(fact).where(fact.c.id.in_(ids)), fact_from)
        kept = (
            select(answer, body.c.compressed)
            .join(body, row.body == body.c.digest)
            .where(UNUSED, row.account == account, row.fact.in_(ids))
            .order_by(row.id)
        )
        of: dict[int | None, list[Answer]] = {}
        for one in await self._read(kept, answer_from):
            of.setdefault(one.fact, []).append(one)
        return [(one, tuple(of[one.id])) for one in sorted(facts, key=lambda one: one.id, reverse=True)]

    async def read_since(self, account: str, since: datetime) -> dict[int, bool]:
        """Of answers of an account that have been read later, since a moment: their facts, and if they are judged now.

        False where the figures were set aside that time too.
        """
        later = select(fact.c.content).where(fact.c.subject == account, fact.c.learned_at >= since).order_by(fact.c.id)
        found = await self._read(later.where(fact.c.content.contains('"heard_as"')), lambda row: row["content"])
        return {int(content["heard_as"]): "set_aside" not in content for content in map(json.loads, found)}

    async def answered_before(self, account: str, question: str, at: datetime) -> datetime | None:
        """When a question was answered last before a moment, as far as is known."""
        statement = (
            select(answer.c.learned_at)
            .where(answer.c.account == account, answer.c.question == question, answer.c.learned_at < at)
            .where(answer.c.fate == "answered")
            .order_by(answer.c.learned_at.desc())
            .limit(1)
        )
        return await self._first(statement, lambda row: row["learned_at"])

    async def believed(
        self, account: str, question: str, adapter: str | None, since: datetime, until: datetime, limit: int
    ) -> list[Fact]:
        """The facts of the last answers of a question that an adapter read and nobody doubted, in the order learned.

        ``adapter`` is None for any. Walks the index of asks back from ``until``: a silence in between costs an entry.
        """
        row = answer.c
        # By turn, which the index is in the order of: a conversation may have many asks.
        newest = (
            select(func.max(row.fact).label("fact"))
            .where(row.account == account, row.question == question)
            .where(row.learned_at >= since, row.learned_at <= until)
            .where(row.fate == "answered", true() if adapter is None else row.adapter == adapter)
            .group_by(row.learned_at)
            .order_by(row.learned_at.desc())
            .limit(limit)
        )
        ids = await self._read(newest, lambda row: row["fact"])
        return await self._read(select(fact).where(fact.c.id.in_(ids)).order_by(fact.c.id), fact_from)

    async def latest_told(self, account: str, question: str, fates: Collection[str]) -> Fact | None:
        """What the last ask of a question brought that had one of these fates: asks in vain may lie behind it."""
        last = (
            select(answer.c.fact)
            .where(answer.c.account == account, answer.c.question == question, answer.c.fate.in_(fates))
            .order_by(answer.c.learned_at.desc(), answer.c.id.desc())
            .limit(1)
        )
        ids = await self._read(last, lambda row: row["fact"])
        return await self._first(select(fact).where(fact.c.id.in_(ids)), fact_from)

    async def body(self, digest: str) -> bytes | None:
        """A kept body by its digest, None when there is none."""
        statement = select(body.c.compressed).where(body.c.digest == digest)
        return await self._first(statement, lambda row: zlib.decompress(row["compressed"]))


def _walk(after_id: int, limit: int) -> Select[Any]:
    return select(fact).where(fact.c.id > after_id).order_by(fact.c.id).limit(limit)


def _latest(row: Row) -> tuple[tuple[str, str], LatestAnswer]:
    observations = OBSERVATIONS.validate_json(row["observations"] or "[]")
    stands = LatestAnswer(
        answered_at=row["answered"],
        asked_at=row["asked_at"],
        fate=row["fate"],
        silent_since=row["silent_since"],
        detail=next((one.detail for one in observations if isinstance(one, Silence)), ""),
    )
    return (row["account"], row["question"]), stands
