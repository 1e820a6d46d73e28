"""What ``/metrics`` says: the exposition as a file, no number that nobody measured, no label a pool could choose."""

import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as families
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.outlets import pictures
from verifier.outlets.metric_table import METRICS
from verifier.outlets.metrics import Metrics
from verifier.outlets.picture import Picture

Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


class Exposition(SingleFileSnapshotExtension):
    """One text file per exposition; ``pytest --snapshot-update`` writes it anew."""

    _write_mode = WriteMode.TEXT
    file_extension = "prom"


def metrics_of(picture: Picture | None) -> Metrics:
    metrics = Metrics(process=False)
    metrics.stepped(0.02)
    metrics.answered(account="renter1", kind="f2pool", fate="answered", seconds=0.3)
    metrics.answered(account="west_pool", kind="public_pool", fate="misread", seconds=0.1)
    if picture is not None:
        metrics.publish(picture)
    return metrics


def text_of(picture: Picture | None) -> str:
    return metrics_of(picture).render()[0].decode()


def values_of(picture: Picture | None) -> Values:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families(text_of(picture))
        for sample in family.samples
    }


def value(picture: Picture, name: str, **labels: str) -> float | None:
    return values_of(picture).get((name, tuple(sorted(labels.items()))))


@pytest.fixture
def every() -> Picture:
    return pictures.every_result()


def test_the_exposition_is_as_kept(every: Picture, snapshot: SnapshotAssertion) -> None:
    assert text_of(every) == snapshot(extension_class=Exposition)


@pytest.mark.needs("promtool")
@pytest.mark.parametrize("picture", [pictures.every_result, pictures.in_trouble, lambda: None])
def test_promtool_finds_nothing_to_say(picture: Callable[[], Picture | None]) -> None:
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=text_of(picture()), capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_every_row_of_the_table_is_exported(every: Picture) -> None:
    told = {line.split()[2] for line in text_of(every).splitlines() if line.startswith("# TYPE")}
    assert {row.name for row in METRICS} <= told


def test_absence_is_not_zero(every: Picture) -> None:
    for name in ("west", "south"):
        assert value(every, "verifier_contract_delivered_ratio", contract=name) is None
        assert value(every, "verifier_shortfall_ratio", contract=name, check="hashrate") is None
    assert value(every, "verifier_contract_delivered_low_ratio", contract="west") is None
    assert value(every, "verifier_contract_seen_ratio", contract="west") == 0.41
    assert value(every, "verifier_source_hashes_per_second", contract="west", account="west_pool") is None
    assert value(every, "verifier_account_up", account="fresh", kind="ckpool") is None
    assert not [name for (name, _), number in values_of(every).items() if number != number]  # noqa: PLR0124 NaN


def test_one_outcome_is_1_and_the_others_are_0(every: Picture) -> None:
    outcomes = ("met", "short", "undecided", "unknown", "not_applicable")
    told = [
        value(every, "verifier_verdict_outcome", contract="tiny", check="hashrate", outcome=outcome)
        for outcome in outcomes
    ]
    assert told == [0, 0, 1, 0, 0]


def test_problems_of_contracts_and_accounts_share_one_metric(every: Picture) -> None:
    name, since = "verifier_problem_open", "verifier_problem_since_timestamp_seconds"
    assert value(every, name, contract="north", account="", check="hashrate", severity="warning") == 1
    assert value(every, name, contract="east", account="", check="hashrate", severity="warning") == 0
    assert value(every, name, contract="west", account="", check="hashrate", severity="warning") == 0
    assert value(every, name, contract="", account="west_pool", check="source_silent", severity="info") == 1
    assert value(every, since, contract="north", account="", check="hashrate") == pictures.SHORT_SINCE.timestamp()
    assert value(every, since, contract="east", account="", check="hashrate") is None


def test_a_silent_account_is_down_and_keeps_its_last_success(every: Picture) -> None:
    assert value(every, "verifier_account_up", account="west_pool", kind="public_pool") == 0
    assert value(every, "verifier_account_up", account="renter1", kind="f2pool") == 1
    last = value(every, "verifier_account_last_success_timestamp_seconds", account="west_pool", question="now")
    assert last == (pictures.NOW - 17 * pictures.HOUR).timestamp()
    assert value(every, "verifier_account_silence", account="west_pool", question="now", reason="misread") == 1
    assert value(every, "verifier_account_silence", account="west_pool", question="now", reason="stale") == 0


def test_figures_carry_their_units(every: Picture) -> None:
    assert value(every, "verifier_contract_promised_hashes_per_second", contract="north") == 5e14
    assert value(every, "verifier_contract_delivered_ratio", contract="north") == pytest.approx(0.89)
    assert value(every, "verifier_shortfall_ratio", contract="north", check="hashrate") == 0.11
    assert value(every, "verifier_payout_seen_work_ratio", contract="fixed") == 33.0


def test_trouble_of_the_daemon_is_told() -> None:
    troubled = pictures.in_trouble()
    assert value(troubled, "verifier_ledger_up") == 0
    assert value(troubled, "verifier_config_last_reload_successful") == 0
    assert value(troubled, "verifier_messages_dead") == 2


def test_a_name_cannot_forge_a_sample(every: Picture) -> None:
    sellers = {dict(labels).get("seller") for (name, labels) in values_of(every) if name == "verifier_contract_info"}
    assert pictures.INJECTION in sellers
    assert not [line for line in text_of(every).splitlines() if "spare.01" in line]


def test_a_contracts_series_go_with_the_contract(every: Picture) -> None:
    metrics = metrics_of(every)
    assert b'contract="north"' in metrics.render()[0]
    metrics.publish(replace(every, contracts={}))
    assert b'contract="north"' not in metrics.render()[0]


def test_openmetrics_is_spoken_to_those_who_ask_for_it(every: Picture) -> None:
    body, content_type = metrics_of(every).render("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert content_type.startswith("application/openmetrics-text")
    told = openmetrics(body.decode())  # type: ignore[no-untyped-call]  # the library has no hints here
    assert {family.name for family in told} >= {"verifier_steps", "verifier_verdict_outcome"}
    assert body.count(b"# EOF") == 1


def test_before_the_first_picture_only_the_program_speaks_of_itself() -> None:
    told = {name for name, _ in values_of(None)}
    assert "verifier_steps_total" in told
    assert not {name for name in told if name.startswith("verifier_contract")}


def test_the_text_of_a_picture_is_made_once(every: Picture) -> None:
    metrics = metrics_of(every)
    first = metrics.render()[0]
    metrics.stepped(0.01)
    second = metrics.render()[0]
    assert b"verifier_steps_total 1.0" in first
    assert b"verifier_steps_total 2.0" in second
    assert metrics._rendered[False][0] is every


def test_a_family_of_thousands_is_rendered_in_pieces_under_one_head(every: Picture) -> None:
    view = every.contracts["north"]
    names = [f"c{number}" for number in range(1_200)]
    many = replace(every, contracts={name: replace(view, contract=replace(view.contract, name=name)) for name in names})
    parts, _ = metrics_of(many).parts()
    assert max(map(len, parts)) < 1_000_000
    text = b"".join(parts)
    assert text.count(b"# HELP verifier_contract_info ") == text.count(b"# TYPE verifier_contract_info ") == 1
    told = [line for line in text.splitlines() if line.startswith(b"verifier_contract_info{")]
    assert len(told) == len(names)


def test_the_process_itself_is_measured() -> None:
    assert b"process_cpu_seconds_total" in Metrics().render()[0]
