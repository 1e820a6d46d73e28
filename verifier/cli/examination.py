"""What ``verifier doctor`` looks at: memory, clock, accounts, ways of telling, rhythm, and who learns what."""

import asyncio
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from statistics import median
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from verifier.clock import SystemClock
from verifier.daemon.asking import Landed, Line, ask
from verifier.errors import LedgerError
from verifier.ledger import care
from verifier.observation import SilenceReason
from verifier.outlets import words
from verifier.outlets.channels import Channel, EmailChannel, kind_of
from verifier.outlets.delivery import Sent
from verifier.settings import ConfiguredAccount, Settings
from verifier.settings.written import span_text
from verifier.talk import Account
from verifier.wire import Wire

#: Free bytes below which a ledger will soon be full.
_LEAST_FREE: Final = 200 * 2**20
#: A clock that is further off makes times wrong that people compare; further than the second, results too.
_NOTED: Final = timedelta(seconds=5)
_WRONG: Final = timedelta(minutes=1)
#: Fields of an account that its host does not learn by being asked.
_UNTOLD: Final = frozenset({*Account.model_fields})
#: Answers that show no fault of the configuration: the other end has nothing to tell yet.
_NOTHING_YET: Final = frozenset({SilenceReason.NEVER_SEEN, SilenceReason.STALE, SilenceReason.PAUSED})

State: TypeAlias = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, in a sentence."""

    topic: Literal["configuration", "database", "clock", "account", "channel", "rhythm"]
    subject: str
    state: State
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What one host learns of the user, and when."""

    host: str
    of: str
    learns: tuple[str, ...]
    when: str


def privacy(settings: Settings) -> Iterator[Learned]:
    """Who learns what while the program runs by this configuration; asks nobody."""
    for account in settings.accounts.values():
        through = urlsplit(account.account.proxy).hostname if account.account.proxy else None
        told = account.account.model_dump(mode="json", exclude=set(_UNTOLD), exclude_none=True)
        if asks := told.pop("asks", None):  # of a dashboard: how its answers are read stays here, only the paths go out
            paths = [one.get("get") or one.get("post") for one in asks]
            told = {"user": told.get("user"), "headers": list(told.get("headers") or ()), "paths": paths}
        yield Learned(
            host=urlsplit(account.account.url).hostname or "this machine",
            of=account.name,
            learns=(
                "your IP address" if through is None else f"the IP address of {through}",
                *(f"{name.replace('_', ' ')} {_listed(value)}" for name, value in told.items() if value),
                *(f"key `{name}` ({origin})" for name, origin in account.origins.items()),
            ),
            when=", ".join(f"{one.name} every {span_text(one.every)}" for one in account.questions),
        )
    texts = "names of contracts and what they lack"
    for channel in settings.channels.values():
        to = f"recipient {channel.to}" if isinstance(channel, EmailChannel) else "the address it is reached at"
        yield Learned(host=channel.host, of=channel.name, learns=("your IP address", to, texts), when="problems change")
    if settings.alertmanager is not None:
        for url in settings.alertmanager.urls:
            every = f"every {span_text(settings.alertmanager.every)}"
            host = urlsplit(url).hostname or ""
            yield Learned(host=host, of=settings.alertmanager.name, learns=("your IP address", texts), when=every)
    if settings.heartbeat is not None:
        host, every = urlsplit(settings.heartbeat.url).hostname or "", f"every {span_text(settings.heartbeat.every)}"
        yield Learned(host=host, of="heartbeat", learns=("your IP address", "that the program runs"), when=every)


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


async def examined(settings: Settings, now: datetime) -> list[Finding]:
    """Everything that can be looked at from here; asks every account once, and sends nothing."""
    found = [Finding(topic="configuration", subject=str(settings.file), state="ok", text=_counted(settings))]
    found += [
        Finding(topic="configuration", subject=one.path, state="note", text=f"{one.file}:{one.line}: {one.problem}")
        for one in settings.warnings
    ]
    found += [await database(settings)]
    async with Wire(SystemClock()) as wire:
        landed = await asyncio.gather(*(_asked(wire, one, now) for one in settings.accounts.values()))
    answers = [one for some in landed for one in some]
    found += _clock(answers)
    found += [_answered(one) for one in answers]
    found += await asyncio.gather(*map(reached, settings.channels.values()))
    return [*found, *_rhythm(settings)]


def _counted(settings: Settings) -> str:
    contracts, accounts, channels = len(settings.contracts), len(settings.accounts), len(settings.channels)
    return (
        f"{_number(contracts, 'contract')}, {_number(accounts, 'account')}, "
        f"{channels} way{'' if channels == 1 else 's'} of telling; {settings.false_alarms}"
    )


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


