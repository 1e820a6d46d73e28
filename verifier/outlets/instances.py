"""Where Alertmanager is reached: a record of the settings, which need nothing of what is told there."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Alertmanager:
    """The instances of one Alertmanager, all of which are told. ``runbooks`` is where the runbook pages are read."""

    name: str
    urls: tuple[str, ...]
    every: timedelta = timedelta(minutes=1)
    allow_private: bool = False
    runbooks: str | None = None
