"""Which pool mined the block that a block reward came from: by the list that the settings name. A name is no proof."""

from collections.abc import Sequence
from dataclasses import dataclass

from verifier.expectations.attribution import at_home, attributed
from verifier.observation import Coinbase
from verifier.outlets.picture import ContractView, Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """A block's miner by the list: the ``pool``, None where the block speaks for none of it, and what ties it to it.

    ``also`` are other pools that the block speaks for, ``reads`` the pools of the list that the contract reads, and
    ``list`` is the SHA-256 of the list's file.
    """

    pool: str | None
    by: tuple[str, ...]
    also: tuple[str, ...]
    reads: tuple[str, ...]
    list: str


def found(mined: Sequence[Coinbase], view: ContractView, picture: Picture | None) -> tuple[Mined, ...]:
    """The miner of each block; nothing where no list is named."""
    known = None if picture is None else picture.mining_pools
    if known is None or picture is None or not mined:
        return ()
    accounts = (picture.accounts.get(source.account) for source in view.sources)
    reads = at_home(known.pools, {one.host for one in accounts if one is not None})
    said = (attributed(known.pools, bytes.fromhex(one.script), one.paid) for one in mined)
    return tuple(
        Mined(
            pool=None if one is None else one.pool.name,
            by=() if one is None else tuple(sorted(one.by)),
            also=() if one is None else one.rivals,
            reads=tuple(pool.name for pool in reads),
            list=known.digest,
        )
        for one in said
    )


def sentence(one: Mined) -> str:
    """The same for people."""
    of = f"(list {one.list[:12]}; a name is no proof)"
    reads = f", this contract reads {' and '.join(one.reads)}" if one.reads else ""
    if one.pool is None:
        return f"the block names no pool of the list{reads} {of}"
    also = f", it names {' and '.join(one.also)} too" if one.also else ""
    reads = ", which this contract reads" if one.pool in one.reads else reads
    return f"block attributed to {one.pool} by {' and '.join(one.by)}{reads}{also} {of}"
