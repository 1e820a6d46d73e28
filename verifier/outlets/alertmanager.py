"""Alertmanager: the problems that are open, told as a state and told again while they last.

No message and no channel: nothing is owed, written first or marked. What is open now is sent to every instance at every
interval, what ended is sent with its end for a while, and an instance that was away has it all with the next round.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

import structlog

from verifier.errors import SourceError
from verifier.incidents.standing import Change, Incident, Phase, Transition, problem_id
from verifier.outlets import messages, words
from verifier.outlets.instances import Alertmanager
from verifier.outlets.messages.letter import Occasion, one_line
from verifier.outlets.picture import Picture
from verifier.talk import Http
from verifier.verdicts.verdict import Outcome, Verdict
from verifier.wire import Destination, Wire

#: Alerts whose name says more than the name of their check.
_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hashrate": "HashrateShort",
        "settlement": "PeriodNotDelivered",
        "uptime": "LessUptimeThanPromised",
        "paid_as_if": "PaidAsIfLessWorked",
        "payout_exceeds_seen_work": "PaidMoreThanSeenWorkExplains",
    }
)
#: A problem is not over because we are: so long it stays open at an instance that hears no more from us.
_OUTLIVES: Final = timedelta(hours=1)
#: An end is told again for as long as Prometheus does it.
_REPEATED: Final = timedelta(minutes=15)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One problem as Alertmanager knows it: the labels are its identity, ``ends_at`` is None while it is open."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None = None
    page: str = ""

    @property
    def identity(self) -> frozenset[tuple[str, str]]:
        """What Alertmanager tells alerts apart by."""
        return frozenset(self.labels.items())


def alert_name(check: str) -> str:
    """The name under which a check's problems are known to Prometheus, Alertmanager and the runbooks."""
    return _NAMES.get(check) or "".join(part.capitalize() for part in check.split("_"))


def alerts(picture: Picture, runbooks: str | None = None) -> tuple[Alert, ...]:
    """One alert per open problem.

    Every label comes from the configuration or a closed enumeration, so that the alert of a problem that comes back is
    the alert it was before, and a silence written for it still fits. The problem's id is an annotation: it is another
    one for every episode.
    """
    return tuple(
        _alert(picture, kind, subject, check, incident, view.verdicts[check], runbooks)
        for kind, views in (("contract", {**picture.contracts, **picture.sums}), ("account", picture.accounts))
        for subject, view in views.items()
        for check, incident in view.incidents.items()
        if incident.phase is Phase.OPEN and check in view.verdicts
    )


def carried(before: Iterable[Alert], now_open: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
    """What is told now: the open ones, and those that ended lately, in the words they had while they were open.

    Alertmanager shows the annotations of the last post, so an end has to bring them again.
    """
    still = {alert.identity for alert in now_open}
    ended = [replace(alert, ends_at=alert.ends_at or now) for alert in before if alert.identity not in still]
    return (*now_open, *(alert for alert in ended if alert.ends_at is not None and now - alert.ends_at < _REPEATED))


def body(told: Iterable[Alert], now: datetime, every: timedelta) -> bytes:
    """The request of ``POST /api/v2/alerts`` (Alertmanager's OpenAPI, postableAlerts)."""
    until = now + max(_OUTLIVES, 4 * every)
    return json.dumps([_postable(alert, until) for alert in told], separators=(",", ":"), allow_nan=False).encode()


class Pushing:
    """Tells every instance, and remembers what was told so that an end can be told too."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._told: tuple[Alert, ...] = ()
        self._deaf: set[str] = set()

    async def push(self, to: Alertmanager, picture: Picture, now: datetime) -> None:
        """Send the present state once. An instance that does not take it is logged, and told with the next round."""
        # Texts of many problems take their time, and the picture never changes: not in the loop.
        now_open = await asyncio.to_thread(alerts, picture, to.runbooks)
        self._told = carried(self._told, now_open, now)
        if self._told:
            content = body(self._told, now, to.every)
            await asyncio.gather(*(self._post(to, url, content) for url in to.urls))

    async def _post(self, to: Alertmanager, url: str, content: bytes) -> None:
        destination = Destination(name=to.name, url=url, allow_private=to.allow_private, follow_redirects=False)
        headers = {"Content-Type": "application/json"}
        try:
            reply = await self._wire.ask(
                destination, Http(path="/api/v2/alerts", method="POST", headers=headers, body=content)
            )
            failure = None if 200 <= reply.status < 300 else f"{destination.host} answered {reply.status}"
        except SourceError as error:
            failure = str(error)
        place = urlsplit(url).netloc
        if failure is None and place in self._deaf:
            log.info("the alertmanager takes alerts again", alertmanager=place)
            self._deaf.remove(place)
        elif failure is not None and place not in self._deaf:
            log.warning("the alertmanager does not take alerts", alertmanager=place, reason=failure)
            self._deaf.add(place)


def _alert(
    picture: Picture, kind: str, subject: str, check: str, incident: Incident, verdict: Verdict, runbooks: str | None
) -> Alert:
    severity = picture.severities.get(check, "warning")
    occasion = Occasion(
        transition=Transition(
            id="",
            problem=problem_id(subject, check, incident.ordinal),
            subject=subject,
            check=check,
            ordinal=incident.ordinal,
            change=Change.OPENED,
            at=incident.opened_at or picture.at,
            decided_at=picture.at,
            tell=True,
            severity=severity,
            verdict=verdict,
            concerns=picture.accounts[subject].contracts if kind == "account" else (),
        ),
        picture=picture,
        now=picture.at,
    )
    summary, description = _words(occasion)
    name, page = alert_name(check), occasion.url or ""
    annotations = {
        "summary": summary,
        "description": description,
        "problem": occasion.transition.problem,
        "runbook_url": f"{runbooks.rstrip('/')}/{name}.md" if runbooks else "",
        "dashboard_url": page,
    }
    return Alert(
        labels={"alertname": name, kind: subject, "check": check, "severity": severity},
        annotations={key: text for key, text in annotations.items() if text},
        starts_at=incident.since or occasion.transition.at,
        page=page,
    )


def _words(occasion: Occasion) -> tuple[str, str]:
    """Headline and text as a mail has them; a problem that is no longer true but not yet over has no letter."""
    transition = occasion.transition
    if transition.verdict.outcome is not Outcome.SHORT:
        trouble = words.headline(transition.check, Outcome.SHORT.value)
        return f"{one_line(transition.subject)}: {trouble}", f"Not over yet. {one_line(transition.verdict.because)}"
    written = messages.letter(occasion)
    lines = (f"{line.label}: {line.text}" for line in written.lines if line.label != "Next message")
    return written.headline, "\n".join(lines)


def _postable(alert: Alert, until: datetime) -> dict[str, Any]:
    return {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": _moment(alert.starts_at),
        "endsAt": _moment(alert.ends_at or until),
        "generatorURL": alert.page,
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
