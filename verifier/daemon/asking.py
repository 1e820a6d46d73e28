"""One question asked: a conversation through the door, and what is to be remembered of it whatever became of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from verifier.errors import Implausible, Misread, Refused, SourceError
from verifier.fact import Fact, FactKind
from verifier.ledger.records import Answer
from verifier.observation import Observation, Silence, SilenceReason
from verifier.settings.model import ConfiguredAccount
from verifier.talk import Question
from verifier.units import Window
from verifier.wire import Destination, Exchange, Wire, converse

#: Of the headers of an answer these are evidence of when it was made; the rest is not kept.
KEPT_HEADERS: Final = ("date", "last-modified", "content-type", "server", "retry-after", "age")
_DETAIL: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An account as the daemon reaches it."""

    configured: ConfiguredAccount
    destination: Destination

    @classmethod
    def to(cls, configured: ConfiguredAccount) -> "Line":
        account, source = configured.account, configured.source
        pace = source.pace if account.pace is None else account.pace
        return cls(
            configured=configured,
            destination=Destination(
                name=configured.name,
                url=account.url,
                secrets=configured.secrets,
                pace=pace,
                allow_private=account.allow_private,
                ca_file=account.ca_file,
                proxy=account.proxy,
                sign=source.sign,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """What one conversation brought: its observations (a Silence when it failed) and every exchange.

    ``kept`` is remembered with the fact and judged by nobody. ``again_at`` is when it is asked next, None if unknown.
    """

    line: Line
    question: Question
    asked_at: datetime
    observations: tuple[Observation, ...]
    exchanges: tuple[Exchange, ...]
    failure: SilenceReason | None
    seconds: float
    kept: dict[str, Any] = field(default_factory=dict)
    again_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.line.configured.name, self.question.name

    @property
    def silence(self) -> Silence | None:
        """The silence among the observations: an answer may say that there is nothing to read."""
        return next((one for one in self.observations if isinstance(one, Silence)), None)

    def remembered(self, fact_id: int, now: datetime) -> tuple[Fact, tuple[Answer, ...]]:
        """The fact and the answers as the ledger keeps them; learned ``now``."""
        account, question = self.key
        adapter = adapter_of(self.line.configured)
        bodies = [b"" if exchange.reply is None else exchange.reply.body for exchange in self.exchanges]
        fate = "answered" if self.silence is None else self.silence.reason.value
        answers = tuple(
            Answer(
                account=account,
                question=question,
                asked_at=exchange.asked_at,
                learned_at=now,
                url=exchange.url,
                status=0 if exchange.reply is None else exchange.reply.status,
                headers=_kept(exchange),
                body=body,
                fate=fate,
                adapter=adapter,
                fact=fact_id,
            )
            for exchange, body in zip(self.exchanges, bodies, strict=True)
        )
        fact = Fact(
            id=fact_id,
            kind=FactKind.OBSERVATION,
            subject=account,
            question=question,
            true=true_of(self.observations, now),
            learned_at=now,
            digest=hashlib.sha256(b"".join(hashlib.sha256(body).digest() for body in bodies)).hexdigest(),
            adapter=adapter,
            observations=self.observations,
            content=self.kept,
        )
        return fact, answers


def adapter_of(configured: ConfiguredAccount) -> str:
    """What facts and answers say of who read them: ``ckpool/1``; ``json/1+3f9a02c1`` where the file says how to read.

    What follows the plus is a digest of that part of the file.
    """
    source, written = configured.source, configured.account.read_by
    digest = f"+{hashlib.sha256(written.encode()).hexdigest()[:8]}" if written else ""
    return f"{source.kind}/{source.adapter}{digest}"


def window_of(question: Question, answered_at: datetime | None, now: datetime) -> Window:
    """What a question is asked about at ``now``: one with history from its last answer on.

    What was not settled then, a source knows.
    """
    start = now - question.reach
    if answered_at is not None and question.reach:
        start = min(now, max(start, answered_at))
    return Window(start=start, end=now)


def _kept(exchange: Exchange) -> dict[str, str]:
    headers = {} if exchange.reply is None else exchange.reply.headers
    return {name: headers[name][:200] for name in KEPT_HEADERS if name in headers}


def true_of(observations: Sequence[Observation], now: datetime) -> Window:
    """The span that observations speak of; the moment of learning when they bear no time."""
    starts, ends = [], []
    for one in observations:
        end = getattr(one, "end", None) or getattr(one, "at", None)
        if end is not None:
            ends.append(end)
            starts.append(getattr(one, "start", None) or end)
    end = max(ends, default=now)
    return Window(start=min([*starts, end]), end=end)


async def ask(wire: Wire, line: Line, question: Question, answered_at: datetime | None, now: datetime) -> Landed:
    """Hold one conversation. Failures of the source become a Silence; anything else is a bug and leaves."""
    talk = question.talk(line.configured.account, window_of(question, answered_at, now))
    failure: SilenceReason | None = None
    began = wire.clock.monotonic()
    observations: tuple[Observation, ...]
    try:
        nonce = wire.nonces.get(line.destination.name, 0) + 1
        said, exchanges = await converse(wire, line.destination, talk, cap=question.cap, nonce=nonce)
        observations = tuple(said)
    except SourceError as error:
        exchanges = tuple(error.exchanges)
        failure = _reason(error)
        observations = (Silence(at=wire.clock.now(), reason=failure, detail=str(error)[:_DETAIL]),)
    return Landed(
        line=line,
        question=question,
        asked_at=now,
        observations=observations,
        exchanges=exchanges,
        failure=failure,
        seconds=wire.clock.monotonic() - began,
    )


def _reason(error: SourceError) -> SilenceReason:
    match error:
        case Refused():
            return SilenceReason.REFUSED
        case Implausible():
            return SilenceReason.IMPLAUSIBLE
        case Misread():
            return SilenceReason.MISREAD
        case _:
            return SilenceReason.UNREACHABLE
