"""What one source says of spans that others speak of too: six-hour UTC slots of counted work, and its averages."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Final

from verifier.contract import Contract, Watch
from verifier.expectations.rate import owed
from verifier.fact import Fact
from verifier.observation import RateSeen
from verifier.record import record
from verifier.units import HASHES_PER_DIFFICULTY, Window
from verifier.verdicts.heard import watches_on
from verifier.verdicts.share_scale import ShareScale, known_difficulty, learn, predicted_difficulty
from verifier.verdicts.verdict import Interval

SLOT: Final = 6 * 3600.0
#: A slot is seen fully when no more than this part is missing.
_WHOLE: Final = 0.999
#: Slots that are waited for, newest last.
_REMEMBERED: Final = 8
#: Shares of a source that shows averages alone may be this much harder than assumed.
_UNLEARNT: Final = 4.0
#: Averages compared: from ten minutes to a day.
_WINDOWS: Final = (600.0, 86_400.0)


@record
class Said:
    """Work in [start, end) (epoch seconds) as one source says it; ``share`` are the hashes behind a share.

    ``blur`` is the relative variance that is no counting: edges that do not match, rounding.
    """

    start: float
    end: float
    hashes: float
    share: float
    blur: float = 0.0
    average: bool = False

    @property
    def seconds(self) -> float:
        return self.end - self.start


@record
class Average:
    """An average over a window that ends at ``end``, with its relative rounding error."""

    start: float
    end: float
    per_second: float
    share: float
    rounding: float = 0.0

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def said(self, apart: float) -> Said:
        """As work; ``apart`` is the part of the window by which another one's ends elsewhere."""
        blur = self.rounding**2 + apart**2
        hashes = self.per_second * self.seconds
        return Said(start=self.start, end=self.end, hashes=hashes, share=self.share, blur=blur, average=True)


@record
class Slot:
    """A slot in the making: seconds seen, hashes, the share's hashes weighted with seconds, and how unsure they are.

    ``unsure`` is the variance in hashes² of the intervals over an edge: what part of them belongs here is a guess.
    """

    start: float
    seen: float = 0.0
    hashes: float = 0.0
    weighted: float = 0.0
    unsure: float = 0.0


@record
class Meter:
    """One source that counts: the slots that it saw fully, the one in the making, and how hard its shares are."""

    slot: Slot | None = None
    whole: tuple[Said, ...] = ()
    scale: ShareScale = field(default_factory=ShareScale)


def filled(contract: Contract, meter: Meter, interval: Interval) -> Meter:
    """One interval more, divided by time among the slots that it touches."""
    due = owed(contract, Window(start=interval.start, end=interval.end))
    if due.boundary <= 0:
        return meter
    watch = watches_on(contract, interval.source)[0]
    start, end = interval.start.timestamp(), interval.end.timestamp()
    assumed = known_difficulty(watch, due.boundary / (end - start), interval.share_difficulty_floor)
    stated = watch.share_difficulty is not None
    difficulty = assumed if stated else predicted_difficulty(meter.scale, assumed, interval.share_difficulty_floor)
    scale = meter.scale if stated else learn(meter.scale, interval, due.boundary, assumed)
    slot, whole = meter.slot, meter.whole
    at = start
    while at < end:
        first = at // SLOT * SLOT
        to = min(end, first + SLOT)
        part = to - at
        if slot is None or slot.start != first:
            slot = Slot(start=first)
        slot = Slot(
            start=first,
            seen=slot.seen + part,
            hashes=slot.hashes + interval.hashes * part / (end - start),
            weighted=slot.weighted + part * difficulty * HASHES_PER_DIFFICULTY,
            unsure=slot.unsure + (interval.hashes**2 / 12.0 if part < end - start else 0.0),
        )
        if to == first + SLOT and slot.seen >= _WHOLE * SLOT:
            whole = (*whole, _said(slot))[-_REMEMBERED:]
        at = to
    return Meter(slot=slot, whole=whole, scale=scale)


def _said(slot: Slot) -> Said:
    """A whole slot. Of an interval over an edge any part may belong to it, evenly (variance h²/12).

    Relative to the slot's own work: where a machine came or went at the edge, that is most of what it shows.
    """
    return Said(
        start=slot.start,
        end=slot.start + SLOT,
        hashes=slot.hashes,
        share=slot.weighted / slot.seen,
        blur=slot.unsure / slot.hashes**2 if slot.hashes > 0 else 0.0,
    )


def averages(contract: Contract, fact: Fact) -> Mapping[str, Average]:
    """The contract's rolling averages in an answer by length of window in seconds, workers summed."""
    watches = watches_on(contract, fact.subject)
    found: dict[float, list[RateSeen]] = {}
    for one in fact.observations:
        if isinstance(one, RateSeen) and one.averaging == "rolling":
            length = one.window.total_seconds()
            ours = any(_speaks_for(watch, one.worker) for watch in watches)
            if ours and _WINDOWS[0] <= length <= _WINDOWS[1]:
                found.setdefault(length, []).append(one)
    return {
        f"{length:.0f}": average
        for length, shown in found.items()
        if (average := _average(contract, fact.subject, length, shown)) is not None
    }


def _speaks_for(watch: Watch, worker: str | None) -> bool:
    """The account's own figure where no pattern is written, else its workers', never both."""
    if worker is None or watch.workers is None:
        return worker is None and watch.workers is None
    return watch.speaks_for(worker)


def _average(contract: Contract, account: str, length: float, shown: list[RateSeen]) -> Average | None:
    end: datetime = max(one.at for one in shown)
    start = end.timestamp() - length
    if start < contract.starts.timestamp() or (contract.ends is not None and end > contract.ends):
        return None
    rate = contract.promise_at(end).rate.per_second
    watch = watches_on(contract, account)[0]
    difficulty = known_difficulty(watch, rate) * (1.0 if watch.share_difficulty else _UNLEARNT)
    return Average(
        start=start,
        end=end.timestamp(),
        per_second=sum(one.per_second for one in shown),
        share=difficulty * HASHES_PER_DIFFICULTY,
        rounding=max(one.quantisation for one in shown),
    )
