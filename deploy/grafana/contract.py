"""One contract, chosen at the top: its results, its hashrate, its payouts, and who could be asked."""

from typing import Final

from grafana_foundation_sdk.builders import dashboard, stat, statetimeline, timeseries
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from deploy.grafana.panels import (
    OUTCOME_NUMBERS,
    SOURCE,
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
    stated,
    words_of_results,
    words_of_values,
)
from verifier.outlets import words
from verifier.outlets.payout_columns import PAYOUT_STATES
from verifier.verdicts import CHECKS

_THIS: Final = 'contract="$contract"'
_NAMES: Final = [(check.name, words.check_name(check.name)) for check in CHECKS if check.of == "contract"]
_DASHED: Final = DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [8, 8]})


def contract() -> dashboard.Dashboard:
    """One contract of one verifier."""
    meaning = "One contract: what was promised, delivered, seen and paid."
    built = board("verifier-contract", "Contract", meaning, f"{{{_THIS}}}")
    chosen = (
        dashboard.QueryVariable("contract")
        .label("Contract")
        .datasource(SOURCE)
        .query("label_values(verifier_contract_info, contract)")
    )
    ours = f" and on (account) verifier_source_decisive{{{_THIS}}}"
    seeing = can_we_see("Can we see?", size=(12, 8), only=ours)
    paid = payouts(f"verifier_payout_coins{{{_THIS}}}", size=(12, 8))
    hashrate = (_results(), _delivered(), _rates(), _missing_in_money(), _missing_coins(), _problems(), seeing)
    coins = (paid, _how_paid(), _payouts_and_work(), _seen())
    return filled(built.with_variable(chosen), (*hashrate, *coins))


def _results() -> stat.Panel:
    built = figures("Results now", "Where this contract stands, check by check.", unit="none", size=(24, 4))
    expr = stated("verifier_verdict_outcome", "outcome", OUTCOME_NUMBERS, "check", _THIS)
    built = asking(built, figure("A", expr, "{{check}}"))
    for check, name in _NAMES:
        results = [words_of_results(check)]
        properties = [DynamicConfigValue("displayName", name), DynamicConfigValue("mappings", results)]
        built = built.override_by_name(check, properties)
    return built


def _delivered() -> timeseries.Panel:
    built = panel(
        timeseries.Panel(),
        "Delivered against promised",
        "Delivered part of the promised work in the time that is judged, with its error as a band, and what the "
        "contract lets pass. The dashed line is the promise.",
        unit="percentunit",
        size=(12, 9),
    )
    built = asking(
        promise_line(built),
        lines("A", f"verifier_contract_delivered_ratio{{{_THIS}}}", "delivered"),
        lines("B", f"verifier_contract_delivered_low_ratio{{{_THIS}}}", "at least"),
        lines("C", f"verifier_contract_delivered_high_ratio{{{_THIS}}}", "at most"),
        lines("D", f"verifier_contract_allowed_ratio{{{_THIS}}}", "allowed by contract"),
    )
    band = [DynamicConfigValue("custom.fillBelowTo", "at least"), DynamicConfigValue("custom.lineWidth", 0)]
    return (
        built.override_by_name("at most", band)
        .override_by_name("at least", [DynamicConfigValue("custom.lineWidth", 0)])
        .override_by_name("allowed by contract", [_DASHED])
    )


def _rates() -> timeseries.Panel:
    built = panel(
        timeseries.Panel(),
        "Hashrate shown by each source",
        "What each source shows at present, beside the promise. Sources average over different times: what decides is "
        "the counted work, not these lines.",
        unit="Hs",
        size=(12, 9),
    )
    built = asking(
        built,
        lines("A", f"verifier_source_hashes_per_second{{{_THIS}}}", "{{account}}"),
        lines("B", f"verifier_contract_promised_hashes_per_second{{{_THIS}}}", "promised"),
    )
    return built.override_by_name("promised", [_DASHED])


def _missing_in_money() -> timeseries.Panel:
    built = panel(
        timeseries.Panel(),
        "Missing so far, in money",
        "What is missing since the shortfall began, in the time seen: at the price paid for the work, and what its "
        "coins would be worth now. No line while nothing is missing, or where the file names no price and asks nobody.",
        unit="none",
        size=(12, 8),
    )
    asked = at_both_prices(f"verifier_shortfall_money{{{_THIS}, %s}}")
    return asking(built.decimals(2), *(lines(*one) for one in asked))


def _missing_coins() -> timeseries.Panel:
    built = panel(
        timeseries.Panel(),
        "Missing so far, in coins",
        "What the missing work would have earned by its algorithm, scheme and fees: an estimate. No line while nothing "
        "is missing, or where nobody tells of blocks.",
        unit="none",
        size=(12, 8),
    )
    return asking(built.decimals(8), lines("A", f"verifier_shortfall_coins{{{_THIS}}}", "{{coin}}"))


def _problems() -> statetimeline.Panel:
    built = panel(statetimeline.Panel(), "Problems", "When which problem was open.", unit="none", size=(12, 8))
    built = built.mappings([words_of_values({0: ("none", "green"), 1: ("open", "red")})])
    built = asking(built, lines("A", f"max by (check) (verifier_problem_open{{{_THIS}}})", "{{check}}"))
    for check, name in _NAMES:
        built = built.override_by_name(check, [DynamicConfigValue("displayName", name)])
    return built


def _payouts_and_work() -> timeseries.Panel:
    built = panel(
        timeseries.Panel(),
        "Payouts against the seen work",
        "Coins paid over what the seen work earns. The dashed line is payouts that agree with it.",
        unit="percentunit",
        size=(12, 8),
    )
    return asking(promise_line(built), lines("A", f"verifier_payout_seen_work_ratio{{{_THIS}}}", "paid of earned"))


def _how_paid() -> timeseries.Panel:
    meaning = "How many payouts of the last weeks stand how; one may count as paid and as received."
    built = panel(timeseries.Panel(), "Payouts by how they stand", meaning, unit="none", size=(12, 8))
    for state in PAYOUT_STATES:
        built = built.override_by_name(state.value, [DynamicConfigValue("displayName", state.value.replace("_", " "))])
    return asking(built, lines("A", f"verifier_payouts{{{_THIS}}}", "{{state}}"))


def _seen() -> timeseries.Panel:
    built = panel(
        timeseries.Panel(),
        "Seen",
        "Part of the judged time that was seen. Below the part that the file asks for, the result is “cannot tell”.",
        unit="percentunit",
        size=(12, 8),
    )
    return asking(built.min(0).max(1), lines("A", f"verifier_contract_seen_ratio{{{_THIS}}}", "seen"))
