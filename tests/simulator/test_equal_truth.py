"""One truth, read through every adapter: the same work, within what each family's figures can tell.

A seller mines for a day and is dark for three hours of it. Each row asks one question of one real source, through the
real door, of the simulated pool, as often as written; the judge folds what it says, and that is compared with what was
mined in the very spans that it speaks of.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from aiohttp.test_utils import TestServer

from tests.simulator.rows import AVERAGES, COUNTED, EXACT, LOOKS, NOT_HELD, ONCE, ROWS, SHOWN, UNSTATED, Row
from tests.simulator.worlds import STARTS, TOKEN, seller
from verifier.clock import SteppedClock
from verifier.contract import Contract, Promise, Tolerance, Watch
from verifier.daemon.asking import Line, ask
from verifier.fact import Fact
from verifier.observation import Observation, OfferSeen, RateSeen, Silence, WorkSeen
from verifier.settings.model import ConfiguredAccount
from verifier.simulator.faces import FACES
from verifier.simulator.faults import Fault
from verifier.simulator.server import FAULTS, make_app, serving
from verifier.simulator.truth import Phase, World, minute
from verifier.sources import SOURCES
from verifier.units import Hashrate, Window
from verifier.verdicts.evidence import Evidence, fold
from verifier.wire import Wire

DAY = Window(start=datetime(2026, 11, 18, tzinfo=UTC), end=datetime(2026, 11, 19, tzinfo=UTC))
DARK = Window(start=DAY.start + timedelta(hours=9, minutes=17), end=DAY.start + timedelta(hours=12, minutes=17))
MINER = replace(
    seller(),
    phases=(
        Phase(since=STARTS, factor=1.0),
        Phase(since=DARK.start, factor=0.0),
        Phase(since=DARK.end, factor=1.0),
    ),
    pools=frozenset(face.name for face in FACES),
)
NOON = DAY.start + timedelta(hours=15, seconds=20)
ORDER = {"organization": "acme", "order": "47"}
RIGS = {"rig01": slice(0, 1), "rig02": slice(1, 2)}


@cache
def truth() -> World:
    return World(seed=7, sellers=[MINER])


def reached(row: Row, base: str, key: str = TOKEN) -> Line:
    source = SOURCES[row.kind]
    names = (*source.Account.secrets, *source.Account.optional_secrets)
    fields = {"kind": row.kind, "url": f"{base}/{row.face}", "allow_private": True, "pace": 0.0, **row.fields}
    account = source.Account.model_validate(fields)
    secrets = dict.fromkeys(names, key)
    return Line.to(ConfiguredAccount(name="pool", source=source, account=account, secrets=secrets))


async def heard(row: Row, from_noon: Fault | None = None) -> list[Fact]:
    """The day's answers to one question, put as the daemon puts it; with a fault of the pool in the afternoon."""
    source, clock = SOURCES[row.kind], SteppedClock(DAY.start + row.late)
    facts: list[Fact] = []
    app = make_app(truth(), clock.now)
    async with TestServer(app) as server, Wire(clock) as wire:
        line = reached(row, str(server.make_url("")).rstrip("/"))
        answered = None
        while clock.now() <= DAY.end + timedelta(hours=2, minutes=1):
            landed = await ask(wire, line, source.question(row.question), answered, clock.now())
            assert landed.failure is None, landed.observations
            fact, _ = landed.remembered(len(facts) + 1, clock.now())
            facts.append(fact)
            answered = clock.now()
            clock.set(clock.now() + row.step)
            face = row.face.split("/")[0]
            if from_noon is not None and clock.now() > NOON and app[FAULTS].of(face) is None:
                app[FAULTS].set(face, from_noon)
    return facts


def contract(workers: str | None) -> Contract:
    rate = Hashrate(per_second=MINER.promised)
    promise = Promise(since=DAY.start, rate=rate, tolerance=Tolerance(fraction=0.05))
    return Contract(
        name="acme",
        seller="Acme",
        starts=DAY.start,
        ends=None,
        promises=(promise,),
        watch=(Watch(account="pool", workers=workers),),
    )


def said(facts: Sequence[Fact], row: Row, workers: str | None) -> list[tuple[Window, float]]:
    """The spans that were told of and the work in each, as the judge folds them."""
    folded = fold(contract(workers), {"pool": row.step}, Evidence(), facts, facts[-1].learned_at)
    assert folded.rewind_to is None
    return [(Window(start=one.start, end=one.end), one.hashes) for one in folded.intervals]


def mined(span: Window, rigs: slice) -> float:
    shares = truth().shares(MINER).between(minute(span.start), minute(span.end))[rigs]
    return float(shares.sum()) * MINER.hashes_per_share


def tells(facts: Sequence[Fact], *, workers: bool) -> bool:
    seen = [one for fact in facts for one in fact.observations if isinstance(one, WorkSeen | RateSeen)]
    return any((one.worker is not None) is workers for one in seen)


def decides(facts: Sequence[Fact], *, workers: bool) -> bool:
    able = [
        replace(fact, observations=tuple(one for one in fact.observations if getattr(one, "averaging", "") != "unsure"))
        for fact in facts
    ]
    return tells(able, workers=workers)


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_every_adapter_hears_the_work_that_was_done(row: Row) -> None:
    facts = await heard(row)
    views: dict[str | None, slice] = {None: slice(None)} if decides(facts, workers=False) else {}
    views |= {"*rig01*": slice(0, 1)} if decides(facts, workers=True) else {}
    assert views
    for workers, rigs in views.items():
        spans = said(facts, row, workers)
        work, true = sum(hashes for _, hashes in spans), sum(mined(span, rigs) for span, _ in spans)
        assert work == pytest.approx(true, rel=row.precision)
        dark = [o.span for span, _ in spans if (o := span.overlap(DARK)) is not None]
        seen = sum((span.span for span, _ in spans), timedelta(0)) / DAY.span
        unseen = 1.0 - sum(dark, timedelta(0)) / DARK.span
        if workers is None:
            assert unseen <= 0.15 if row.told_while_dark else unseen >= 0.9
        assert seen >= 0.83


