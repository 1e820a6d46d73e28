"""What Alertmanager is told: open problems as alerts that keep their identity, and their end in the same words."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from tests.outlets import pictures
from verifier.clock import SteppedClock
from verifier.incidents.standing import Incident, Phase, problem_id
from verifier.outlets.alertmanager import Alert, Pushing, alert_name, alerts, body, carried
from verifier.outlets.instances import Alertmanager
from verifier.outlets.picture import ContractView, Picture
from verifier.verdicts.verdict import Outcome
from verifier.wire import Wire

NOW = pictures.NOW
MINUTE = timedelta(minutes=1)


@pytest.fixture
def every() -> Picture:
    return pictures.every_result()


def of(told: tuple[Alert, ...], name: str, subject: str) -> Alert:
    return next(one for one in told if one.labels["alertname"] == name and subject in one.labels.values())


def changed(picture: Picture, name: str, **fields: Any) -> Picture:
    """The picture with one contract's view changed."""
    view: ContractView = replace(picture.contracts[name], **fields)
    return replace(picture, contracts={**picture.contracts, name: view})


def test_an_open_problem_is_one_alert(every: Picture) -> None:
    open_problems = {
        (name, check)
        for views in (every.contracts, every.accounts)
        for name, view in views.items()
        for check, incident in view.incidents.items()
        if incident.phase is Phase.OPEN
    }
    told = {(one.labels.get("contract") or one.labels["account"], one.labels["check"]) for one in alerts(every)}
    assert told == open_problems
    assert ("west", "hashrate") not in told, "a problem that is not open yet is not told"


def test_labels_come_from_the_configuration_and_closed_enumerations(every: Picture) -> None:
    assert of(alerts(every), "HashrateShort", "north").labels == {
        "alertname": "HashrateShort",
        "contract": "north",
        "check": "hashrate",
        "severity": "warning",
    }
    assert of(alerts(every), "SourceSilent", "west_pool").labels == {
        "alertname": "SourceSilent",
        "account": "west_pool",
        "check": "source_silent",
        "severity": "info",
    }


def test_an_alert_says_what_a_mail_says_and_where_to_read_on(every: Picture) -> None:
    north = of(alerts(every, "https://wiki.example.org/runbooks/"), "HashrateShort", "north")
    assert north.annotations["summary"] == "north: 11 % too little hashrate since Thu 15:20, about 2.05 EUR a day"
    assert "To do now: " in north.annotations["description"]
    assert "Next message" not in north.annotations["description"]
    assert north.annotations["runbook_url"] == "https://wiki.example.org/runbooks/HashrateShort.md"
    assert north.annotations["dashboard_url"] == north.page == "http://pi.local:9580/c/north"
    assert north.starts_at == pictures.SHORT_SINCE


def test_without_addresses_there_are_no_links(every: Picture) -> None:
    north = of(alerts(replace(every, external_url=None)), "HashrateShort", "north")
    assert not {"runbook_url", "dashboard_url"} & set(north.annotations)
    assert json.loads(body([north], NOW, MINUTE))[0]["generatorURL"] == ""


def test_a_problem_that_comes_back_is_the_same_alert_of_another_problem(every: Picture) -> None:
    before = of(alerts(every), "HashrateShort", "north")
    again = Incident(phase=Phase.OPEN, ordinal=15, opened_at=NOW, since=NOW)
    after = of(alerts(changed(every, "north", incidents={"hashrate": again})), "HashrateShort", "north")
    assert after.identity == before.identity
    assert before.annotations["problem"] == problem_id("north", "hashrate", 14)
    assert after.annotations["problem"] == problem_id("north", "hashrate", 15)


def test_a_problem_that_is_not_over_yet_is_told_without_figures_that_contradict_it(every: Picture) -> None:
    verdicts = every.contracts["north"].verdicts
    good = replace(verdicts["hashrate"], outcome=Outcome.MET, because="Delivered 100 % since 07:00.")
    north = of(
        alerts(changed(every, "north", verdicts={**verdicts, "hashrate": good})), "HashrateShort", "north"
    ).annotations
    assert north["summary"] == "north: Hashrate: too little"
    assert north["description"] == "Not over yet. Delivered 100 % since 07:00."


