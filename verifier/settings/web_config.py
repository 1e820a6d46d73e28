"""The file of ``--web.config.file``, in the format of exporter-toolkit, so that ``promtool check web-config`` knows it.

What this server cannot do is refused instead of passed over: a protection that is written must be there.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StrictBool

from verifier.errors import ConfigError, Fault
from verifier.outlets.access import Access, ClientCertificate, Tls, Version, loopback
from verifier.settings.document import Document, read_document
from verifier.settings.findings import Findings
from verifier.settings.model import Web
from verifier.settings.shape import Line, Shape

_HASH: Final = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}", re.ASCII)
_HASH_COMMAND: Final = "`htpasswd -nBC 10 NAME`"


def _bcrypt_hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise ValueError(f"is not a bcrypt hash, write what {_HASH_COMMAND} prints behind the colon")
    return text


def _http_1(wanted: bool) -> bool:
    if wanted:
        raise ValueError("is not spoken here, write `http2: false` or leave it out")
    return wanted


class TlsShape(Shape):
    """Certificate and key of this server, and what is asked of those who connect."""

    cert_file: Line = Field(description="the file of the certificate")
    key_file: Line = Field(description="the file of its key")
    client_auth_type: ClientCertificate = "NoClientCert"
    client_ca_file: Line | None = None
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"


class HeadersShape(Shape):
    """The headers that can be set without weakening the pages; all others are the program's own."""

    strict_transport_security: Line | None = Field(default=None, alias="Strict-Transport-Security")
    x_frame_options: Literal["deny", "sameorigin"] | None = Field(default=None, alias="X-Frame-Options")
    x_content_type_options: Literal["nosniff"] | None = Field(default=None, alias="X-Content-Type-Options")
    x_xss_protection: Line | None = Field(default=None, alias="X-XSS-Protection")


class HttpShape(Shape):
    """How the server speaks."""

    http2: Annotated[StrictBool, AfterValidator(_http_1)] = False
    headers: HeadersShape = Field(default_factory=HeadersShape)


class WebConfigShape(Shape):
    """The whole file."""

    tls_server_config: TlsShape | None = None
    http_server_config: HttpShape = Field(default_factory=HttpShape)
    basic_auth_users: dict[str, Annotated[str, AfterValidator(_bcrypt_hash)]] = Field(default_factory=dict)


def read_web_config(path: Path) -> Access:
    """What the file says, with the certificates as they are now. Raises ConfigError with every fault."""
    document, findings = read_document(path), Findings()
    findings.tell_form(document)
    findings.settle()
    shape = findings.checked(document, (), WebConfigShape, document.root)
    tls = None
    if shape is not None and shape.tls_server_config is not None:
        tls = _tls(shape.tls_server_config, path.parent, document, findings)
    for name in shape.basic_auth_users if shape is not None else ():
        if ":" in name:
            findings.add(document, ("basic_auth_users", name), "holds a colon, which no login can send, write another")
    findings.settle()
    assert shape is not None  # noqa: S101 - else there was a fault
    headers: Mapping[str, str] = shape.http_server_config.headers.model_dump(by_alias=True, exclude_none=True)
    return Access(file=path, tls=tls, users=shape.basic_auth_users, headers=headers)


def _tls(shape: TlsShape, beside: Path, document: Document, findings: Findings) -> Tls | None:
    section = "tls_server_config"
    if (shape.client_auth_type == "NoClientCert") is not (shape.client_ca_file is None):
        problem = "asks for nothing alone, write `client_ca_file` and `client_auth_type: RequireAndVerifyClientCert`"
        findings.add(document, (section, "client_ca_file"), problem)
        return None
    if shape.min_version > shape.max_version:
        findings.add(document, (section, "min_version"), "is above max_version, write `TLS12`")
        return None
    files = {
        key: beside / named
        for key, named in (
            ("cert_file", shape.cert_file),
            ("key_file", shape.key_file),
            ("client_ca_file", shape.client_ca_file),
        )
        if named is not None
    }
    digest = hashlib.sha256()
    for key, file in files.items():
        try:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        except OSError as error:
            findings.add(document, (section, key), f"cannot be read ({error.strerror}), write the path of a file")
            return None
    tls = Tls(
        cert_file=files["cert_file"],
        key_file=files["key_file"],
        client_auth_type=shape.client_auth_type,
        client_ca_file=files.get("client_ca_file"),
        min_version=shape.min_version,
        max_version=shape.max_version,
        digest=digest.hexdigest(),
    )
    try:
        tls.context()
    except (OSError, ValueError):
        problem = "does not work with its key or its CA, write PEM files that belong together, the key without password"
        findings.add(document, (section, "cert_file"), problem)
        return None
    return tls


def check_reach(web: Web) -> None:
    """Refuse to be reached by other machines without a password. Raises ConfigError with the lines to write."""
    if loopback(web.host) or web.access.guarded:
        return
    file, line, path = (str(web.access.file), 1, "basic_auth_users") if web.access.file else web.written_at
    fault = Fault(
        file=file,
        line=line,
        path=path,
        problem=f"{web.address} can be reached from other machines and nobody is asked for a password; write "
        f"`basic_auth_users: {{me: <what {_HASH_COMMAND} prints behind the colon>}}` into a file and give it with "
        "--web.config.file, or listen at 127.0.0.1",
    )
    raise ConfigError([fault])
