"""Payouts above what the seen work explains."""

from verifier.outlets.messages.letter import Letter, Line, Occasion, one_line, sentence
from verifier.units import Amount


def letter(occasion: Occasion) -> Letter | None:
    """How much was paid, what the work earns, and which honest causes there are."""
    name, at = one_line(occasion.transition.subject), occasion.moment(occasion.transition.at)
    because = Line(label="How much", text=sentence(one_line(occasion.verdict.because)))
    if not occasion.goes_on:
        return Letter(
            headline=f"{name}: payouts explained by the seen work",
            lines=(
                Line(label="What", text=f"The payouts of {name} agree with the work that was seen, since {at}."),
                because,
                Line(label="To do now", text="Nothing."),
            ),
        )
    return Letter(
        headline=f"{name}: {occasion.still}paid more than the seen work explains",
        lines=(
            Line(label="What", text=f"{name} was paid more than the seen work explains, as of {at}."),
            Line(label="How much", text=_how_much(occasion)) if occasion.figure("days") else because,
            Line(
                label="How sure",
                text=(
                    "Rests on one assumption: that the pool's list of payouts is complete and right. Allowed for in "
                    "the seller's favour: transaction fees, the error of counting, the time that was not seen."
                ),
            ),
            Line(
                label="What it means",
                text=(
                    "The money does not come from this work alone. Honest causes: a fixed or topped-up payout was "
                    "agreed, or a part of the work runs under another account or worker than those watched."
                ),
            ),
            Line(
                label="To do now",
                text=(
                    "Compare with your contract how payouts are worked out. If it does not say so, ask the seller "
                    "under which account and worker the rest of the work can be seen."
                ),
            ),
            Line(label="Next message", text="When the payouts are explained by the seen work again."),
        ),
    )


def _how_much(occasion: Occasion) -> str:
    paid, earned, most = (
        Amount(atoms=int(occasion.figure(f"{name}_atoms") or 0)) for name in ("paid", "expected", "most")
    )
    ratio = occasion.figure("paid_over_expected")
    times = "" if ratio is None else f" That is {ratio:.3g} times what this work earns."
    return (
        f"Paid {paid} in {occasion.figure('days'):.3g} days; the work seen in these days earns about {earned}, and "
        f"{most} at the very most.{times}"
    )
