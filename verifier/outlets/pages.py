"""The pages as HTML text: pictures in, text out; nothing is asked or written here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from verifier import __version__
from verifier.incidents.standing import Transition
from verifier.ledger.records import Hour
from verifier.outlets import (
    chart,
    payout_columns,
    payout_words,
    period_rows,
    price,
    readable,
    rows,
    shortfalls,
    slots,
    words,
)
from verifier.outlets.picture import AccountView, ContractView, Picture
from verifier.units import Amount
from verifier.verdicts.checks import hashrate
from verifier.verdicts.payouts.days import terms
from verifier.verdicts.verdict import Outcome, Verdict

PAGE_SIZE: Final = 100
REFRESH_SECONDS: Final = 60
#: Results of checks that are folded away.
_FINE: Final = frozenset({Outcome.MET, Outcome.NOT_APPLICABLE})

_PAGES: Final = Environment(
    loader=PackageLoader("verifier.outlets"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
_PAGES.filters["first_letter"] = readable.capitalised
_PAGES.globals.update(
    readable=readable,
    words=words,
    mark=chart.mark,
    allowed=rows.allowed,
    called=rows.called,
    purpose=rows.purpose,
    read_later=rows.read_later,
    lasted=shortfalls.lasted,
    refresh_seconds=REFRESH_SECONDS,
    version=__version__,
)


def _time(at: datetime | None, zone: str, now: datetime, *, whole: bool = False) -> Markup:
    if at is None:
        return Markup("\N{EN DASH}")
    said = readable.moment(at, zone)
    text = said if whole else readable.brief_moment(at, zone, now)
    stamp = at.isoformat(timespec="seconds")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(stamp, said, text)


def _render(template: str, picture: Picture, **values: Any) -> str:
    zone, now = picture.time_zone, picture.at
    return _PAGES.get_template(template).render(
        picture=picture,
        daemon=picture.daemon,
        now=now,
        brief=partial(_time, zone=zone, now=now),
        full=partial(_time, zone=zone, now=now, whole=True),
        age=lambda at: "never" if at is None else f"{readable.span(now - at)} ago",
        **values,
    )


def overview(picture: Picture, *, result: str | None = None, page: int = 1) -> str:
    """One row per contract, the worst first, a hundred a page; ``result`` keeps one outcome only."""
    views = picture.contracts.values()
    kept = sorted((view for view in views if result in {None, rows.outcome_of(view)}), key=rows.worst_first)
    last = max(1, -(-len(kept) // PAGE_SIZE))
    page = min(max(1, page), last)
    return _render(
        "overview.html",
        picture,
        rows=[rows.row(view, picture) for view in kept[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]],
        counts=rows.counts(views),
        total=len(views),
        sums=[rows.row(view, picture) for view in sorted(picture.sums.values(), key=rows.worst_first)],
        false_alarms=rows.false_alarms(picture),
        result=result,
        page=page,
        last=last,
        groups=rows.account_groups(picture, PAGE_SIZE),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A chart with what stands around it; ``part`` is its name in the document of the series.

    ``evidence`` is drawn below it, over the same time.
    """

    part: Literal["days", "hours"]
    title: str
    svg: Markup
    top: float
    ticks: tuple[str, ...]
    evidence: Markup | None = None


def _plot(
    view: ContractView, series: slots.Series, title: str, changes: Sequence[Transition], said: Callable[[datetime], str]
) -> Plot:
    svg = chart.delivery(
        series.slots,
        name=f"h-{series.step.total_seconds():.0f}",
        label=f"Delivery of {view.contract.name}: {title}",
        problems=slots.problem_spans(changes, words.HASHRATE, series),
    )
    part: Literal["days", "hours"] = "days" if series.step >= timedelta(days=1) else "hours"
    ticks = tuple(map(said, series.ticks()))
    evidence = None if part == "days" else _evidence(view, series, changes)
    return Plot(part=part, title=title, svg=svg, top=chart.ceiling(series.slots), ticks=ticks, evidence=evidence)


def _evidence(view: ContractView, series: slots.Series, changes: Sequence[Transition]) -> Markup | None:
    """The evidence beside the line that opens a problem; None where nothing was judged yet."""
    if not any(slot.evidence is not None for slot in series.slots):
        return None
    return chart.evidence(
        series.slots,
        line=hashrate.line(view.contract),
        label=f"Evidence that {view.contract.name} delivers too little, by the hour",
        problems=slots.problem_spans(changes, words.HASHRATE, series),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Payouts:
    """The four columns of one contract: its latest rows, how many older ones are kept, and all that is known so far.

    ``unknown`` says why nothing can be expected, None where something can.
    """

    rows: Sequence[payout_words.Row]
    older: int
    totals: Mapping[str, Amount]
    coin: str
    only: str
    unknown: str | None


def _payouts(view: ContractView, picture: Picture) -> Payouts:
    found, rules = payout_words.rows(view, picture), terms(view.contract, view.items, picture.network)
    return Payouts(
        rows=found[: payout_words.ROWS_SHOWN],
        older=max(0, len(found) - payout_words.ROWS_SHOWN),
        totals=payout_columns.sums(view),
        coin=view.coin,
        only=payout_words.ONLY if payout_words.wallet_only(view) else "",
        unknown=rules if isinstance(rules, str) else None,
    )


def _results(view: ContractView) -> list[tuple[str, Verdict]]:
    """Every check with something to judge, what is not as it should be first."""
    shown = [
        (check, found)
        for check, found in view.verdicts.items()
        if check not in words.ONLY_WHERE_JUDGED or found.outcome is not Outcome.NOT_APPLICABLE
    ]
    return sorted(shown, key=lambda pair: rows.ORDER.index(pair[1].outcome.value))


def contract(picture: Picture, view: ContractView, hours: Sequence[Hour], changes: Sequence[Transition]) -> str:
    """One contract: what was promised, the result now, delivery over time, every check, its sources and problems."""
    now = picture.at
    brief = partial(readable.brief_moment, zone=picture.time_zone, now=now)
    found = _results(view)
    by_day, by_hour = slots.days(view, now), slots.hours(view, hours, now)
    return _render(
        "contract.html",
        picture,
        view=view,
        contract=view.contract,
        row=rows.row(view, picture),
        # Of a sum no hours are kept: its contracts show them.
        plots=()
        if view.contract.sum_of
        else (
            _plot(view, by_day, f"Last {slots.DAYS_SHOWN} days of the term, by UTC day", changes, readable.day),
            _plot(view, by_hour, f"Last {slots.HOURS_SHOWN} hours, by the hour", changes, brief),
        ),
        payouts=_payouts(view, picture),
        amiss=[pair for pair in found if pair[1].outcome not in _FINE],
        fine=[pair for pair in found if pair[1].outcome in _FINE],
        periods=period_rows.periods(view),
        uptime=period_rows.uptime(view),
        missing=price.figures(view, picture),
        changes=sorted(changes, key=lambda change: (change.decided_at, change.at), reverse=True)[:PAGE_SIZE],
    )


def account(picture: Picture, view: AccountView) -> str:
    """One account: its questions and how they are answered, its checks, and the contracts that rest on it."""
    return _render("account.html", picture, view=view, row=rows.account_row(view), meaning=rows.meaning(view, picture))


def waiting() -> str:
    """The page before the first picture."""
    return _PAGES.get_template("waiting.html").render()


def problem(title: str, sentence: str) -> str:
    """A page for a request that cannot be answered."""
    return _PAGES.get_template("problem.html").render(title=title, sentence=sentence)
