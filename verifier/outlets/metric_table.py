"""Every metric this program exports, as literal rows; those about contracts and accounts carry their own reading.

Labels come from the configuration or a closed enumeration, never from what a pool said. A missing number has no
sample; it is never exported as 0. Prometheus knows floats only: coins and money become floats here and nowhere before.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from verifier.contract import Basis
from verifier.expectations.price import Price
from verifier.expectations.shortfall import Shortfall
from verifier.incidents.standing import Incident, Phase
from verifier.observation import SilenceReason
from verifier.outlets import price, words
from verifier.outlets.payout_columns import states, sums
from verifier.outlets.picture import AccountView, ContractView, Picture
from verifier.outlets.words import HASHRATE, PAYOUTS
from verifier.verdicts.verdict import Outcome, Verdict

Sample: TypeAlias = tuple[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """One row. ``read`` gives (label values, value) per sample; None for those the program itself counts."""

    name: str
    type: Literal["gauge", "counter", "histogram"]
    unit: str
    labels: tuple[str, ...]
    help: str
    read: Callable[[Picture], Iterable[Sample]] | None = None


def _of_contract(value: Callable[[ContractView, Picture], float | None]) -> Callable[[Picture], Iterable[Sample]]:
    def read(picture: Picture) -> Iterable[Sample]:
        for name, view in picture.contracts.items():
            number = value(view, picture)
            if number is not None:
                yield (name,), number

    return read


def _promised(view: ContractView, picture: Picture) -> float | None:
    """The rate in force; none where money buys work: a limit is a ceiling."""
    owed = view.contract.basis is Basis.RATE
    return view.contract.promise_at(picture.at).rate.per_second if owed else None


def _of_check(check: str, value: Callable[[Verdict], float | None]) -> Callable[[Picture], Iterable[Sample]]:
    return _of_contract(lambda view, _: value(view.verdicts[check]) if check in view.verdicts else None)


def _of_daemon(value: Callable[[Picture], float | None]) -> Callable[[Picture], Iterable[Sample]]:
    def read(picture: Picture) -> Iterable[Sample]:
        number = value(picture)
        if number is not None:
            yield (), number

    return read


def delivered_ratio(verdict: Verdict) -> float | None:
    """Delivered over promised so far, None where either is not known."""
    if verdict.delivered is None or not verdict.owed:
        return None
    return verdict.delivered / verdict.owed


def _paid_ratio(verdict: Verdict) -> float | None:
    ratio = verdict.values.get("paid_over_expected")
    return ratio if isinstance(ratio, float) else None


def _allowed(view: ContractView, picture: Picture) -> float | None:
    tolerance = view.contract.promise_at(picture.at).tolerance
    return None if tolerance is None else 1.0 - tolerance.fraction


def _outcomes(picture: Picture) -> Iterable[Sample]:
    """Optional checks that do not apply have no series: most contracts need few of them, and each costs five."""
    for name, view in picture.contracts.items():
        for check, verdict in view.verdicts.items():
            if check in words.ONLY_WHERE_JUDGED and verdict.outcome is Outcome.NOT_APPLICABLE:
                continue
            for outcome in Outcome:
                yield (name, check, outcome.value), float(verdict.outcome is outcome)


def _sizes(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.contracts.items():
        for check, verdict in view.verdicts.items():
            if verdict.size is not None:
                yield (name, check), verdict.size


def _problems(
    views: Mapping[str, ContractView] | Mapping[str, AccountView],
) -> Iterable[tuple[str, str, Incident]]:
    for name, view in views.items():
        for check, incident in view.incidents.items():
            yield name, check, incident


def _all_problems(picture: Picture) -> Iterable[tuple[tuple[str, str, str], Incident]]:
    for name, check, incident in _problems({**picture.contracts, **picture.sums}):
        yield (name, "", check), incident
    for name, check, incident in _problems(picture.accounts):
        yield ("", name, check), incident


def _problem_open(picture: Picture) -> Iterable[Sample]:
    for subject, incident in _all_problems(picture):
        severity = picture.severities.get(subject[2], "warning")
        yield (*subject, severity), float(incident.phase is Phase.OPEN)


def _problem_since(picture: Picture) -> Iterable[Sample]:
    for subject, incident in _all_problems(picture):
        since = incident.since or incident.opened_at
        if incident.phase is Phase.OPEN and since is not None:
            yield subject, since.timestamp()


def _payout_coins(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.contracts.items():
        for column, amount in sums(view).items():
            yield (name, amount.coin, column), float(amount.coins)


def _payouts(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.contracts.items():
        for state, count in states(view).items():
            yield (name, state.value), float(count)


def _missing(picture: Picture) -> Iterable[tuple[str, Shortfall]]:
    for name, view in picture.contracts.items():
        found = price.now(view, view.verdicts.get(HASHRATE), picture)
        if found is not None:
            yield name, found


def _missing_coins(picture: Picture) -> Iterable[Sample]:
    for name, found in _missing(picture):
        if found.coins is not None:
            yield (name, found.coins.coin), float(found.coins.coins)


def _missing_money(picture: Picture) -> Iterable[Sample]:
    for name, found in _missing(picture):
        for at, money in (("paid", found.at_price_paid), ("market", found.at_market)):
            if money is not None:
                yield (name, money.currency, at), float(money.value)


def _of_prices(value: Callable[[Price], float | None]) -> Callable[[Picture], Iterable[Sample]]:
    def read(picture: Picture) -> Iterable[Sample]:
        for found in picture.prices.values():
            number = value(found)
            if number is not None:
                yield (found.coin, found.currency), number

    return read


def _lagging(picture: Picture) -> Iterable[Sample]:
    for name in picture.chain:
        if name in picture.accounts:
            yield (name,), float(picture.accounts[name].lagging is not None)


def _source_rates(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.contracts.items():
        for source in view.sources:
            if source.per_second is not None:
                yield (name, source.account), source.per_second


def _source_decisive(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.contracts.items():
        for source in view.sources:
            yield (name, source.account), float(source.decisive)


def _account_up(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.accounts.items():
        if any(question.last_answered_at or question.silence for question in view.questions):
            silent = any(question.silence for question in view.questions)
            yield (name, view.kind), float(not silent)


def _account_last_success(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.accounts.items():
        for question in view.questions:
            if question.last_answered_at is not None:
                yield (name, question.name), question.last_answered_at.timestamp()


def _account_silence(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.accounts.items():
        for question in view.questions:
            if question.last_answered_at or question.silence:
                for reason in SilenceReason:
                    yield (name, question.name, reason.value), float(question.silence == reason.value)


def _contract_info(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.contracts.items():
        contract = view.contract
        yield (name, contract.seller, contract.basis.value, contract.promised.algorithm, contract.group or ""), 1.0


def _together_info(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.sums.items():
        for member in view.contract.sum_of:
            yield (name, member), 1.0


def _together_outcomes(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.sums.items():
        if (verdict := view.verdicts.get(HASHRATE)) is not None:
            for outcome in Outcome:
                yield (name, outcome.value), float(verdict.outcome is outcome)


def _together_ratios(picture: Picture) -> Iterable[Sample]:
    for name, view in picture.sums.items():
        verdict = view.verdicts.get(HASHRATE)
        ratio = None if verdict is None else delivered_ratio(verdict)
        if ratio is not None:
            yield (name,), ratio


def _interval(end: Literal[0, 1]) -> Callable[[Verdict], float | None]:
    return lambda verdict: None if verdict.interval is None else verdict.interval[end]


_OWN_TIMERS = "asked on our own timers, not at each scrape, because pools forbid more"
_BY_CONTRACT = ("contract",)
_BY_PROBLEM = ("contract", "account", "check")

METRICS: Final = (
    Metric("verifier_build_info", "gauge", "", ("version",), "Version of the running program; always 1.",
           lambda picture: [((picture.daemon.version,), 1.0)]),
    Metric("verifier_start_timestamp_seconds", "gauge", "seconds", (), "When the program was started.",
           _of_daemon(lambda picture: picture.daemon.started_at.timestamp())),
    Metric("verifier_contract_info", "gauge", "", ("contract", "seller", "basis", "algorithm", "group"),
           "What a contract is, as configured; always 1.", _contract_info),
    Metric("verifier_contract_promised_hashes_per_second", "gauge", "hashes_per_second", _BY_CONTRACT,
           "Promised rate in force now; absent where money buys work and no rate is owed.",
           _of_contract(_promised)),
    Metric("verifier_contract_allowed_ratio", "gauge", "ratio", _BY_CONTRACT,
           "Least part of the promise that the contract lets pass; absent where it states none.",
           _of_contract(_allowed)),
    Metric("verifier_contract_delivered_ratio", "gauge", "ratio", _BY_CONTRACT,
           f"Delivered over promised work in the judged window; {_OWN_TIMERS}.", _of_check(HASHRATE, delivered_ratio)),
    Metric("verifier_contract_delivered_low_ratio", "gauge", "ratio", _BY_CONTRACT,
           f"Low end of the interval of delivered over promised; {_OWN_TIMERS}.", _of_check(HASHRATE, _interval(0))),
    Metric("verifier_contract_delivered_high_ratio", "gauge", "ratio", _BY_CONTRACT,
           f"High end of the interval of delivered over promised; {_OWN_TIMERS}.", _of_check(HASHRATE, _interval(1))),
    Metric("verifier_contract_delivered_hashes", "gauge", "hashes", _BY_CONTRACT,
           f"Work delivered in the judged window (a gauge: late answers revise it); {_OWN_TIMERS}.",
           _of_check(HASHRATE, lambda verdict: verdict.delivered)),
    Metric("verifier_contract_owed_hashes", "gauge", "hashes", _BY_CONTRACT,
           "Work promised for the judged window.", _of_check(HASHRATE, lambda verdict: verdict.owed)),
    Metric("verifier_contract_seen_ratio", "gauge", "ratio", _BY_CONTRACT,
           f"Part of the judged window that was seen; {_OWN_TIMERS}.",
           _of_check(HASHRATE, lambda verdict: verdict.coverage)),
    Metric("verifier_verdict_outcome", "gauge", "", ("contract", "check", "outcome"),
           "1 for the present outcome of a check, 0 for the others, none where an optional check does not apply; "
           f"{_OWN_TIMERS}.", _outcomes),
    Metric("verifier_shortfall_ratio", "gauge", "ratio", ("contract", "check"),
           "1 - delivered over promised since the moment a shortfall began; absent while there is none.", _sizes),
    Metric("verifier_shortfall_hashes", "gauge", "hashes", _BY_CONTRACT,
           "Work missing in the judged window while less than promised is delivered; absent while nothing is.",
           lambda picture: [((name,), found.hashes) for name, found in _missing(picture)]),
    Metric("verifier_shortfall_coins", "gauge", "coins", ("contract", "coin"),
           "Whole coins that this work would have earned, an estimate; absent where difficulty or scheme is unknown.",
           _missing_coins),
    Metric("verifier_shortfall_money", "gauge", "", ("contract", "currency", "price"),
           "What this work is worth at the price paid, and its coins at the market price; absent where unknown.",
           _missing_money),
    Metric("verifier_together_info", "gauge", "", ("together", "contract"),
           "Which contracts and groups a sum is made of; always 1.", _together_info),
    Metric("verifier_together_outcome", "gauge", "", ("together", "outcome"),
           f"1 for the present outcome of a sum of contracts, 0 for the others; {_OWN_TIMERS}.", _together_outcomes),
    Metric("verifier_together_delivered_ratio", "gauge", "ratio", ("together",),
           "Delivered over promised work of a sum in the judged window, of the contracts that were seen.",
           _together_ratios),
    Metric("verifier_problem_open", "gauge", "", (*_BY_PROBLEM, "severity"),
           "1 while a problem of a contract, a sum of contracts or an account is open, else 0.", _problem_open),
    Metric("verifier_problem_since_timestamp_seconds", "gauge", "seconds", _BY_PROBLEM,
           "Since when an open problem has been true; absent while there is none.", _problem_since),
    Metric("verifier_payout_seen_work_ratio", "gauge", "ratio", _BY_CONTRACT,
           f"Paid coins over what the seen work earns; {_OWN_TIMERS}.", _of_check(PAYOUTS, _paid_ratio)),
    Metric("verifier_payout_coins", "gauge", "coins", ("contract", "coin", "column"),
           f"Coins expected, credited, paid or received so far, as far as is known; {_OWN_TIMERS}.", _payout_coins),
    Metric("verifier_payouts", "gauge", "", ("contract", "state"),
           f"Payouts of the last weeks by how they stand; one may count as paid and as received; {_OWN_TIMERS}.",
           _payouts),
    Metric("verifier_price", "gauge", "", ("coin", "currency"),
           f"Median price of one coin; absent while too few sources have one of the last hour; {_OWN_TIMERS}.",
           _of_prices(lambda found: None if found.value is None else float(found.value))),
    Metric("verifier_price_sources", "gauge", "", ("coin", "currency"),
           "Sources that have told a price of the last hour.", _of_prices(lambda found: float(len(found.sources)))),
    Metric("verifier_price_last_timestamp_seconds", "gauge", "seconds", ("coin", "currency"),
           "Moment of the newest price that any source told, also when it is too old to be used.",
           _of_prices(lambda found: None if found.last is None else found.last.timestamp())),
    Metric("verifier_account_lagging", "gauge", "", ("account",),
           "1 while a source of blocks is behind the others and not believed, else 0.", _lagging),
    Metric("verifier_source_hashes_per_second", "gauge", "hashes_per_second", ("contract", "account"),
           f"Rate a source shows for a contract; {_OWN_TIMERS}.", _source_rates),
    Metric("verifier_source_decisive", "gauge", "", ("contract", "account"),
           "1 for the source that decides about hashrate, else 0.", _source_decisive),
    Metric("verifier_account_up", "gauge", "", ("account", "kind"),
           f"1 if every question of the account was answered last time, else 0; {_OWN_TIMERS}.", _account_up),
    Metric("verifier_account_last_success_timestamp_seconds", "gauge", "seconds", ("account", "question"),
           f"When a question was last answered usably; {_OWN_TIMERS}.", _account_last_success),
    Metric("verifier_account_silence", "gauge", "", ("account", "question", "reason"),
           f"1 for the reason why a question brings nothing now, else 0; {_OWN_TIMERS}.", _account_silence),
    Metric("verifier_ledger_up", "gauge", "", (), "1 if the memory can be written; at 0 nothing is judged.",
           _of_daemon(lambda picture: float(picture.daemon.ledger_error is None))),
    Metric("verifier_ledger_facts", "gauge", "", (), "Facts remembered.",
           _of_daemon(lambda picture: float(picture.daemon.facts))),
    Metric("verifier_messages_waiting", "gauge", "", (), "Messages that wait for their next attempt.",
           _of_daemon(lambda picture: float(picture.daemon.messages_waiting))),
    Metric("verifier_messages_dead", "gauge", "", (), "Messages given up after all attempts.",
           _of_daemon(lambda picture: float(picture.daemon.messages_dead))),
    Metric("verifier_config_last_reload_successful", "gauge", "", (), "1 if the last reload was applied, else 0.",
           _of_daemon(lambda picture: float(picture.daemon.config_error is None))),
    Metric("verifier_config_last_reload_success_timestamp_seconds", "gauge", "seconds", (),
           "When a configuration was last applied.",
           _of_daemon(lambda p: p.daemon.config_loaded_at.timestamp() if p.daemon.config_loaded_at else None)),
    Metric("verifier_last_step_timestamp_seconds", "gauge", "seconds", (), "The instant of the last turn of the loop.",
           _of_daemon(lambda p: p.daemon.last_step_at.timestamp() if p.daemon.last_step_at else None)),
    Metric("verifier_steps_total", "counter", "", (), "Turns of the loop since the start."),
    Metric("verifier_step_duration_seconds", "histogram", "seconds", (), "How long a turn of the loop took."),
    Metric("verifier_ask_duration_seconds", "histogram", "seconds", ("kind",),
           "How long a source took to answer a question, waiting for its pace not counted."),
    Metric("verifier_answers_total", "counter", "", ("account", "kind", "fate"),
           "Asks by what became of them: answered, or the reason why not."),
)  # fmt: skip
