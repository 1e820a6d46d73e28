"""Every adapter of a family beside the face that speaks its format: what is asked, how often, and how exact it is."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.simulator.worlds import ADDRESS
from verifier.observation import RateSeen
from verifier.sources import SOURCES

PER_ADDRESS = {"address": ADDRESS}

# How exact a family's figures are, and why.
EXACT = 1e-6  # counters, and slots whose figures are exact
GIGA = 1e-5  # whole GH/s of some hundred TH/s
PLACES = 5e-3  # two places of some hundred TH/s in the unit of the largest hour, rounded evenly
LEAVING = 2e-3  # whoever disconnects leaves the list at once, with up to five minutes of his work
EDGES = 3e-3  # trailing averages that end up to two minutes beside the slot they speak for


@dataclass(frozen=True, kw_only=True)
class Row:
    """A question of a kind at a face; every ``step`` it is asked, ``late`` after the full one.

    ``told_while_dark`` is False where a pool says nothing while all rigs are off: then nothing may be said of it.
    """

    kind: str
    question: str
    face: str
    fields: dict[str, Any] = field(default_factory=dict)
    precision: float = EXACT
    step: timedelta = timedelta(hours=1)
    late: timedelta = timedelta(seconds=20)
    told_while_dark: bool = True

    def __str__(self) -> str:
        return f"{self.kind}-{self.question}-{self.face}"


ROWS = (
    Row(kind="ckpool", question="now", face="ckpool", fields=PER_ADDRESS),
    Row(
        kind="public_pool",
        question="history",
        face="public-pool/api",
        fields=PER_ADDRESS,
        step=timedelta(minutes=20),
    ),
    Row(kind="f2pool", question="history", face="f2pool/v2", fields={"user": "acme"}, step=timedelta(hours=6)),
    Row(kind="ocean", question="now", face="ocean/v1", fields=PER_ADDRESS),
    Row(kind="ocean", question="workers", face="ocean/v1", fields=PER_ADDRESS),
    Row(kind="braiins", question="profile", face="braiins"),
    Row(kind="braiins", question="workers", face="braiins"),
    Row(kind="braiins", question="daily", face="braiins", step=timedelta(hours=13)),
    Row(kind="foundry", question="now", face="foundry", fields={"subaccount": "acme"}, precision=GIGA),
    Row(kind="foundry", question="history", face="foundry", fields={"subaccount": "acme"}, precision=GIGA),
    Row(kind="foundry", question="workers", face="foundry", fields={"subaccount": "acme"}, precision=GIGA),
    Row(kind="luxor", question="history", face="luxor/api/v2", fields={"subaccount": "acme"}),
    Row(
        kind="luxor",
        question="worker_days",
        face="luxor/api/v2",
        fields={"subaccount": "acme"},
        step=timedelta(hours=13),
    ),
    Row(kind="antpool", question="now", face="antpool/api", fields={"user": "acme"}),
    Row(kind="antpool", question="workers", face="antpool/api", fields={"user": "acme"}, precision=PLACES),
    Row(kind="viabtc", question="now", face="viabtc/res/openapi/v1"),
    Row(kind="viabtc", question="workers", face="viabtc/res/openapi/v1"),
    Row(kind="viabtc", question="daily", face="viabtc/res/openapi/v1", step=timedelta(hours=13)),
    Row(
        kind="binance_pool",
        question="now",
        face="binance-pool",
        fields={"user": "acme"},
        step=timedelta(minutes=15),
    ),
    *(
        Row(
            kind="miningcore",
            question="now",
            face="miningcore/api",
            fields={**PER_ADDRESS, "pool_id": pool, "coin": coin, "algorithm": algorithm},
            precision=EDGES,
            step=timedelta(minutes=30),
        )
        for pool, coin, algorithm in (
            ("btc", "BTC", "sha256d"),
            ("zec", "ZEC", "equihash"),
            ("erg", "ERG", "autolykos2"),
        )
    ),
    Row(
        kind="open_ethereum_pool",
        question="now",
        face="open-ethereum-pool/api",
        fields={**PER_ADDRESS, "coin": "ETC", "algorithm": "etchash", "decimals": 9},
        step=timedelta(minutes=30),
    ),
    Row(
        kind="cryptonote_nodejs_pool",
        question="now",
        face="cryptonote-nodejs-pool/api",
        fields={**PER_ADDRESS, "coin": "XMR", "algorithm": "randomx"},
    ),
    Row(
        kind="cryptonote_nodejs_pool",
        question="now",
        face="cryptonote-nodejs-pool/api",
        fields={**PER_ADDRESS, "coin": "KAS", "algorithm": "kheavyhash"},
        step=timedelta(minutes=10),
    ),
    Row(kind="nodejs_pool", question="now", face="nodejs-pool/api", fields=PER_ADDRESS),
    Row(
        kind="nodejs_pool",
        question="now",
        face="moneroocean/api",
        fields={**PER_ADDRESS, "pool": "moneroocean"},
        step=timedelta(minutes=10),
    ),
    Row(
        kind="nodejs_pool",
        question="history",
        face="moneroocean/api",
        fields={**PER_ADDRESS, "pool": "moneroocean"},
        told_while_dark=False,
    ),
    Row(
        kind="nomp",
        question="history",
        face="nomp/api",
        fields={**PER_ADDRESS, "coin": "BTC", "algorithm": "sha256d"},
        step=timedelta(hours=2),
    ),
    Row(
        kind="nomp",
        question="history",
        face="nomp-zec/api",
        fields={**PER_ADDRESS, "coin": "ZEC", "algorithm": "equihash"},
        step=timedelta(hours=2),
    ),
    Row(
        kind="yiimp",
        question="now",
        face="yiimp/api",
        fields={**PER_ADDRESS, "coin": "BTC", "algorithm": "sha256d"},
        precision=LEAVING,
        step=timedelta(minutes=5),
    ),
    Row(
        kind="mpos",
        question="now",
        face="mpos/index.php",
        fields={"coin": "BTC", "algorithm": "sha256d"},
        step=timedelta(minutes=5),
    ),
    Row(
        kind="p2pool_observer",
        question="history",
        face="p2pool-observer/api",
        fields=PER_ADDRESS,
        step=timedelta(hours=4),
    ),
    Row(kind="whitebit", question="history", face="whitebit", fields={"account": "acme"}),
    Row(kind="whitebit", question="worker_history", face="whitebit", fields={"account": "acme", "workers": ["rig01"]}),
    Row(kind="kanopool", question="workers", face="kanopool", fields={"user": "acme"}, step=timedelta(minutes=10)),
    Row(kind="poolin", question="history", face="poolin", fields={"puid": "47"}, precision=PLACES),
    Row(kind="btccom", question="history", face="btccom", fields={"puid": "47"}, precision=PLACES),
    Row(kind="f2pool_v1", question="now", face="f2pool-v1", fields={"user": "acme"}),
    Row(kind="f2pool_v1", question="workers", face="f2pool-v1", fields={"user": "acme"}),
    Row(kind="sbicrypto", question="workers", face="sbicrypto/api/external/v1", fields={"subaccount": "acme"}),
    Row(kind="emcd", question="now", face="emcd"),
    Row(kind="kucoin_pool", question="now", face="kucoin-pool", fields={"puid": 4}),
    Row(kind="kucoin_pool", question="workers", face="kucoin-pool", fields={"puid": 4}),
    Row(kind="viabtc_observer", question="now", face="viabtc-observer", fields={"user_id": "47"}, precision=PLACES),
    Row(
        kind="viabtc_observer",
        question="daily",
        face="viabtc-observer",
        fields={"user_id": "47"},
        precision=PLACES,
        step=timedelta(hours=13),
    ),
    Row(kind="kaspa_stratum_bridge", question="now", face="kaspa-stratum-bridge"),
    Row(kind="sv2_applications", question="miners", face="sv2-applications", fields={"side": "miners"}),
    Row(
        kind="nanopool",
        question="history",
        face="nanopool/v1/etc",
        fields={**PER_ADDRESS, "coin": "ETC", "algorithm": "etchash", "unit": 1e6},
    ),
    Row(
        kind="hashvault",
        question="now",
        face="hashvault/v3/monero",
        fields={**PER_ADDRESS, "coin": "XMR", "algorithm": "randomx"},
    ),
    Row(kind="litecoinpool", question="now", face="litecoinpool"),
    Row(kind="braiins_hashpower", question="bid", face="braiins-hashpower/v1", fields={"bid": "B47"}),
    Row(
        kind="mining_rig_rentals",
        question="graph",
        face="mining-rig-rentals/api/v2",
        fields={"rental": "47"},
        precision=PLACES,
    ),
)

#: Kinds that tell of work and have no face yet, and why.
NOT_HELD = {
    "csv": "says what a person declared of it",
    "html": "says what a person declared of it",
    "json": "says what a person declared of it",
    "p2pool_local": "files, which no server shows",
    "nicehash": "an order is told by its speed of now, rigs by a smoothed one",
    "lumerin": "averages that a restart begins anew, unsaid",
    "powerpool": "one rate over a span that nobody states",
}
#: Looked at once: their averages are shorter than the rhythm at which they are asked.
ONCE = (Row(kind="datum_gateway", question="now", face="datum-gateway", precision=PLACES),)

#: Averages that skip time without shares, or of which nobody says how they are taken: shown, never deciding.
SHOWN = (
    Row(kind="jtgrassie_monero_pool", question="now", face="monero-pool", fields=PER_ADDRESS),
    Row(kind="woolypooly", question="now", face="woolypooly/api", fields={**PER_ADDRESS, "pool": "etc-1"}),
    Row(kind="k1pool", question="now", face="k1pool", fields={**PER_ADDRESS, "pool": "etc"}),
    Row(kind="kryptex", question="now", face="kryptex/api", fields={**PER_ADDRESS, "pool": "etc"}),
    Row(
        kind="open_ethereum_pool",
        question="now",
        face="open-ethereum-pool/api",
        fields={**PER_ADDRESS, "coin": "ZEC", "algorithm": "equihash", "decimals": 8},
    ),
)

#: One row of each kind and face: those that are looked at once.
LOOKS = tuple({(row.kind, row.face): row for row in (*SHOWN, *ROWS, *ONCE)}.values())
#: Kinds whose averages are no means of a window: they decay, or are as of the last share, or nobody says what they are.
NO_MEANS = {
    "ckpool",
    "kanopool",
    "public_pool",
    "nanopool",
    "hashvault",
    "jtgrassie_monero_pool",
    "woolypooly",
    "k1pool",
}
#: Windows that an operator does not state and an adapter takes to be so.
UNSTATED = {"f2pool": {timedelta(minutes=10)}}
AVERAGES = tuple(
    row
    for row in LOOKS
    if row.kind not in NO_MEANS and any(RateSeen in one.sees for one in SOURCES[row.kind].questions)
)
#: Kinds of which one question brings counters, which begin anew with the pool's program or with its round; their rows
#: that are asked more often than once an hour rest on averages.
_COUNTERS = {
    "ckpool",
    "cryptonote_nodejs_pool",
    "hashvault",
    "kanopool",
    "kaspa_stratum_bridge",
    "litecoinpool",
    "nodejs_pool",
    "sv2_applications",
}
COUNTED = tuple(row for row in ROWS if row.kind in _COUNTERS and row.step == timedelta(hours=1))
