"""What is remembered for ever: who told it, when it was true, when it was learned, and what it rests on."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from verifier.observation import Observation
from verifier.units import Window


class FactKind(StrEnum):
    """Who a fact comes from: somebody who answered, a person or file that said, or the program's own heartbeat."""

    OBSERVATION = "observation"
    DECISION = "decision"
    WATCH = "watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing remembered for ever: when it was true, when it was learned, and the digest of what it rests on.

    ``subject`` is the account that answered, the contract a decision is about, or ``daemon`` for a watch.
    ``id`` grows in the order learned. ``observations`` is what one question brought; ``decision`` or ``watch``
    facts carry their content in ``content`` instead. What was made later of an answer that could not be read or
    believed when it came has in ``content`` which fact that answer left (``heard_as``) and when (``heard_at``).
    """

    id: int
    kind: FactKind
    subject: str
    question: str = ""
    true: Window
    learned_at: datetime
    digest: str
    adapter: str = ""
    observations: tuple[Observation, ...] = ()
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def read_later(self) -> bool:
        """Whether the answer was kept unread at first."""
        return "heard_as" in self.content

    @property
    def doubted(self) -> bool:
        """Whether its figures were set aside as such that cannot be right: a silence stands in their place."""
        return "set_aside" in self.content

    @property
    def order(self) -> tuple[int, int]:
        """Its place among all facts: that of the answer, whenever it was read."""
        return self.content.get("heard_as", self.id), self.id

    def as_heard(self) -> "Fact":
        """The same as if it had been read at once: a clock is not wrong, and a figure not new, because we were slow."""
        if not self.read_later:
            return self
        return replace(self, learned_at=datetime.fromisoformat(self.content["heard_at"]))