def test_an_end_is_told_in_the_last_words_for_a_quarter_of_an_hour(every: Picture) -> None:
    first = alerts(every)
    over = alerts(changed(every, "north", incidents={}))
    later = carried(carried((), first, NOW), over, NOW + MINUTE)
    ended = of(later, "HashrateShort", "north")
    assert ended == replace(of(first, "HashrateShort", "north"), ends_at=NOW + MINUTE)
    assert of(carried(later, over, NOW + 10 * MINUTE), "HashrateShort", "north") == ended
    assert set(map(str, carried(later, over, NOW + 16 * MINUTE))) == set(map(str, over))
    assert of(carried(later, first, NOW + 2 * MINUTE), "HashrateShort", "north").ends_at is None


def test_an_open_problem_outlives_a_restart_of_ours(every: Picture) -> None:
    (north, *_) = json.loads(body(alerts(every), NOW, MINUTE))
    assert north["startsAt"] == "2026-11-19T14:20:00Z"
    assert north["endsAt"] == "2026-11-20T09:20:00Z"
    (rare, *_) = json.loads(body(alerts(every), NOW, timedelta(hours=1)))
    assert rare["endsAt"] == "2026-11-20T12:20:00Z"


def test_a_check_without_a_name_of_its_own_is_named_by_its_words() -> None:
    assert [alert_name(check) for check in ("hashrate", "worker_gone", "payout_late")] == [
        "HashrateShort",
        "WorkerGone",
        "PayoutLate",
    ]


class Instance:
    """One Alertmanager: what was posted to it, and what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.posted: list[list[dict[str, Any]]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/json"
        self.posted.append(await request.json())
        return web.Response(status=self.status)


@pytest.fixture
async def instances() -> AsyncIterator[tuple[Instance, Instance]]:
    both = Instance(), Instance()
    runners = []
    for one in both:
        app = web.Application()
        app.router.add_post("/am/api/v2/alerts", one.take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/am"
        runners.append(runner)
    yield both
    for runner in runners:
        await runner.cleanup()


async def test_every_instance_is_told_again_and_again(every: Picture, instances: tuple[Instance, Instance]) -> None:
    to = Alertmanager(name="am", urls=tuple(one.url for one in instances), allow_private=True)
    async with Wire(SteppedClock(NOW)) as wire:
        pushing = Pushing(wire)
        await pushing.push(to, every, NOW)
        await pushing.push(to, replace(every, contracts={}, accounts={}), NOW + MINUTE)
    for one in instances:
        first, second = one.posted
        assert first == json.loads(body(alerts(every), NOW, to.every))
        assert [alert["labels"] for alert in second] == [alert["labels"] for alert in first]
        assert [alert["annotations"] for alert in second] == [alert["annotations"] for alert in first]
        assert {alert["endsAt"] for alert in second} == {"2026-11-20T08:21:00Z"}


async def test_an_instance_that_is_away_is_logged_once_and_holds_up_no_other(
    every: Picture, instances: tuple[Instance, Instance]
) -> None:
    well, ill = instances
    ill.status = 400
    to = Alertmanager(name="am", urls=(ill.url, well.url), allow_private=True)
    async with Wire(SteppedClock(NOW)) as wire:
        pushing = Pushing(wire)
        with capture_logs() as logs:
            await pushing.push(to, every, NOW)
            await pushing.push(to, every, NOW + MINUTE)
            ill.status = 200
            await pushing.push(to, every, NOW + 2 * MINUTE)
    assert [entry["event"] for entry in logs] == [
        "the alertmanager does not take alerts",
        "the alertmanager takes alerts again",
    ]
    assert (len(well.posted), len(ill.posted)) == (3, 3)


async def test_nothing_is_sent_while_nothing_is_open(instances: tuple[Instance, Instance]) -> None:
    quiet = replace(pictures.every_result(), contracts={}, accounts={})
    async with Wire(SteppedClock(NOW)) as wire:
        await Pushing(wire).push(Alertmanager(name="am", urls=(instances[0].url,), allow_private=True), quiet, NOW)
    assert instances[0].posted == []
