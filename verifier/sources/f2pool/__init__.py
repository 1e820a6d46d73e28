"""F2Pool's interface v2: hashrate, workers, revenue, payouts and the balance of a mining user."""

from typing import Final

from verifier.sources.f2pool.hashrate import history, now, workers
from verifier.sources.f2pool.money import balance, payouts, revenue
from verifier.sources.f2pool.speech import F2PoolAccount, stripped
from verifier.talk import Source

SOURCE: Final = Source(
    kind="f2pool", title="F2Pool", Account=F2PoolAccount, support="documented", naming=stripped,
    questions=(now, history, workers, revenue, payouts, balance),
)  # fmt: skip
