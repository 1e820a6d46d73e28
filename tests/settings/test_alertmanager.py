"""Alertmanager in ``tell:``: an address or a list of them, beside channels or alone."""

from datetime import timedelta

import pytest
import yaml

from tests.settings.conftest import ACCOUNT, Faults, Loader
from verifier.outlets.instances import Alertmanager
from verifier.settings import show

FILE = f"""{ACCOUNT}contracts:
  north: {{seller: Northhash, promised: 100 TH/s, starts: 2026-01-01, watch: [{{account: acme}}]}}
"""
LOCAL = "http://127.0.0.1:9093"


def test_an_address_is_enough_and_somebody_is_told(loaded: Loader) -> None:
    settings = loaded(f"{FILE}tell: {{alertmanager: '{LOCAL}', repeat: 3d}}\n")
    assert settings.alertmanager == Alertmanager(name="alertmanager", urls=(LOCAL,), allow_private=True)
    assert (settings.channels, settings.remind_every, settings.warnings) == ({}, timedelta(days=3), ())


def test_it_stands_beside_channels_by_name(loaded: Loader) -> None:
    entry = "am: {alertmanager: ['https://a.example.org/am/', 'https://b.example.org'], every: 30s, runbooks: /doc}"
    settings = loaded(f"{FILE}tell: {{me: {{email: me@example.org, smtp: a.example.org}}, {entry}}}\n")
    assert settings.alertmanager == Alertmanager(
        name="am",
        urls=("https://a.example.org/am", "https://b.example.org"),
        every=timedelta(seconds=30),
        runbooks="/doc",
    )
    assert list(settings.channels) == ["me"]


def test_what_is_in_force_reads_back(loaded: Loader) -> None:
    settings = loaded(f"{FILE}tell: {{am: {{alertmanager: '{LOCAL}', every: 2m}}}}\n")
    told = show(settings)["tell"]
    assert loaded(f"{FILE}{yaml.safe_dump({'tell': told})}").alertmanager == settings.alertmanager


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("alertmanager: 'http://am.example.org:9093'", "is not encrypted"),
        ("alertmanager: ['https://a.example.org', 'am:9093']", "is not an address"),
        ("alertmanager: 'https://me:made-up@a.example.org'", "holds a login"),
        ("alertmanager: 'http://[::1'", "is not an address"),
        ("alertmanager: []", "alertmanager"),
        (f"alertmanager: '{LOCAL}', every: often", "is not a span of time"),
        (f"alertmanager: '{LOCAL}', secret: x", "secret"),
    ],
)
def test_a_fault_says_what_to_write(faults: Faults, entry: str, problem: str) -> None:
    (told,) = faults(f"{FILE}tell: {{am: {{{entry}}}}}\n")
    assert problem in told
    assert "made-up" not in told


def test_instances_are_one_list_and_not_two_entries(faults: Faults) -> None:
    one = f"{{alertmanager: '{LOCAL}'}}"
    (told,) = faults(f"{FILE}tell: {{am: {one}, other: {one}}}\n")
    assert "tell.other" in told
    assert "as one list" in told
