"""Every error this program raises on purpose, each tied to one reaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class VerifierError(Exception):
    """Root of all errors raised on purpose; anything else is a bug and ends the process."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One thing a user must change in a file: where it is, and what to write instead."""

    file: str
    line: int
    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.problem}"


class ConfigError(VerifierError):
    """The user must change a file: all faults are told at once and nothing is started."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class LedgerError(VerifierError):
    """The memory cannot be trusted or written: stop judging, say so, never guess."""


class InUse(LedgerError):
    """Another program writes this ledger: stop that one, or ask it."""


class SourceError(VerifierError):
    """A question brought no observations: becomes a Silence, never a shortfall.

    ``exchanges`` is what was asked and answered before it, for the ledger to remember.
    """

    exchanges: tuple[Any, ...] = ()


class Unreachable(SourceError):
    """The other end did not answer: try again later with back-off."""


class Refused(SourceError):
    """A key or an address was not accepted: told once, asked again rarely."""


class Misread(SourceError):
    """An answer of a shape never seen before: kept whole, asked slower, read again by a newer adapter."""


class Implausible(Misread):
    """An answer of the right shape that cannot be true, such as a time in the future."""
