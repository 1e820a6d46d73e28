"""Who may read the pages and over what: TLS, logins and headers, as a web configuration of exporter-toolkit says."""

import asyncio
import hashlib
import hmac
import secrets
import ssl
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

ClientCertificate: TypeAlias = Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"]
Version: TypeAlias = Literal["TLS12", "TLS13"]

_VERIFY: Final[Mapping[ClientCertificate, ssl.VerifyMode]] = MappingProxyType(
    {
        "NoClientCert": ssl.CERT_NONE,
        "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
        "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
    }
)
_VERSIONS: Final[Mapping[Version, ssl.TLSVersion]] = MappingProxyType(
    {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
)
#: bcrypt reads no further; what is behind it never counted, and the library refuses it.
_READ_BY_BCRYPT: Final = 72
#: Logins that were right lately, so that bcrypt is not computed for each request.
_REMEMBERED: Final = 100
#: Compared for names nobody has, so that a wrong name takes as long as a wrong password.
_NOBODY: Final = b"$2b$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Certificate and key, and whose certificates are asked for. ``digest`` covers the content of all three files."""

    cert_file: Path
    key_file: Path
    client_auth_type: ClientCertificate = "NoClientCert"
    client_ca_file: Path | None = None
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    digest: str = ""

    def context(self) -> ssl.SSLContext:
        """The files as they are now. Raises OSError, of which ssl.SSLError is one, for what cannot be used."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # An encrypted key would ask at a terminal nobody sits at.
        context.load_cert_chain(self.cert_file, self.key_file, password=lambda: b"")
        context.minimum_version = _VERSIONS[self.min_version]
        context.maximum_version = _VERSIONS[self.max_version]
        if self.client_ca_file is not None:
            context.load_verify_locations(self.client_ca_file)
        context.verify_mode = _VERIFY[self.client_auth_type]
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A web configuration as read from ``file``; without one everybody who reaches the address may read.

    ``users`` maps names to bcrypt hashes, ``headers`` stand on every answer.
    """

    file: Path | None = None
    tls: Tls | None = None
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def guarded(self) -> bool:
        """Whether somebody without a password or a certificate is kept out."""
        return bool(self.users) or (self.tls is not None and self.tls.client_auth_type == "RequireAndVerifyClientCert")

    @property
    def token(self) -> str:
        """What shows that a program on this machine can read the file as the server does; for its commands alone."""
        key = "\n".join(f"{name}:{hashed}" for name, hashed in sorted(self.users.items()))
        return hmac.new(key.encode(), b"commands of this machine", "sha256").hexdigest()


def loopback(host: str) -> bool:
    """Whether only programs of this machine reach a server that listens there."""
    try:
        return ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


class Doorkeeper:
    """Lets in whom the web configuration names, as it is at this moment."""

    def __init__(self, access: Access | None = None) -> None:
        self.access = access or Access()
        self._secret = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()

    async def admits(self, authorization: str | None, *, by_token: bool = False) -> bool:
        """Whether the Authorization header opens the door; everybody is let in where no password is set.

        ``by_token``: this door is one that the token opens too.
        """
        users = self.access.users
        if not users:
            return True
        scheme, _, credentials = (authorization or "").partition(" ")
        if scheme.lower() == "bearer":
            return by_token and hmac.compare_digest(credentials.encode(), self.access.token.encode())
        if scheme.lower() != "basic":
            return False
        try:
            name, colon, password = b64decode(credentials, validate=True).partition(b":")
        except ValueError:
            return False
        return bool(colon) and await self._is_right(users.get(name.decode(errors="replace")), name, password)

    async def _is_right(self, hashed: str | None, name: bytes, password: bytes) -> bool:
        import bcrypt

        # Keyed with a secret of this process: nothing that is remembered can be tried against elsewhere.
        parts = (name, (hashed or "").encode(), password)
        seen = hmac.digest(self._secret, b"".join(hashlib.sha256(part).digest() for part in parts), "sha256")
        if seen in self._right:
            self._right.move_to_end(seen)
            return True
        # Many guesses at once must not take every core.
        async with self._one_at_a_time:
            known = _NOBODY if hashed is None else hashed.encode()
            fits = await asyncio.to_thread(bcrypt.checkpw, password[:_READ_BY_BCRYPT], known)
        if not fits or hashed is None:
            return False
        self._right[seen] = None
        if len(self._right) > _REMEMBERED:
            self._right.popitem(last=False)
        return True
