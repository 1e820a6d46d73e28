"""Secrets: from the environment, else the credentials directory (systemd), else a file named in the configuration."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from verifier.settings.document import Document, Step
from verifier.settings.findings import Findings

_LARGEST: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A secret and where it came from; only ``origin`` may be shown."""

    value: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretPlaces:
    """Where secrets are looked for, in this order: environment, credentials directory, file named in the settings."""

    environment: Mapping[str, str]
    credentials: Path | None
    beside: Path

    def find(
        self, section: str, name: str, secret: str, note: "Note", *, named_file: object, required: bool
    ) -> Found | None:
        """The secret of an account or channel; None after a fault, or where it is optional and nowhere.

        ``section`` is empty for what stands at the top of the file.
        """
        variable = f"VERIFIER_{section and section + '__'}{name}__{secret}".upper()
        if variable in self.environment:
            return note.clean(self.environment[variable], f"environment {variable}")
        # systemd names the files of a credential folder after the folder (LoadCredential=secrets:DIR).
        for credential in (f"{name}.{secret}", f"secrets_{name}.{secret}"):
            if self.credentials is not None and (self.credentials / credential).is_file():
                return note.read(self.credentials / credential, f"credential {credential}")
        if named_file is not None and not isinstance(named_file, str):
            note.fault("is not a path, write the path of a file that holds the secret alone")
            return None
        if named_file is not None:
            path = self.beside / named_file
            found = note.read(path, f"file {named_file}")
            if found is not None and path.stat().st_mode & stat.S_IROTH:
                note.warn(f"{named_file} can be read by everybody on this machine, run `chmod 600 {named_file}`")
            return found
        if required:
            line = f"`{secret}_file: {name}.{secret}` under {note.under}"
            note.fault(f"needs its {secret}, write {line} or set {variable}")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Where in the file a secret is read, and under which keys it would be written."""

    findings: Findings
    document: Document
    path: tuple[Step, ...]
    under: str

    def fault(self, problem: str) -> None:
        self.findings.add(self.document, self.path, problem)

    def warn(self, problem: str) -> None:
        self.findings.warn(self.document, self.path, problem)

    def read(self, path: Path, origin: str) -> Found | None:
        """A secret's file without its last line break."""
        try:
            with path.open("rb") as file:
                body = file.read(_LARGEST).decode()
        except OSError as error:
            self.fault(f"{path.name} cannot be read ({error.strerror}), write the path of a file that can")
            return None
        except UnicodeDecodeError:
            self.fault(f"{path.name} is not text, write the secret as one line of UTF-8 text")
            return None
        return self.clean(body.removesuffix("\n").removesuffix("\r"), origin)

    def clean(self, value: str, origin: str) -> Found | None:
        """The secret unless it is empty or holds characters that no header or login can carry."""
        if not value.strip():
            self.fault(f"the secret from {origin} is empty, write the secret there")
            return None
        if not value.isprintable():
            self.fault(f"the secret from {origin} is more than one line of text, write the secret alone there")
            return None
        return Found(value=value, origin=origin)
