"""The latest picture for outlets, renewed only where a turn changed something."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from verifier.contract import Contract
from verifier.daemon.seen import Seen
from verifier.incidents.standing import Standing
from verifier.outlets.picture import AccountView, ContractView, ReadLater, SourceLine
from verifier.settings.model import ConfiguredAccount
from verifier.units import Window
from verifier.verdicts import CHECKS
from verifier.verdicts.checks import hashrate, settlement
from verifier.verdicts.payouts.books import Books, day_rows, payout_rows
from verifier.verdicts.verdict import Certainty, Outcome, Verdict

#: What people are told instead of a pool's name where the rows of their own files speak.
BROUGHT: Final = "entered by hand"
_DAYS: Final = 40


def contract_view(
    contract: Contract, standing: Standing, seen: Mapping[str, Seen], accounts: Mapping[str, ConfiguredAccount]
) -> ContractView:
    """One contract as pages and metrics show it."""
    evidence, books = standing.evidence, standing.books or Books()
    decisive = "" if evidence is None else evidence.source
    days = () if evidence is None else evidence.tally.days.items()
    settled: settlement.State = standing.checks.get(settlement.NAME) or settlement.State()
    watched: hashrate.State = standing.checks.get(hashrate.NAME) or hashrate.State()
    return ContractView(
        contract=contract,
        verdicts=standing.verdicts,
        trail=watched.trail,
        incidents=standing.incidents,
        sources=tuple(_source_lines(contract, decisive, seen, accounts)),
        days=tuple(
            (datetime.fromisoformat(date).replace(tzinfo=UTC), day.seen_seconds, day.hashes) for date, day in days
        )[-_DAYS:],
        payouts=payout_rows(books),
        payout_days=day_rows(books),
        totals=books.totals,
        coin=books.coin,
        items=books.items,
        periods=settled.closed,
        running=settled.running,
        term=settled.term,
    )


def member_view(contract: Contract, group: str, members: Iterable[str], now: datetime) -> ContractView:
    """A contract whose work cannot be told from that of others: judged together with them, under the group's name."""
    others = ", ".join(name for name in members if name != contract.name)
    verdicts = {
        check.name: Verdict(
            subject=contract.name,
            check=check.name,
            at=now,
            window=Window(start=now, end=now),
            outcome=Outcome.NOT_APPLICABLE,
            because=f"Judged together with {others} as {group}; the split is not visible.",
            certainty=Certainty.PROVEN,
        )
        for check in CHECKS
        if check.of == "contract"
    }
    return ContractView(contract=contract, verdicts=verdicts)


def _source_lines(
    contract: Contract, decisive: str, seen: Mapping[str, Seen], accounts: Mapping[str, ConfiguredAccount]
) -> Iterable[SourceLine]:
    for watch in contract.watch:
        said = seen.get(watch.account) or Seen()
        per_second, window = said.rate(watch)
        configured = accounts.get(watch.account)
        yield SourceLine(
            account=watch.account,
            title=BROUGHT if configured is None else configured.source.title,
            independence=watch.independence.value,
            exactness=said.exactness.value,
            decisive=watch.account == decisive,
            watched_since=said.watched_since,
            per_second=per_second,
            window_seconds=window,
            last_answered_at=said.last_answered_at,
            workers_online=said.online(watch),
        )


def brought_view(account: str, contract: str, imported_at: datetime | None) -> AccountView:
    """The source that a contract's imported files are."""
    return AccountView(
        name=account,
        kind="statement",
        title=BROUGHT,
        host="",
        questions=(),
        contracts=(contract,),
        imported_at=imported_at,
    )


def account_view(
    configured: ConfiguredAccount,
    standing: Standing,
    seen: Seen,
    contracts: tuple[str, ...],
    read_later: tuple[ReadLater, ...] = (),
) -> AccountView:
    """One account as pages and metrics show it."""
    return AccountView(
        name=configured.name,
        kind=configured.source.kind,
        title=configured.source.title,
        host=urlsplit(configured.account.url).hostname or "",
        questions=tuple(seen.questions.values()),
        contracts=contracts,
        watched_since=seen.watched_since,
        verdicts=standing.verdicts,
        incidents=standing.incidents,
        read_later=read_later,
    )
