"""The delivered hashrate: too little, back to normal."""

from datetime import timedelta
from math import isfinite
from types import MappingProxyType
from typing import Final

from verifier.contract import Contract
from verifier.expectations.shortfall import Shortfall
from verifier.outlets import price, readable, rows, shortfalls, words
from verifier.outlets.messages.letter import Letter, Line, Occasion, listed, one_line, sentence
from verifier.outlets.picture import ContractView, SourceLine
from verifier.outlets.price import about, at_price_paid, coins_said, market_said, missing_work, valued
from verifier.units import Hashrate
from verifier.verdicts.allowance import ENDED, Allowance, Use, found
from verifier.verdicts.verdict import Outcome, Verdict
from verifier.verdicts.wording import once_in, span_named

_DAY: Final = timedelta(days=1)
_ENDED: Final = MappingProxyType(
    {
        Outcome.UNDECIDED: "no longer clearly below the promise",
        Outcome.NOT_APPLICABLE: "no longer compared with a promise",
    }
)


def letter(occasion: Occasion) -> Letter | None:
    """None where the contract or its figures are not known any more."""
    view, verdict = occasion.contract, occasion.verdict
    if view is None:
        return None
    if not occasion.goes_on:
        return _over(occasion, view)
    ratio, _ = rows.delivered(verdict)
    return None if ratio is None else _short(occasion, view, ratio)


def _short(occasion: Occasion, view: ContractView, ratio: float) -> Letter:
    contract = view.contract
    promised = contract.promise_at(occasion.since).rate
    missing = missing_work(occasion.verdict) or 0.0
    daily = (1.0 - ratio) * (promised * _DAY).hashes
    a_day = at_price_paid(contract, daily)
    size = "no" if ratio == 0 else f"{readable.percent(1 - ratio)} too little"
    loss = "" if a_day is None or a_day.value < 0 else f"{about(a_day)} a day"
    name = one_line(contract.name)
    lines = [
        Line(label="What", text=_what(occasion, contract, ratio)),
        *_sum_of(contract),
        Line(label="How much", text=_how_much(occasion, view, promised, ratio)),
        Line(label="Missing", text=_missing(contract, missing, daily)),
        *_in_coins(occasion, price.now(view, occasion.verdict, occasion.picture)),
        Line(label="How sure", text=_how_sure(occasion.verdict, contract)),
        Line(label="Read from", text=_read_from(occasion, view)),
        Line(label="Ruled out", text=_ruled_out(view)),
        *_seen_beside(view),
        Line(label="Your contract", text=_allowed(occasion, contract)),
        Line(label="To do now", text=_to_do(occasion, contract)),
        Line(
            label="Next message",
            text="When it is back to normal; and a reminder while it lasts, if you have not switched reminders off.",
        ),
    ]
    return Letter(
        headline=f"{name}: {occasion.still}{size} hashrate since {occasion.since_brief}{loss}",
        lines=tuple(lines),
        missing_hashes=missing,
    )


def _what(occasion: Occasion, contract: Contract, ratio: float) -> str:
    size = "nothing" if ratio == 0 else f"{readable.percent(1 - ratio)} less than promised"
    delivers = "still delivers" if occasion.still else "has delivered"
    return f"{one_line(contract.seller)} {delivers} {size} since {occasion.since_moment}."


def _sum_of(contract: Contract) -> tuple[Line, ...]:
    """Whose work was summed, and that this is a statement about all of them."""
    if not contract.sum_of:
        return ()
    text = (
        f"{len(contract.sum_of)} contracts, added up and judged like one: {listed(contract.sum_of)}. Each is judged by "
        "itself too; what is missing may be too little to show in any of them."
    )
    return (Line(label="Together", text=text),)


def _how_much(occasion: Occasion, view: ContractView, promised: Hashrate, ratio: float) -> str:
    delivered = readable.rate(ratio * promised.per_second, promised.algorithm)
    text = f"Promised {promised}, delivered {delivered}: {rows.share(occasion.verdict)} of it"
    before = [(seen, hashes) for start, seen, hashes in view.days if start + _DAY <= occasion.since and seen > 0]
    if not before:
        return f"{text}."
    mean = sum(hashes for _, hashes in before) / sum(seen for seen, _ in before)
    days = "day" if len(before) == 1 else f"{len(before)} days"
    return f"{text}; in the {days} seen before: {readable.rate(mean, promised.algorithm)}."


def _missing(contract: Contract, missing: float, daily: float) -> str:
    text = f"So far {valued(contract, missing)}, counted in the time that was seen. "
    text += f"Each further day like this: {valued(contract, daily)}."
    if contract.price is not None and at_price_paid(contract, daily) is not None:
        whole = readable.money(contract.price.value, contract.price.currency)
        text += f" Money is at the price you paid: {whole} spread over all the work promised for the whole term."
    return text


def _in_coins(occasion: Occasion, found: Shortfall | None) -> tuple[Line, ...]:
    """The same in coins and at the market price; nothing where nobody watches coins."""
    if found is None or (found.coins is None and not occasion.picture.network.steps):
        return ()
    text = f"{readable.capitalised(coins_said(found))}."
    if found.coins is not None and found.price is not None:
        at = found.price.at
        text += f" {readable.capitalised(market_said(found, '' if at is None else occasion.brief(at)))}."
    return (Line(label="In coins", text=text),)


