"""The one door to the world; everything about reaching out exists once, here."""

from verifier.wire.conversation import Exchange, converse
from verifier.wire.destination import Destination, recorded_url
from verifier.wire.door import USER_AGENT, Wire
from verifier.wire.redaction import redact

__all__ = ["USER_AGENT", "Destination", "Exchange", "Wire", "converse", "recorded_url", "redact"]
