"""What people bring is judged by the daemon that remembers it, and by every one after it."""

from datetime import timedelta

import pytest

from tests.daemon.installed import NORTH, Pools
from tests.ledger.beside import full_disk
from tests.stories.watching import watching
from verifier.daemon.daemon import Daemon
from verifier.daemon.imports import REGISTER, Offered
from verifier.errors import LedgerError

GROUPED = NORTH.replace("tolerance: 5 %", "tolerance: 5 %\n    group: farm")


def brought(simulated: Pools, hashes: str = "1.08 EH", contract: str = "north") -> Offered:
    end = simulated.clock.now()
    content = f"start,end,hashes\n{(end - timedelta(hours=1)).isoformat()},{end.isoformat()},{hashes}\n"
    return Offered(contract=contract, file="hour.csv", content=content.encode())


def watched(daemon: Daemon, name: str = "north") -> list[str]:
    assert daemon.picture is not None
    return [source.account for source in daemon.picture.contracts[name].sources]


async def test_an_import_is_still_watched_after_a_restart_until_it_is_taken_back(simulated: Pools) -> None:
    config = simulated.write(NORTH)
    async with watching(config, simulated.clock) as daemon:
        await daemon.step(simulated.clock.now())
        read = await daemon.entering.bring(brought(simulated), simulated.clock.now())
        assert (read.new, read.known) == (1, 0)
        assert watched(daemon) == ["pool", "imported_north"]
        assert daemon.picture is not None
        assert daemon.picture.accounts["imported_north"].contracts == ("north",)
        assert daemon.picture.accounts["imported_north"].imported_at == simulated.clock.now()
    async with watching(config, simulated.clock) as daemon:
        await daemon.step(simulated.clock.now())
        assert watched(daemon) == ["pool", "imported_north"]
        again = await daemon.entering.bring(brought(simulated), simulated.clock.now())
        assert (again.new, again.known) == (0, 1)
        await daemon.entering.take_back(read.digest[:8], simulated.clock.now())
        assert watched(daemon) == ["pool"]
        with pytest.raises(KeyError):
            await daemon.entering.take_back(read.digest, simulated.clock.now())


async def test_what_is_brought_for_a_member_counts_for_its_group(simulated: Pools) -> None:
    async with watching(simulated.write(GROUPED), simulated.clock) as daemon:
        await daemon.step(simulated.clock.now())
        await daemon.entering.bring(brought(simulated), simulated.clock.now())
        assert watched(daemon, "farm") == ["pool", "imported_north"]


async def test_while_the_ledger_cannot_be_written_an_import_is_refused_and_changes_nothing(simulated: Pools) -> None:
    async with watching(simulated.write(NORTH), simulated.clock) as daemon:
        await daemon.step(simulated.clock.now())
        async with full_disk(simulated.ledger):
            with pytest.raises(LedgerError):
                await daemon.entering.bring(brought(simulated), simulated.clock.now())
            assert watched(daemon) == ["pool"]
        await daemon.step(simulated.clock.now())
        assert await daemon.ledger.decisions(REGISTER) == []
        assert (await daemon.entering.bring(brought(simulated), simulated.clock.now())).new == 1
