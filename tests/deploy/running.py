"""Real programs on free loopback ports: the demo with the daemon, Debian's Prometheus and Alertmanager."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import yaml

CHECKOUT: Final = Path(__file__).parents[2]
DEPLOY: Final = CHECKOUT / "deploy"

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], what: str, seconds: float = 180.0) -> Found:
    """The first thing found that is neither None nor empty."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            found = look()
        except URLError:
            found = None
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def fetched(address: str, *, post: bytes | None = None) -> str:
    with urlopen(Request(address, data=post), timeout=10) as reply:  # noqa: S310 - a loopback address
        return str(reply.read().decode())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(command: Sequence[str | Path], log: Path) -> Iterator[None]:
    """A program while it is needed; what it printed is in ``log``."""
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=CHECKOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _said(log: Path, pattern: str) -> Callable[[], str | None]:
    def look() -> str | None:
        found = re.search(pattern, log.read_text(encoding="utf-8"))
        return found[1] if found else None

    return look


@contextmanager
def demo(folder: Path, more: str = "") -> Iterator[tuple[str, Path]]:
    """The simulated pools and the daemon that watches them: the daemon's ``host:port``, and its file with ``more``."""
    verifier = [sys.executable, "-m", "verifier"]
    pools, daemon, anywhere = folder / "pools.log", folder / "daemon.log", ("--web.listen-address", "127.0.0.1:0")
    with started([*verifier, "simulate", folder / "demo", *anywhere], pools):
        file = Path(eventually(_said(pools, r"watched by (\S+)"), "simulated pools"))
        written = file.read_text(encoding="utf-8")
        if "tell:" in more:  # instead of the demo's own channel
            written = re.sub(r"^tell:.*\n(?: .*\n)*", "", written, flags=re.MULTILINE)
        file.write_text(written + more, encoding="utf-8")
        with started([*verifier, "run", "--config.file", file, *anywhere], daemon):
            yield eventually(_said(daemon, r"page +http://([^/]+)/"), "the daemon's page"), file


@contextmanager
def prometheus(folder: Path, verifier: str, alertmanager: str | None = None) -> Iterator[str]:
    """Prometheus with the shipped files, but every second; its address."""
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [verifier]
    config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [alertmanager] if alertmanager else []
    config["rule_files"] = [str(DEPLOY / "prometheus" / f"{name}.rules.yml") for name in ("daemon", "contracts")]
    file, listen = folder / "prometheus.yml", f"127.0.0.1:{free_port()}"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    command = ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}", "--log.level=warn"]
    with started([*command, f"--web.listen-address={listen}"], folder / "prometheus.log"):
        eventually(lambda: fetched(f"http://{listen}/-/ready"), "Prometheus")
        yield f"http://{listen}"


@contextmanager
def alertmanager(folder: Path, receiver: str) -> Iterator[str]:
    """Alertmanager with the shipped file, but without patience, telling ``receiver``; its ``host:port``."""
    config = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))
    config["route"] |= {"group_wait": "0s", "group_interval": "1s"}
    config["receivers"][0]["webhook_configs"][0]["url"] = receiver
    file, listen = folder / "alertmanager.yml", f"127.0.0.1:{free_port()}"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    command = ["prometheus-alertmanager", f"--config.file={file}", f"--storage.path={folder / 'alerts'}"]
    alone = ["--cluster.listen-address=", "--log.level=warn", f"--web.listen-address={listen}"]
    with started([*command, *alone], folder / "alertmanager.log"):
        eventually(lambda: fetched(f"http://{listen}/-/ready"), "Alertmanager")
        yield listen


def queried(prometheus_address: str, path: str, **arguments: str | float) -> Any:
    """``data`` of an answer of Prometheus' HTTP API."""
    return json.loads(fetched(f"{prometheus_address}/api/v1/{path}?{urlencode(arguments)}"))["data"]
