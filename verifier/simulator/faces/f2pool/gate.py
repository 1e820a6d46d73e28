"""The gate before every question of F2Pool v2: POST, a JSON body, a token, and errors behind status 200."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from verifier.simulator.page import Asked, Page
from verifier.simulator.truth import Seller, World

Answer: TypeAlias = Callable[[World, Seller, Mapping[str, Any], datetime], Any]


class Wrong(Exception):
    """A parameter that the pool does not accept."""


def _error(code: int, msg: str) -> Page:
    return Page(documents=({"code": code, "msg": msg},))


def question(answer: Answer) -> Callable[[World, Asked, datetime], Page]:
    """The gate before every question: JSON body, currency, account and its token, then the answer."""

    def asked(world: World, asked: Asked, now: datetime) -> Page:
        try:
            body = _read(asked.body)
            name = body.get("mining_user_name") or body.get("address") or ""
            token = asked.headers.get("f2p-api-secret", "")
            seller = next((s for s in world.at("f2pool") if name in (s.name, s.address) and token == s.token), None)
            if seller is None:
                return _error(5010, f'permission denied: permission denied name="{name}"')
            return Page(documents=(answer(world, seller, body, now),))
        except Wrong as fault:
            return _error(5001, f"params error: {fault}")

    return asked


def _read(text: bytes) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError as fault:
        raise Wrong("body") from fault
    if not isinstance(body, dict):
        raise Wrong("body")
    if body.get("currency") != "bitcoin":
        raise Wrong(f'currency="{body.get("currency", "")}"')
    return body


def seconds(body: Mapping[str, Any], name: str) -> int:
    """A parameter that is a whole number of seconds. Raises Wrong for anything else."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Wrong(f"{name}={json.dumps(value)}")
    return value
