"""F2Pool v2 ``hash_rate/…``: means, 10-minute history newest first, workers with their state.

A history row's timestamp is taken as the start of its slot; the documents do not say.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import numpy as np

from verifier.simulator.billing import FEE_RATE, fee_part
from verifier.simulator.chain import SUBSIDY
from verifier.simulator.faces.f2pool.gate import Wrong, seconds
from verifier.simulator.truth import DAY, Counts, Seller, World, minute

_STEP: Final = 600
_REACH: Final = 30 * 86_400
_STALE: Final = 0.006
_OFFLINE_AFTER: Final = 1_800
_EXPIRED_AFTER: Final = 3 * 86_400


def _rates(name: str, counts: Counts, seller: Seller) -> dict[str, Any]:
    """``counts`` are the shares per minute of the last 24 hours."""
    mean = {span: int(counts[-span:].sum()) * seller.hashes_per_share / (span * 60) for span in (15, 60, DAY)}
    return {
        "name": name,
        "hash_rate": mean[15],
        "h1_hash_rate": mean[60],
        "h24_hash_rate": mean[DAY],
        "h1_stale_hash_rate": mean[60] * _STALE,
        "h24_stale_hash_rate": mean[DAY] * _STALE,
        "h24_delay_hash_rate": 0,
        "local_hash_rate": 0,
        "h24_local_hash_rate": 0,
    }


def info(world: World, seller: Seller, _body: Mapping[str, Any], now: datetime) -> Any:
    """``hash_rate/info``: means of 15 minutes, an hour and a day."""
    until = minute(now)
    counts = world.shares(seller).between(until - DAY, until).sum(axis=0)
    return {"info": _rates(seller.name, counts, seller), "currency": "bitcoin"}


def history(world: World, seller: Seller, body: Mapping[str, Any], now: datetime) -> Any:
    """``hash_rate/history``: closed slots of ``interval`` within the last ``duration`` seconds, newest first."""
    interval, duration = seconds(body, "interval"), seconds(body, "duration")
    if interval == 0 or interval % _STEP:
        raise Wrong(f"interval={interval}")
    if duration > _REACH:
        raise Wrong(f"duration={duration}")
    end = int(now.timestamp()) // interval * interval
    opened = -(-int(seller.starts.timestamp()) // interval) * interval
    start = max(end - duration // interval * interval, opened)
    slots = world.shares(seller).between(start // 60, end // 60).reshape(len(seller.rigs), -1, interval // 60).sum(2)
    begins = np.arange(start, end, interval)
    counts = slots.sum(axis=0)
    net = (1 + fee_part(world.seed, end // 86_400)) * (1 - float(FEE_RATE)) * SUBSIDY / 1e8
    rewards = np.round(counts * seller.share_difficulty / world.chain.difficulties(begins) * net, 8).tolist()
    online = (slots > 0).sum(axis=0).tolist()
    rates = (counts * (seller.hashes_per_share / interval)).tolist()
    rows = [
        {
            "timestamp": at,
            "hash_rate": rate,
            "stale_hash_rate": rate * _STALE,
            "delay_hash_rate": 0,
            "local_hash_rate": 0,
            "normal_reward": reward,
            "delay_reward": 0,
            "online_miners": miners,
        }
        for at, rate, reward, miners in zip(begins.tolist(), rates, rewards, online, strict=True)
    ]
    return {"history": rows[::-1]}


def workers(world: World, seller: Seller, _body: Mapping[str, Any], now: datetime) -> Any:
    """``hash_rate/worker/list``: status 0 online, 1 offline, 2 expired; the dead stay listed."""
    until = minute(now)
    counts = world.shares(seller).between(until - DAY, until)
    rows = []
    for rig, row, last in zip(seller.rigs, counts, world.shares(seller).last(until), strict=True):
        age = now.timestamp() - (last or 0)
        rows.append(
            {
                "hash_rate_info": _rates(rig.name, row, seller),
                "last_share_at": last or 0,
                "status": (age > _OFFLINE_AFTER) + (age > _EXPIRED_AFTER),
                "host": "203.0.113.7",
            }
        )
    return {"workers": rows}
