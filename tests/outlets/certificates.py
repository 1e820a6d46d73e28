"""Certificates made for a test: an authority, a server's and a client's, good for 127.0.0.1 and a day."""

import ssl
import subprocess
from pathlib import Path

_LEAF = "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=critical,CA:false\n"


def _openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def authority(folder: Path) -> Path:
    """``ca.pem`` and its key."""
    _openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 1,
        "-subj", "/CN=authority of a test", "-keyout", folder / "ca.key", "-out", folder / "ca.pem",
    )  # fmt: skip
    return folder / "ca.pem"


def signed(folder: Path, name: str) -> tuple[Path, Path]:
    """``NAME.pem`` and ``NAME.key``, signed by the authority of the folder."""
    certificate, key, request = (folder / f"{name}.{ending}" for ending in ("pem", "key", "csr"))
    _openssl(
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
        "-keyout", key, "-out", request,
    )  # fmt: skip
    extensions = folder / "leaf.ext"
    extensions.write_text(_LEAF, encoding="utf-8")
    _openssl(
        "x509", "-req", "-in", request, "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial",
        "-days", 1, "-extfile", extensions, "-out", certificate,
    )  # fmt: skip
    return certificate, key


def trusting(ca: Path, client: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    """What a client that trusts the authority connects with."""
    context = ssl.create_default_context(cafile=str(ca))
    if client is not None:
        context.load_cert_chain(*client)
    return context