async def database(settings: Settings) -> Finding:
    """Whether what is remembered can be read and goes on growing; safe beside a running daemon."""
    place = settings.ledger
    try:
        if isinstance(place, Path):
            faults, text = await asyncio.to_thread(_file_faults, place), _space(place)
        else:
            faults, text = await care.check_server(place), "sound"
    except (LedgerError, OSError) as error:
        faults, text = [str(error)], ""
    return Finding(
        topic="database", subject=str(place), state="wrong" if faults else "ok", text="; ".join(faults[:3]) or text
    )


def _file_faults(place: Path) -> list[str]:
    folder = next(one for one in place.absolute().parents if one.exists())
    faults = [] if os.access(folder, os.W_OK) else [f"{folder} cannot be written by this user"]
    if place.exists():
        faults += care.check(place)
    free = shutil.disk_usage(folder).free
    return faults if free > _LEAST_FREE else [*faults, f"only {_bytes(free)} are free on its disk"]


def _space(place: Path) -> str:
    folder = next(one for one in place.absolute().parents if one.exists())
    size = f"sound, {_bytes(place.stat().st_size)}" if place.exists() else "made at the first run"
    return f"{size}, {_bytes(shutil.disk_usage(folder).free)} free"


def _bytes(number: int) -> str:
    return f"{number / 2**30:.1f} GiB" if number >= 2**30 else f"{number / 2**20:.1f} MiB"


async def _asked(wire: Wire, account: ConfiguredAccount, now: datetime) -> list[Landed]:
    """One conversation after the other, as the daemon holds them at its first turn."""
    return [await ask(wire, Line.to(account), question, None, now) for question in account.questions]


def _answered(landed: Landed) -> Finding:
    silence = landed.silence
    account, question = landed.key
    subject = f"{account}, {question}"
    if silence is None:
        text = f"answered by {landed.line.destination.host} in {landed.seconds:.2f} s"
        return Finding(topic="account", subject=subject, state="ok", text=text)
    text = f"{landed.line.destination.host}: {words.REASONS[silence.reason.value].text}: {silence.detail}"
    state: State = "note" if silence.reason in _NOTHING_YET else "wrong"
    return Finding(topic="account", subject=subject, state=state, text=text)


def _clock(answers: Iterable[Landed]) -> list[Finding]:
    """This machine's clock against the Date of every host that answered; the middle of them decides."""
    ahead: dict[str, timedelta] = {}
    for landed in answers:
        for exchange in landed.exchanges:
            told = None if exchange.reply is None else _told(exchange.reply.headers)
            if told is not None and exchange.reply is not None:
                ahead[landed.line.destination.host] = exchange.reply.received_at - told
    if not ahead:
        return [Finding(topic="clock", subject="this machine", state="note", text="no host told what time it is")]
    middle = timedelta(seconds=median(one.total_seconds() for one in ahead.values()))
    state: State = "wrong" if abs(middle) > _WRONG else "note" if abs(middle) > _NOTED else "ok"
    each = ", ".join(f"{host} {one.total_seconds():+.0f} s" for host, one in sorted(ahead.items()))
    return [Finding(topic="clock", subject="this machine", state=state, text=f"against {each}")]


def _told(headers: Mapping[str, str]) -> datetime | None:
    """When an answer left its host, by its own clock: a copy kept on the way says how old it is."""
    try:
        made = parsedate_to_datetime(headers.get("date", ""))
        age = headers.get("age", "0")
        return made.astimezone(UTC) + timedelta(seconds=int(age) if age.isdecimal() else 0)
    except (ValueError, TypeError, OverflowError):
        return None


async def reached(channel: Channel) -> Finding:
    """Whether a way of telling takes our login; nothing is sent."""
    reach = kind_of(channel).reach
    if reach is None:
        text = f"only a message shows whether it arrives: verifier tell test {channel.name}"
        return Finding(topic="channel", subject=channel.name, state="note", text=text)
    result = await reach(channel)
    if isinstance(result, Sent):
        text = f"{channel.host} takes our login; nothing was sent"
        return Finding(topic="channel", subject=channel.name, state="ok", text=text)
    return Finding(topic="channel", subject=channel.name, state="wrong", text=result.reason)


def _rhythm(settings: Settings) -> Iterator[Finding]:
    """How often each host is asked by the questions' own rhythm, and whether its pace allows that."""
    hosts: dict[str, list[ConfiguredAccount]] = {}
    for account in settings.accounts.values():
        hosts.setdefault(urlsplit(account.account.url).hostname or "this machine", []).append(account)
    for host, accounts in sorted(hosts.items()):
        asks = sum(3600 / one.every.total_seconds() for account in accounts for one in account.questions)
        pace = max(Line.to(account).destination.pace for account in accounts)
        allowed = 3600 / pace if pace else float("inf")
        text = f"{asks:.0f} questions an hour for {_number(len(accounts), 'account')}, at most one ask in {pace:g} s"
        yield Finding(topic="rhythm", subject=host, state="note" if asks > allowed else "ok", text=text)


def wrong(findings: Sequence[Finding]) -> bool:
    """Whether something must be put right."""
    return any(one.state == "wrong" for one in findings)
