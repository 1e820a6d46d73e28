"""Who is asked: a literal table of the kinds of sources, and those that other packages add."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final

from verifier.talk import Source

#: The group of entry points under which another package names its ``Source`` records.
GROUP: Final = "verifier.sources"

#: Kinds, each the name of a module here with a record ``SOURCE``, or ``kind = module:record``.
_BITCOIN_POOLS: Final = """
    ckpool public_pool f2pool ocean braiins foundry luxor antpool viabtc viabtc_observer binance_pool whitebit
    kucoin_pool f2pool_v1 datum_gateway kanopool emcd sbicrypto poolin=btccom.poolin btccom
"""
_FAMILIES_AND_OTHER_POOLS: Final = """
    miningcore open_ethereum_pool cryptonote_nodejs_pool nodejs_pool nomp p2pool_observer p2pool_local yiimp mpos
    jtgrassie_monero_pool kaspa_stratum_bridge litecoinpool nanopool hashvault kryptex woolypooly k1pool unmineable
    prohashing powerpool sv2_applications
"""
_MARKETS: Final = "nicehash braiins_hashpower mining_rig_rentals lumerin"
_BY_CONFIGURATION: Final = "json=declared:JSON html=declared:HTML csv=declared:CSV"
_CHAINS: Final = "esplora bitcoin_core blockbook blockchair electrum ethereum_rpc monerod"
_PRICES: Final = "kraken coinbase mempool_space bitstamp coingecko"

_TABLE: Final = (_BITCOIN_POOLS, _FAMILIES_AND_OTHER_POOLS, _MARKETS, _BY_CONFIGURATION, _CHAINS, _PRICES)


class Kinds(Mapping[str, Source]):
    """Records by kind; a module is imported when its kind is first looked up, for all of them cost half a second."""

    def __init__(self, places: Mapping[str, str], added: Mapping[str, Source | str] = MappingProxyType({})) -> None:
        self._places = {kind: place for kind, place in places.items() if kind not in added}
        self._added = {kind: source for kind, source in added.items() if isinstance(source, Source)}

    def __getitem__(self, kind: str) -> Source:
        if kind in self._added:
            return self._added[kind]
        module, _, record = self._places[kind].partition(":")
        source: Source = getattr(import_module(f"{__name__}.{module}"), record or "SOURCE")
        return source

    def __iter__(self) -> Iterator[str]:
        return iter((*self._places, *self._added))

    def __len__(self) -> int:
        return len(self._places) + len(self._added)

    def __contains__(self, kind: object) -> bool:
        return kind in self._places or kind in self._added


_PLACES: Final = {
    kind: place or kind for part in _TABLE for kind, _, place in (entry.partition("=") for entry in part.split())
}

SOURCES: Final[Mapping[str, Source]] = Kinds(_PLACES)


def load(added: Iterable[EntryPoint] | None = None) -> Mapping[str, Source]:
    """The table with the installed entry points (or those given); an entry point of the same kind wins.

    One that cannot be loaded leaves its kind out: what is wrong is a fault of the accounts of that kind (`unloadable`).
    """
    return Kinds(_PLACES, _found(added))


def unloadable(added: Iterable[EntryPoint] | None = None) -> Mapping[str, str]:
    """What is wrong with the entry points that cannot be loaded, by kind."""
    return MappingProxyType({kind: one for kind, one in _found(added).items() if isinstance(one, str)})


def _found(added: Iterable[EntryPoint] | None) -> dict[str, Source | str]:
    return {point.name: _loaded(point) for point in (entry_points(group=GROUP) if added is None else added)}


def _loaded(point: EntryPoint) -> Source | str:
    """A source, or what is wrong with the package that promises it: its import may fail in any way."""
    try:
        source = point.load()
    except Exception as error:  # noqa: BLE001 - somebody else's module
        return f"the package behind `{point.value}` cannot be loaded ({type(error).__name__}: {str(error)[:200]})"
    if not isinstance(source, Source) or source.kind != point.name:
        return f"`{point.value}` does not name a Source of the kind {point.name}"
    return source
