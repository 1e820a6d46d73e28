from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon.installed import Pools, pools
from verifier.ledger.ledger import Ledger


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with await Ledger.open(tmp_path / "verifier.db") as opened:
        yield opened


@pytest.fixture
async def simulated(tmp_path: Path) -> AsyncIterator[Pools]:
    async with pools(tmp_path) as running:
        yield running
