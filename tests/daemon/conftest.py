from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon.installed import Pools, pools
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place


@pytest.fixture
async def ledger(place: Place) -> AsyncIterator[Ledger]:
    async with await Ledger.open(place) as opened:
        yield opened


@pytest.fixture
async def simulated(tmp_path: Path, place: Place) -> AsyncIterator[Pools]:
    async with pools(tmp_path, place) as running:
        yield running
