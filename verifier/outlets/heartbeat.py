"""The call that says that all is well, to somebody who notices when it stops."""

from datetime import datetime

import structlog

from verifier.errors import SourceError
from verifier.talk import Http
from verifier.wire import Destination, Wire

log = structlog.get_logger()


async def heartbeat(wire: Wire, url: str, allow_private: bool, now: datetime) -> bool:
    """Call the address that notices when the calls stop; a failure is logged and nothing else."""
    destination = Destination(name="heartbeat", url=url, secrets={"address": url}, allow_private=allow_private)
    try:
        reply = await wire.ask(destination, Http(path=""))
    except SourceError as error:
        log.warning("the heartbeat was not heard", reason=str(error), at=now.isoformat())
        return False
    if heard := 200 <= reply.status < 300:
        return heard
    log.warning("the heartbeat was not heard", reason=f"{destination.host} answered {reply.status}", at=now.isoformat())
    return False
