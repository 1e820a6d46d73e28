"""The shipped dashboards: made from the code, said in words, and every query answered by a Prometheus of the demo."""

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from deploy.grafana.generate import DASHBOARDS, FOLDER, text
from tests.deploy.running import DEPLOY, demo, eventually, prometheus, queried
from verifier.outlets import words

PROVISIONING: Final = DEPLOY / "grafana" / "provisioning"
BOARDS: Final = {name: json.loads((FOLDER / name).read_text(encoding="utf-8")) for name in DASHBOARDS}
PANELS: Final = [(name, panel) for name, board in BOARDS.items() for panel in board["panels"]]
CHOSEN: Final = {"$contract": "fixed_payer"}
KNOWN: Final = (
    'verifier_problem_open{contract="skimming", check="hashrate"} == 1',
    'verifier_problem_open{contract="fixed_payer", check="hashrate"} == 1',
    'verifier_payout_coins{contract="fixed_payer", column="paid"}',
    'verifier_payout_seen_work_ratio{contract="fixed_payer"}',
    'verifier_shortfall_money{contract="fixed_payer", price="market"}',
)
DESIGN_WORDS: Final = ("witness", "verdict", "standing", "transition", "silence", "coverage", "incident", "outbox")

every_panel: Final = pytest.mark.parametrize(
    "panel", [panel for _, panel in PANELS], ids=[f"{name}: {panel['title']}" for name, panel in PANELS]
)


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that scraped the demo long enough to know of the problems and the payouts."""
    folder = tmp_path_factory.mktemp("grafana")
    with demo(folder) as (verifier, _), prometheus(folder, verifier) as address:
        for found in KNOWN:
            eventually(partial(results, address, found), f"{found} is in Prometheus")
        yield address


def results(address: str, expr: str) -> list[dict[str, Any]]:
    return list(queried(address, "query", query=expr)["result"])


def expression(target: dict[str, Any]) -> str:
    expr = str(target["expr"])
    for variable, value in CHOSEN.items():
        expr = expr.replace(variable, value)
    assert "$" not in expr
    return expr


def sources(content: Any) -> Iterator[dict[str, str]]:
    """Every reference to a data source, wherever it stands."""
    if isinstance(content, dict):
        if isinstance(content.get("datasource"), dict):
            yield content["datasource"]
        for inner in content.values():
            yield from sources(inner)
    elif isinstance(content, list):
        for inner in content:
            yield from sources(inner)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_committed_dashboard_is_the_generated_one(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text(DASHBOARDS[name]())


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_can_be_told_from_others(name: str) -> None:
    board = BOARDS[name]
    ids = [panel["id"] for panel in board["panels"]]
    assert board["uid"] == f"verifier-{Path(name).stem}"
    assert board["title"]
    assert board["description"]
    assert sorted(ids) == list(range(1, len(ids) + 1))


@pytest.mark.parametrize("name", BOARDS)
def test_panels_stand_beside_each_other(name: str) -> None:
    cells = [
        (x, y)
        for panel in BOARDS[name]["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("name", BOARDS)
def test_no_data_source_is_written_down(name: str) -> None:
    board = BOARDS[name]
    assert {(one["type"], one["uid"]) for one in sources(board)} == {("prometheus", "${datasource}")}
    variables = {one["name"]: one for one in board["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")


@every_panel
def test_a_panel_says_what_it_shows_in_which_unit(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    refs = [target["refId"] for target in panel["targets"]]
    assert refs == list("ABCDEFGHIJ"[: len(refs)])


@every_panel
def test_a_panel_speaks_to_people(panel: dict[str, Any]) -> None:
    said = f"{panel['title']} {panel['description']}".lower()
    assert not [word for word in DESIGN_WORDS if word in said]


def test_hashrates_are_in_hashes_per_second() -> None:
    units = {panel["title"]: panel["fieldConfig"]["defaults"]["unit"] for _, panel in PANELS}
    assert (units["Missing now"], units["Hashrate shown by each source"]) == ("Hs", "Hs")


@pytest.mark.parametrize("name", BOARDS)
def test_what_is_missing_is_shown_in_money_at_both_prices(name: str) -> None:
    asked = [target["expr"] for board, panel in PANELS if board == name for target in panel["targets"]]
    for price in ("paid", "market"):
        assert [expr for expr in asked if "verifier_shortfall_money" in expr and f'price="{price}"' in expr]


def test_results_have_the_words_of_the_pages() -> None:
    (results,) = [panel for name, panel in PANELS if name == "overview.json" and panel["title"] == "Results now"]
    told = [target["legendFormat"] for target in results["targets"]]
    assert told == [
        words.OUTCOMES[outcome].text for outcome in ("short", "unknown", "undecided", "met", "not_applicable")
    ]


def test_provisioning_names_a_prometheus_and_the_folder_of_the_dashboards() -> None:
    (source,) = yaml.safe_load((PROVISIONING / "datasources" / "verifier.yml").read_text(encoding="utf-8"))[
        "datasources"
    ]
    (provider,) = yaml.safe_load((PROVISIONING / "dashboards" / "verifier.yml").read_text(encoding="utf-8"))[
        "providers"
    ]
    assert source["type"] == "prometheus"
    assert provider["options"]["path"].endswith("/deploy/grafana/dashboards")


@pytest.mark.slow
@pytest.mark.needs("prometheus")
@every_panel
def test_every_query_of_a_panel_brings_data(panel: dict[str, Any], scraped: str) -> None:
    now = time.time()
    for target in panel["targets"]:
        if target.get("instant"):
            result = results(scraped, expression(target))
        else:
            result = queried(scraped, "query_range", query=expression(target), start=now - 60, end=now, step=1)[
                "result"
            ]
        assert result, f"{panel['title']}, {target['refId']}: {target['expr']}"


@pytest.mark.slow
@pytest.mark.needs("prometheus")
def test_the_skimming_seller_shows_8_percent_less_than_promised(scraped: str) -> None:
    (panel,) = [panel for _, panel in PANELS if panel["title"] == "Delivered against promised, by seller"]
    delivered, at_least, at_most = (
        {one["metric"]["seller"]: float(one["value"][1]) for one in results(scraped, expr)}
        for expr in map(expression, panel["targets"])
    )
    name = "Skimming Cloud (simulated)"
    assert delivered[name] == pytest.approx(0.92, abs=0.01)
    assert at_least[name] < delivered[name] < at_most[name] < 0.95


@pytest.mark.slow
@pytest.mark.needs("prometheus")
@pytest.mark.parametrize("name", BOARDS)
def test_marks_and_choices_bring_data_too(name: str, scraped: str) -> None:
    for mark in BOARDS[name]["annotations"]["list"]:
        assert results(scraped, expression(mark))
    chosen = [one for one in BOARDS[name]["templating"]["list"] if one["type"] == "query"]
    for choice in chosen:
        assert choice["query"] == "label_values(verifier_contract_info, contract)"
        series = results(scraped, "verifier_contract_info")
        assert "skimming" in {one["metric"]["contract"] for one in series}
