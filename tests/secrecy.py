"""Everything the suite writes and says is searched for every secret that is used in it."""

from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

#: Every secret that a test gives to the program: a new one is added here, and is then searched for everywhere.
SECRETS: Final = (
    "simulated-token",
    "hunter2hunter2",
    "correct horse/battery+staple",
    "whsec_bWFkZS11cC1zZWNyZXQtZm9yLWEtd2ViaG9vaw==",
    "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
)


def spellings(secret: str) -> frozenset[bytes]:
    """A secret as it could leave: plain, in an address, in a header."""
    return frozenset({secret.encode(), quote(secret, safe="").encode(), b64encode(secret.encode())})


_SPELLED: Final = tuple(spelling for secret in SECRETS for spelling in spellings(secret))


def tells(content: bytes) -> bool:
    """Whether a secret stands in something written or said."""
    return any(spelling in content for spelling in _SPELLED)


def is_the_place_of_a_secret(content: bytes) -> bool:
    """A file that a test made to hold one secret alone, as ``*_file`` keys name them."""
    return len(content.split()) <= 1 or content.strip().decode(errors="replace") in SECRETS


def written_secrets(folder: Path) -> Iterable[Path]:
    """The files below a folder that tell a secret and were not made to hold it."""
    for file in sorted(folder.rglob("*")):
        # An installed copy of the program holds the names of the simulator's tokens: nobody wrote them by running it.
        if file.is_file() and not file.is_symlink() and file.suffix not in {".py", ".pyc"}:
            content = file.read_bytes()
            if tells(content) and not is_the_place_of_a_secret(content):
                yield file
