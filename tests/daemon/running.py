"""``verifier run`` as a process of its own, on a free port, with what it says."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

#: Seconds that a busy machine may take; the pools that hang do so for longer.
SOON = 45.0


@dataclass(slots=True)
class Running:
    """A daemon that serves its pages."""

    process: asyncio.subprocess.Process
    page: str
    said: list[str] = field(default_factory=list)

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(self.page + path) as answer:
            return answer.status, await answer.text()

    async def reload(self) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.post(f"{self.page}-/reload") as answer:
            return answer.status, await answer.text()

    async def until(self, path: str, wanted: str) -> str:
        """A page once it says something."""
        for _ in range(int(20 * SOON)):
            if wanted in (text := (await self.get(path))[1]):
                return text
            await asyncio.sleep(0.05)
        raise TimeoutError(f"{path} does not say {wanted}")

    async def end(self, sign: signal.Signals) -> int:
        self.process.send_signal(sign)
        async with asyncio.timeout(SOON):
            return await self.process.wait()


async def start(config: Path, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "verifier", "run", "--config.file", str(config), "--web.listen-address", "127.0.0.1:0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )


async def ended(config: Path, **environment: str) -> tuple[int | None, str, str]:
    """Exit code, output and errors of a daemon that ends by itself."""
    process = await start(config, **environment)
    async with asyncio.timeout(SOON):
        out, error = await process.communicate()
    return process.returncode, out.decode(), error.decode()


@asynccontextmanager
async def running(config: Path, **environment: str) -> AsyncIterator[Running]:
    process = await start(config, **environment)
    said: list[str] = []
    try:
        assert process.stdout is not None
        async with asyncio.timeout(SOON):
            while not (found := re.match(r"page +(\S+)", line := (await process.stdout.readline()).decode())):
                assert line, (await process.stderr.read()).decode() if process.stderr else ""
                said.append(line)
        yield Running(process, found[1], said)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
