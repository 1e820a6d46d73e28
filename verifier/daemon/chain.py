"""The network as the chain sources told it: one step of difficulty per epoch and of fees per day, small for ever."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from verifier.expectations.chain import disagreement, lagging
from verifier.expectations.coins import HALVING_BLOCKS
from verifier.fact import Fact
from verifier.observation import BlockSeen, Silence
from verifier.verdicts.verdict import DifficultySteps
from verifier.verdicts.wording import moment

#: The coin whose difficulty, subsidy and fees the expectations know.
COIN: Final = "BTC"
#: Bitcoin changes its difficulty every 2016 blocks.
EPOCH: Final = 2016
#: Days whose fees are kept, block by block for those that may still grow.
FEE_DAYS: Final = 70
_DAY: Final = timedelta(days=1)
#: The newest blocks of each source, by which sources are compared.
_NEWEST: Final = 64
#: A source that has said nothing for so long, or whose newest block is older, has no say about the tip. The time to the
#: next block is exponential with a mean of ten minutes: no block in three hours has a chance of exp(-18).
_RECENTLY: Final = timedelta(hours=3)
_ALONE: Final = "; a second source of blocks under `chain:` would show whether the network or this source stands still"


class Chain:
    """Folds Bitcoin's blocks in any order; the earliest block seen of an epoch, or of a halving, dates its step.

    Blocks of other coins, whose difficulty is another measure and changes by other rules, are not of this chain.
    """

    def __init__(self) -> None:
        self._epochs: dict[tuple[int, int], BlockSeen] = {}
        self._fees: dict[datetime, dict[int, int]] = {}
        self._told: dict[str, dict[int, tuple[datetime, BlockSeen]]] = {}
        self._tips: dict[str, tuple[datetime, int]] = {}
        self._now: datetime | None = None
        self._steps = DifficultySteps()
        #: Sources that are behind the others now, and a line about each.
        self.lagging: Mapping[str, str] = {}

    def fold(self, facts: Iterable[Fact]) -> bool:
        """Take in blocks; True when a step is new or has moved, or sources begin or cease to agree.

        While nothing has, ``steps`` stays the very same object.
        """
        heard = False
        for fact in facts:
            blocks = [one for one in fact.observations if isinstance(one, BlockSeen) and one.coin == COIN]
            for block in blocks:
                self._take(block)
            if blocks:
                self._hear(fact.subject, fact.learned_at, blocks)
            if blocks or any(isinstance(one, Silence) for one in fact.observations):
                heard = True
                self._now = fact.learned_at if self._now is None else max(self._now, fact.learned_at)
        made = self._made(self._now) if heard and self._now is not None else self._steps
        if made == self._steps:
            return False
        self._steps = made
        return True

    def _hear(self, account: str, learned: datetime, blocks: list[BlockSeen]) -> None:
        """What an account says of the newest blocks: of each height what was learned last, up to its latest tip."""
        self._tips[account] = max(self._tips.get(account, (learned, 0)), (learned, max(one.height for one in blocks)))
        told = self._told.setdefault(account, {})
        for block in blocks:
            if block.height not in told or told[block.height][0] <= learned:
                told[block.height] = (learned, block)
        tip = self._tips[account][1]
        self._told[account] = {height: one for height, one in told.items() if tip - _NEWEST < height <= tip}

    def _take(self, block: BlockSeen) -> None:
        epoch = (block.height // EPOCH, block.height // HALVING_BLOCKS)
        known = self._epochs.get(epoch)
        if known is None or block.at < known.at:
            self._epochs[epoch] = block
        if block.fees is not None:
            day = datetime.combine(block.at.astimezone(UTC).date(), time(), UTC)
            self._fees.setdefault(day, {})[block.height] = block.fees.atoms

    def _made(self, now: datetime) -> DifficultySteps:
        first = [self._epochs[epoch] for epoch in sorted(self._epochs)]
        for day in sorted(self._fees)[:-FEE_DAYS]:
            del self._fees[day]
        over = (day for day in sorted(self._fees) if day + _DAY <= now)
        return DifficultySteps(
            steps=tuple((one.at, one.difficulty) for one in first),
            heights=tuple((one.at, one.height) for one in first),
            fees=tuple((day, Decimal(sum(self._fees[day].values())) / len(self._fees[day])) for day in over),
            conflict=self._conflict(now),
        )

    def _conflict(self, now: datetime) -> str | None:
        """Why the tip is not known now: nobody answers, all stand still, or two contradict each other.

        A source that lags behind the others is named in ``lagging`` and has no say.
        """
        answered = {name: learned for name, (learned, _) in self._tips.items() if learned > now - _RECENTLY}
        if self._tips and not answered:
            return f"no source of blocks has answered since {moment(max(self._tips.values())[0])}"
        seen = {
            name: tuple(block for learned, block in self._told[name].values() if learned > now - _RECENTLY)
            for name in answered
        }
        behind = lagging(seen, now, answered)
        self.lagging = {name: f"the newest block that {name} knows is of {self._newest(name)}" for name in behind}
        for name, learned in sorted(answered.items()):
            _, tip = self._told[name][self._tips[name][1]]
            if name not in behind and tip.at <= learned - _RECENTLY:
                return f"the newest block that {name} knows is of {moment(tip.at)}{_ALONE if len(seen) == 1 else ''}"
        return disagreement(seen, now, answered)

    def _newest(self, name: str) -> str:
        return moment(self._told[name][self._tips[name][1]][1].at)

    @property
    def steps(self) -> DifficultySteps:
        return self._steps
