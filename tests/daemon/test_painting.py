"""What the picture holds beside results: what a bitcoin costs now, from sources that are asked like all others."""

from dataclasses import replace
from datetime import datetime, timedelta

from tests.daemon.installed import HEAD, NORTH, Pools
from tests.stories.watching import watching
from verifier.daemon.daemon import Daemon
from verifier.daemon.last_words import last_words
from verifier.daemon.recall import recall
from verifier.expectations.price import Price
from verifier.fact import Fact, FactKind
from verifier.ledger.records import LatestAnswer
from verifier.observation import Observation, RateSeen, WorkSeen
from verifier.simulator.faults import Fault
from verifier.units import Window

PRICES = """\
  kraken: {{kind: kraken, url: "{base}/kraken", currencies: [EUR], allow_private: true, pace: 0}}
  coinbase: {{kind: coinbase, url: "{base}/coinbase", currencies: [EUR], allow_private: true, pace: 0}}
  mempool: {{kind: mempool_space, url: "{base}/mempool-space/api", currencies: [EUR], allow_private: true, pace: 0}}
contracts:
"""
ASKED = "prices: [kraken, coinbase, mempool]\nshow: {currency: EUR}\n"


def shown(daemon: Daemon) -> Price:
    assert daemon.picture is not None
    return daemon.picture.prices["EUR"]


async def test_a_price_is_shown_survives_a_restart_and_is_gone_when_it_is_old(simulated: Pools) -> None:
    clock, file = simulated.clock, simulated.write(NORTH, ASKED, head=HEAD.replace("contracts:\n", PRICES))
    async with watching(file, clock) as daemon:
        await daemon.step(clock.now())
        told = shown(daemon)
    assert told.sources == ("coinbase", "kraken", "mempool")
    assert told.value is not None
    for face in ("kraken", "coinbase", "mempool-space"):
        simulated.give(Fault.ERROR_503, face)
    clock.set(clock.now() + timedelta(minutes=10))
    async with watching(file, clock) as daemon:
        await daemon.step(clock.now())
        assert shown(daemon).value == told.value
        clock.set(clock.now() + timedelta(hours=1))
        await daemon.step(clock.now())
        old = shown(daemon)
    assert (old.value, old.sources, old.last) == (None, (), told.last)


async def test_what_a_source_said_last_outlives_the_program_while_the_source_is_silent(simulated: Pools) -> None:
    clock, file = simulated.clock, simulated.write(NORTH)
    async with watching(file, clock) as daemon:
        for _ in range(2):
            await daemon.step(clock.now())
            clock.set(clock.now() + timedelta(minutes=5))
        assert daemon.picture is not None
        (before,) = daemon.picture.contracts["north"].sources
    simulated.give(Fault.ERROR_503)
    clock.set(clock.now() + timedelta(hours=3))
    async with watching(file, clock) as daemon:
        await daemon.step(clock.now())
        assert daemon.picture is not None
        (after,) = daemon.picture.contracts["north"].sources
        recalled = (await recall(daemon.ledger, simulated.read(), clock.now())).picture.contracts["north"].sources
    assert before.exactness == "count"
    assert before.per_second
    assert after == before
    assert recalled == (before,), "`explain` says the same"


async def test_a_daily_history_without_news_is_as_exact_as_before(simulated: Pools) -> None:
    simulated.write(NORTH)
    settings, now = simulated.read(), simulated.clock.now()
    work = WorkSeen(start=now - timedelta(hours=30), end=now - timedelta(hours=6), hashes=1.0)
    said = (
        _fact(1, now - timedelta(hours=5), work),
        _fact(2, now, RateSeen(at=now, per_second=1.0, window=timedelta(hours=1))),
    )
    latest = {("pool", "now"): LatestAnswer(answered_at=now, asked_at=now, fate="answered", silent_since=None)}
    assert [fact.id for fact in await last_words(_Kept(said), settings, latest)] == [1, 2]
    counted = (_fact(1, now - timedelta(hours=5), work), _fact(2, now, replace(work, end=now)))
    assert [fact.id for fact in await last_words(_Kept(counted), settings, latest)] == [2]


def _fact(number: int, at: datetime, *observations: Observation) -> Fact:
    return Fact(
        id=number, kind=FactKind.OBSERVATION, subject="pool", question="now", true=Window(start=at, end=at),
        learned_at=at, digest="", observations=observations,
    )  # fmt: skip


class _Kept:
    """What a ledger would read back of one account."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self._facts = facts

    async def last_answered(self) -> list[Fact]:
        return list(self._facts[-1:])

    async def believed(
        self, account: str, question: str, adapter: str | None, since: datetime, until: datetime, limit: int
    ) -> list[Fact]:
        assert (account, question, adapter) == ("pool", "now", None)
        return [fact for fact in self._facts if since <= fact.learned_at <= until][-limit:]


async def test_when_a_question_is_asked_next_is_shown_also_while_it_is_asked_more_slowly(simulated: Pools) -> None:
    clock = simulated.clock
    async with watching(simulated.write(NORTH), clock) as daemon:
        for fault in (None, Fault.LOGIN_PAGE):
            if fault is not None:
                simulated.give(fault)
            now = clock.now()
            await daemon.step(now)
            assert daemon.picture is not None
            question = next(one for one in daemon.picture.accounts["pool"].questions if one.name == "now")
            assert question.next_ask_at is not None
            every = timedelta(seconds=question.every_seconds)
            assert question.next_ask_at == now + every * (1 if fault is None else 2)
            clock.set(question.next_ask_at)
