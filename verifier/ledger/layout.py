"""Bring a ledger to this program's layout, or refuse it by name."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from verifier.errors import LedgerError
from verifier.ledger.dialect import ensure_sound, refusing

_STEPS: Final = Path(__file__).parent / "migrations"


async def settle(engine: AsyncEngine, place: str, *, read_only: bool) -> None:
    """Check the ledger and run the steps it lacks. Raises LedgerError when it is damaged, foreign or newer."""
    with refusing(place):
        async with engine.begin() as connection:
            await connection.run_sync(_settle, place, read_only)


def _settle(connection: Connection, place: str, read_only: bool) -> None:
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    steps = ScriptDirectory.from_config(config)
    found, wanted = MigrationContext.configure(connection).get_current_revision(), steps.get_current_head()
    if not read_only:
        ensure_sound(connection)
    if found == wanted:
        return
    if found is None and inspect(connection).get_table_names():
        raise LedgerError(f"{place} is a database of another program; name another one")
    if found is None and read_only:
        raise LedgerError(f"{place} holds nothing yet; start `verifier run` once")
    if found is not None and found not in {step.revision for step in steps.walk_revisions()}:
        raise LedgerError(f"{place} was written by a newer verifier (layout {found}); install that version or newer")
    if read_only:
        raise LedgerError(f"{place} was written by an older verifier (layout {found}); run `verifier run` once")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
