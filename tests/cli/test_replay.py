"""What was remembered is what the same facts give again."""

import asyncio
import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Verifier, document, ledger_of
from tests.cli.lived import START, STEP
from verifier.incidents.memory import dump_transition, load_transition
from verifier.incidents.standing import Change
from verifier.ledger.ledger import Ledger
from verifier.ledger.place import Place
from verifier.ledger.records import Batch, StoredTransition
from verifier.verdicts import CHECKS


async def _transitions(ledger: Place) -> list[StoredTransition]:
    async with await Ledger.open(ledger, read_only=True) as opened:
        return await opened.transitions()


async def _turns(ledger: Place) -> set[datetime]:
    async with await Ledger.open(ledger, read_only=True) as opened:
        return {fact.learned_at for fact in await opened.facts(None, limit=100_000)}


def test_the_lived_hours_hold_what_a_replay_has_to_find(lived: Path) -> None:
    found = asyncio.run(_transitions(ledger_of(lived)))
    changes = Counter((one.subject, one.check, one.change) for one in found)
    assert changes["skimming", "hashrate", "opened"] == 1
    assert changes["honest_ckpool", "source_silent", "opened"] == 1
    assert changes["honest_ckpool", "source_silent", "resolved"] == 1


def test_judged_anew_in_the_order_learned_everything_is_equal(verifier: Verifier, lived: Path) -> None:
    result = verifier("replay", "--config.file", lived)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("equal: ")


def test_one_contract_is_judged_anew_with_its_accounts(verifier: Verifier, lived: Path) -> None:
    found = document(verifier("replay", "honest", "--json", "--config.file", lived))
    assert found["equal"] is True
    assert found["changes"] == 2
    of_contract = sum(check.of == "contract" for check in CHECKS)
    assert found["results"] == of_contract + 3  # and of its two pools and its wallet


def test_with_all_that_is_known_now_the_demo_is_judged_the_same(verifier: Verifier, lived: Path) -> None:
    found = document(verifier("replay", "honest", "--as-known-now", "--json", "--config.file", lived))
    assert found["differences"] == []


def test_a_change_that_nothing_explains_is_shown(verifier: Verifier, lived: Path) -> None:
    at = START + STEP

    async def invent() -> None:
        told = load_transition((await _transitions(ledger_of(lived)))[0].state)
        name = "0123456789abcdef"
        invented = replace(
            told,
            id=f"{name}-opened",
            problem=name,
            subject="honest",
            check="hashrate",
            change=Change.OPENED,
            at=at,
            decided_at=at,
        )
        row = StoredTransition(
            id=invented.id,
            problem=name,
            subject="honest",
            check="hashrate",
            change=invented.change,
            at=at,
            decided_at=at,
            state=dump_transition(invented),
        )
        async with await Ledger.open(ledger_of(lived)) as ledger:
            await ledger.write(Batch(transitions=(row,)))

    asyncio.run(invent())
    result = verifier("replay", "honest", "--config.file", lived)
    assert result.exit_code == 1
    assert result.stdout.startswith("different: ")
    assert re.search(r" judged anew, 3 changes and \d+ results compared, 1 difference\n", result.stdout)
    assert re.search(r"honest +hashrate +opened +Fri 20 Nov 2026, 22:35 UTC +nothing", result.stdout)


def test_another_result_is_shown(verifier: Verifier, lived: Path) -> None:
    async def forget_the_last_answers() -> int:
        async with await Ledger.open(ledger_of(lived)) as ledger:
            stored = await ledger.standing("skimming")
            assert stored is not None
            state = stored.state.replace(b'"outcome":"short"', b'"outcome":"met"')
            await ledger.write(Batch(standings=(type(stored)(subject="skimming", position=1, state=state),)))
            return state.count(b'"outcome":"met"')

    assert asyncio.run(forget_the_last_answers()) > 0
    found = document(verifier("replay", "skimming", "--json", "--config.file", lived))
    assert {"subject": "skimming", "check": "hashrate", "what": "result", "remembered": "met", "replayed": "short"} in (
        found["differences"]
    )


def test_a_contract_that_is_not_in_the_file_is_a_usage_error(verifier: Verifier, lived: Path) -> None:
    result = verifier("replay", "south", "--config.file", lived)
    assert result.exit_code == 2
    assert "there is no `south`, write one of: honest, skimming" in result.stderr


@pytest.mark.of_a_file
def test_without_a_ledger_the_way_out_is_named(verifier: Verifier, lived: Path) -> None:
    (lived.parent / "verifier.sqlite").unlink()
    result = verifier("replay", "--config.file", lived)
    assert result.exit_code == 3
    assert "start `verifier run` once" in result.stderr


def test_an_account_that_left_the_file_is_asked_for(verifier: Verifier, lived: Path) -> None:
    text = lived.read_text()
    kept = [line for line in text.splitlines() if not line.startswith("  honest_ckpool:")]
    lived.write_text("\n".join(kept).replace(", {account: honest_ckpool}", "") + "\n")
    result = verifier("replay", "--config.file", lived)
    assert result.exit_code == 2
    assert "honest_ckpool was watched in the past" in result.stderr
