"""The entry of ``tell:`` that sends open problems to Alertmanager; it is no channel, since it keeps no messages."""

from collections.abc import Mapping
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from verifier.outlets.instances import Alertmanager
from verifier.settings.addresses import private, web_address
from verifier.settings.document import Document, Entries, Step
from verifier.settings.findings import Findings
from verifier.settings.quantities import QuantityError
from verifier.settings.shape import AlertmanagerShape

KEY: Final = "alertmanager"
Place: TypeAlias = tuple[Step, ...]


def entries(written: object) -> dict[Place, Mapping[str, object]]:
    """What ``tell:`` says about Alertmanager: the short form, or entries by name."""
    if not isinstance(written, Entries):
        return {}
    if KEY in written and not isinstance(written[KEY], Mapping):
        return {("tell",): {key: value for key, value in written.items() if key != "repeat"}}
    return {("tell", name): entry for name, entry in written.items() if isinstance(entry, Mapping) and KEY in entry}


def read(document: Document, written: object, findings: Findings) -> Alertmanager | None:
    """The one Alertmanager that is told, None where there is none; its instances are one list."""
    found = entries(written)
    for path in list(found)[1:]:
        findings.add(document, path, f"is a second one, write all its instances as one list: `{KEY}: [http://…, …]`")
    for path, entry in list(found.items())[:1]:
        shape = findings.checked(document, path, AlertmanagerShape, entry)
        if shape is None:
            return None
        for url in shape.alertmanager:
            _check(document, (*path, KEY), url, findings, allow_private=shape.allow_private)
        return Alertmanager(
            name=str(path[-1]) if len(path) > 1 else KEY,
            urls=tuple(url.rstrip("/") for url in shape.alertmanager),
            every=shape.every,
            allow_private=shape.allow_private or all(map(_near, shape.alertmanager)),
            runbooks=shape.runbooks,
        )
    return None


def _near(url: str) -> bool:
    """Whether an address is one's own machine or network by its name: what was written for it was meant."""
    try:
        return private(urlsplit(url).hostname or "")
    except ValueError:
        return False


def _check(document: Document, path: Place, url: str, findings: Findings, *, allow_private: bool) -> None:
    try:
        web_address(url, allow_private=allow_private or _near(url))
    except QuantityError as error:
        findings.add(document, path, str(error))
