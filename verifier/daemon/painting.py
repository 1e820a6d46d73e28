"""Keeps the picture that outlets read: renewed after each turn, only where the turn changed something."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

import structlog

from verifier.daemon.asking import Landed
from verifier.daemon.network import Network
from verifier.daemon.rhythm import Key
from verifier.daemon.seen import Seen
from verifier.daemon.subjects import Subjects
from verifier.daemon.view import account_view, brought_view, contract_view, member_view
from verifier.fact import Fact
from verifier.incidents.standing import Standing
from verifier.ledger.records import LatestAnswer
from verifier.outlets.picture import AccountView, ContractView, DaemonView, Picture, QuestionView, ReadLater
from verifier.settings.model import Settings
from verifier.verdicts import CHECKS

log = structlog.get_logger()


class Painting:
    """What each source said last, and the views made of it and of the standings."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self._contracts: dict[str, ContractView] = {}
        self._sums: dict[str, ContractView] = {}
        self._accounts: dict[str, AccountView] = {}
        self._subjects = Subjects()
        self._settings: Settings | None = None
        self._lagging: frozenset[str] = frozenset()
        #: By account, what was read after it could not be.
        self.read_later: Mapping[str, tuple[ReadLater, ...]] = {}

    def restore(
        self, latest: Mapping[Key, LatestAnswer], since: Mapping[str, datetime], said: Iterable[Fact] = ()
    ) -> None:
        """How every question stood when the ledger was written last, and what was ``said`` last, in that order."""
        for (account, question), answer in latest.items():
            seen = self._seen.setdefault(account, Seen())
            seen.watched_since = since.get(account)
            seen.questions[question] = QuestionView(
                name=question,
                every_seconds=0.0,
                last_asked_at=answer.asked_at,
                last_answered_at=answer.answered_at,
                silent_since=answer.silent_since,
                silence=None if answer.silent_since is None else answer.fate,
                detail=answer.detail,
            )
        for fact in said:
            self._seen.setdefault(fact.subject, Seen()).recall(fact.observations)

    def configure(
        self,
        settings: Settings,
        subjects: Subjects,
        standings: Mapping[str, Standing],
        now: datetime,
        imported: Mapping[str, datetime] = MappingProxyType({}),
    ) -> None:
        """Show these contracts and accounts and no others; ``imported`` is when files were brought last."""
        self._settings, self._subjects = settings, subjects
        known, self._seen = self._seen, {}
        for name, configured in settings.accounts.items():
            seen = known.get(name, Seen())
            views = {view.name: view for view in seen.questions.values()}
            seen.questions = {
                question.name: _paced(views.get(question.name), question.name, question.every.total_seconds())
                for question in configured.questions
            }
            self._seen[name] = seen
        self._contracts = {
            contract.name: member_view(contract, subjects.members[contract.name], subjects.group_of(contract.name), now)
            for contract in settings.contracts.values()
            if contract.name in subjects.members
        }
        self._sums = {}
        self._accounts = {
            watch.account: brought_view(watch.account, contract.name, imported.get(watch.account))
            for contract in subjects.judged.values()
            for watch in contract.watch
            if watch.account not in settings.accounts
        }
        self.renew(standings, standings)

    def answered_at(self, key: Key) -> datetime | None:
        """When a question was answered last."""
        return self._seen[key[0]].questions[key[1]].last_answered_at

    def hear(self, landed: Landed, now: datetime) -> None:
        """Take in one conversation; a silence is logged once when it begins and once when it ends."""
        account, question = landed.key
        seen = self._seen.get(account)
        if seen is None or question not in seen.questions:
            return
        before, silence = seen.questions[question], landed.silence
        seen.hear(replace(before, next_ask_at=landed.again_at), landed.observations, now)
        if silence is not None and before.silence is None:
            log.warning(
                "no answer", account=account, question=question, reason=silence.reason.value, why=silence.detail
            )
        elif silence is None and before.silence is not None:
            log.info("answers again", account=account, question=question)

    def renew(self, subjects: Iterable[str], standings: Mapping[str, Standing]) -> None:
        """Make the views of some subjects anew."""
        settings = self._settings
        assert settings is not None  # noqa: S101 - configured before the first turn
        for subject in subjects:
            account = subject.removeprefix("account:")
            if subject in self._subjects.judged:
                self._contracts[subject] = contract_view(
                    self._subjects.judged[subject], standings[subject], self._seen, settings.accounts
                )
            elif subject in self._subjects.sums:
                self._sums[subject] = contract_view(
                    self._subjects.sums[subject], standings[subject], self._seen, settings.accounts
                )
            elif account != subject and account in settings.accounts:
                self._accounts[account] = account_view(
                    settings.accounts[account],
                    standings[subject],
                    self._seen[account],
                    self._subjects.accounts[account].contracts,
                    self.read_later.get(account, ()),
                )

    def picture(self, daemon: DaemonView, now: datetime, network: Network | None = None) -> Picture:
        """Everything as of now, never changed afterwards; without the ``network`` nothing is known of coins."""
        network = network or Network()
        settings = self._settings
        assert settings is not None  # noqa: S101 - configured before the first turn
        return Picture(
            at=now,
            daemon=daemon,
            contracts=dict(self._contracts),
            sums=dict(self._sums),
            accounts={**self._accounts, **self._behind(network)},
            time_zone=settings.show.time_zone,
            external_url=settings.external_url,
            severities={check.name: check.severity for check in CHECKS},
            chain=settings.chain,
            network=network.steps,
            prices=network.prices(now),
            mining_pools=settings.mining_pools,
        )

    def _behind(self, network: Network) -> dict[str, AccountView]:
        """The accounts that are behind the other sources of blocks; logged once when that begins and when it ends."""
        for name in sorted(network.lagging.keys() - self._lagging):
            log.warning("behind the other sources of blocks", account=name, why=network.lagging[name])
        for name in sorted(self._lagging - network.lagging.keys()):
            log.info("no longer behind the other sources of blocks", account=name)
        self._lagging = frozenset(network.lagging)
        return {
            name: replace(self._accounts[name], lagging=why)
            for name, why in network.lagging.items()
            if name in self._accounts
        }


def _paced(view: QuestionView | None, name: str, every: float) -> QuestionView:
    return QuestionView(name=name, every_seconds=every) if view is None else replace(view, every_seconds=every)
