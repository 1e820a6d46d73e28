"""The call that says that all is well, heard by a real receiver."""

from aiohttp import web

from tests.outlets.channels.far_end import Receiver, receiving
from tests.outlets.pictures import NOW
from verifier.clock import SteppedClock
from verifier.outlets.heartbeat import heartbeat
from verifier.wire import Wire


async def test_the_watcher_of_the_watcher_is_called() -> None:
    receiver = Receiver(lambda n: web.Response(status=503 if n else 200))
    async with (
        receiving(receiver) as url,
        Wire(SteppedClock(NOW), connect_timeout=2, read_timeout=2, total_timeout=5, jitter=lambda: 0.0) as wire,
    ):
        assert await heartbeat(wire, url, allow_private=True, now=NOW)
        assert not await heartbeat(wire, url, allow_private=True, now=NOW)
        assert not await heartbeat(wire, url, allow_private=False, now=NOW)