def _how_sure(verdict: Verdict, contract: Contract) -> str:
    parts, whose = [], "this sum" if contract.sum_of else "this contract"
    if verdict.false_alarm_years:
        parts.append(f"By chance a message like this comes less than {once_in(verdict.false_alarm_years)} of {whose}.")
    if verdict.interval is not None and all(map(isfinite, verdict.interval)):
        parts.append(f"Delivered: {readable.between(*verdict.interval)} of what was promised.")
    return " ".join(parts) or "The figures above say it without their error."


def _read_from(occasion: Occasion, view: ContractView) -> str:
    source = rows.decisive(view)
    if view.contract.sum_of:
        return "What was counted of each of these contracts, of those that were seen at the time."
    if source is None:
        return "No source is known any more."
    called = one_line(rows.called(source, occasion.picture))
    text = f"{called}, {words.INDEPENDENCE[source.independence].text}, {words.EXACTNESS[source.exactness].text}"
    if occasion.verdict.coverage is not None:
        text += f"; seen {readable.seen(occasion.verdict.coverage)} of the time"
    others = (_shows(occasion, one, view.contract.promised.algorithm) for one in view.sources if one is not source)
    return " ".join([f"{text}.", *filter(None, others)])


def _shows(occasion: Occasion, source: SourceLine, algorithm: str) -> str:
    if source.per_second is None:
        return ""
    said = readable.rate(source.per_second, algorithm)
    over = "" if source.window_seconds is None else f" over {readable.every(source.window_seconds)}"
    called = one_line(rows.called(source, occasion.picture))
    return f"{called}, {words.INDEPENDENCE[source.independence].text}, shows {said}{over}."


def _ruled_out(view: ContractView) -> str:
    parts = ["A gap in our watching and an outage of the source: time that nobody saw is not counted."]
    workers = view.verdicts.get("worker_gone")
    if workers is not None and workers.outcome is Outcome.MET:
        parts.append("A lost worker: every worker seen before is still listed.")
    return " ".join([*parts, "Not visible from here: the reason."])


def _seen_beside(view: ContractView) -> tuple[Line, ...]:
    """What else is wrong at the same time; it rules nothing out."""
    workers = view.verdicts.get("worker_gone")
    if workers is None or workers.outcome is not Outcome.SHORT:
        return ()
    return (Line(label="Seen beside it", text=sentence(one_line(workers.because))),)


def _allowed(occasion: Occasion, contract: Contract) -> str:
    if contract.sum_of:
        return "What each of these contracts lets be missing is allowed for; how far one of them is, its own page says."
    cite = contract.cites.get("tolerance")
    tolerance = contract.promise_at(occasion.since).tolerance
    wish = contract.tell_me_below
    asked = "" if wish is None else f" You asked to be told below {readable.percent(wish)}."
    if tolerance is None:
        return f"It states no part that may be missing, so only the error of measuring is allowed for.{asked}"
    where = f" ({one_line(cite)})" if cite else ""
    stands = shortfalls.stands(occasion.verdict, occasion.brief)
    if stands is None:
        open_span = "" if tolerance.span else " It names no day or month, so the rate now is what counts."
        return f"It allows {rows.allowed(tolerance)} to be missing{where}.{open_span}{asked}"
    return f"It allows {rows.allowed(tolerance)} to be missing{where}: {stands}{asked}"


def _to_do(occasion: Occasion, contract: Contract) -> str:
    look = "Look at your own side first: the pool account, your payment, an announced maintenance."
    ask = f"If you know of no reason there, ask {one_line(contract.seller)} about it with the figures above."
    one, last = found(occasion.verdict.values), found(occasion.verdict.values, ENDED)
    spent = next((spent for spent in (last, one) if spent is not None and spent.use in {Use.USED_UP, Use.MISSED}), None)
    wait = ""
    if spent is not None:
        wait = f"Act today: what your contract allows for {span_named(spent.window)} is used up."
    elif one is not None:
        wait = _wait(occasion, one)
    return " ".join(filter(None, [wait, look, ask]))


def _wait(occasion: Occasion, one: Allowance) -> str:
    """How long nothing is lost by waiting, as far as the clause goes."""
    until = "" if one.missed_at is None else f" until {occasion.brief(one.missed_at)}"
    return f"Nothing is lost by waiting{until}: what your contract allows for {span_named(one.window)} is not used up."


def _over(occasion: Occasion, view: ContractView) -> Letter:
    """The end of it, on what was seen: delivered again, too close to call, or no longer promised."""
    name, verdict, at = one_line(view.contract.name), occasion.verdict, occasion.transition.at
    promised = view.contract.promise_at(at).rate
    ended = _ENDED.get(verdict.outcome, "back to normal")
    what = f"The hashrate of {name} is {ended} since {occasion.moment(at)}."
    ratio, _ = rows.delivered(verdict)
    lines = [Line(label="What", text=what)]
    if (lasted := shortfalls.lasted(view.contract, verdict)) is not None:
        lines.append(Line(label="While it lasted", text=f"{lasted} were missing, counted in the time that was seen."))
        lines += _in_coins(occasion, price.last(view, verdict, occasion.picture))
    if ratio is None:
        lines.append(Line(label="Why", text=sentence(one_line(verdict.because))))
    else:
        lines.append(Line(label="How much", text=_how_much(occasion, view, promised, ratio)))
        lines.append(Line(label="Read from", text=_read_from(occasion, view)))
    lines.append(
        Line(
            label="To do now",
            text="Nothing has to be done. What was missing before stays on the page of the contract, day by day.",
        )
    )
    lines.append(Line(label="Next message", text="Only when something changes."))
    return Letter(headline=f"{name}: hashrate {ended}", lines=tuple(lines))
