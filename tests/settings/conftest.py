"""A folder to write configuration files in, and a loader with nothing else around it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from verifier.errors import ConfigError
from verifier.settings import Settings, load

NOW: Final = datetime(2026, 11, 20, tzinfo=UTC)

Loader: TypeAlias = Callable[..., Settings]
Faults: TypeAlias = Callable[..., list[str]]

#: A file that is in order, to be followed by what a test is about.
ACCOUNT: Final = "accounts:\n  acme: {kind: ckpool, address: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4}\n"


def another(name: str, algorithm: str, coin: str) -> str:
    """A line of ``accounts:`` for an address of letters alone, at a pool that mines another algorithm."""
    said = f"coin: {coin}, algorithm: {algorithm}, address: {'a' * 34}"
    return f'  {name}: {{kind: nomp, url: "https://pool.example.org", {said}}}\n'


@pytest.fixture
def loaded(tmp_path: Path) -> Loader:
    """``loaded(text, environment, credentials)``: the settings of a file with that text."""

    def of(text: str, environment: Mapping[str, str] | None = None, credentials: Path | None = None) -> Settings:
        path = tmp_path / "verifier.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, environment or {}, credentials, NOW)

    return of


@pytest.fixture
def faults(loaded: Loader, tmp_path: Path) -> Faults:
    """``faults(text)``: what is said about a file that cannot be used, each as ``file:line: path: problem``."""

    def of(text: str, environment: Mapping[str, str] | None = None, credentials: Path | None = None) -> list[str]:
        with pytest.raises(ConfigError) as refused:
            loaded(text, environment, credentials)
        return [str(fault).removeprefix(f"{tmp_path}/") for fault in refused.value.faults]

    return of
