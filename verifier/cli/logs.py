"""Logs in the format that was asked for, with journald's priorities when systemd reads them."""

import logging
import os
import sys
from typing import Any

import structlog

_PRIORITY = {"debug": "<7>", "info": "<6>", "warning": "<4>", "error": "<3>", "critical": "<2>"}


class _Journal:
    """Puts journald's priority before the line that another renderer makes (sd-daemon(3))."""

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer

    def __call__(self, logger: Any, name: str, event: structlog.typing.EventDict) -> str:
        return f"{_PRIORITY.get(name, '<6>')}{self._renderer(logger, name, event)}"


def log_as(level: str, form: str) -> None:
    """Configure logging to standard error: ``logfmt``, ``json`` or ``console``."""
    renderers: dict[str, Any] = {
        "logfmt": structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        "json": structlog.processors.JSONRenderer(),
        "console": structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
    }
    renderer = renderers[form]
    if "JOURNAL_STREAM" in os.environ:
        renderer = _Journal(renderer)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # Libraries warn through the standard library: what they say is shown, their chatter is not.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
