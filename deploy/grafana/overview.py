"""The overview: results now, the worst first, sellers, payouts, and whether we can see."""

from typing import Final

from grafana_foundation_sdk.builders import common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.models.common import TableCellDisplayMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataTransformerConfig,
    DynamicConfigValue,
)

from deploy.grafana.panels import (
    COLOURS,
    ORDER,
    WIDTH,
    asking,
    at_both_prices,
    board,
    can_we_see,
    figure,
    figures,
    filled,
    lines,
    panel,
    payouts,
    promise_line,
    rows,
)
from verifier.outlets import words

_INFO: Final = "on (job, instance, contract) group_left (seller, algorithm) verifier_contract_info"
_BY_SELLER: Final = "sum by (seller, algorithm)"
_CONTRACT_PAGE: Final = "/d/verifier-contract?var-contract=${__data.fields.contract}"

_SINCE: Final = 'verifier_problem_since_timestamp_seconds{check="hashrate"}'
_TROUBLED: Final = (("late", "late"), ("short", "too small"), ("missing", "missing"), ("reorged", "taken back"))
_MISSING: Final = (
    'verifier_shortfall_ratio{check="hashrate"} * on (job, instance, contract) group_left () '
    "verifier_contract_promised_hashes_per_second"
)

#: Column of the table, its name for people, its unit, its query.
_COLUMNS: Final = (
    ("Value #A", "delivered", "percentunit", "verifier_contract_delivered_ratio"),
    ("Value #B", "at least", "percentunit", "verifier_contract_delivered_low_ratio"),
    ("Value #C", "at most", "percentunit", "verifier_contract_delivered_high_ratio"),
    ("Value #D", "allowed", "percentunit", "verifier_contract_allowed_ratio"),
    ("Value #E", "missing now", "Hs", _MISSING),
    ("Value #F", "too little since", "dateTimeAsIso", f"1000 * {_SINCE}"),
    ("Value #G", "seen", "percentunit", "verifier_contract_seen_ratio"),
)


def overview() -> dashboard.Dashboard:
    """All contracts of one verifier."""
    built = board("verifier-overview", "Contracts", "What was promised, what was delivered, and who is worst.")
    link = dashboard.DashboardLink("One contract").type(DashboardLinkType.LINK).url("/d/verifier-contract")
    paid = payouts("sum by (coin, column) (verifier_payout_coins)", size=(12, 9))
    seeing = can_we_see("Can we see?", size=(12, 8))
    now = (_results(), _missing(), _missing_in_money(), _worst_first())
    panels = (*now, _by_seller(), paid, seeing, _late(), _ourselves())
    return filled(built.link(link).with_variable(_address()), panels)


def _address() -> dashboard.TextBoxVariable:
    return dashboard.TextBoxVariable("verifier").label("Pages of the verifier").default_value("http://localhost:9580")


def _results() -> stat.Panel:
    built = figures(
        "Results now",
        "How many contracts stand where, by delivered hashrate. A click opens them on the verifier's own page.",
        unit="none",
        size=(12, 5),
    )
    for ref, outcome in zip("ABCDE", ORDER, strict=True):
        text = words.OUTCOMES[outcome].text
        expr = f'sum(verifier_verdict_outcome{{check="hashrate", outcome="{outcome}"}})'
        link = {"title": "Show them", "url": f"${{verifier:raw}}/?result={outcome}", "targetBlank": True}
        properties = [
            DynamicConfigValue("color", {"mode": "fixed", "fixedColor": COLOURS[outcome]}),
            DynamicConfigValue("links", [link]),
        ]
        built = asking(built, figure(ref, expr, text)).override_by_name(text, properties)
    return built


def _missing() -> stat.Panel:
    expr = f"sum by (algorithm) ({_MISSING} * {_INFO})"
    built = figures(
        "Missing now",
        "Promised and not delivered at present, over all contracts with too little.",
        unit="Hs",
        size=(6, 5),
    )
    return asking(built.no_value("none known"), figure("A", expr, "{{algorithm}}"))


def _missing_in_money() -> stat.Panel:
    built = figures(
        "Missing so far, in money",
        "What is missing since each shortfall that lasts began, in the time seen: at the price paid for the work, and "
        "what its coins would be worth now.",
        unit="none",
        size=(6, 5),
    )
    asked = at_both_prices("sum by (currency) (verifier_shortfall_money{%s})")
    return asking(built.decimals(2).no_value("none known"), *(figure(*one) for one in asked))


