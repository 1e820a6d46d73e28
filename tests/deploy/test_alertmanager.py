"""A real Prometheus and a real Alertmanager: an alert fires, arrives, and ends, by either of the two ways."""

import json
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from tests.deploy.running import DEPLOY, alertmanager, demo, eventually, fetched, prometheus

NEEDED: Final = pytest.mark.needs("prometheus", "prometheus-alertmanager")


@contextmanager
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Where Alertmanager's webhook arrives: its address, and the alerts told so far."""
    told: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", told
        finally:
            server.shutdown()
            serving.join()


def of_skimming(told: list[dict[str, Any]], status: str) -> Callable[[], dict[str, Any] | None]:
    """The alert about the hashrate of the seller who delivers 8 % less than he promised."""

    def look() -> dict[str, Any] | None:
        wanted = {"alertname": "HashrateShort", "contract": "skimming"}
        found = (alert for alert in told if alert["status"] == status and wanted.items() <= alert["labels"].items())
        return next(found, None)

    return look


def taken_out(file: Path, contract: str) -> None:
    """The file without a contract, as after it was cancelled."""
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(rf"  {contract}:\n(    .*\n)+", "", text), encoding="utf-8")


@pytest.mark.needs("amtool")
def test_amtool_accepts_the_example() -> None:
    subprocess.run(["amtool", "check-config", DEPLOY / "alertmanager" / "alertmanager.yml"], check=True)


@pytest.mark.slow
@NEEDED
def test_prometheus_tells_of_the_skimming_seller_until_the_contract_is_cancelled(tmp_path: Path) -> None:
    with (
        receiver() as (url, told),
        demo(tmp_path) as (verifier, file),
        alertmanager(tmp_path, url) as alerts,
        prometheus(tmp_path, verifier, alerts),
    ):
        fired = eventually(of_skimming(told, "firing"), "Alertmanager tells of the skimming seller")
        assert fired["labels"]["severity"] == "critical"
        assert fired["annotations"]["summary"] == "skimming: too little hashrate"
        assert fired["annotations"]["runbook_url"].endswith("/runbooks/HashrateShort.md")
        assert not {"grafana", "runbooks"} & set(fired["labels"])
        assert not [alert for alert in told if alert["labels"].get("contract") == "honest"]

        taken_out(file, "skimming")
        fetched(f"http://{verifier}/-/reload", post=b"")
        ended = eventually(of_skimming(told, "resolved"), "Alertmanager tells that it is over")
        assert ended["fingerprint"] == fired["fingerprint"]


@pytest.mark.slow
@NEEDED
def test_the_daemon_tells_alertmanager_itself_until_the_contract_is_cancelled(tmp_path: Path) -> None:
    more = 'tell: {{am: {{alertmanager: "http://{}", every: 1s}}}}\nexternal_url: http://pi.local:9580\n'
    with (
        receiver() as (url, told),
        alertmanager(tmp_path, url) as alerts,
        demo(tmp_path, more.format(alerts)) as (verifier, file),
    ):
        fired = eventually(of_skimming(told, "firing"), "the daemon tells of the skimming seller")
        assert fired["labels"] == {
            "alertname": "HashrateShort",
            "contract": "skimming",
            "check": "hashrate",
            "severity": "critical",
        }
        assert "too little hashrate since" in fired["annotations"]["summary"]
        assert fired["annotations"]["dashboard_url"] == "http://pi.local:9580/c/skimming"

        taken_out(file, "skimming")
        fetched(f"http://{verifier}/-/reload", post=b"")
        ended = eventually(of_skimming(told, "resolved"), "the daemon tells that it is over")
        assert ended["fingerprint"] == fired["fingerprint"]
        assert ended["annotations"]["summary"] == fired["annotations"]["summary"]
