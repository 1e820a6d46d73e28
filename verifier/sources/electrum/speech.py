"""How Electrum servers speak: one JSON-RPC call per line over TCP or TLS, blocks and transactions as bytes."""

import re
from collections.abc import Generator
from datetime import datetime
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import BaseModel, Field, RootModel, model_validator

from verifier.chains import block_time
from verifier.errors import Misread
from verifier.fields import Count
from verifier.reading import fit, read
from verifier.sources.electrum import raw
from verifier.talk import Account, Ask, Lines, Reply

#: The oldest and the newest version of the protocol in which every call used here means the same.
VERSIONS: Final = ("1.4", "1.6")

_TEST_ADDRESS: Final = re.compile(r"tb1|bcrt1|[2mn]", re.IGNORECASE)
_HEX: Final = r"^(?:[0-9a-f]{2})*$"
Result = TypeVar("Result", bound=BaseModel)


class ElectrumAccount(Account):
    """An Electrum server of Bitcoin's main chain; it is asked about an address only where the file names one."""

    url: str = Field(
        pattern=r"^(?:tls|tcp)://[^/]+:\d{1,5}$",
        description="address of the server, like `tls://electrum.example.org:50002`",
    )
    address: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9]{11,90}$",
            description="your own wallet's address, whose receipts are asked for",
            json_schema_extra={"format": "bitcoin-address"},
        ),
    ] = None

    @model_validator(mode="after")
    def _of_the_main_chain(self) -> Self:
        if self.address is not None and _TEST_ADDRESS.match(self.address) and not self.allow_private:
            raise ValueError("`address` is one of a test network, write one that begins with bc1, 1 or 3")
        if self.url.startswith("tcp:") and not self.allow_private:
            raise ValueError("`url` is not encrypted, write tls:// (or `allow_private: true` for your own machine)")
        return self


class _Envelope(BaseModel):
    result: Any = None
    error: Any = None


class _Tip(BaseModel):
    height: Count
    hex: Annotated[str, Field(pattern=_HEX)]


class Hex(RootModel[Annotated[str, Field(pattern=_HEX)]]):
    """Bytes."""


def greet() -> Generator[Ask, Reply, None]:
    """The first call on a connection. On a kept one the server has heard it before and says so: that is no failure."""
    reply = yield Lines(method="server.version", params=["hashrate-verifier", list(VERSIONS)])
    read(_Envelope, reply)


def call(model: type[Result], method: str, *params: object) -> Generator[Ask, Reply, tuple[Result, Reply]]:
    """One call; its result as a model, and the reply for its moment. Raises Misread with the server's own words."""
    reply = yield Lines(method=method, params=list(params))
    answer = read(_Envelope, reply)
    if answer.error is not None:
        error = answer.error
        words = str(error.get("message", error)) if isinstance(error, dict) else str(error)
        raise Misread(f"{method}: {words[:120]}")
    return fit(model, answer.result), reply


def tip() -> Generator[Ask, Reply, tuple[int, raw.Header]]:
    """The height and the header of the best chain's end."""
    end, reply = yield from call(_Tip, "blockchain.headers.subscribe")
    return end.height, _believed(bytes.fromhex(end.hex), reply)


def header_at(height: int) -> Generator[Ask, Reply, raw.Header]:
    """The header of the block at a height."""
    found, reply = yield from call(Hex, "blockchain.block.header", height)
    return _believed(bytes.fromhex(found.root), reply)


def transaction(txid: str) -> Generator[Ask, Reply, tuple[raw.Transaction, datetime]]:
    """A transaction that hashes to its name, and when it was told."""
    found, reply = yield from call(Hex, "blockchain.transaction.get", txid)
    made = raw.transaction(bytes.fromhex(found.root))
    if made.txid != txid:
        raise Misread("another transaction was sent than was asked for")
    return made, reply.received_at


def _believed(header: bytes, reply: Reply) -> raw.Header:
    made = raw.header(header)
    block_time(made.at, reply)
    return made
