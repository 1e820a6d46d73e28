"""Every server fails for an hour: nobody is asked more often than when all is well, and nobody is called short."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.simulator.worlds import NOW
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.simulator.demo import demo_world, write_demo
from verifier.simulator.faults import Fault
from verifier.simulator.server import FAULTS, make_app
from verifier.verdicts.verdict import Outcome
from verifier.wire.door import RETRIES

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.mark.slow
@pytest.mark.parametrize("fault", [Fault.ERROR_503, Fault.LOGIN_PAGE])
async def test_an_hour_without_any_answer_exceeds_no_budget_and_calls_nobody_short(
    tmp_path: Path, fault: Fault
) -> None:
    clock, asked = SteppedClock(NOW - 10 * MINUTE), Counter[str]()

    @web.middleware
    async def counting(request: web.Request, handler: object) -> web.StreamResponse:
        asked[request.path.split("/")[1]] += 1
        response = await handler(request)  # type: ignore[operator]
        assert isinstance(response, web.StreamResponse)
        return response

    app = make_app(demo_world(NOW), clock.now)
    app.middlewares.append(counting)
    async with TestServer(app) as server:
        config = write_demo(demo_world(NOW), str(server.make_url("")).rstrip("/"), tmp_path)
        async with watching(config, clock) as daemon:
            await pass_time(daemon, clock, NOW, MINUTE)
            before = daemon.picture
            assert before is not None
            asked.clear()
            for face in ("ckpool", "public-pool", "f2pool", "esplora", "kraken", "coinbase", "mempool-space"):
                app[FAULTS].set(face, fault.value)
            await pass_time(daemon, clock, NOW + HOUR, MINUTE)
            after = daemon.picture
            assert after is not None

            # Each question at its own rhythm, as often as the door tries again.
            budget = Counter[str]()
            for account in daemon.settings.accounts.values():
                face = account.account.url.removeprefix(str(server.make_url("/"))).split("/")[0]
                budget[face] += sum((1 + RETRIES) * (HOUR // question.every + 1) for question in account.questions)
            assert {face: asked[face] for face in budget if asked[face] > budget[face]} == {}

            for name, view in after.contracts.items():
                short = {check for check, said in view.verdicts.items() if said.outcome is Outcome.SHORT}
                known = {
                    check for check, said in before.contracts[name].verdicts.items() if said.outcome is Outcome.SHORT
                }
                assert short <= known, name
