"""The daemon remembers that it was on, so that its absence is known for what it is."""

from datetime import timedelta

from tests.daemon.installed import NORTH, Pools
from tests.stories.watching import pass_time, watching
from verifier.daemon.pulse import BEAT


async def test_one_watch_fact_a_minute_says_that_the_daemon_was_on(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        start = simulated.clock.now()
        await pass_time(daemon, simulated.clock, start + 5 * BEAT, timedelta(seconds=20))
        await daemon.stop(simulated.clock.now())
        facts = await daemon.ledger.facts(["daemon"])
    events = [fact.question for fact in facts]
    assert events == ["started", "beat", "beat", "beat", "beat", "stopped"]
