"""The shipped Prometheus files: accepted by promtool, every alert tried out, explained, and without a judgement."""

import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from verifier.outlets.alertmanager import alert_name
from verifier.outlets.metric_table import METRICS
from verifier.verdicts import CHECKS

CHECKOUT: Final = Path(__file__).parents[2]
FOLDER: Final = CHECKOUT / "deploy" / "prometheus"
RUNBOOKS: Final = CHECKOUT / "docs" / "runbooks"
RULE_FILES: Final = sorted(FOLDER.glob("*.rules.yml"))
TESTS: Final = sorted((FOLDER / "tests").glob("*.test.yml"))


def rules(file: Path) -> list[dict[str, Any]]:
    groups = yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


ALERTS: Final = {rule["alert"]: rule for file in RULE_FILES for rule in rules(file) if "alert" in rule}
ABOUT_CONTRACTS: Final = [rule for rule in rules(FOLDER / "contracts.rules.yml") if "alert" in rule]
TRIED: Final = [
    case
    for file in TESTS
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]
    for case in group["alert_rule_test"]
]


def promtool(*arguments: str | Path) -> None:
    said = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.needs("promtool")
def test_promtool_accepts_the_scrape_example_and_the_rules() -> None:
    promtool("check", "config", "prometheus.yml")
    promtool("check", "rules", *RULE_FILES)


@pytest.mark.needs("promtool")
@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_the_rules_do_what_their_tests_say(file: Path) -> None:
    promtool("test", "rules", file)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_is_tried_while_it_fires_and_while_it_does_not(alert: str) -> None:
    outcomes = {bool(case["exp_alerts"]) for case in TRIED if case["alertname"] == alert}
    assert outcomes == {True, False}


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_how_urgent_it_is_what_it_means_and_where_to_read_on(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"critical", "warning", "info", "{{ $labels.severity }}"}
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url", "dashboard_url"}
    assert rule["annotations"]["runbook_url"] == f"{{{{ $externalLabels.runbooks }}}}/{alert}.md"


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == set(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_a_runbook_says_what_it_means_and_what_to_do(alert: str) -> None:
    text = (RUNBOOKS / f"{alert}.md").read_text(encoding="utf-8")
    assert re.findall(r"^#+ .*", text, flags=re.MULTILINE) == [
        f"# {alert}",
        "## What it means",
        "## What to do",
        "## When it ends",
    ]


def test_every_check_has_one_rule_that_repeats_what_the_daemon_decided() -> None:
    routed = {rule["alert"]: rule["expr"] for rule in ABOUT_CONTRACTS}
    assert routed == {alert_name(one.name): f'verifier:problem_open{{check="{one.name}"}} == 1' for one in CHECKS}


def test_rules_read_only_metrics_that_exist() -> None:
    read = {name for file in RULE_FILES for rule in rules(file) for name in re.findall(r"\bverifier_\w+", rule["expr"])}
    assert read <= {metric.name for metric in METRICS}
