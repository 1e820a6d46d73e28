"""F2Pool v2: reads by POST with a token.

Shapes: text of api.f2pool.com/v2/doc (average-gary/f2-pool-open-api-spec), mock of tetherto/miningos.
"""

from collections.abc import Mapping
from typing import Final

from verifier.simulator.faces.f2pool import assets, hash_rate
from verifier.simulator.faces.f2pool.gate import Answer, question
from verifier.simulator.page import Face, Page, Route


def missing(_method: str, _path: str) -> Page:
    """What the gateway says of a path or verb it does not have."""
    return Page(text="404 page not found", status=404, content_type="text/plain; charset=utf-8")


_QUESTIONS: Final[Mapping[str, Answer]] = {
    "hash_rate/info": hash_rate.info,
    "hash_rate/history": hash_rate.history,
    "hash_rate/worker/list": hash_rate.workers,
    "assets/balance": assets.balance,
    "assets/transactions/list": assets.transactions,
}

FACE: Final = Face(
    name="f2pool",
    routes=tuple(
        Route(path=f"/v2/{path}", answer=question(answer), method="POST") for path, answer in _QUESTIONS.items()
    ),
    missing=missing,
)
