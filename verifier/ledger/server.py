"""A ledger on a PostgreSQL server: its connections, the lock that one daemon holds, and commits in doubt."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from verifier.errors import InUse, LedgerError
from verifier.ledger.address import ServerAddress
from verifier.ledger.dialect import AWAY, advice

if TYPE_CHECKING:
    import asyncpg

#: The advisory lock of the one who writes, a number that other programs in the database do not take: "verifier".
_LOCK: Final = int.from_bytes(b"verifier")

#: The number of the running transaction, and what became of one by its number.
_NUMBER: Final = text("SELECT CAST(pg_current_xact_id() AS text)")
_FATE: Final = text("SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8))")

#: A connection that cannot be made within these seconds is given up, and a statement that takes as long as that.
_CONNECT: Final = 10
_ANSWER: Final = 60

#: A connection that reads is made anew after these seconds: a firewall may have forgotten it without a word.
_IDLE: Final = 300

_READS: Final = {"application_name": "hashrate-verifier"}
_READS_ONLY: Final = {**_READS, "default_transaction_read_only": "on"}

# A session that a kill or a lost network left must free the lock soon; who starts anew waits for it a little.
_WRITES: Final = {
    **_READS,
    "synchronous_commit": "on",
    "lock_timeout": "1s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


@asynccontextmanager
async def reading_server(address: ServerAddress, *, read_only: bool) -> AsyncIterator[AsyncEngine]:
    """An engine for statements that wait for nobody; with ``read_only`` the server itself refuses every change."""
    settings = _READS_ONLY if read_only else _READS
    async with _engine(lambda: _connected(address, settings), pool_size=4, pool_recycle=_IDLE) as engine:
        yield engine


@asynccontextmanager
async def writing_server(address: ServerAddress) -> AsyncIterator["ServerTransactions"]:
    """Transactions on the one connection that holds the lock. Raises InUse when another daemon holds it.

    Who loses the connection loses the lock with it, and has to win it again before the next transaction.
    """
    async with _engine(lambda: _locked(address), pool_size=1, max_overflow=0) as engine:
        async with engine.connect():
            pass
        yield ServerTransactions(engine, str(address))


class ServerTransactions:
    """Runs what is given in one transaction, which is durable when it returns.

    A connection that breaks during the commit leaves open whether it happened; the server knows the transaction's fate.
    """

    def __init__(self, engine: AsyncEngine, place: str) -> None:
        self._engine = engine
        self._place = place
        self._doubtful: str | None = None

    async def __call__(self, work: Callable[[Connection], None]) -> None:
        if await self._kept():
            # Whoever was told that nothing was written has acted upon it.
            raise LedgerError(f"{self._place} kept what it could not confirm; restart, so that it is read anew")
        try:
            async with self._engine.begin() as connection:
                await connection.run_sync(work)
                self._doubtful = await connection.scalar(_NUMBER)
        except (DBAPIError, OSError):
            if not await self._kept():
                raise
        self._doubtful = None

    async def _kept(self) -> bool:
        """Whether the transaction in doubt was committed; none is in doubt when it was not."""
        if self._doubtful is None:
            return False
        async with self._engine.connect() as connection:
            fate = await connection.scalar(_FATE, {"number": self._doubtful})
        if fate != "committed":
            self._doubtful = None
        return bool(fate == "committed")


@asynccontextmanager
async def _engine(connect: Callable[[], Awaitable[Any]], **pool: int) -> AsyncIterator[AsyncEngine]:
    try:
        engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, **pool)
    except ModuleNotFoundError as error:
        wanted = "pip install 'hashrate-verifier[postgres]'"
        raise LedgerError(f"a ledger on a PostgreSQL server needs the driver {error.name}; {wanted}") from error
    try:
        yield engine
    finally:
        await engine.dispose()


async def _connected(address: ServerAddress, settings: dict[str, str]) -> "asyncpg.Connection":
    import asyncpg

    with _refusing(address):
        return await asyncpg.connect(
            address.url, password=address.password, timeout=_CONNECT, command_timeout=_ANSWER, server_settings=settings
        )


async def _locked(address: ServerAddress) -> "asyncpg.Connection":
    connection = await _connected(address, _WRITES)
    try:
        with _refusing(address):
            await connection.execute(f"SELECT pg_advisory_lock({_LOCK})")
    except LedgerError:
        connection.terminate()
        raise
    return connection


@contextmanager
def _refusing(address: ServerAddress) -> Iterator[None]:
    """The driver's own errors, which nobody translates before a connection is made."""
    import asyncpg

    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        cause = f"{AWAY} ({error})" if isinstance(error, OSError) else advice(error)
        refusal = InUse if isinstance(error, asyncpg.LockNotAvailableError) else LedgerError
        raise refusal(f"{address} {cause}") from error
