"""What talks of chains say alike: when blocks were, what came to an address, who mined. No I/O here."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Count, Name
from verifier.observation import Coinbase, Unread
from verifier.reading import not_future
from verifier.talk import Account, Reply
from verifier.units import DAY, HOUR, MINUTE, Window

#: Consensus lets a block's time run two hours ahead of the network's.
BLOCK_TIME_SLACK: Final = 2 * HOUR + 10 * MINUTE
#: A block's time may lie this far before the moment at which it became known.
LATE: Final = HOUR
#: A receipt is told again for this long, while its confirmations grow (100 make a block reward spendable).
TOLD_AGAIN: Final = 2 * DAY
#: How far back what was received is asked for at most.
RECEIPTS_REACH: Final = timedelta(days=366)
#: Addresses of one coinbase that are told: OCEAN's have a few dozen, and a block has room for thousands.
MOST_PAID: Final = 500
#: Bytes that consensus allows the script of a coinbase (Bitcoin Core, ``CheckTransaction``: ``bad-cb-length``).
_LONGEST_COINBASE: Final = 100
#: Blocks between two changes of Bitcoin's difficulty, and how far back the difficulty is asked for.
EPOCH_BLOCKS: Final = 2016
BLOCKS_REACH: Final = timedelta(days=35)

#: 35 days are three epochs and a bit; blocks that come twice as fast as they should would make six of them.
_MOST_EPOCHS: Final = 6

Digest: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
#: An input's script.
Script: TypeAlias = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{2})*$")]
#: An address of one of many coins, if the account names one.
Wallet: TypeAlias = Annotated[
    str | None,
    Field(pattern=r"^[A-Za-z0-9:]{14,120}$", description="your own wallet's address, whose receipts are asked for"),
]
#: Base units of any coin here: more than there are of each.
Atoms: TypeAlias = Annotated[Count, Field(le=10**20)]


class RpcTrouble(BaseModel):
    """What a node says instead of an answer."""

    code: int
    message: Name = ""


class RpcAnswer(BaseModel):
    """An answer of a node by JSON-RPC."""

    result: Any = None
    error: RpcTrouble | None = None

    def value(self) -> object:
        """The result. Raises Misread with the node's own words where it answers with an error."""
        if self.error is not None:
            raise Misread(f"{self.error.code}: {self.error.message}")
        return self.result


def names_an_address(account: Account) -> bool:
    """Whether the file names an address at this account: receipts are asked of no other."""
    return getattr(account, "address", None) is not None


def block_time(at: datetime, reply: Reply) -> datetime:
    """A block's time. Raises Implausible for one that consensus does not allow."""
    return not_future(at, reply, BLOCK_TIME_SLACK)


def bare(address: str) -> str:
    """An address without what stands before a colon: Bitcoin Cash writes it with and without ``bitcoincash:``."""
    return address.rpartition(":")[2]


def epochs(height: int) -> Iterable[int]:
    """The heights at which Bitcoin's difficulty changed, downwards from a tip, as far back as is asked for."""
    first = height // EPOCH_BLOCKS * EPOCH_BLOCKS
    return range(first, max(first - _MOST_EPOCHS * EPOCH_BLOCKS, -1), -EPOCH_BLOCKS)


def mined(script: str | None, paid: Iterable[str | None], at: datetime, window: Window) -> Coinbase | None:
    """What a block of ``at`` says of its miner; None where it was known before, or has no ``script`` of a block."""
    if script is None or len(script) > 2 * _LONGEST_COINBASE or at < window.start - LATE:
        return None
    return Coinbase(script=script, paid=tuple(islice(dict.fromkeys(one for one in paid if one), MOST_PAID)))


def unread(reply: Reply, window: Window, oldest: datetime) -> list[Unread]:
    """What a question about receipts did not read of its window, where it read back to ``oldest``."""
    return [Unread(at=reply.received_at, since=window.start, until=oldest)] if oldest > window.start else []
