"""A PostgreSQL server of the tests' own, in a folder with its socket that is removed at the end."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

from verifier.ledger.address import ServerAddress

_PROGRAMS: Final = Path("/usr/lib/postgresql/15/bin")

#: What a test needs that starts it.
POSTGRESQL: Final = str(_PROGRAMS / "postgres")

# Nothing here has to survive a power cut; a killed server keeps what it has committed all the same.
_SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "log_min_messages": "fatal",
    "max_connections": "40",
    "shared_buffers": "16MB",
}
_WHO_MAY: Final = "local all guarded scram-sha-256\nlocal all all trust\n"


class Server:
    """A running server. Its owner is nobody of importance: PostgreSQL refuses to run as root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = (f"ledger_{number}" for number in count(1))
        self._owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
            shutil.chown(folder, "postgres", "postgres")
        self.run(
            "initdb",
            "--pgdata",
            str(folder / "data"),
            "--username=verifier",
            "--no-sync",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        (folder / "data" / "pg_hba.conf").write_text(_WHO_MAY, encoding="utf-8")
        self.start()

    def run(self, program: str, *arguments: str) -> str:
        """What one of the server's own programs says."""
        environment = {
            "PATH": str(_PROGRAMS),
            "PGHOST": str(self.folder),
            "PGUSER": "verifier",
            "PGDATABASE": "postgres",
        }
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [_PROGRAMS / program, *arguments],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self._owner,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        options = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        self._control(
            "start",
            "--silent",
            "--log",
            str(self.folder / "log"),
            "--options",
            " ".join([f"-k {self.folder}", *options]),
        )

    def stop(self) -> None:
        """End it as a crash would: every connection breaks, and nothing is tidied up."""
        self._control("stop", "--mode=immediate", "--silent")

    def sql(self, database: str, *statements: str) -> str:
        """The unadorned answer of the last statement."""
        commands = (word for statement in statements for word in ("--command", statement))
        return self.run(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", database, *commands
        ).strip()

    def database(self, *, user: str = "verifier", template: str = "template0") -> ServerAddress:
        """A new database with nothing in it, or with what is in another one."""
        name = next(self._names)
        self.run("createdb", f"--template={template}", name)
        return self.address(name, user=user)

    @contextmanager
    def databases(self) -> Iterator[Callable[[], ServerAddress]]:
        """Each call makes a new one; all are gone with the block, for each takes 8 MB."""
        made: list[ServerAddress] = []

        def another() -> ServerAddress:
            made.append(self.database())
            return made[-1]

        yield another
        for address in made:
            self.run("dropdb", "--force", name_of(address))

    def address(self, name: str, *, user: str = "verifier", folder: Path | None = None) -> ServerAddress:
        return ServerAddress.of(f"postgresql://{user}@/{name}?host={folder or self.folder}")

    def _control(self, verb: str, *options: str) -> None:
        self.run("pg_ctl", verb, "--pgdata", str(self.folder / "data"), "-w", *options)


def name_of(address: ServerAddress) -> str:
    """The database's name."""
    return address.url.split("@/")[1].split("?")[0]


@contextmanager
def serving() -> Iterator[Server]:
    """A server that is gone afterwards. A socket's path is short by law, hence no folder of pytest."""
    with tempfile.TemporaryDirectory(prefix="verifier-") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.stop()
