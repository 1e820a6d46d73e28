"""Which pool mined a block: by the words in its coinbase and by the addresses that it pays, and how sure that is.

The list is mempool's pools-v2.json (github.com/mempool/mining-pools), the rule that of its backend (pools-parser.ts,
matchBlockMiner): the first pool of the list that is paid, or whose tag is found, has mined the block. A name is no
proof: anybody can write a tag, and a miner at a pool that pays in its coinbase (OCEAN, P2Pool, solo) can have an
address of another pool's paid.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

Evidence: TypeAlias = Literal["tag", "address"]

_MOST: Final = 10_000
#: The tags are regular expressions in which these mean something; others are taken as they stand, so that no list from
#: outside can bring one that never ends.
_MEANS: Final = {".": r"[^\r\n]", "^": r"\A", "$": r"\Z"}
_NEVER: Final = re.compile(r"(?!)")
#: Before two letters of a country these belong to everybody, as in ``com.cn``.
_SHARED: Final = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})


class MiningPool(BaseModel, frozen=True):
    """A pool as the list has it; what ViaBTC's customers sign is an entry before ViaBTC's own, so order matters."""

    id: Annotated[int, Field(ge=0)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    link: Annotated[str, Field(max_length=300)] = ""
    addresses: Annotated[frozenset[str], Field(max_length=_MOST)]
    tags: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolList:
    """The pools in the order of their file, and the SHA-256 of the file: a list changes many times a year."""

    pools: tuple[MiningPool, ...]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The pool that the rule names, what ties the block to it, and other pools that the block also speaks for."""

    pool: MiningPool
    by: frozenset[Evidence]
    rivals: tuple[str, ...]


_POOLS: Final = TypeAdapter(Annotated[tuple[MiningPool, ...], Field(max_length=_MOST)])


def read_list(document: bytes) -> PoolList:
    """The list in a file's bytes. Raises ValueError with the place of the first wrong field."""
    try:
        pools = _POOLS.validate_json(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return PoolList(pools=pools, digest=sha256(document).hexdigest())


def ties(pool: MiningPool, script: bytes, paid: Collection[str]) -> frozenset[Evidence]:
    """What ties a block to one pool; nothing when it does not speak for it.

    ``script`` is the input script of the coinbase, one character per byte, so that a tag outside Latin-1 is never
    found; ``paid`` are the addresses of all its outputs.
    """
    words = script.decode("latin-1")
    found: set[Evidence] = set()
    if not pool.addresses.isdisjoint(paid):
        found.add("address")
    if any(_pattern(tag).search(words) for tag in pool.tags):
        found.add("tag")
    return frozenset(found)


def attributed(pools: Sequence[MiningPool], script: bytes, paid: Collection[str]) -> Attribution | None:
    """The pool that mined a block by the list's rule; None where no pool of the list fits."""
    found = [(pool, by) for pool in pools if (by := ties(pool, script, paid))]
    if not found:
        return None
    (pool, by), *others = found
    return Attribution(pool=pool, by=by, rivals=tuple(other.name for other, _ in others))


def at_home(pools: Sequence[MiningPool], hosts: Collection[str]) -> tuple[MiningPool, ...]:
    """The pools whose own page in the list is of the same domain as one of these hosts.

    Its last two labels are that, three where two are an ending that a country shares out. A pool that keeps its
    interface at another domain than its page is not found: nothing is said of it then.
    """
    domains = {_domain(host) for host in hosts} - {None}
    return tuple(pool for pool in pools if _domain(_host(pool.link)) in domains)


def _host(link: str) -> str:
    try:
        return urlsplit(link).hostname or ""
    except ValueError:
        return ""


def _domain(host: str) -> str | None:
    labels = host.lower().split(".")
    told = 3 if len(labels[-1]) == 2 and labels[-2:-1] and labels[-2] in _SHARED else 2
    return ".".join(labels[-told:]) if len(labels) >= told and labels[-1].isalpha() else None


@lru_cache(maxsize=_MOST)
def _pattern(tag: str) -> re.Pattern[str]:
    if max(tag) > "\xff":
        # Regardless of case some of these are letters of ours: the sign of Kelvin is a k.
        return _NEVER
    return re.compile("".join(_MEANS.get(letter, re.escape(letter)) for letter in tag), re.IGNORECASE)
