"""Any dashboard by configuration: what is asked, where the rows are, and what their cells mean stands in the file."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from verifier.observation import (
    BalanceSeen,
    EarningClaimed,
    PayoutClaimed,
    RateSeen,
    SharesSeen,
    WorkersSeen,
    WorkSeen,
)
from verifier.sources.declared.shape import CsvDashboard, Dashboard, HtmlDashboard, JsonDashboard
from verifier.sources.declared.speech import conversation, matched, signed
from verifier.talk import Account, Ask, Question, Reply, Source, Talk
from verifier.units import Window

_5_MINUTES: Final = timedelta(minutes=5)
_10_MINUTES: Final = timedelta(minutes=10)
_HOUR: Final = timedelta(hours=1)
_MONTH: Final = timedelta(days=31)
_LARGE: Final = 4_194_304

#: Which entries each question holds, what they tell, how often it is asked, and how far back it is asked for.
_QUESTIONS: Final = (
    ("now", frozenset({"rate", "counter", "shares"}), {RateSeen, WorkSeen, SharesSeen}, _5_MINUTES, timedelta(0)),
    ("workers", frozenset({"workers"}), {WorkersSeen}, _5_MINUTES, timedelta(0)),
    ("history", frozenset({"slots"}), {WorkSeen}, _10_MINUTES, _MONTH),
    ("earnings", frozenset({"earnings"}), {EarningClaimed}, _HOUR, _MONTH),
    ("payouts", frozenset({"payouts"}), {PayoutClaimed}, _HOUR, _MONTH),
    ("balance", frozenset({"balance"}), {BalanceSeen}, _HOUR, timedelta(0)),
)


def _talk(sees: frozenset[str], account: Dashboard, window: Window) -> Talk:
    return conversation(account, window, sees)


def _names(sees: frozenset[str], account: Account) -> bool:
    """Whether an account's file has an entry of these kinds."""
    return isinstance(account, Dashboard) and any(entry.sees in sees for entry in account.asks)


def question_seeing(word: str) -> str | None:
    """The question that reads entries with this word behind ``sees``: ``history`` for ``slots``."""
    return next((name for name, sees, *_ in _QUESTIONS if word in sees), None)


def understood(account: Account, question: str, window: Window, heard: Sequence[tuple[Ask, Reply]]) -> list[str]:
    """Step by step, for people, what the paths of a dashboard found; nothing for an account of another sort."""
    sees = next((sees for name, sees, *_ in _QUESTIONS if name == question), frozenset[str]())
    return matched(account, sees, window, heard) if isinstance(account, Dashboard) else []


def _source(kind: str, title: str, shape: type[Dashboard]) -> Source:
    return Source(
        kind=kind,
        title=title,
        Account=shape,
        support="documented",
        sign=signed,
        pace=2.0,
        questions=tuple(
            Question(
                name=name,
                sees=frozenset(tells),
                every=every,
                reach=reach,
                cap=_LARGE,
                talk=partial(_talk, sees),
                asked_of=partial(_names, sees),
            )
            for name, sees, tells, every, reach in _QUESTIONS
        ),
    )


JSON: Final = _source("json", "Any dashboard that answers in JSON", JsonDashboard)
HTML: Final = _source("html", "Any dashboard of web pages", HtmlDashboard)
CSV: Final = _source("csv", "Any dashboard that gives lines with columns", CsvDashboard)
