"""How Bitcoin Core is asked: JSON-RPC by POST with basic authentication, errors as documents of HTTP 500."""

from base64 import b64encode
from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, ClassVar, Final, TypeVar

from pydantic import BaseModel, Field

from verifier.chains import Digest, RpcAnswer
from verifier.fields import Count, Number
from verifier.observation import Silence, SilenceReason
from verifier.reading import document, fit, refuse_status
from verifier.talk import Account, Ask, Http, Reply

#: Bitcoin Core's RPC_IN_WARMUP.
_WARMING_UP: Final = -28
#: Statuses whose bodies are documents: an error of a method comes as 500, an unknown method as 404.
_SPOKEN: Final = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR})

Result = TypeVar("Result", bound=BaseModel)


class BitcoinCoreAccount(Account):
    """A node of your own. Its login is `user:password`, which is just what the node's cookie file holds."""

    secrets: ClassVar[tuple[str, ...]] = ("login",)

    url: str = Field(description="address of your node, like `http://127.0.0.1:8332` with `allow_private: true`")
    address: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9]{14,90}$",
            description="your own wallet's address, looked for in every new block",
            json_schema_extra={"format": "bitcoin-address"},
        ),
    ] = None
    wallet: Annotated[
        str | None,
        Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="name of a watch-only wallet of the node, asked instead"),
    ] = None


def names_a_wallet(account: Account) -> bool:
    """Whether the file names an address or a wallet of the node: receipts are asked of no other."""
    return isinstance(account, BitcoinCoreAccount) and (account.address or account.wallet) is not None


class Info(BaseModel):
    """The state of the node's chain."""

    blocks: Count
    headers: Count
    best: Annotated[Digest, Field(alias="bestblockhash")]
    difficulty: Annotated[Number, Field(gt=0)]
    syncing: Annotated[bool, Field(alias="initialblockdownload")]


def synced(account: BitcoinCoreAccount) -> Generator[Ask, Reply, Info | Silence]:
    """The state of a node that follows the chain; a silence while it starts or catches up."""
    reply = yield _ask(account, "getblockchaininfo")
    answer = _answer(reply)
    if answer.error is not None and answer.error.code == _WARMING_UP:
        return Silence(at=reply.received_at, reason=SilenceReason.PAUSED, detail=answer.error.message)
    info = fit(Info, answer.value())
    if info.syncing or info.headers - info.blocks > 1:
        detail = f"the node is catching up: block {info.blocks} of {info.headers}"
        return Silence(at=reply.received_at, reason=SilenceReason.STALE, detail=detail)
    return info


def call(
    account: BitcoinCoreAccount, model: type[Result], method: str, *params: object
) -> Generator[Ask, Reply, tuple[Result, Reply]]:
    """One call; its result as a model, and the reply for its moment. Raises Misread with the node's own words."""
    reply = yield _ask(account, method, *params)
    return fit(model, _answer(reply).value()), reply


def signed(ask: Ask, secrets: Mapping[str, str], _now: datetime, _nonce: int) -> Ask:
    """The ask with basic authentication (RFC 7617)."""
    if not isinstance(ask, Http) or "login" not in secrets:
        return ask
    proof = b64encode(secrets["login"].encode()).decode()
    return replace(ask, headers={**ask.headers, "Authorization": f"Basic {proof}"})


def _ask(account: BitcoinCoreAccount, method: str, *params: object) -> Http:
    path = "/" if account.wallet is None else f"/wallet/{account.wallet}"
    body = {"jsonrpc": "1.0", "id": "verifier", "method": method, "params": list(params)}
    return Http(method="POST", path=path, body=body)


def _answer(reply: Reply) -> RpcAnswer:
    if reply.status not in _SPOKEN:
        refuse_status(reply)
    return fit(RpcAnswer, document(reply))
