"""How a source is asked: a conversation is a generator that yields asks and is sent replies. No I/O here."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import wraps
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from verifier.observation import Observation, Silence, SilenceReason
from verifier.units import ALGORITHMS, COIN_DECIMALS, SHA256D, Window

#: Bytes of an answer at most, and of one that lists thousands of rows.
USUAL: Final = 1_048_576
LARGE: Final = 8_388_608
#: Days are booked after they end: income and payouts are asked for with this overlap; ids keep it from counting twice.
BOOKED_LATE: Final = timedelta(days=3)


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


class Quiet(Exception):
    """Ends the talk in which it is raised: the answer was understood, and all that it tells is a silence."""

    def __init__(self, reply: Reply, detail: str, reason: SilenceReason = SilenceReason.NEVER_SEEN) -> None:
        self.silence = Silence(at=reply.received_at, reason=reason, detail=detail)
        super().__init__(detail)


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

    @property
    def read_by(self) -> str:
        """What the file says of how an answer is read, "" where only the adapter knows: changed, it reads anew."""
        return ""


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
    cap: int = USUAL
    asked_of: Callable[[Account], bool] = lambda _account: True


def asks(
    *sees: type,
    every: timedelta,
    phase: timedelta | None = None,
    reach: timedelta = timedelta(0),
    cap: int = USUAL,
    asked_of: Callable[[Account], bool] = lambda _account: True,
) -> Callable[[Callable[..., Talk]], Question]:
    """Makes a question of the talk below it, which may end by `Quiet`; the rest as `Question` says."""

    def question(talk: Callable[..., Talk]) -> Question:
        return Question(
            name=talk.__name__, sees=frozenset(sees), every=every, talk=_to_its_end(talk), phase=phase, reach=reach,
            cap=cap, asked_of=asked_of,
        )  # fmt: skip

    return question


def _to_its_end(talk: Callable[..., Talk]) -> Callable[..., Talk]:
    @wraps(talk)
    def conversation(account: Account, window: Window) -> Talk:
        try:
            return (yield from talk(account, window))
        except Quiet as end:
            return (end.silence,)

    return conversation


def names(field: str) -> Callable[[Account], bool]:
    """Whether an account names one of what it has, like an order or a bid, and is asked about that alone."""
    return lambda account: getattr(account, field, None) is not None


def leaves_out(field: str) -> Callable[[Account], bool]:
    """Whether it does not, and is asked about all."""
    return lambda account: getattr(account, field, None) is None


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


class MemberAccount(Account):
    """An account at one member of a family of pools.

    ``members`` holds what is known of each by the name written in ``pool``; what is written in the account wins. An
    unlisted one is an account with ``url`` and all that the table says of the listed.
    """

    members: ClassVar[Mapping[str, Mapping[str, str]]] = {}

    pool: Annotated[str, Field(description="name of a known pool, as the page of the kind lists them")] = ""

    @model_validator(mode="before")
    @classmethod
    def _of_its_pool(cls, given: object) -> object:
        return of_its_pool(given, cls.members)


class FamilyAccount(MemberAccount):
    """An address at one member of a family of pools that mine different coins.

    Where the table of ``members`` says no coin or algorithm the family's own account requires them.
    """

    coin: Annotated[CoinName, Field(validate_default=True)] = ""
    algorithm: Annotated[AlgorithmName, Field(validate_default=True)] = ""
    address: Annotated[str, Field(pattern=r"^[A-Za-z0-9:._-]{3,160}$", description="the address that is mined to")]


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
