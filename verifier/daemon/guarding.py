"""Every answer of an account is held against the network, the contracts and its own past before it is judged.

One that cannot be right is remembered whole: its figures lie beside the silence that stands in their place
(``set_aside``), coins stay as they are. What is read later (``rereading``) is no exception. The
past is what the ledger says was believed, so a start of the daemon changes nothing; it is read back once per question,
and no answer looks further back than ``plausible.REMEMBERED`` answers.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Protocol

import structlog

from verifier.contract import Contract
from verifier.daemon.asking import Landed, adapter_of
from verifier.daemon.rhythm import Key
from verifier.errors import LedgerError
from verifier.expectations.promised import Promised
from verifier.fact import Fact
from verifier.observation import (
    OBSERVATIONS,
    AccountSeen,
    BalanceSeen,
    ChargeSeen,
    Observation,
    PayoutClaimed,
    PayoutReceived,
    RateSeen,
    Silence,
    SilenceReason,
    SpendSeen,
    WorkSeen,
)
from verifier.settings.model import Settings
from verifier.units import SHA256D
from verifier.verdicts.figures import figures, nobody_connected
from verifier.verdicts.plausible import OLDEST, REMEMBERED, Bounds, Doubt, Doubted, Past, doubt
from verifier.verdicts.verdict import DifficultySteps

_SET_ASIDE: Final = "set_aside"
_DOUBT: Final = "doubt"
#: Coins are counted in no unit of hashes, and a pool may tell of a payout for a day only: they stay.
_OF_COINS: Final = (AccountSeen, BalanceSeen, ChargeSeen, PayoutClaimed, PayoutReceived, SpendSeen)
#: An answer with figures, believed or not.
_TOLD: Final = ("answered", SilenceReason.IMPLAUSIBLE.value)

log = structlog.get_logger()


class Believed(Protocol):
    """What a past is made of, read back from the ledger."""

    async def believed(
        self, account: str, question: str, adapter: str | None, since: datetime, until: datetime, limit: int
    ) -> list[Fact]: ...


class Memory(Believed, Protocol):
    """The same, and what was doubted last."""

    async def latest_told(self, account: str, question: str, fates: Collection[str]) -> Fact | None: ...


class Measures:
    """What each account's figures are held against: its contracts, the network if Bitcoin's blocks are asked for."""

    def __init__(self, contracts: Iterable[Contract] = (), *, bitcoin: bool = False) -> None:
        self._contracts: dict[str, list[Contract]] = {}
        for contract in contracts:
            for account in {watch.account for watch in contract.watch}:
                self._contracts.setdefault(account, []).append(contract)
        self._promised: dict[str, Promised] = {}
        self._bitcoin = bitcoin

    @classmethod
    def under(cls, settings: Settings, contracts: Iterable[Contract]) -> "Measures":
        """Those of a configuration."""
        return cls(contracts, bitcoin={settings.accounts[name].algorithm for name in settings.chain} == {SHA256D})

    def of(self, account: str, difficulty: DifficultySteps) -> Bounds:
        """The measures of one account; ``difficulty`` is that of Bitcoin's chain as far as it is known."""
        if account not in self._promised:
            self._promised[account] = Promised(account, self._contracts.get(account, ()))
        return Bounds(promised=self._promised[account], difficulty=difficulty if self._bitcoin else DifficultySteps())


class Guarding:
    """What is known of each question's past. ``difficulty`` is renewed every turn."""

    def __init__(self, memory: Memory) -> None:
        self.difficulty = DifficultySteps()
        self._memory = memory
        self._pasts: dict[Key, tuple[str, Past]] = {}
        self._measures = Measures()

    def configure(self, settings: Settings, contracts: Iterable[Contract]) -> None:
        """Hold accounts against these contracts, and figures against the network if Bitcoin's blocks are asked for."""
        self._measures = Measures.under(settings, contracts)
        self._pasts = {key: known for key, known in self._pasts.items() if key[0] in settings.accounts}

    async def believed(self, landed: Landed, now: datetime) -> Landed:
        """The same, or its figures set aside and a silence that says why."""
        if landed.failure is not None or landed.question.sees.isdisjoint({RateSeen, WorkSeen}):
            return landed
        known = await self._past(landed, now)
        past = known or Past()
        answer, idle = figures(landed.observations), nobody_connected(landed.observations)
        found = doubt(answer, past, self._measures.of(landed.key[0], self.difficulty), now, idle=idle)
        adapter = adapter_of(landed.line.configured)
        scale = None if found is None else found.scale or past.doubted
        if known is not None and found is not None:
            self._pasts[landed.key] = adapter, past.with_doubted(answer, scale)
        elif known is not None and landed.silence is None:
            self._pasts[landed.key] = adapter, past.with_answer(answer)
        return landed if found is None else _set_aside(landed, found, scale)

    async def _past(self, landed: Landed, now: datetime) -> Past | None:
        """What the same adapter read before; another one, or another file, may read another unit.

        None where that cannot be read back: it is tried again with the next answer.
        """
        adapter = adapter_of(landed.line.configured)
        known = self._pasts.get(landed.key)
        if known is not None and known[0] == adapter:
            return known[1]
        try:
            latest = await self._memory.latest_told(*landed.key, _TOLD)
            doubted = None if latest is None or latest.adapter != adapter else _doubted(latest)
            until = now if doubted is None else doubted.since
            facts = await self._memory.believed(*landed.key, adapter, until - OLDEST, until, REMEMBERED)
        except LedgerError as error:
            # It is said elsewhere that the ledger fails, and nothing is judged until it can be written.
            log.warning("the past of a question cannot be read back", account=landed.key[0], error=str(error))
            return None
        past = _past(facts)
        if latest is not None and latest.adapter == adapter and _DOUBT in latest.content:
            past = past.with_doubted(figures(set_aside(latest)), doubted)
        return past


