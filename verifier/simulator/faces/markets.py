"""Markets, where the figures are the seller's: Braiins Hashpower (millions of shares), MiningRigRentals.

Shapes: Braiins' OpenAPI file, MiningRigRentals' page about its version 2. Bids and rentals may be called anything:
the key says whose they are. Signatures are not checked here.
"""

from typing import Any, Final

from verifier.simulator.figures import Figures, behind_key, header, iso, missing, told
from verifier.simulator.page import Asked, Face, Page, Route
from verifier.units import HASHES_PER_DIFFICULTY

_MILLION: Final = 1e6
_TERA: Final = 1e12
_PETA: Final = 1e15
_BAR: Final = 5
_REFUSED: Final = Page(text="Unauthorized", status=401, content_type="text/plain")
_bid: Final = behind_key("braiins-hashpower", header("apikey"), _REFUSED)
_rental: Final = behind_key(
    "mining-rig-rentals",
    header("x-api-key"),
    told({"success": False, "data": {"message": "Permission denied"}}),
)


def _detail(figures: Figures, asked: Asked) -> Any:
    shares = sum(figures.counted()) / HASHES_PER_DIFFICULTY / _MILLION
    counters = {"shares_purchased_m": shares, "shares_accepted_m": shares, "shares_rejected_m": 0.0}
    return {
        "bid": {
            "id": asked.parts["bid"],
            "speed_limit_ph": figures.seller.promised / _PETA,
            "price_sat": 46_500_000.0,
            "status": "BID_STATUS_ACTIVE",
            "created": iso(figures.seller.starts.timestamp()),
        },
        "counters_committed": {**counters, "fee_paid_sat": 0.0, "amount_consumed_sat": 437_565.0},
        "state_estimate": {"avg_speed_ph": float(figures.mean(5).sum()) / _PETA},
    }


def _rented(figures: Figures, asked: Asked) -> Any:
    def shown(rate: float) -> dict[str, str]:
        return {"hash": f"{rate / _TERA:.2f}", "type": "th"}

    spans = {f"last_{minutes}min": float(figures.mean(minutes).sum()) for minutes in (5, 15, 30)}
    begun = figures.seller.starts.timestamp()
    done = float(figures.hashes(int(begun) // 60, figures.until).sum()) / (figures.now.timestamp() - begun)
    rental = {
        "id": asked.parts["rental"],
        "hashrate": {"advertised": shown(figures.seller.promised), "average": shown(done)},
        "price": {"type": "th", "advertised": "0.00000046", "currency": "BTC"},
        "start_unix": f"{begun:.0f}",
        "end_unix": f"{begun + 365 * 86_400:.0f}",
        "ended": False,
        "rig": {"hashrate": {name: shown(rate) for name, rate in spans.items()}},
    }
    return {"success": True, "data": rental}


def _graph(figures: Figures, asked: Asked) -> Any:
    """Newest first, with the running bar left out."""
    slots = figures.slots(_BAR, int(asked.query["hours"]) * 60)[::-1]
    bars = ",".join(f"[{at * 1000},{rates.sum() / _TERA:.2f}]" for at, rates in slots)
    return {"success": True, "data": {"chartdata": {"bars": bars}, "hashtype": "th"}}


FACES: Final = (
    Face(
        name="braiins-hashpower",
        routes=(Route(path="/v1/spot/bid/detail/{bid}", answer=_bid(_detail)),),
        missing=missing,
    ),
    Face(
        name="mining-rig-rentals",
        routes=(
            Route(path="/api/v2/rental/{rental}", answer=_rental(_rented)),
            Route(path="/api/v2/rental/{rental}/graph", answer=_rental(_graph)),
        ),
        missing=missing,
    ),
)
