"""The two ways into a database: many readers through asyncio, one writer that takes whole transactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from verifier.ledger.dialect import READ_ONLY, WAL, prepare_sqlite, sqlite_url
from verifier.ledger.place import Place
from verifier.ledger.server import reading_server, writing_server

#: Runs what is given in one transaction, which is durable when it returns.
Transact: TypeAlias = Callable[[Callable[[Connection], None]], Awaitable[None]]


@asynccontextmanager
async def reading(place: Place, *, read_only: bool) -> AsyncIterator[AsyncEngine]:
    """An engine for statements that wait for nobody; its connections are closed at the end."""
    if not isinstance(place, Path):
        async with reading_server(place, read_only=read_only) as engine:
            yield engine
        return
    engine = create_async_engine(sqlite_url(place, "aiosqlite"), pool_size=4)
    prepare_sqlite(engine.sync_engine, *([READ_ONLY] if read_only else []))
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def writing(place: Place, *, max_pages: int | None = None) -> AsyncIterator[Transact]:
    """Transactions on a connection of their own, made on a server at once and on a file with the first one.

    On SQLite a transaction runs whole in one thread: through asyncio each of its statements would cross between
    threads three times, which costs four times the CPU of a small write.
    """
    if not isinstance(place, Path):
        async with writing_server(place) as transactions:
            yield transactions
        return

    own = create_engine(sqlite_url(place, "pysqlite"))
    prepare_sqlite(own, WAL, max_pages=max_pages)

    def transaction(work: Callable[[Connection], None]) -> None:
        with own.begin() as connection:
            work(connection)

    with ThreadPoolExecutor(1, "ledger") as thread:

        async def in_thread(work: Callable[[Connection], None]) -> None:
            await asyncio.get_running_loop().run_in_executor(thread, transaction, work)

        try:
            yield in_thread
        finally:
            await asyncio.get_running_loop().run_in_executor(thread, own.dispose)
