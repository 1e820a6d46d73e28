"""How a source is asked: a conversation is a generator that yields asks and is sent replies. No I/O here."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from verifier.observation import Observation
from verifier.units import ALGORITHMS, COIN_DECIMALS, SHA256D


@dataclass(frozen=True, slots=True)
class Secret:
    """A placeholder in any part of an ask; the door fills it in, so that no talk ever sees a key."""

    name: str


Part: TypeAlias = str | Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """One HTTP request below the account's URL. ``repeatable`` says whether asking twice is harmless."""

    path: str
    method: Literal["GET", "POST"] = "GET"
    query: Mapping[str, Part] = field(default_factory=dict)
    headers: Mapping[str, Part] = field(default_factory=dict)
    body: Mapping[str, object] | bytes | None = None
    repeatable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """One JSON-RPC call in newline-terminated lines over TCP or TLS."""

    method: str
    params: Sequence[object] = ()
    repeatable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One local file, read whole."""

    path: str
    repeatable: bool = True


Ask: TypeAlias = Http | Lines | File


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it came: a status is for the talk to read, only failures of transport are thrown.

    ``received_at`` is the moment of receipt; talks take "now" from it. Header names are lower case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


Talk: TypeAlias = Generator[Ask, Reply, Sequence[Observation]]

#: Who speaks through a source.
Whose: TypeAlias = Literal["own_gateway", "chosen_pool", "seller_page", "own_note"]


class Account(BaseModel):
    """One configured login or address at one host; sources add their own fields.

    Secrets never are fields: a source names them in ``secrets`` and the settings resolve ``<name>_file``,
    environment or systemd credential for the door.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    secrets: ClassVar[tuple[str, ...]] = ()
    optional_secrets: ClassVar[tuple[str, ...]] = ()

    kind: str
    url: str = Field(description="base address of the pool's interface, https:// unless the account says allow_private")
    pace: Annotated[float, Field(ge=0, le=3600)] | None = Field(default=None, description="seconds between two asks")
    allow_private: bool = Field(default=False, description="allow loopback and private addresses")
    ca_file: str | None = Field(default=None, description="PEM file of a private certificate authority")
    proxy: str | None = Field(default=None, description="proxy for this account, `http://…` or `socks5h://…`")
    share_difficulty: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, description="difficulty of a share where the pool fixes it and does not tell"
    )

    @property
    def independence(self) -> Whose | None:
        """Whose word this account's answers are; None: as the kind says."""
        return None


Naming: TypeAlias = Callable[[str, Account], str]
Sign: TypeAlias = Callable[[Ask, Mapping[str, str], datetime, int], Ask]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One conversation about one thing, with its own rhythm and its own silence.

    ``reach`` is how far back it can answer; ``window`` given to the talk starts there or where the last answer ended.
    ``cap`` bounds the decompressed body of each reply in bytes. With ``phase`` it is asked that long after each full
    multiple of ``every`` (UTC), when a slot of that length has settled. ``asked_of`` says which accounts it is put to:
    receipts are asked of an account that names an address, and of no other.
    """

    name: str
    sees: frozenset[type]
    every: timedelta
    talk: Callable[..., Talk]
    phase: timedelta | None = None
    reach: timedelta = timedelta(0)
    cap: int = 1_048_576
    asked_of: Callable[[Account], bool] = lambda _account: True


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What speaks one kind of interface: a record in a literal table.

    ``adapter`` is a version, raised when the talks read what they could not before: then it is read again.
    ``pace`` is the least number of seconds between two asks that the operator's rules or courtesy allow.
    ``sign`` turns an ask into a signed one, called only by the door.
    ``algorithm`` is what its hashes are of, where an account field of that name does not say it; None: its answers do.
    ``share_interval`` is the mean time between two shares of one worker that the pool's variable difficulty aims at.
    """

    kind: str
    title: str
    Account: type[Account]
    questions: tuple[Question, ...]
    support: Literal["verified", "documented", "experimental"]
    independence: Whose = "chosen_pool"
    adapter: str = "1"
    pace: float = 1.0
    naming: Naming = lambda name, _account: name
    algorithm: str | None = SHA256D
    share_interval: timedelta = timedelta(seconds=6)
    sign: Sign | None = None

    def question(self, name: str) -> Question:
        return next(question for question in self.questions if question.name == name)


def _known(table: Mapping[str, object]) -> Callable[[str], str]:
    def check(name: str) -> str:
        if name not in table:
            raise ValueError(f"is one of {', '.join(table)}")
        return name

    return check


#: A coin whose base unit is known, and an algorithm whose unit of work is.
CoinName: TypeAlias = Annotated[str, AfterValidator(_known(COIN_DECIMALS))]
AlgorithmName: TypeAlias = Annotated[str, AfterValidator(_known(ALGORITHMS))]


def of_its_pool(given: object, pools: Mapping[str, Mapping[str, str]]) -> object:
    """The written fields of an account of a family, with what the table says of its ``pool`` filled in.

    What is written wins. Raises ValueError for a pool that is not in the table, and for an unlisted one (``url`` alone)
    of which something is not said that the rows say.
    """
    if not isinstance(given, Mapping):
        return given
    name = given.get("pool", "")
    if name in pools:
        return {**pools[name], **given}
    if name or "url" not in given:
        raise ValueError(f"`pool` is one of {', '.join(pools)}; write `url` for another")
    if missing := [f"`{field}`" for field in next(iter(pools.values())) if field not in given]:
        raise ValueError(f"a pool that is not listed needs {' and '.join(missing)} beside `url`")
    return given
