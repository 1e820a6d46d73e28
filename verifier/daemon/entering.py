"""What people add to what is remembered, between two turns: files they bring, and answers that are tried again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from verifier.daemon.asking import Landed
from verifier.daemon.configuring import Configuring
from verifier.daemon.imports import Import, Offered, Read, read_offered, taking_back
from verifier.daemon.rereading import account_of, outcomes
from verifier.errors import LedgerError
from verifier.fact import Fact

#: A turn: what has landed, the subjects to be judged, the moment, and facts that are to be remembered besides.
Judge: TypeAlias = Callable[[list[Landed], set[str], datetime, Sequence[Fact]], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Entering:
    """Facts that are written at once, whoever waits for an answer; ``turning`` is held while a turn is taken."""

    configuring: Configuring
    turning: asyncio.Lock
    judge: Judge
    wake: Callable[[], None]

    async def bring(self, offered: Offered, now: datetime) -> Read:
        """Remember what a file adds to what was brought before. Raises ConfigError with its faults, LedgerError."""
        async with self.turning:
            read = await read_offered(offered, self.configuring.settings, self.configuring.ledger, now)
            if read.facts:
                await self._enter(read.facts, now)
            return read

    async def take_back(self, digest: str, now: datetime) -> Import:
        """Let an import count no longer. Raises KeyError, for people, when the digest names none; LedgerError."""
        async with self.turning:
            found = self.configuring.deciding.judging.imports.named(digest)
            await self._enter([taking_back(found, now)], now)
            return found

    async def read_again(self, account: str | None, now: datetime) -> Mapping[str, Mapping[str, int]]:
        """Try all kept answers again, of one account or all, that could not be read or believed.

        Returns how many were tried and how many are judged now, by account. Raises KeyError, for people, when there is
        no such account; LedgerError.
        """
        async with self.turning:
            settings, agenda = self.configuring.settings, self.configuring.agenda
            if account not in (None, *settings.accounts):
                raise KeyError(f"there is no account `{account}`")
            subjects = self.configuring.deciding.subjects
            found = await self.configuring.read_again(settings, subjects, now, account, anew=True)
            told = outcomes(found)
            agenda.readings = [one for one in agenda.readings if account_of(one) not in told]
            await self._enter(found, now)
            return told

    async def _enter(self, facts: Sequence[Fact], now: datetime) -> None:
        """Write facts that have no ids yet, and judge what they concern from the beginning, or change nothing."""
        parts = self.configuring
        numbered = [replace(fact, id=parts.ledger.next_fact_id()) for fact in facts]
        before = parts.deciding.judging.imports
        parts.take(before.after(numbered), now)
        concerned = parts.deciding.subjects.concerned(numbered)
        parts.agenda.anew |= concerned
        await self.judge([], concerned, now, numbered)
        error = parts.showing.ledger_error
        if error is not None:
            parts.take(before, now)
            raise LedgerError(error)
        self.wake()
