"""Answers that could not be read or believed when they came, read by the adapter of today: the gap closes, untold.

Once per adapter version, or per file where the file says how to read: at the start of the program, when the file is
read again, and whenever a person asks for it. What is read is held against the same measures as any answer
(``guarding``), and appended as facts beside the silences, which stay, what exceeds them with its figures set aside. One
decision of the register says how much was read, and up to which fact there is nothing left to try.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

import structlog
from yarl import URL

from verifier.daemon.asking import Line, adapter_of, true_of, window_of
from verifier.daemon.guarding import Believed, Hindsight
from verifier.errors import SourceError
from verifier.fact import Fact, FactKind
from verifier.ledger.records import Answer
from verifier.observation import Observation, Silence
from verifier.outlets.picture import ReadLater
from verifier.settings.model import ConfiguredAccount
from verifier.sources.recording import follow
from verifier.talk import Ask, Reply
from verifier.units import Window
from verifier.verdicts.plausible import Bounds
from verifier.wire import recorded_url

#: The subject of all decisions about answers that were read later.
READINGS: Final = "readings"
READ_LATER: Final = "read_later"
#: An older gap is not remembered as one (``verdicts.counting``).
REACH: Final = timedelta(days=40)
#: Conversations that one start reads at most, the newest of each account: about 6 s of CPU.
_MOST: Final = 5_000
_LEAST: Final = 20
#: Conversations in memory at a time: an answer may be a megabyte.
_TOGETHER: Final = 20
#: An account's own moment in an address is that of the turn, a little before the ask.
_SAME_MOMENT: Final = 60

_Kept: TypeAlias = tuple[Fact, tuple[Answer, ...]]

log = structlog.get_logger()


class _Told(NamedTuple):
    """What can be read now of an answer that left ``heard``; ``aside``: figures of it are set aside already."""

    heard: Fact
    observations: tuple[Observation, ...]
    answered_at: datetime | None
    aside: bool


class Memory(Believed, Protocol):
    """What is read back from the ledger."""

    async def decisions(self, subject: str) -> list[Fact]: ...
    async def unused(self, since: datetime) -> dict[tuple[str, str], int]: ...
    async def unused_answers(
        self, account: str, adapters: Collection[str], since: datetime, *, after: int, before: int, limit: int
    ) -> list[_Kept]: ...
    async def read_since(self, account: str, since: datetime) -> dict[int, bool]: ...
    async def answered_before(self, account: str, question: str, at: datetime) -> datetime | None: ...


def noted(decisions: Iterable[Fact]) -> dict[str, tuple[ReadLater, ...]]:
    """By account, what was read later, as the decisions of the register say; nothing where nothing could be."""
    found: dict[str, tuple[ReadLater, ...]] = {}
    for fact in decisions:
        said = fact.content
        if fact.question == READ_LATER and said["read"]:
            one = ReadLater(
                answers=said["read"],
                first=datetime.fromisoformat(said["first"]),
                last=datetime.fromisoformat(said["last"]),
                adapter=fact.adapter,
            )
            found[said["account"]] = (*found.get(said["account"], ()), one)
    return found


async def read_again(
    memory: Memory,
    accounts: Mapping[str, ConfiguredAccount],
    bounds: Callable[[str], Bounds],
    now: datetime,
    *,
    anew: bool = False,
) -> tuple[list[Fact], dict[str, tuple[ReadLater, ...]]]:
    """Facts without ids: what today's adapters make of what could not be judged, and a decision for each account.

    Beside them all that was ever read later, by account. Where no adapter has changed it is one look into an index.
    ``bounds`` are what an account's figures are held against. ``anew`` tries also what was tried in vain. What was read
    and believed once is not read again.
    """
    register, since = await memory.decisions(READINGS), now - REACH
    tried = {(fact.content["account"], fact.adapter): int(fact.content["through"]) for fact in register}
    waiting: dict[str, dict[str, int]] = {}
    for (name, adapter), last in (await memory.unused(since)).items():
        if name not in accounts or adapter.partition("/")[0] != accounts[name].source.kind:
            continue
        own = adapter_of(accounts[name])
        if anew or (adapter != own and last > tried.get((name, own), 0)):
            waiting.setdefault(name, {})[adapter] = last
    facts: list[Fact] = []
    for name, adapters in sorted(waiting.items()):
        line, most = Line.to(accounts[name]), max(_LEAST, _MOST // len(waiting))
        after = 0 if anew else tried.get((name, adapter_of(accounts[name])), 0)
        told, kept = await _read_account(memory, line, adapters, since, after, most)
        found = await _held(memory, line, told, bounds(name), now)
        read = [fact for fact in found if not fact.doubted]
        facts += [*found, _decision(line, read, kept, max(adapters.values()), now)]
        log.info("answers that could not be judged before", account=name, kept=kept, read_now=len(read))
    return facts, noted([*register, *facts])


def outcomes(facts: Iterable[Fact]) -> dict[str, dict[str, int]]:
    """By account, how many answers were tried (``kept``) and how many of them could be ``read``."""
    return {
        fact.content["account"]: {"kept": fact.content["kept"], "read": fact.content["read"]}
        for fact in facts
        if fact.question == READ_LATER
    }


def account_of(fact: Fact) -> str:
    """Whose answer, or whose answers, a fact of this module is about."""
    return str(fact.content.get("account", fact.subject))


async def _read_account(
    memory: Memory, line: Line, adapters: Mapping[str, int], since: datetime, after: int, most: int
) -> tuple[list[_Told], int]:
    """What can be read now of the newest conversations of an account, oldest first, and how many were tried."""
    name, found, tried, before = line.configured.name, list[_Told](), 0, max(adapters.values()) + 1
    known = await memory.read_since(name, since)
    while tried < most:
        page = await memory.unused_answers(name, tuple(adapters), since, after=after, before=before, limit=_TOGETHER)
        unread = [one for one in page if not known.get(one[0].id)][: most - tried]
        for fact, answers in unread:
            answered_at = await memory.answered_before(name, fact.question, answers[0].asked_at)
            if observations := understood(line, fact, answers, answered_at):
                aside = fact.doubted or fact.id in known
                found.append(_Told(fact, observations, answered_at, aside))
        tried += len(unread)
        if len(page) < _TOGETHER:
            break
        before = page[-1][0].id
    return found[::-1], tried


async def _held(memory: Memory, line: Line, told: Iterable[_Told], bounds: Bounds, now: datetime) -> list[Fact]:
    """What was told, oldest first, as facts: what cannot be right with its figures set aside, once."""
    hindsight, facts = Hindsight(memory, bounds), []
    for one in told:
        observations, kept = await hindsight.believed(one.heard, one.observations, one.answered_at)
        if not (kept and one.aside):
            facts.append(_fact(line, one.heard, observations, kept, now))
    return facts


def understood(
    line: Line, fact: Fact, answers: Sequence[Answer], answered_at: datetime | None
) -> tuple[Observation, ...]:
    """What the adapter makes of a conversation that left the silence ``fact``; nothing where it still cannot read it.

    Asks are matched with answers by their address, in their order: no more of an ask is kept.
    """
    question = next((one for one in line.configured.questions if one.name == fact.question), None)
    if question is None:
        return ()
    kept = list(zip((answer.url for answer in answers), _replies(fact, answers), strict=True))

    def answer(ask: Ask) -> Reply | None:
        wanted = recorded_url(line.destination, ask)
        at = next((place for place, (url, _) in enumerate(kept) if _same(wanted, url)), None)
        return None if at is None else kept.pop(at)[1]

    window = window_of(question, answered_at, answers[0].asked_at)
    try:
        said = follow(question.talk(line.configured.account, window), answer)
    except SourceError:
        return ()
    except Exception:
        # An old answer must not keep the program from watching.
        log.exception("an answer of the past cannot be read", account=line.configured.name, fact=fact.id)
        return ()
    return tuple(one for one in said if not isinstance(one, Silence) and one not in fact.observations)


def _replies(fact: Fact, answers: Sequence[Answer]) -> list[Reply | None]:
    """The answers as they came: each before the next ask, the last when the silence began."""
    silent_at = max((one.at for one in fact.observations if isinstance(one, Silence)), default=fact.learned_at)
    ends = [*(answer.asked_at for answer in answers[1:]), silent_at]
    return [
        None
        if answer.status == 0
        else Reply(
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            received_at=max(answer.asked_at, end),
        )
        for answer, end in zip(answers, ends, strict=True)
    ]


def _same(wanted: str, kept: str) -> bool:
    """Whether two addresses are one, but for moments in the query that are as good as the same."""
    if wanted == kept:
        return True
    one, other = URL(wanted), URL(kept)
    if one.with_query(None) != other.with_query(None) or list(one.query) != list(other.query):
        return False
    return all(map(_same_moment, one.query.values(), other.query.values()))


def _same_moment(wanted: str, kept: str) -> bool:
    """Equal, or seconds (10 figures) or milliseconds (13) since 1970 less than a minute apart."""
    if wanted == kept:
        return True
    whole = len(wanted) == len(kept) and len(wanted) in (10, 13) and f"{wanted}{kept}".isdecimal()
    return whole and abs(int(wanted) - int(kept)) < _SAME_MOMENT * 10 ** (len(wanted) - 10)


def _fact(
    line: Line, heard: Fact, observations: tuple[Observation, ...], kept: Mapping[str, Any], now: datetime
) -> Fact:
    return Fact(
        id=0,
        kind=FactKind.OBSERVATION,
        subject=heard.subject,
        question=heard.question,
        true=true_of(observations, heard.learned_at),
        learned_at=now,
        digest=heard.digest,
        adapter=adapter_of(line.configured),
        observations=observations,
        content={"heard_as": heard.id, "heard_at": heard.learned_at.isoformat(), **kept},
    )


def _decision(line: Line, read: Sequence[Fact], kept: int, through: int, now: datetime) -> Fact:
    """How much of an account was read, so that it is done once."""
    moments = [str(fact.content["heard_at"]) for fact in read]
    adapter = adapter_of(line.configured)
    return Fact(
        id=0,
        kind=FactKind.DECISION,
        subject=READINGS,
        question=READ_LATER,
        true=Window(start=now, end=now),
        learned_at=now,
        digest=hashlib.sha256(adapter.encode()).hexdigest(),
        adapter=adapter,
        content={
            "account": line.configured.name,
            "kept": kept,
            "read": len(read),
            "first": moments[0] if moments else None,
            "last": moments[-1] if moments else None,
            "through": through,
        },
    )
