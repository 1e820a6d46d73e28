"""Where an account or a channel is reached, and what its asks look like when they leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from yarl import URL

from verifier.talk import Ask, File, Http, Lines, Secret, Sign
from verifier.wire.redaction import HIDDEN, Filling, filled_parts, hide, spellings


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One configured other end. No representation of it shows a secret.

    ``url`` is http(s):// for `Http`, tcp:// or tls:// for `Lines`, file:// (a file, or the directory that asks stay
    below) for `File`. ``pace`` is the least number of seconds between two asks with the same credential at one host.
    ``follow_redirects`` False hands a redirect to the caller as the answer.
    """

    name: str
    url: str = field(repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    pace: float = 0.0
    allow_private: bool = False
    ca_file: str | None = None
    proxy: str | None = field(default=None, repr=False)
    sign: Sign | None = field(default=None, repr=False)
    follow_redirects: bool = True
    base: URL = field(init=False, repr=False, compare=False)
    host: str = field(init=False, compare=False)
    credential: str = field(init=False, repr=False, compare=False)
    spelled: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        base = URL(self.url)
        proxy_password = URL(self.proxy).password if self.proxy else None
        hidden = (*self.secrets.values(), base.password or "", proxy_password or "")
        proof = repr(sorted(self.secrets.items())).encode() if self.secrets else b""
        object.__setattr__(self, "base", base)
        object.__setattr__(self, "host", base.host or "this machine")
        object.__setattr__(self, "credential", sha256(proof).hexdigest())
        object.__setattr__(self, "spelled", spellings(hidden))

    @property
    def lane(self) -> tuple[str, int | None, str]:
        """What shares one pace: a host and port with one credential."""
        return self.host, self.base.port, self.credential

    def fill(self, placeholder: Secret) -> str | None:
        """The value of a placeholder, for the other end only."""
        return self.secrets.get(placeholder.name)

    def mask(self, placeholder: Secret) -> str | None:
        """What stands for a placeholder in everything that is kept or shown."""
        return HIDDEN if placeholder.name in self.secrets else None


def target(destination: Destination, ask: Http, filling: Filling) -> URL:
    """The URL of an ask. Raises ValueError when the path could lead away from the destination's host."""
    if ask.path and not ask.path.startswith("/"):
        raise ValueError(f"the path of an ask starts with a slash: {ask.path!r}")
    url = _parsed(destination.url.rstrip("/") + ask.path) if ask.path else destination.base
    if ask.query:
        url = url.update_query(filled_parts(ask.query, filling))
    return url


@lru_cache(maxsize=16_384)
def _parsed(url: str) -> URL:
    """The same pages are asked for again and again; a query, which may carry a secret, is added later."""
    return URL(url)


def recorded_url(destination: Destination, ask: Ask) -> str:
    """The address of an ask as it is remembered and shown: ``https://pool.example/v1/now?token=***``."""
    return hide(_plain_address(destination, ask), destination.spelled)


def _plain_address(destination: Destination, ask: Ask) -> str:
    match ask:
        case Http():
            return str(target(destination, ask, destination.mask).with_user(None))
        case Lines():
            return f"{destination.base.with_user(None)}#{ask.method}"
        case File():
            return f"{destination.url.rstrip('/')}/{ask.path}" if ask.path else destination.url
