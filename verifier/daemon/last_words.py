"""What every source said last, as the ledger holds it: for a start, and for those who read beside a running daemon."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from verifier.daemon.rhythm import Key
from verifier.fact import Fact
from verifier.ledger.records import LatestAnswer
from verifier.observation import WorkSeen
from verifier.settings.model import Settings

#: Histories of days have something new once a day: most of their answers bring no work at all.
_BACK: Final = timedelta(days=2)
_ANSWERS: Final = 12


class _Ledger(Protocol):
    async def last_answered(self) -> list[Fact]: ...

    async def believed(
        self, account: str, question: str, adapter: str | None, since: datetime, until: datetime, limit: int
    ) -> list[Fact]: ...


async def last_words(ledger: _Ledger, settings: Settings, latest: Mapping[Key, LatestAnswer]) -> list[Fact]:
    """What each question of the accounts brought when it was answered last, in the order learned; raises LedgerError.

    Of an account of which work can be seen, and none of these shows any, also what it showed shortly before.
    """
    said: dict[str, list[Fact]] = {}
    for fact in await ledger.last_answered():
        said.setdefault(fact.subject, []).append(fact)
    found: list[Fact] = []
    for name, configured in settings.accounts.items():
        asked = {question.name: question for question in configured.questions if (name, question.name) in latest}
        own = [fact for fact in said.get(name, ()) if fact.question in asked]
        found += own
        if not any(map(_of_work, own)):
            for question in (one for one in asked.values() if WorkSeen in one.sees):
                at = latest[name, question.name].answered_at
                some = [] if at is None else await ledger.believed(name, question.name, None, at - _BACK, at, _ANSWERS)
                # The newest of them alone: how exact it is does not change from answer to answer.
                found += [fact for fact in some if _of_work(fact)][-1:]
    return sorted(found, key=lambda fact: fact.id)


def _of_work(fact: Fact) -> bool:
    return any(isinstance(one, WorkSeen) for one in fact.observations)
