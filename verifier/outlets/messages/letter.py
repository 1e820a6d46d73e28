"""What one change says to people: a headline and labelled sentences, and what they are made from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from verifier.incidents.standing import Change, Transition
from verifier.outlets import readable
from verifier.outlets.picture import AccountView, ContractView, Picture
from verifier.verdicts.verdict import Verdict

_LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One labelled sentence or two."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One change in words: ``headline`` fits a subject line; ``missing_hashes`` orders the worst first."""

    headline: str
    lines: tuple[Line, ...]
    missing_hashes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A transition with what was known when it was decided, at ``now``."""

    transition: Transition
    picture: Picture
    now: datetime

    @property
    def verdict(self) -> Verdict:
        return self.transition.verdict

    @property
    def goes_on(self) -> bool:
        """Whether the problem is told as one that lasts: newly found, or reminded of."""
        return self.transition.change in {Change.OPENED, Change.REMINDED}

    @property
    def still(self) -> str:
        """``still `` in a reminder."""
        return "still " if self.transition.change is Change.REMINDED else ""

    @property
    def since(self) -> datetime:
        """When the problem began, as far as is known."""
        return self.verdict.since or self.transition.at

    @property
    def since_brief(self) -> str:
        """That for a headline."""
        return readable.since(self.brief(self.since), or_earlier=self.verdict.since_or_earlier)

    @property
    def since_moment(self) -> str:
        """That in full."""
        return readable.since(self.moment(self.since), or_earlier=self.verdict.since_or_earlier)

    @property
    def contract(self) -> ContractView | None:
        return self.picture.named(self.transition.subject)

    @property
    def account(self) -> AccountView | None:
        return self.picture.accounts.get(self.transition.subject)

    @property
    def url(self) -> str | None:
        """The page of what this is about; None where nobody said under which address pages are seen."""
        root = self.picture.external_url
        folder = "a" if self.contract is None and self.account is not None else "c"
        return None if root is None else f"{root.rstrip('/')}/{folder}/{quote(self.transition.subject, safe='')}"

    def moment(self, at: datetime) -> str:
        """A moment in the user's zone with UTC."""
        return readable.moment(at, self.picture.time_zone)

    def brief(self, at: datetime) -> str:
        """A moment for a headline."""
        return readable.brief_moment(at, self.picture.time_zone, self.now)

    def figure(self, name: str) -> float | None:
        """A named figure of the check, None where it has none."""
        value = self.verdict.values.get(name)
        return value if isinstance(value, float | int) else None

    def text(self, name: str) -> str:
        """A named text of the check, on one line; empty where it has none."""
        value = self.verdict.values.get(name)
        return one_line(value) if isinstance(value, str) else ""


def one_line(text: str, longest: int = _LONGEST) -> str:
    """Text that somebody else wrote, without line breaks and control characters, cut where it is too long."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def sentence(text: str) -> str:
    """A text with its full stop."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def listed(names: tuple[str, ...], most: int = 8) -> str:
    """``a, b and c``; beyond ``most`` names the number of the others."""
    shown = [*names[:most], f"{len(names) - most} more"] if len(names) > most else list(names)
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
