"""Contracts: from what is written to what was promised and who speaks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from verifier.contract import (
    HONEST_WANDER,
    Basis,
    Contract,
    Exclusion,
    PayoutPlan,
    Promise,
    ReceiptNote,
    Uptime,
    UptimeMethod,
    Watch,
)
from verifier.settings import bitcoin, quantities, receipts
from verifier.settings.coins import plan_fits
from verifier.settings.document import Document, Entries, Step
from verifier.settings.findings import Findings
from verifier.settings.names import name_problem
from verifier.settings.quantities import QuantityError
from verifier.settings.shape import Clause, ContractShape, DatesShape, FeesShape, PayoutsShape, UptimeShape
from verifier.settings.work import misplaced, price
from verifier.units import Amount, Window

_CLAUSES: Final = ("seller", "promised", "limit", "starts", "ends", "tolerance", "rejects", "price", "coverage_needed")
#: 1 - 0.05 is not exactly 0.95.
_ROUNDING: Final = 1e-9
_BITCOIN: Final = "sha256d"


class Watches(Protocol):
    """Reads ``watch``: against the accounts, or for itself."""

    def read(self, document: Document, path: tuple[Step, ...], written: object) -> tuple[Watch, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractReader:
    """Reads contracts: dates mean 00:00 in ``zone``, every contract gets the same budget of false alarms."""

    watches: Watches
    zone: ZoneInfo
    false_alarms_per_year: float
    findings: Findings

    def read(self, document: Document, name: str, written: object) -> Contract | None:
        """One entry of ``contracts:``, None after its faults were added."""
        path = ("contracts", name)
        if (problem := name_problem(name)) is not None:
            self.findings.add(document, path, problem)
        if not isinstance(written, Entries):
            self.findings.add(document, path, "is not a mapping, write `seller:`, `promised:`, `starts:` and `watch:`")
            return None
        before = len(self.findings.faults)
        watch = self.watches.read(document, (*path, "watch"), written.get("watch"))
        clauses = {key: value for key, value in written.items() if key != "watch"}
        shape = self.findings.checked(document, path, ContractShape, clauses, also=("watch",))
        dates = shape or self.findings.readable(DatesShape, clauses)
        self._check_basis(document, path, clauses)
        term = self._term(document, path, dates, clauses)
        self._check_order(document, path, clauses.get("amendments"), term)
        if shape is None:
            return None
        promises = self._promises(document, path, shape, term[0] if term else None)
        plan = self._plan(document, (*path, "payouts"), shape, promises)
        exclusions, notes = self._exclusions(document, path, shape), self._notes(document, path, shape)
        self._check_wish(document, path, shape, promises)
        if len(self.findings.faults) > before or term is None:
            return None
        return Contract(
            name=name,
            seller=shape.seller.value,
            basis=Basis(shape.basis),
            starts=term[0],
            ends=term[1],
            promises=promises,
            **_prices(shape),
            watch=watch,
            group=shape.group,
            tell_me_below=shape.tell_me_below,
            coverage_needed=shape.coverage_needed.value if shape.coverage_needed else 0.9,
            false_alarms_per_year=self.false_alarms_per_year,
            wander=HONEST_WANDER if shape.wander is None else shape.wander,
            rejects=shape.rejects.value if shape.rejects else None,
            labels=dict(shape.labels),
            cites=_cites(shape),
            payouts=plan,
            receipts=notes,
            fees=_values(shape.fees),
            uptime=_uptime(shape.uptime),
            exclusions=exclusions,
        )

    def _check_basis(self, document: Document, path: tuple[Step, ...], written: Mapping[str, Any]) -> None:
        """What is written against what a contract of its basis needs: a promised rate, or the limit of an order."""
        basis = written.get("basis", Basis.RATE.value)
        if basis != Basis.WORK and "promised" not in written:
            problem = "`promised` is missing, write `promised: …` (promised hashrate, like `100 TH/s`)"
            self.findings.add(document, path, problem)
        for key, problem in misplaced(basis, written):
            self.findings.add(document, (*path, key) if key else path, problem)
        price = written.get("price")
        said = price.get("value") if isinstance(price, Mapping) else price
        if isinstance(said, str) and _of_work(said) is not (basis == Basis.WORK) and _of_work(said) is not None:
            problem = (
                "is no price of this `basis`, write `1800 USD` for `rate` and `0.000465 BTC per PH/day` for `work`"
            )
            self.findings.add(document, (*path, "price"), problem)

    def _exclusions(self, document: Document, path: tuple[Step, ...], shape: ContractShape) -> tuple[Exclusion, ...]:
        """The time left out, in order; what is out of order or overlaps is a fault."""
        found: list[Exclusion] = []
        for position, one in enumerate(shape.exclusions):
            since, until = quantities.in_zone(one.since, self.zone), quantities.in_zone(one.until, self.zone)
            here = (*path, "exclusions", position)
            if until <= since:
                self.findings.add(document, (*here, "to"), "is not after `from`, write when it is over")
            elif found and since < found[-1].window.end:
                problem = "begins before the one above it is over, write them in the order of their dates"
                self.findings.add(document, (*here, "from"), problem)
            else:
                found.append(Exclusion(window=Window(start=since, end=until), why=one.why, cite=one.cite))
        return tuple(found)

    def _notes(self, document: Document, path: tuple[Step, ...], shape: ContractShape) -> tuple[ReceiptNote, ...]:
        notes = tuple(ReceiptNote(**dict(one)) for one in shape.receipts)
        for position in receipts.twice(notes):
            problem = "is named above already, write one note on each output, or one without `vout` on all of them"
            self.findings.add(document, (*path, "receipts", position, "txid"), problem)
        return notes

    def _plan(
        self, document: Document, path: tuple[Step, ...], shape: ContractShape, promises: tuple[Promise, ...]
    ) -> PayoutPlan:
        plan = PayoutPlan(**_values(shape.payouts))
        if (problem := plan_fits(plan)) is not None:
            self.findings.add(document, (*path, "every"), problem)
        if plan.address is None or any(promise.rate.algorithm != _BITCOIN for promise in promises):
            return plan
        try:
            return replace(plan, address=bitcoin.address(plan.address))
        except QuantityError as error:
            self.findings.add(document, (*path, "address"), str(error))
            return plan

    def _check_wish(
        self, document: Document, path: tuple[Step, ...], shape: ContractShape, promises: tuple[Promise, ...]
    ) -> None:
        left = max((1.0 - promise.tolerance.fraction for promise in promises if promise.tolerance), default=0.0)
        if shape.tell_me_below is not None and shape.tell_me_below < left - _ROUNDING:
            least = f"{100 * left:g} %"
            problem = (
                f"is less than the {least} that the contract's tolerance leaves, write {least} or more, or leave it out"
            )
            self.findings.add(document, (*path, "tell_me_below"), problem)

    def _term(
        self, document: Document, path: tuple[Step, ...], shape: DatesShape, written: Mapping[str, Any]
    ) -> tuple[datetime, datetime | None] | None:
        """The term, None after its faults were added; what is ``written`` but not in ``shape`` was told already."""
        if shape.term is not None:
            if "starts" in written or "ends" in written:
                problem = "stands beside `starts` or `ends`, write either `term` alone or those two"
                self.findings.add(document, (*path, "term"), problem)
                return None
            return shape.term.value.window(self.zone)
        if shape.starts is None:
            if not {"starts", "term"} & written.keys():
                problem = "`starts` is missing, write `starts: 2026-01-01` or `term: 2026-01-01 for 12 months`"
                self.findings.add(document, path, problem)
            return None
        starts = quantities.in_zone(shape.starts.value, self.zone)
        written_end = shape.ends.value if shape.ends else None
        ends = quantities.in_zone(written_end, self.zone) if written_end is not None else None
        if ends is not None and ends <= starts:
            self.findings.add(document, (*path, "ends"), "is not after `starts`, write a later date or leave it out")
            return None
        return starts, ends

    def _check_order(
        self,
        document: Document,
        path: tuple[Step, ...],
        written: object,
        term: tuple[datetime, datetime | None] | None,
    ) -> None:
        """The dates of the amendments as they stand in the file, so that another fault beside them hides none."""
        last, ends = term or (None, None)
        for position, amendment in enumerate(written if isinstance(written, list) else ()):
            here = (*path, "amendments", position, "from")
            since = self._since(amendment)
            if since is None:
                continue
            if last is not None and since <= last:
                problem = "is not after the start and the amendments before it, write them in the order of their dates"
                self.findings.add(document, here, problem)
            if ends is not None and since >= ends:
                self.findings.add(document, here, "is not before the contract's end, write an earlier date")
            last = since

    def _since(self, amendment: object) -> datetime | None:
        """The day of a change; None where it cannot be read, which was told already."""
        since = amendment.get("from") if isinstance(amendment, Mapping) else None
        try:
            return quantities.in_zone(quantities.moment(since), self.zone) if isinstance(since, str) else None
        except QuantityError:
            return None

    def _promises(
        self, document: Document, path: tuple[Step, ...], shape: ContractShape, starts: datetime | None
    ) -> tuple[Promise, ...]:
        promises: list[Promise] = []

        def add(at: tuple[Step, ...], written: quantities.Rate, promise: dict[str, Any]) -> None:
            try:
                rate = written.of(shape.algorithm)
            except QuantityError as error:
                self.findings.add(document, at, str(error))
            else:
                if starts is not None:
                    promises.append(Promise(rate=rate, **{"since": starts, **promise}))

        tolerance = shape.tolerance.value if shape.tolerance else None
        stated = shape.promised or shape.limit
        if stated is not None:
            key = "limit" if shape.promised is None else "promised"
            add((*path, key, "value"), stated.value, {"tolerance": tolerance, "cite": stated.cite})
        for position, amendment in enumerate(shape.amendments):
            since = quantities.in_zone(amendment.since, self.zone)
            tolerance = amendment.tolerance if "tolerance" in amendment.model_fields_set else tolerance
            promise = {"since": since, "tolerance": tolerance, "cite": amendment.cite}
            add((*path, "amendments", position, "promised"), amendment.promised, promise)
        return tuple(promises)


def _of_work(text: str) -> bool | None:
    """Whether a price is that of work; None where it says nothing, or cannot be read, which is told elsewhere."""
    if text == quantities.NOT_STATED:
        return None
    try:
        return isinstance(price(text), Amount)
    except QuantityError:
        return None


def _prices(shape: ContractShape) -> dict[str, Any]:
    value = shape.price.value if shape.price else None
    return {"work_price" if isinstance(value, Amount) else "price": value}


def _uptime(written: UptimeShape | None) -> Uptime | None:
    if written is None:
        return None
    return Uptime(
        fraction=written.value,
        method=UptimeMethod(written.method),
        rolling=written.window == "rolling",
        span=quantities.NAMED_SPANS[written.over],
        within=written.within,
    )


def _cites(shape: ContractShape) -> dict[str, str]:
    """Where each clause is written; a term is the clause of both the start and the end."""
    clauses: dict[str, Clause[Any] | None] = {key: getattr(shape, key) for key in _CLAUSES}
    if shape.term is not None:
        clauses |= {"starts": shape.term, "ends": shape.term}
    clauses["uptime"] = None if shape.uptime is None else Clause(value=None, cite=shape.uptime.cite)
    for part, written in (("payouts", shape.payouts), ("fees", shape.fees)):
        clauses |= {f"{part}.{key}": clause for key, clause in _clauses(written).items()}
    return {key: clause.cite for key, clause in clauses.items() if clause is not None and clause.cite is not None}


def _clauses(shape: PayoutsShape | FeesShape | None) -> dict[str, Clause[Any]]:
    """The clauses that are written, by their keys."""
    return {} if shape is None else {key: clause for key, clause in shape if clause is not None}


def _values(shape: PayoutsShape | FeesShape | None) -> dict[str, Any]:
    return {key: clause.value for key, clause in _clauses(shape).items()}
