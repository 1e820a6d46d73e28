"""What is the same for every contract and comes from outside: the chain as its sources tell it, and what coins cost."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from verifier.daemon.chain import Chain
from verifier.daemon.prices import KEPT_DAYS, Prices
from verifier.expectations.price import OLDEST, Price
from verifier.fact import Fact
from verifier.ledger.ledger import Ledger
from verifier.settings.model import Settings
from verifier.units import COIN_DECIMALS
from verifier.verdicts.verdict import DifficultySteps

#: Blocks older than this say nothing about days that are still judged.
CHAIN_REACH: Final = timedelta(days=400)


class Network:
    """Chain and prices in one. ``steps`` stays the very same object while nothing in it has changed."""

    def __init__(self) -> None:
        self.chain, self._prices = Chain(), Prices()
        self._blocks: frozenset[str] = frozenset()
        self._currencies: tuple[str, ...] = ()
        self._fees_in: frozenset[str] = frozenset()
        self._urls: Mapping[str, str] = {}
        self._steps = DifficultySteps()
        self._blind: dict[str, DifficultySteps] = {}

    def configure(self, settings: Settings) -> None:
        """Believe the sources that the settings name."""
        fees = [fee for one in settings.contracts.values() for fee in one.fees.values() if fee is not None]
        sums = {fee.per_terahash_day.currency for fee in fees if fee.per_terahash_day is not None}
        self._blocks = frozenset(settings.chain)
        self._currencies = () if settings.show.currency in COIN_DECIMALS else (settings.show.currency,)
        self._urls = {name: configured.account.url for name, configured in settings.accounts.items()}
        self._fees_in = frozenset(sums - COIN_DECIMALS.keys())
        self._prices.configure(settings.prices, self._fees_in)

    async def restore(self, ledger: Ledger, settings: Settings, now: datetime) -> None:
        """Read back what is still of use; prices of past days only where a fee is in money."""
        for account in settings.chain:
            self.fold(await ledger.facts_true_after([account], now - CHAIN_REACH))
        if settings.prices:
            reach = timedelta(days=KEPT_DAYS) if self._fees_in else OLDEST
            self.fold(await ledger.facts_true_after(tuple(settings.prices), now - reach))

    def fold(self, facts: Iterable[Fact]) -> bool:
        """Take in blocks and prices; True when something that coins are judged by has changed."""
        # What was read later says nothing of how far a source of blocks is, or of what coins cost now.
        facts = tuple(fact for fact in facts if not fact.read_later)
        behind = self.chain.lagging.keys()
        changed = self.chain.fold(fact for fact in facts if fact.subject in self._blocks)
        changed = self._prices.fold(facts) or changed or behind != self.chain.lagging.keys()
        if changed:
            self._steps = replace(self.chain.steps, prices=self._prices.days)
            self._blind = {}
        return changed

    @property
    def steps(self) -> DifficultySteps:
        return self._steps

    def seen_by(self, accounts: Collection[str]) -> DifficultySteps:
        """For a contract that reads ``accounts``: unknown where one of them asks a source that is behind."""
        for name, why in sorted(self.chain.lagging.items()):
            if any(self._urls.get(account) == self._urls.get(name) for account in accounts):
                if name not in self._blind:
                    self._blind[name] = replace(self._steps, conflict=why)
                return self._blind[name]
        return self._steps

    @property
    def lagging(self) -> Mapping[str, str]:
        """Sources of blocks that are behind the others, each with a line about it."""
        return self.chain.lagging

    def prices(self, now: datetime) -> Mapping[str, Price]:
        """What a bitcoin costs now in the currency that is shown, or why nobody can tell."""
        return self._prices.now(self._currencies, now)
