"""kaspa-stratum-bridge on one's own machine: counters of hashes per worker, read from its Prometheus page."""

import re
from typing import Annotated, Final

from pydantic import BaseModel, Field

from verifier.errors import Misread
from verifier.fields import Name, Number
from verifier.observation import WorkSeen
from verifier.phrases import unknown
from verifier.reading import MOST_WORKERS, fit, refuse_status
from verifier.talk import LARGE, Account, Http, Reply, Source, Talk, asks
from verifier.told import together
from verifier.units import MINUTE, Window

ALGORITHM: Final = "kheavyhash"
#: `ks_valid_share_diff_counter` counts in units of 10^9 hashes (share_handler.go passes the hash value; the shipped
#: dashboard multiplies its rate with 10^9).
GIGA: Final = 1e9
COUNTER: Final = "ks_valid_share_diff_counter"
STARTED: Final = "process_start_time_seconds"
#: How a worker without a name is called here.
UNNAMED: Final = "unnamed"

_SAMPLE: Final = re.compile(r"([A-Za-z_:][A-Za-z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?")
_LABEL: Final = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"')
_LONGEST: Final = 4096


class KaspaStratumBridgeAccount(Account):
    """The page of metrics of a bridge."""

    url: Annotated[str, Field(description="address of the bridge's metrics, like `http://192.168.1.20:2114`")]
    address: Annotated[
        str | None, Field(pattern=r"^[a-z0-9:]{3,128}$", description="count the shares of this wallet alone")
    ] = None


class _Counted(BaseModel):
    worker: Name
    wallet: Name = ""
    value: Number


class _Start(BaseModel):
    value: Number


@asks(WorkSeen, every=MINUTE, cap=LARGE)
def now(account: KaspaStratumBridgeAccount, _window: Window) -> Talk:
    """The counter of each worker, over all his connections; it starts anew with the bridge."""
    reply = yield Http(path="/metrics")
    samples = _samples(reply)
    started = next((fit(_Start, {"value": value}).value for name, _, value in samples if name == STARTED), None)
    counted = [fit(_Counted, {**labels, "value": value}) for name, labels, value in samples if name == COUNTER]
    totals = together(
        (one.worker or UNNAMED, one.value * GIGA) for one in counted if account.address in {None, one.wallet}
    )
    if not totals:
        return unknown(reply, "the bridge has counted no share since it was started")
    epoch = None if started is None else f"{started:.0f}"
    return [
        WorkSeen(worker=worker, end=reply.received_at, hashes=hashes, epoch=epoch, algorithm=ALGORITHM)
        for worker, hashes in ((None, sum(totals.values())), *totals.items())
    ]


def _samples(reply: Reply) -> list[tuple[str, dict[str, str], str]]:
    """Names, labels and values of the text format of Prometheus (version 0.0.4)."""
    refuse_status(reply)
    try:
        lines = reply.body.decode().splitlines()
    except UnicodeDecodeError as error:
        raise Misread(f"not UTF-8 at byte {error.start}") from None
    written = [line for line in lines if line.strip() and not line.startswith("#")]
    found = [_SAMPLE.fullmatch(line[:_LONGEST]) for line in written]
    if not found or None in found or len(found) > 20 * MOST_WORKERS:
        raise Misread("metrics in the text format of Prometheus were expected")
    return [(one[1], dict(_LABEL.findall(one[2] or "")), one[3]) for one in found if one is not None]


SOURCE: Final = Source(
    kind="kaspa_stratum_bridge", title="kaspa-stratum-bridge", Account=KaspaStratumBridgeAccount,
    support="experimental", algorithm=ALGORITHM, independence="own_gateway", questions=(now,),
)  # fmt: skip
