"""How Esplora speaks: plain text for heights and hashes, JSON with satoshi integers for the rest."""

import re
from collections.abc import Generator
from typing import Annotated, Final, Self

from pydantic import BaseModel, Field, RootModel, model_validator

from verifier.chains import Digest, Script
from verifier.errors import Misread
from verifier.fields import Count, Number, UnixTime
from verifier.reading import text
from verifier.talk import Account, Ask, Http, Reply

_TEST_ADDRESS: Final = re.compile(r"(?:tb1|bcrt1|[2mn]).*", re.IGNORECASE)
_TEST_HOST: Final = re.compile(r"testnet|signet|regtest", re.IGNORECASE)

_NO_SATOSHI_MORE: Final = 2_100_000_000_000_000


class EsploraAccount(Account):
    """A block explorer; it is asked about an address only where the file names one."""

    url: str = "https://mempool.space/api"
    address: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9]{14,90}$",
            description="your own wallet's address, whose receipts are asked for",
            json_schema_extra={"format": "bitcoin-address"},
        ),
    ] = None

    @model_validator(mode="after")
    def _of_one_network(self) -> Self:
        test = self.address is not None and _TEST_ADDRESS.fullmatch(self.address)
        if test and not (self.allow_private or _TEST_HOST.search(self.url)):
            raise ValueError("is an address of a test network, write one that begins with bc1, 1 or 3")
        return self


class Block(BaseModel):
    """A header."""

    id: Digest
    height: Count
    timestamp: UnixTime
    difficulty: Annotated[Number, Field(gt=0)]


class Blocks(RootModel[Annotated[list[Block], Field(max_length=100)]]):
    """Headers downwards from some height; ten at Blockstream's, fifteen at mempool.space."""


class Input(BaseModel):
    """An input with the output that it spends, which a coinbase does not have."""

    is_coinbase: bool = False
    script: Annotated[Script, Field(alias="scriptsig")] = ""
    prevout: "Output | None" = None


class Output(BaseModel):
    """An output; scripts without an address have none."""

    address: Annotated[str | None, Field(alias="scriptpubkey_address")] = None
    value: Annotated[Count, Field(le=_NO_SATOSHI_MORE)]


class Status(BaseModel):
    """Where a transaction is; of an unconfirmed one the other three keys are left out."""

    confirmed: bool
    block_height: Count | None = None
    block_hash: Digest | None = None
    block_time: UnixTime | None = None


class Transaction(BaseModel):
    """A transaction."""

    txid: Digest
    vin: Annotated[list[Input], Field(min_length=1)]
    vout: Annotated[list[Output], Field(min_length=1)]
    status: Status

    @property
    def coinbase(self) -> bool:
        return self.vin[0].is_coinbase


class Transactions(RootModel[Annotated[list[Transaction], Field(max_length=1000)]]):
    """One page of transactions, newest first."""


def tip() -> Generator[Ask, Reply, int]:
    """The height of the best chain."""
    height = text((yield Http(path="/blocks/tip/height")))
    if not re.fullmatch(r"\d{1,9}", height, re.ASCII):
        raise Misread("a height was expected")
    return int(height)