@pytest.mark.parametrize("row", COUNTED, ids=str)
async def test_a_counter_that_starts_anew_costs_one_reading_and_invents_nothing(row: Row) -> None:
    facts = await heard(row, Fault.COUNTER_RESET)
    workers, rigs = (None, slice(None)) if decides(facts, workers=False) else ("*rig01*", slice(0, 1))
    spans = said(facts, row, workers)
    assert sum(hashes for _, hashes in spans) == pytest.approx(
        sum(mined(span, rigs) for span, _ in spans), rel=row.precision
    )
    assert sum((span.span for span, _ in spans), timedelta(0)) >= 0.75 * DAY.span


@pytest.mark.parametrize("row", SHOWN, ids=str)
async def test_what_skips_idle_time_or_is_not_stated_decides_nothing(row: Row) -> None:
    facts = await heard(row)
    assert tells(facts, workers=False)
    assert [said(facts, row, workers) for workers in (None, "*rig01*")] == [[], []]


@pytest.mark.parametrize("row", AVERAGES, ids=lambda row: f"{row.kind}-{row.face}")
async def test_every_average_is_that_of_its_window(row: Row) -> None:
    """One look at each question with averages, three hours after the dark: the long ones show it."""
    clock = SteppedClock(NOON)
    async with serving("127.0.0.1", 0, truth(), clock.now) as base, Wire(clock) as wire:
        line = reached(row, base)
        questions = [one for one in line.configured.questions if RateSeen in one.sees]
        answers = [await ask(wire, line, one, None, NOON) for one in questions]
    assert [one.failure for one in answers] == [None] * len(questions)
    said = [one for landed in answers for one in landed.observations if isinstance(one, RateSeen)]
    rates = [one for one in said if one.window not in UNSTATED.get(row.kind, ())]
    assert rates
    for one in rates:
        name = one.worker and line.configured.source.naming(one.worker, line.configured.account)
        rigs = slice(None) if name is None else RIGS[name]
        window = Window(start=one.at - one.window, end=one.at)
        true = mined(window, rigs) / one.window.total_seconds()
        within = max(row.precision, EXACT, one.quantisation)
        assert one.per_second == pytest.approx(true, rel=within), (one.worker, one.window)


@pytest.mark.parametrize("row", LOOKS, ids=lambda row: f"{row.kind}-{row.face}")
async def test_a_face_that_is_broken_is_heard_as_silence(row: Row) -> None:
    """Some pools write no numbers but text: then a number of the wrong type leaves their pages as they are."""
    clock = SteppedClock(NOON)
    app = make_app(truth(), clock.now)

    async def look(base: str) -> dict[str, tuple[Observation, ...]]:
        async with Wire(clock) as wire:
            line = reached(row, base)
            answers = [await ask(wire, line, one, None, NOON) for one in line.configured.questions]
            return {one.question.name: one.observations for one in answers}

    async with TestServer(app) as server:
        base = str(server.make_url("")).rstrip("/")
        well = await look(base)
        for fault in (Fault.ERROR_500, Fault.LOGIN_PAGE, Fault.HALF_DOCUMENT, Fault.WRONG_TYPES):
            app[FAULTS].set(row.face.split("/")[0], fault)
            for name, said in (await look(base)).items():
                assert said == well[name] or [type(one) for one in said] == [Silence], (fault, name)


@pytest.mark.parametrize("row", LOOKS, ids=lambda row: f"{row.kind}-{row.face}")
async def test_who_is_not_known_is_told_no_figure(row: Row) -> None:
    clock, named = SteppedClock(NOON), "address" in row.fields
    stranger = replace(row, fields={**row.fields, "address": "bc1qnobody0000000000000000000"}) if named else row
    async with serving("127.0.0.1", 0, truth(), clock.now) as base, Wire(clock) as wire:
        line = reached(stranger, base, key="wrong")
        if not named and not line.configured.source.Account.secrets:
            return  # its face shows whoever asks the one seller it has
        for question in line.configured.questions:
            said = (await ask(wire, line, question, None, NOON)).observations
            assert not [one for one in said if isinstance(one, WorkSeen | RateSeen)], question.name


async def test_what_a_market_says_it_delivers_is_read_in_its_own_unit() -> None:
    clock, row = SteppedClock(NOON), Row(kind="nicehash", question="order", face="nicehash", fields=ORDER)
    async with serving("127.0.0.1", 0, truth(), clock.now) as base, Wire(clock) as wire:
        line = reached(row, base)
        landed = await ask(wire, line, line.configured.source.question("order"), None, NOON)
    offer = next(one for one in landed.observations if isinstance(one, OfferSeen))
    five_minutes = Window(start=NOON - timedelta(minutes=5), end=NOON)
    assert offer.per_second == pytest.approx(mined(five_minutes, slice(None)) / 300, rel=EXACT)
    assert offer.limit == pytest.approx(MINER.promised, rel=EXACT)


def test_every_source_of_work_is_held_to_the_truth_or_named_with_the_reason() -> None:
    held = {row.kind for row in (*ROWS, *ONCE, *SHOWN)}
    able = {kind for kind, one in SOURCES.items() if any(q.sees & {WorkSeen, RateSeen} for q in one.questions)}
    assert held.isdisjoint(NOT_HELD)
    assert able == held | set(NOT_HELD)
