"""CKPool and its forks (vanilla, LHR, the 2017 form): pages of one JSON file per address, rewritten once a minute."""

from datetime import timedelta
from typing import Final

from verifier.sources.ckpool.pages import CkpoolAccount, stripped
from verifier.sources.ckpool.talks import now, pool
from verifier.talk import Source

SOURCE: Final = Source(
    kind="ckpool", title="CKPool", Account=CkpoolAccount, support="verified", naming=stripped,
    share_interval=timedelta(seconds=60 / 18),  # its variable difficulty aims at 18 shares a minute
    questions=(now, pool),
)  # fmt: skip
