"""CKPool and its forks (vanilla, LHR, the 2017 form): pages of one JSON file per address, rewritten once a minute."""

from datetime import timedelta
from typing import Final

from verifier.observation import PoolSeen, RateSeen, WorkersSeen, WorkSeen
from verifier.sources.ckpool import talks
from verifier.sources.ckpool.pages import CkpoolAccount, stripped
from verifier.talk import Question, Source

SOURCE: Final = Source(
    kind="ckpool",
    title="CKPool",
    Account=CkpoolAccount,
    support="verified",
    naming=stripped,
    share_interval=timedelta(seconds=60 / 18),  # its variable difficulty aims at 18 shares a minute
    questions=(
        Question(
            name="now",
            sees=frozenset({WorkSeen, RateSeen, WorkersSeen}),
            every=timedelta(minutes=1),
            talk=talks.now,
            cap=8_388_608,
        ),
        Question(name="pool", sees=frozenset({PoolSeen}), every=timedelta(minutes=5), talk=talks.pool),
    ),
)
