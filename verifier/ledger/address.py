"""Where a ledger on a database server is; its password stands beside the address, never in it."""

import shlex
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

_SCHEMES: Final = ("postgresql", "postgres")

#: What may follow the question mark: a socket's directory, a port, and how the server proves who it is.
_OPTIONS: Final = ("host", "port", "sslmode", "sslrootcert")

_FORM: Final = "write it like postgresql://user@host/database"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """A ledger on a PostgreSQL server: ``url`` as its own programs take it, and where the password came from."""

    url: str
    password: str | None = field(default=None, repr=False)
    origin: str = ""

    @classmethod
    def of(cls, url: str, password: str | None = None, origin: str = "") -> Self:
        """Raises ValueError, for people, for what is no such address or carries a password."""
        try:
            parts = urlsplit(url)
            known = parts.scheme in _SCHEMES and all(name in _OPTIONS for name, _ in parse_qsl(parts.query))
            carries = parts.password is not None
        except ValueError:
            raise ValueError(f"is not the address of a PostgreSQL database, {_FORM}") from None
        if carries:
            raise ValueError("carries a password, write that alone in a file and name it with `ledger_password_file`")
        if not known or not unquote(parts.path).strip("/") or parts.fragment or not url.isprintable():
            raise ValueError(f"is not the address of a PostgreSQL database, {_FORM}")
        return cls(url=url, password=password, origin=origin)

    def __str__(self) -> str:
        return self.url

    @property
    def copying(self) -> str:
        """The server's own command that copies the database beside a running daemon."""
        return f"pg_dump --format=custom --file=verifier.dump {shlex.quote(self.url)}"

    @property
    def restoring(self) -> str:
        """The server's own command that puts such a copy back, all of it or nothing."""
        options = "--clean --if-exists --no-owner --single-transaction"
        return f"pg_restore {options} --dbname={shlex.quote(self.url)}"