def _worst_first() -> table.Panel:
    built = panel(
        table.Panel(),
        "Worst first",
        "Every contract, the least delivered part of the promise first. The true part lies between “at least” and “at "
        "most”; “allowed” is what the contract lets pass; “too little since” may be the first moment that "
        "anybody has seen; “seen” is the part of the time that could be judged.",
        unit="none",
        size=(WIDTH, 9),
    )
    for ref, (column, name, unit, expr) in zip("ABCDEFG", _COLUMNS, strict=True):
        built = asking(built, rows(ref, f"sum by (contract) ({expr})"))
        properties = [DynamicConfigValue("displayName", name), DynamicConfigValue("unit", unit)]
        if name == "delivered":
            bar = {"type": TableCellDisplayMode.GAUGE.value, "mode": "basic"}
            properties += [
                DynamicConfigValue("custom.cellOptions", bar),
                DynamicConfigValue("min", 0),
                DynamicConfigValue("max", 1),
            ]
        built = built.override_by_name(column, properties)
    seller = "sum by (contract, seller) (verifier_contract_info)"
    read_from = "max by (contract, account) (verifier_source_decisive == 1)"
    built = asking(built, rows("H", seller), rows("I", read_from))
    link = {"title": "Open", "url": _CONTRACT_PAGE}
    built = built.override_by_name("contract", [DynamicConfigValue("links", [link])])
    built = built.override_by_name("account", [DynamicConfigValue("displayName", "read from")])
    hidden = {"Time": True, "Value #H": True, "Value #I": True}
    order = ["contract", "seller", *(column for column, *_ in _COLUMNS), "account"]
    places = {name: place for place, name in enumerate(order)}
    built = built.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    built = built.with_transformation(
        DataTransformerConfig(id_val="organize", options={"excludeByName": hidden, "indexByName": places})
    )
    return built.sort_by([common.TableSortByFieldState().display_name("delivered").desc(False)])


def _by_seller() -> timeseries.Panel:
    sums = f"{_BY_SELLER} (verifier_contract_"
    owed = f"{sums}owed_hashes * {_INFO})"
    built = panel(
        timeseries.Panel(),
        "Delivered against promised, by seller",
        "Work delivered over work promised, summed over all contracts of a seller in the time each is judged for, with "
        "its error as thin lines. The dashed line is the promise: a small part missing everywhere shows here first.",
        unit="percentunit",
        size=(12, 9),
    )
    built = asking(
        promise_line(built),
        lines("A", f"{sums}delivered_hashes * {_INFO}) / {owed}", "{{seller}}"),
        *(
            lines(
                ref,
                f"{sums}delivered_{end}_ratio * verifier_contract_owed_hashes * {_INFO}) / {owed}",
                f"{{{{seller}}}} {text}",
            )
            for ref, end, text in (("B", "low", "at least"), ("C", "high", "at most"))
        ),
    )
    thin = [
        DynamicConfigValue("custom.lineWidth", 0.5),
        DynamicConfigValue("custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}),
    ]
    return built.override_by_regexp("/ at (least|most)$/", thin)


def _late() -> table.Panel:
    meaning = "How many payouts of the last weeks came late, too small or not at all, or were taken back by the chain."
    built = panel(table.Panel(), "Payouts to ask about", meaning, unit="none", size=(12, 8))
    hidden = {"Time": True}
    for ref, (state, name) in zip("ABCD", _TROUBLED, strict=True):
        built = asking(built, rows(ref, f'sum by (contract) (verifier_payouts{{state="{state}"}})'))
        built = built.override_by_name(f"Value #{ref}", [DynamicConfigValue("displayName", name)])
    built = built.with_transformation(DataTransformerConfig(id_val="merge", options={}))
    return built.with_transformation(DataTransformerConfig(id_val="organize", options={"excludeByName": hidden}))


def _ourselves() -> stat.Panel:
    built = figures(
        "The verifier itself",
        "How old the last result is, and messages that wait or were not delivered.",
        unit="none",
        size=(24, 4),
    )
    age = "max(time() - verifier_last_step_timestamp_seconds)"
    built = asking(
        built,
        figure("A", age, "age of the last result"),
        figure("B", "sum(verifier_messages_waiting)", "messages waiting"),
        figure("C", "sum(verifier_messages_dead)", "not delivered"),
        figure("D", "min(verifier_ledger_up)", "memory can be written"),
    )
    answers = {"0": {"text": "no", "color": "red"}, "1": {"text": "yes", "color": "green"}}
    return built.override_by_name("age of the last result", [DynamicConfigValue("unit", "s")]).override_by_name(
        "memory can be written", [DynamicConfigValue("mappings", [{"type": "value", "options": answers}])]
    )
