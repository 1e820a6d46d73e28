"""Changes of a contract's file that would judge the past anew: each is answered with the line to write instead."""

from dataclasses import replace
from datetime import datetime

from verifier.contract import Basis, Contract, Exclusion, Promise
from verifier.settings.written import exclusion_text, hashrate_text, moment_text, tolerance_text
from verifier.units import Window


def undated_changes(old: Contract, new: Contract, judged_until: datetime) -> list[str]:
    """What ``new`` changes in time that was judged by ``old``, as ``path: what is wrong, what to write instead``.

    Empty when every difference lies at or after ``judged_until``. Only clauses that decide the result are compared.
    """
    if judged_until <= old.starts and judged_until <= new.starts:
        return []
    path = f"contracts.{new.name}"
    changes: list[str] = []
    if new.starts != old.starts:
        changes.append(
            f"{path}.starts: changes time that was judged already, write back `starts: {moment_text(old.starts)}`, "
            "or give the contract another name"
        )
    if new.ends != old.ends and any(ends is not None and ends < judged_until for ends in (old.ends, new.ends)):
        back = "not stated" if old.ends is None else moment_text(old.ends)
        changes.append(
            f"{path}.ends: changes time that was judged already, write back `ends: {back}` "
            f"or a time from {moment_text(judged_until)} on"
        )
    left_out, anew = _left_out(old, judged_until), _left_out(new, judged_until)
    if [one.window for one in left_out] != [one.window for one in anew]:
        texts = (exclusion_text(one) for one in left_out)
        back = ", ".join("{" + ", ".join(f"{key}: {text}" for key, text in one.items()) + "}" for one in texts)
        changes.append(
            f"{path}.exclusions: changes what is left out of time that was judged already, write back "
            f"`exclusions: [{back}]`, and what is new with a `from` of {moment_text(judged_until)} or later"
        )
    if new.basis is not old.basis:
        back = f"write back `basis: {old.basis.value}`, or give the contract another name"
        return [f"{path}.basis: changes what was judged already, {back}"]
    if new.basis is Basis.WORK:
        return changes  # the limit of an order is a ceiling that its owner moves, nothing is judged by it
    moments = sorted({promise.since for promise in (*old.promises, *new.promises)} | {old.starts})
    judged = [moment for moment in moments if old.starts <= moment < judged_until]
    changed = next((moment for moment in judged if _differ(old.promise_at(moment), new.promise_at(moment))), None)
    if changed is not None:
        changes.append(_promise_change(path, old, new, changed, judged_until))
    return changes


def _left_out(contract: Contract, until: datetime) -> list[Exclusion]:
    """What is left out of the time before a moment."""
    began = (one for one in contract.exclusions if one.window.start < until)
    return [replace(one, window=Window(start=one.window.start, end=min(one.window.end, until))) for one in began]


def _differ(one: Promise, other: Promise) -> bool:
    return one.rate != other.rate or one.tolerance != other.tolerance


def _promise_change(path: str, old: Contract, new: Contract, changed: datetime, judged_until: datetime) -> str:
    before, wanted = old.promise_at(changed), new.promise_at(judged_until)
    kept = f"promised: {hashrate_text(before.rate)}, tolerance: {tolerance_text(before.tolerance)}"
    if before is not old.promises[0]:
        kept = f"amendments: [{{from: {moment_text(before.since)}, {kept}}}]"
    if not _differ(old.promise_at(judged_until), wanted):
        return f"{path}: changes what was promised in time that was judged already, write back `{kept}`"
    amendment = (
        f"amendments: [{{from: {moment_text(judged_until)}, promised: {hashrate_text(wanted.rate)}, "
        f"tolerance: {tolerance_text(wanted.tolerance)}}}]"
    )
    return (
        f"{path}: changes what was promised in time that was judged already, write back `{kept}` "
        f"and add `{amendment}` with the day on which it changed"
    )
