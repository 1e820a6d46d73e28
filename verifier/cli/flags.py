"""Flags that several commands share, named as Prometheus exporters name theirs, and what they choose."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from verifier.cli.output import Exit, stop
from verifier.errors import ConfigError, Fault

if TYPE_CHECKING:
    from verifier.settings import Flags, Settings

Found = TypeVar("Found")

ConfigFile = Annotated[
    Path | None, typer.Option("--config.file", help="The configuration file.", show_default="verifier.yaml")
]
ListenAddress = Annotated[str | None, typer.Option("--web.listen-address", help="Where pages are served: host:port.")]
WebConfigFile = Annotated[
    Path | None, typer.Option("--web.config.file", help="TLS and passwords of the pages, as Prometheus exporters have.")
]
LogLevel = Annotated[str | None, typer.Option("--log.level", help="debug, info, warning or error.")]
LogFormat = Annotated[str | None, typer.Option("--log.format", help="logfmt, json or console.")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts: the same as a JSON document.")]


def flags(
    config_file: Path | None = None,
    listen_address: str | None = None,
    log_level: str | None = None,
    log_format: str | None = None,
    web_config_file: Path | None = None,
) -> "Flags":
    """The flags as given, else as the environment says. Raises ConfigError for a value that does not fit."""
    from pydantic import ValidationError

    from verifier.settings import Flags

    given: dict[str, Any] = {
        "config_file": config_file,
        "web_listen_address": listen_address,
        "web_config_file": web_config_file,
        "log_level": log_level,
        "log_format": log_format,
    }
    try:
        return Flags(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise ConfigError(
            [
                Fault(file="command line", line=0, path=".".join(map(str, one["loc"])), problem=one["msg"])
                for one in error.errors()
            ]
        ) from None


def settings(chosen: "Flags", now: datetime) -> "Settings":
    """The settings that the flags name. Raises ConfigError."""
    from verifier.settings import load

    if not chosen.config_file.exists():
        problem = "is not there, write the file's path behind `--config.file`"
        raise ConfigError([Fault(file=str(chosen.config_file), line=1, path="file", problem=problem)])
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    return chosen.over(load(chosen.config_file, os.environ, Path(directory) if directory else None, now))


def configured(
    config_file: Path | None, listen_address: str | None = None, web_config_file: Path | None = None
) -> "tuple[Settings, datetime]":
    """What a command works with: the settings, and the moment at which it was called. Raises ConfigError."""
    from verifier.clock import SystemClock

    now = SystemClock().now()
    return settings(flags(config_file, listen_address, web_config_file=web_config_file), now), now


def named(what: str, name: str, known: Mapping[str, Found], file: Path) -> Found:
    """The entry of that name; the argument is wrong, not the file, when there is none: exit code 2 and the names."""
    if name not in known:
        there = ", ".join(known) or "none"
        stop(f"there is no `{name}`, write one of: {there} (`{what}` in {file})", Exit.CONFIG)
    return known[name]
