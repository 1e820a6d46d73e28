"""Local files below the address that the user configured."""

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote

from verifier.clock import Clock
from verifier.errors import Misread, Refused
from verifier.talk import File, Reply
from verifier.wire.destination import Destination


def read(destination: Destination, ask: File, cap: int, clock: Clock) -> Reply:
    """The whole file with its ``last-modified``; status 404 when there is none.

    Raises Refused for a path that leads out of the configured directory (also through a link) or is no plain file,
    Misread for more than ``cap`` bytes, OSError when it cannot be read.
    """
    root = Path(unquote(destination.base.raw_path)).resolve()
    path = (root / ask.path).resolve() if ask.path else root
    if not path.is_relative_to(root):
        raise Refused(f"{ask.path} lies outside the directory of {destination.name}")
    if not path.exists():
        return Reply(status=404, headers={}, body=b"", received_at=clock.now())
    if not path.is_file():
        raise Refused(f"{path.name} is not a plain file")
    with path.open("rb") as stream:
        body = stream.read(cap + 1)
    if len(body) > cap:
        raise Misread(f"answer larger than {cap} bytes")
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    headers = {"last-modified": format_datetime(modified, usegmt=True)}
    return Reply(status=200, headers=headers, body=body, received_at=clock.now())