class Hindsight:
    """The guard of what is read later, of one account, to be asked of its answers in the order in which they came.

    The past is what any adapter read and was believed before the silence: what was believed is judged already, and a
    file that is corrected twice has no past of its own.
    """

    def __init__(self, memory: Believed, bounds: Bounds) -> None:
        self._memory, self._bounds = memory, bounds
        self._pasts: dict[str, tuple[datetime | None, Past]] = {}

    async def believed(
        self, heard: Fact, observations: tuple[Observation, ...], answered_at: datetime | None
    ) -> tuple[tuple[Observation, ...], dict[str, Any]]:
        """What may be judged of an answer that left ``heard``, and what is set aside and why; nothing where all may.

        ``answered_at``: when the question was answered last before it. Raises LedgerError.
        """
        past = await self._past(heard, answered_at)
        answer, idle, at = figures(observations), nobody_connected(observations), heard.learned_at
        found = doubt(answer, past, self._bounds, at, idle=idle, silent=answered_at)
        if found is None:
            self._pasts[heard.question] = answered_at, past.with_answer(answer)
            return observations, {}
        scale = found.scale or past.doubted
        self._pasts[heard.question] = answered_at, past.with_doubted(answer, scale)
        silent_at = max((one.at for one in heard.observations if isinstance(one, Silence)), default=at)
        return _aside(observations, silent_at, found, scale)

    async def _past(self, heard: Fact, answered_at: datetime | None) -> Past:
        """What was believed before the silence, then what was read of it so far."""
        known = self._pasts.get(heard.question)
        if known is not None and known[0] == answered_at:
            return known[1]
        past = Past()
        if answered_at is not None:
            since, key = answered_at - OLDEST, (heard.subject, heard.question)
            past = _past(await self._memory.believed(*key, None, since, answered_at, REMEMBERED))
        return past.with_doubted({}, _doubted(heard))


def _past(facts: Iterable[Fact]) -> Past:
    past = Past()
    for fact in facts:
        past = past.with_answer(figures(fact.observations))
    return past


def _set_aside(landed: Landed, found: Doubt, scale: Doubted | None) -> Landed:
    replied = landed.exchanges[-1].reply if landed.exchanges else None
    at = landed.asked_at if replied is None else replied.received_at
    observations, kept = _aside(landed.observations, at, found, scale)
    return replace(landed, observations=observations, failure=SilenceReason.IMPLAUSIBLE, kept=kept)


def _aside(
    observations: tuple[Observation, ...], at: datetime, found: Doubt, scale: Doubted | None
) -> tuple[tuple[Observation, ...], dict[str, Any]]:
    """A silence in the place of the figures, beside the coins; and the figures, with why they are doubted."""
    silence = Silence(at=at, reason=SilenceReason.IMPLAUSIBLE, detail=found.because)
    why: dict[str, Any] = {"by": found.by}
    if scale is not None:
        why |= {"since": scale.since.isoformat(), "prefixes": scale.prefixes}
    coins = tuple(one for one in observations if isinstance(one, _OF_COINS))
    rest = tuple(one for one in observations if not isinstance(one, _OF_COINS))
    return (silence, *coins), {_SET_ASIDE: OBSERVATIONS.dump_python(rest, mode="json"), _DOUBT: why}


def set_aside(fact: Fact) -> tuple[Observation, ...]:
    """What an answer told that was not believed; nothing of one that was."""
    return OBSERVATIONS.validate_python(fact.content.get(_SET_ASIDE, ()))


def _doubted(fact: Fact) -> Doubted | None:
    why = fact.content.get(_DOUBT, {})
    if "since" not in why:
        return None
    return Doubted(since=datetime.fromisoformat(why["since"]), prefixes=int(why["prefixes"]))
