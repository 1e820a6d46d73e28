"""What ``verifier explain`` knows: a JSON document of one contract, made of what the ledger holds."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from verifier.cli.formulas import FORMULAS, Formula
from verifier.contract import Contract
from verifier.daemon.imports import Imports
from verifier.daemon.judging import accounts_of, subject_of
from verifier.daemon.recall import Recalled
from verifier.fact import Fact, FactKind
from verifier.incidents.memory import load_transition
from verifier.incidents.standing import Incident
from verifier.ledger.ledger import Ledger
from verifier.outlets.api import plain, series
from verifier.outlets.picture import ReadLater
from verifier.outlets.slots import Series, hours, problem_spans, recent_hours_start
from verifier.settings import Settings
from verifier.units import HASHES_PER_DIFFICULTY
from verifier.verdicts import CHECKS
from verifier.verdicts.checks import hashrate
from verifier.verdicts.share_scale import ShareScale
from verifier.verdicts.verdict import Check, Verdict

_YEAR: Final = 365.25 * 86_400.0


async def explanation(ledger: Ledger, settings: Settings, name: str, recalled: Recalled) -> dict[str, Any]:
    """One contract with its promise, its sources, and every check of it and of its accounts. Raises LedgerError."""
    subjects, contract = recalled.subjects, {**settings.contracts, **settings.sums}[name]
    case = subjects.sums.get(name) or subjects.judged[subjects.members.get(name, name)]
    now = recalled.picture.at
    watched = accounts_of(case)
    asked = [check for check in CHECKS if check.of == "contract" and (check.sums or not case.sum_of)]
    checks = [await _check(ledger, settings, recalled, check, case) for check in asked]
    for account in (name for name in watched if name in subjects.accounts):
        checks += [
            await _check(ledger, settings, recalled, check, account) for check in CHECKS if check.of == "account"
        ]
    promise = contract.promise_at(now)
    view = recalled.picture.named(case.name) or recalled.picture.contracts[name]
    return {
        "at": plain(now),
        "as_of": plain(recalled.as_of),
        "contract": name,
        "seller": contract.seller,
        "judged_as": case.name,
        "sum_of": list(case.sum_of),
        "basis": contract.basis.value,
        "algorithm": contract.promised.algorithm,
        "coin": view.coin,
        "starts": plain(contract.starts),
        "ends": plain(contract.ends),
        "promise": plain(promise),
        "promises": plain(contract.promises),
        "cites": plain(contract.cites),
        "coverage_needed": contract.coverage_needed,
        "rejects": contract.rejects,
        "receipts": plain(contract.receipts),
        "false_alarms_per_year": contract.false_alarms_per_year,
        "watch": plain(contract.watch),
        "sources": plain(view.sources),
        "read_later": [{"account": name, **plain(one)} for name in watched for one in _read_later(recalled, name)],
        "checks": checks,
    }


def _read_later(recalled: Recalled, account: str) -> tuple[ReadLater, ...]:
    view = recalled.picture.accounts.get(account)
    return () if view is None else view.read_later


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """Delivery and evidence by the hour, before the source was last asked; the ``document`` is that of the pages.

    ``problems`` are spans in slots from the left, ``line`` ln of the evidence that opens one.
    """

    series: Series
    problems: tuple[tuple[float, float], ...]
    line: float
    document: dict[str, Any]


async def lately(ledger: Ledger, name: str, recalled: Recalled) -> Lately:
    """The last two days of one contract, or of the group that it is judged with. Raises LedgerError."""
    subject = recalled.subjects.members.get(name, name)
    views = {**recalled.picture.contracts, **recalled.picture.sums}
    view, at = views[subject if subject in views else name], recalled.as_of or recalled.picture.at
    known = await ledger.hours(subject, recent_hours_start(at), at)
    changes = [load_transition(row.state) for row in await ledger.transitions(subject)]
    found = hours(view, known, at)
    picture = replace(recalled.picture, at=at)
    return Lately(
        series=found,
        problems=tuple(problem_spans(changes, hashrate.NAME, found)),
        line=hashrate.line(view.contract),
        document=series(picture, view, known, changes)["hours"],
    )


async def _check(
    ledger: Ledger, settings: Settings, recalled: Recalled, check: Check, case: Contract | str
) -> dict[str, Any]:
    subject = subject_of(recalled.subjects.accounts[case]) if isinstance(case, str) else case.name
    standing = recalled.standings.get(subject)
    verdict = None if standing is None else standing.verdicts.get(check.name)
    incident = Incident() if standing is None else standing.incidents.get(check.name, Incident())
    formula = FORMULAS.get(check.name, Formula(lines=(), rests_on=()))
    contract = case if isinstance(case, Contract) else None
    accounts = (case,) if isinstance(case, str) else accounts_of(case)
    if any(kind.__name__ == "BlockSeen" for kind in formula.rests_on):
        accounts = (*accounts, *settings.chain)
    state = None if standing is None else standing.checks.get(check.name)
    return {
        "check": check.name,
        "of": check.of,
        "subject": case if isinstance(case, str) else case.name,
        "version": check.version,
        "formula": list(formula.lines),
        "verdict": plain(verdict),
        "problem": plain(incident),
        "promise": None if contract is None else plain(contract.promise_at(_at(verdict, recalled.picture.at))),
        "alarm": None if contract is None else _alarm(check, contract, verdict),
        "share_scale": _scale(state.scale) if isinstance(state, hashrate.State) else None,
        "facts": [] if verdict is None else await _facts(ledger, recalled.imports, accounts, formula, verdict),
    }


def _at(verdict: Verdict | None, now: datetime) -> datetime:
    if verdict is None:
        return now
    return verdict.since or verdict.at


def _alarm(check: Check, contract: Contract, verdict: Verdict | None) -> dict[str, Any] | None:
    """Evidence for a shortfall beside the line that opens a problem, both in seconds; of sequential checks only."""
    if not check.budget:
        return None
    years = 1.0 / (contract.false_alarms_per_year * check.budget)
    return {
        "evidence": None if verdict is None else verdict.evidence,
        "line": years * _YEAR,
        "years_to_a_false_alarm": years,
        "part_of_the_budget": check.budget,
    }


def _scale(scale: ShareScale) -> dict[str, Any]:
    """How hard a share is believed to be, learnt from the intervals before."""
    return {
        "learnt_over_assumed": scale.quotient,
        "pairs": scale.pairs,
        "counted_difficulty": max((difficulty for _, difficulty in scale.counted), default=None),
        "hashes_per_difficulty": HASHES_PER_DIFFICULTY,
    }


async def _facts(
    ledger: Ledger, imports: Imports, accounts: Iterable[str], formula: Formula, verdict: Verdict
) -> list[dict[str, Any]]:
    """The answers true in the judged span, by account and question: how many, from when to when, of which ids."""
    window = verdict.window
    found = await ledger.facts_true_after(tuple(dict.fromkeys(accounts)), window.start)
    groups: dict[tuple[str, str], list[Fact]] = {}
    for fact in filter(imports.counts, found):
        kinds = formula.rests_on
        said = not kinds or any(isinstance(one, kinds) for one in fact.observations)
        if fact.kind is FactKind.OBSERVATION and fact.true.start <= window.end and said:
            groups.setdefault((fact.subject, fact.question), []).append(fact)
    return [
        {
            "account": account,
            "question": question,
            "count": len(facts),
            "from": plain(min(fact.true.start for fact in facts)),
            "to": plain(max(fact.true.end for fact in facts)),
            "first_id": min(fact.id for fact in facts),
            "last_id": max(fact.id for fact in facts),
        }
        for (account, question), facts in sorted(groups.items())
    ]
