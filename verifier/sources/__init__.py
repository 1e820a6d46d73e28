"""Who is asked: a literal table of the kinds of sources, and those that other packages add."""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final

from verifier.sources import (
    bitcoin_core,
    braiins,
    ckpool,
    coinbase,
    esplora,
    f2pool,
    kraken,
    mempool_space,
    ocean,
    public_pool,
)
from verifier.talk import Source

#: The group of entry points under which another package names its ``Source`` records.
GROUP: Final = "hashrate_verifier.sources"

SOURCES: Final[Mapping[str, Source]] = MappingProxyType(
    {
        "ckpool": ckpool.SOURCE,
        "public_pool": public_pool.SOURCE,
        "f2pool": f2pool.SOURCE,
        "ocean": ocean.SOURCE,
        "braiins": braiins.SOURCE,
        "esplora": esplora.SOURCE,
        "bitcoin_core": bitcoin_core.SOURCE,
        "kraken": kraken.SOURCE,
        "coinbase": coinbase.SOURCE,
        "mempool_space": mempool_space.SOURCE,
    }
)


def load(added: Iterable[EntryPoint] | None = None) -> Mapping[str, Source]:
    """The table with the installed entry points (or those given); an entry point of the same kind wins."""
    points = entry_points(group=GROUP) if added is None else added
    extra: dict[str, Source] = {}
    for point in points:
        source = point.load()
        if not isinstance(source, Source) or source.kind != point.name:
            raise TypeError(f"entry point {point.name} = {point.value} does not name a Source of that kind")
        extra[source.kind] = source
    return MappingProxyType({**SOURCES, **extra})
