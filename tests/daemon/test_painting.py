"""What the picture holds beside results: what a bitcoin costs now, from sources that are asked like all others."""

from datetime import timedelta

from tests.daemon.installed import HEAD, NORTH, Pools
from tests.stories.watching import watching
from verifier.daemon.daemon import Daemon
from verifier.expectations.price import Price
from verifier.simulator.faults import Fault

PRICES = """\
  kraken: {{kind: kraken, url: "{base}/kraken", currencies: [EUR], allow_private: true, pace: 0}}
  coinbase: {{kind: coinbase, url: "{base}/coinbase", currencies: [EUR], allow_private: true, pace: 0}}
  mempool: {{kind: mempool_space, url: "{base}/mempool-space/api", currencies: [EUR], allow_private: true, pace: 0}}
contracts:
"""
ASKED = "prices: [kraken, coinbase, mempool]\nshow: {currency: EUR}\n"


def shown(daemon: Daemon) -> Price:
    assert daemon.picture is not None
    return daemon.picture.prices["EUR"]


async def test_a_price_is_shown_survives_a_restart_and_is_gone_when_it_is_old(simulated: Pools) -> None:
    clock, file = simulated.clock, simulated.write(NORTH, ASKED, head=HEAD.replace("contracts:\n", PRICES))
    async with watching(file, clock) as daemon:
        await daemon.step(clock.now())
        told = shown(daemon)
    assert told.sources == ("coinbase", "kraken", "mempool")
    assert told.value is not None
    for face in ("kraken", "coinbase", "mempool-space"):
        simulated.give(Fault.ERROR_503, face)
    clock.set(clock.now() + timedelta(minutes=10))
    async with watching(file, clock) as daemon:
        await daemon.step(clock.now())
        assert shown(daemon).value == told.value
        clock.set(clock.now() + timedelta(hours=1))
        await daemon.step(clock.now())
        old = shown(daemon)
    assert (old.value, old.sources, old.last) == (None, (), told.last)
