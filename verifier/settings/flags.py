"""The daemon's own flags: the command line wins over the environment, the environment over the file."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from verifier.settings.addresses import host_and_port
from verifier.settings.model import Settings, Web
from verifier.settings.web_config import read_web_config


def _listen_address(text: str) -> str:
    host_and_port(text, None)
    return text


class Flags(BaseSettings):
    """Flags as Prometheus exporters have them, also as ``VERIFIER_CONFIG_FILE`` and so on.

    Raises pydantic's ValidationError for values that do not fit.
    """

    model_config = SettingsConfigDict(env_prefix="VERIFIER_", frozen=True, extra="ignore", hide_input_in_errors=True)

    config_file: Path = Field(default=Path("verifier.yaml"), description="--config.file")
    web_listen_address: Annotated[str, AfterValidator(_listen_address)] | None = Field(
        default=None, description="--web.listen-address"
    )
    web_config_file: Path | None = Field(default=None, description="--web.config.file")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="--log.level")
    log_format: Literal["logfmt", "json", "console"] = Field(default="logfmt", description="--log.format")

    @classmethod
    def given(cls, **command_line: Any) -> Self:
        """Flags from a command line whose unset options are None."""
        return cls(**{name: value for name, value in command_line.items() if value is not None})

    def over(self, settings: Settings) -> Settings:
        """The settings with what a flag or the environment says instead of the file.

        Raises ConfigError with every fault of the web configuration, which is read as it is now.
        """
        web = settings.web
        if self.web_listen_address is not None:
            host, port = host_and_port(self.web_listen_address, None)
            web = replace(web, host=host, port=port, written_at=Web().written_at)
        if self.web_config_file is not None:
            web = replace(web, access=read_web_config(self.web_config_file))
        return replace(settings, web=web)
