"""An account of every kind at servers that fail for hours: budgets are kept, one message each, and nobody is short."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web

from tests.sources.test_laws import RECORDED
from tests.stories.watching import pass_time, watching
from verifier.clock import SteppedClock
from verifier.incidents.standing import Change
from verifier.observation import RateSeen, SilenceReason, WorkSeen
from verifier.sources import SOURCES
from verifier.verdicts.verdict import Outcome
from verifier.wire.door import RETRIES

START: Final = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
#: A local file and a conversation in lines fail by themselves.
OTHER_DOORS: Final = {"p2pool_local", "electrum"}
KINDS: Final = [kind for kind in SOURCES if kind not in OTHER_DOORS]


def written(kind: str) -> dict[str, Any]:
    """The account of one of the kind's recorded cases, of hashrate if there is one."""
    cases = (RECORDED / kind).glob("*/good/case.json")
    case = min(cases, key=lambda file: (file.parts[-3] not in {"history", "now"}, file))
    account: dict[str, Any] = json.loads(case.read_text(encoding="utf-8"))["account"]
    return account if kind != "yiimp" else {**account, "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}


def algorithm(kind: str) -> str:
    """What the account counts: as it says, as its pool says, or as its kind does."""
    account = SOURCES[kind].Account.model_validate({"kind": kind, "url": "http://127.0.0.1", **written(kind)})
    return getattr(account, "algorithm", None) or SOURCES[kind].algorithm or "sha256d"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "reason"), [(401, SilenceReason.REFUSED), (503, SilenceReason.UNREACHABLE), (204, SilenceReason.MISREAD)]
)
async def test_hours_without_an_answer_exceed_no_budget_are_told_once_and_call_nobody_short(
    tmp_path: Path, status: int, reason: SilenceReason
) -> None:
    clock, asked = SteppedClock(START), Counter[int]()

    async def fail(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        asked[request.transport.get_extra_info("sockname")[1]] += 1
        return web.Response(status=status)

    server = web.ServerRunner(web.Server(fail))
    await server.setup()
    for _ in KINDS:
        await web.TCPSite(server, "127.0.0.1", 0).start()
    ports = {kind: address[1] for kind, address in zip(KINDS, server.addresses, strict=True)}
    try:
        accounts: dict[str, Any] = {}
        for kind, port in ports.items():
            for name in SOURCES[kind].Account.secrets:
                (tmp_path / f"{kind}.{name}").write_text("x" * 32)
                (tmp_path / f"{kind}.{name}").chmod(0o600)
            keys = {f"{name}_file": f"{kind}.{name}" for name in SOURCES[kind].Account.secrets}
            place = {"kind": kind, "url": f"http://127.0.0.1:{port}", "allow_private": True}
            accounts[kind] = {**written(kind), **place, **keys}
        contracts = {
            kind: {
                "seller": "Northhash", "promised": "100 TH/s", "tolerance": "5 %", "watch": [{"account": kind}],
                "starts": f"{START:%Y-%m-%dT%H:%M:%SZ}", "algorithm": algorithm(kind),
            }
            for kind in accounts
            if any({WorkSeen, RateSeen} & question.sees for question in SOURCES[kind].questions)
        }  # fmt: skip
        config = tmp_path / "verifier.yaml"
        config.write_text(json.dumps({"ledger": "l.sqlite", "accounts": accounts, "contracts": contracts}))
        async with watching(config, clock) as daemon:
            await pass_time(daemon, clock, START + 3 * HOUR, MINUTE)
            assert daemon.picture is not None
            for kind, port in ports.items():
                questions = daemon.settings.accounts[kind].questions
                budget = sum((1 + RETRIES) * (3 * HOUR // question.every + 2) for question in questions)
                assert 0 < asked[port] <= budget, kind
                assert {view.silence for view in daemon.picture.accounts[kind].questions} <= {reason.value, None}
            for name, view in daemon.picture.contracts.items():
                assert Outcome.SHORT not in {said.outcome for said in view.verdicts.values()}, name
                assert view.verdicts["hashrate"].outcome is Outcome.UNKNOWN, name
            changes = await daemon.ledger.transitions(limit=10_000)
            assert {one.change for one in changes} == {Change.OPENED}
            assert Counter(one.subject for one in changes if one.check == "source_silent") == Counter(KINDS)
    finally:
        await server.cleanup()
