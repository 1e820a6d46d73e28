"""Esplora: heights, hashes and headers, so that difficulty is known."""

from datetime import datetime
from typing import Final

from verifier.simulator.page import Asked, Page
from verifier.simulator.truth import World

_PER_PAGE: Final = 10


def _text(text: str, status: int = 200) -> Page:
    return Page(text=text, status=status, content_type="text/plain")


def _tip(world: World, now: datetime) -> int:
    return world.chain.tip(int(now.timestamp()))


def _asked_height(asked: Asked, tip: int) -> int | None:
    text = asked.parts["height"]
    return int(text) if text.isascii() and text.isdigit() and int(text) <= tip else None


def tip_height(world: World, _asked: Asked, now: datetime) -> Page:
    """``blocks/tip/height`` as text."""
    return _text(str(_tip(world, now)))


def tip_hash(world: World, _asked: Asked, now: datetime) -> Page:
    """``blocks/tip/hash`` as text."""
    return _text(world.chain.hash(_tip(world, now)))


def hash_at(world: World, asked: Asked, now: datetime) -> Page:
    """``block-height/:height``: the hash as text, 404 above the tip."""
    height = _asked_height(asked, _tip(world, now))
    return _text("Block not found", 404) if height is None else _text(world.chain.hash(height))


def block(world: World, asked: Asked, now: datetime) -> Page:
    """``block/:hash``: the header, 404 for a hash that is not in the chain yet."""
    height = world.chain.height(asked.parts["hash"])
    if height is None or height > _tip(world, now):
        return _text("Block not found", 404)
    return Page(documents=(world.chain.header(height),), content_type="application/json")


def blocks(world: World, asked: Asked, now: datetime) -> Page:
    """``blocks[/:height]``: ten headers downwards, newest first."""
    tip = _tip(world, now)
    top = tip if "height" not in asked.parts else _asked_height(asked, tip)
    if top is None:
        return _text("Block not found", 404)
    headers = [world.chain.header(height) for height in range(top, max(top - _PER_PAGE, -1), -1)]
    return Page(documents=(headers,), content_type="application/json")
