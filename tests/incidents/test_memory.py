"""Standings and changes are kept as bytes, so that a restart goes on where the last turn ended."""

import json
from dataclasses import replace
from datetime import timedelta

from tests.incidents.test_advance import START, run, said
from verifier.incidents.memory import dump_standing, dump_transition, load_standing, load_transition
from verifier.incidents.standing import Incident, Standing
from verifier.verdicts.checks import hashrate, settlement, worker_gone
from verifier.verdicts.evidence import Evidence
from verifier.verdicts.verdict import Certainty, Outcome


def standing() -> Standing:
    incident, _ = run(Incident(void=(1,)), said(Outcome.SHORT, START, START - timedelta(hours=1)))
    return Standing(
        subject="north",
        position=7,
        evidence=Evidence(source="pool", position=START),
        checks={"hashrate": hashrate.State(began=START), "worker_gone": worker_gone.State()},
        incidents={"hashrate": incident},
        verdicts={"hashrate": replace(said(Outcome.SHORT, START), interval=(0.8, 0.9), values={"shares": 3.0})},
    )


def test_a_standing_comes_back_whole() -> None:
    one = standing()
    assert load_standing("north", dump_standing(one)) == (one, True)
    nothing = Standing(subject="north")
    assert load_standing("north", dump_standing(nothing)) == (nothing, True)


def test_a_verdict_of_the_next_turn_is_written_and_not_the_one_before() -> None:
    one = standing()
    dump_standing(one)
    after = replace(one, verdicts={"hashrate": replace(one.verdicts["hashrate"], evidence=2.0)})
    assert load_standing("north", dump_standing(after)) == (after, True)
    assert load_standing("north", dump_standing(one)) == (one, True)


def test_what_another_version_wrote_keeps_only_what_people_were_told() -> None:
    written = json.loads(dump_standing(standing()))
    written["versions"]["hashrate"] += 1
    found, fit = load_standing("north", json.dumps(written).encode())
    assert not fit
    assert found == Standing(subject="north", incidents=standing().incidents)


def test_what_was_said_of_time_that_is_over_outlives_a_change_of_another_check() -> None:
    said = settlement.State(began=START.timestamp(), outcomes={"short": 2}, lost=1.5)
    written = json.loads(dump_standing(replace(standing(), checks={**standing().checks, "settlement": said})))
    written["versions"]["hashrate"] += 1
    assert load_standing("north", json.dumps(written).encode())[0].checks == {"settlement": said}
    written["versions"]["settlement"] += 1
    assert load_standing("north", json.dumps(written).encode())[0].checks == {}


def test_a_change_comes_back_whole() -> None:
    _, changes = run(Incident(), replace(said(Outcome.SHORT, START), certainty=Certainty.LIKELY))
    assert [load_transition(dump_transition(one)) for one in changes] == changes
