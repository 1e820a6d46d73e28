"""The sections of the main file that are neither accounts, contracts nor channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel

from verifier.expectations.attribution import PoolList, read_list
from verifier.ledger.address import ServerAddress
from verifier.observation import BlockSeen, PriceSeen
from verifier.settings.accounts import AccountReader
from verifier.settings.addresses import host_and_port, web_address
from verifier.settings.credentials import Note, SecretPlaces
from verifier.settings.document import Document, Items
from verifier.settings.findings import Findings, nearest
from verifier.settings.model import Alarm, ConfiguredAccount, Heartbeat, Show, Web
from verifier.settings.quantities import QuantityError
from verifier.settings.shape import AlarmShape, HeartbeatShape, ShowShape, WebShape
from verifier.talk import Source

#: The coin whose difficulty, subsidy and fees the expectations know.
_BITCOIN: Final = "BTC"

Section = TypeVar("Section", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionReader:
    """Reads one section at a time; a section with faults is read as if it were absent, so that all faults are told."""

    document: Document
    findings: Findings
    places: SecretPlaces

    def show(self) -> Show:
        shape = self._section("show", ShowShape) or ShowShape()
        return Show(currency=shape.currency, time_zone=shape.time_zone)

    def alarm(self) -> Alarm:
        shape = self._section("alarm", AlarmShape) or AlarmShape()
        return Alarm(per_contract_year=shape.per_contract_year, fleet_per_month=shape.fleet_per_month)

    def web(self) -> Web:
        shape = self._section("web", WebShape) or WebShape()
        try:
            host, port = host_and_port(shape.listen, None)
        except QuantityError as error:
            self.findings.add(self.document, ("web", "listen"), str(error))
            return Web()
        key, line = self.document.locate(("web", "listen"))
        return Web(host=host, port=port, written_at=(self.document.file, line, key))

    def heartbeat(self) -> Heartbeat | None:
        shape = self._section("heartbeat", HeartbeatShape)
        if shape is None:
            return None
        self._check_address(("heartbeat", "url"), shape.url, allow_private=shape.allow_private)
        return Heartbeat(url=shape.url, every=shape.every, allow_private=shape.allow_private)

    def external_url(self) -> str | None:
        written = self.document.root.get("external_url")
        if written is None:
            return None
        self._check_address(("external_url",), str(written), allow_private=True)
        return str(written).rstrip("/")

    def state(self) -> Path:
        """The folder of a program that names no ledger in a file: systemd's state directory, else beside the file."""
        state = self.places.environment.get("STATE_DIRECTORY", "").split(":")[0]
        return Path(state) if state else self.places.beside

    def ledger(self) -> Path | ServerAddress:
        """The file or database named, else verifier.sqlite in the folder of the state."""
        written = self.document.root.get("ledger")
        if isinstance(written, str) and "://" in written:
            return self._database(written)
        if "ledger_password_file" in self.document.root:
            problem = "is for a database on a server, write `ledger: postgresql://user@host/database` too or remove it"
            self.findings.add(self.document, ("ledger_password_file",), problem)
        if written is None:
            return self.state() / "verifier.sqlite"
        if not isinstance(written, str) or not written.isprintable():
            self.findings.add(self.document, ("ledger",), "is not a path, write the path of the file to remember in")
            return Path()
        return self.places.beside / written

    def chain(self, accounts: dict[str, ConfiguredAccount], declared: frozenset[str]) -> tuple[str, ...]:
        """Accounts whose blocks give the network's difficulty."""
        written = self.document.root.get("chain", Items())
        if not isinstance(written, list):
            self.findings.add(self.document, ("chain",), "is not a list of accounts, write it like `[esplora]`")
            return ()
        for position, name in enumerate(written):
            path = ("chain", position)
            if not isinstance(name, str) or name not in declared:
                problem = f"there is no account `{str(name)[:48]}`, {nearest(str(name), declared)}"
                self.findings.add(self.document, path, problem)
            elif name in accounts and not any(BlockSeen in one.sees for one in accounts[name].source.questions):
                kind = accounts[name].source.title
                self.findings.add(self.document, path, f"{kind} shows no blocks, write an account of kind esplora")
            elif name in accounts and (coin := getattr(accounts[name].account, "coin", _BITCOIN)) != _BITCOIN:
                problem = f"shows blocks of {coin}, and coins are expected of {_BITCOIN} only, leave it out here"
                self.findings.add(self.document, path, problem)
        return tuple(str(name) for name in written)

    def prices(
        self,
        reader: AccountReader,
        accounts: dict[str, ConfiguredAccount],
        declared: frozenset[str],
        show: Sequence[str],
    ) -> tuple[str, ...]:
        """Accounts that are asked what a coin costs, in these currencies unless they say others.

        A kind's name implies its account.
        """
        written = self.document.root.get("prices", Items())
        if not isinstance(written, list):
            self.findings.add(self.document, ("prices",), "is not a list, write it like `[kraken, coinbase]`")
            return ()
        for position, name in enumerate(written):
            path = ("prices", position)
            if isinstance(name, str) and name in declared:
                if name in accounts and accounts[name].tells({PriceSeen}):
                    accounts[name] = reader.priced(self.document, path, accounts[name], show)
                elif name in accounts:
                    title = accounts[name].source.title
                    self.findings.add(
                        self.document,
                        path,
                        f"{title} shows no prices, write one of {', '.join(_of_prices(reader.sources))}",
                    )
            elif not isinstance(name, str) or name not in reader.sources or not _tells_prices(reader.sources[name]):
                problem = f"`{str(name)[:48]}` is no source of prices, {nearest(str(name), _of_prices(reader.sources))}"
                self.findings.add(self.document, path, problem)
            elif (implied := reader.price(self.document, path, name, show)) is not None:
                accounts[name] = implied
        return tuple(dict.fromkeys(str(name) for name in written))

    def mining_pools(self) -> PoolList | None:
        """The list in the file named, by which a block is attributed to the pool that mined it; None without one."""
        path = ("mining_pools",)
        written = self.document.root.get(path[0])
        if written is None:
            return None
        example = "write the path of mempool's pools-v2.json, like `pools-v2.json`"
        if not isinstance(written, str) or not written.isprintable():
            self.findings.add(self.document, path, f"is not a path, {example}")
            return None
        try:
            return read_list((self.places.beside / written).read_bytes())
        except OSError as error:
            self.findings.add(self.document, path, f"cannot be read ({error.strerror}), {example}")
        except ValueError as error:
            self.findings.add(self.document, path, f"is no list of mining pools ({error}), {example}")
        return None

    def _database(self, url: str) -> Path | ServerAddress:
        path = ("ledger_password_file",)
        note = Note(findings=self.findings, document=self.document, path=path, under="the file's top")
        named = self.document.root.get(path[0])
        found = self.places.find("", "ledger", "password", note, named_file=named, required=False)
        try:
            if found is None:
                return ServerAddress.of(url)
            return ServerAddress.of(url, found.value, found.origin)
        except ValueError as error:
            self.findings.add(self.document, ("ledger",), str(error))
            return Path()

    def _section(self, key: str, model: type[Section]) -> Section | None:
        if key not in self.document.root:
            return None
        return self.findings.checked(self.document, (key,), model, self.document.root[key])

    def _check_address(self, path: tuple[str, ...], url: str, *, allow_private: bool) -> None:
        try:
            web_address(url, allow_private=allow_private)
        except QuantityError as error:
            self.findings.add(self.document, path, str(error))


def _tells_prices(source: Source) -> bool:
    return any(PriceSeen in question.sees for question in source.questions)


def _of_prices(sources: Mapping[str, Source]) -> list[str]:
    """The kinds that tell prices; looks at all of them, so for faults only."""
    return [kind for kind, source in sources.items() if _tells_prices(source)]
