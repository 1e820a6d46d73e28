"""What is owed to channels becomes messages: id, text and recipients are fixed before the first attempt."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from verifier.incidents.memory import load_transition
from verifier.ledger.ledger import Ledger
from verifier.ledger.records import Batch, Message, Owed, StoredTransition
from verifier.outlets import messages
from verifier.outlets.channels import Channel, kind_of
from verifier.outlets.picture import Picture


def message_id(channel: str, transitions: Iterable[str]) -> str:
    """The same changes told to the same channel are the same message for ever."""
    return hashlib.sha256("\n".join([channel, *sorted(transitions)]).encode()).hexdigest()[:32]


def removed(channel: str) -> str:
    """Why a message for a channel that left the file is dead."""
    return f"the channel {channel} is no longer in the configuration"


async def write_owed(ledger: Ledger, channels: Mapping[str, Channel], picture: Picture) -> list[Message]:
    """Write a message for all that is owed and carried by none yet, in one transaction. Raises LedgerError.

    What one turn decided for one channel is one message, so that one cause never gives two. Its id comes from what it
    carries: planned again after a crash it is the same message. For a channel that is gone it is dead at once.
    """
    written: list[Message] = []
    carried: list[Owed] = []
    owed = await ledger.owed_unwritten()
    for (decided_at, name), group in groupby(sorted(owed, key=_turn), key=_turn):
        together = list(group)
        message = _message(name, channels.get(name), [stored for _, stored in together], decided_at, picture)
        written.append(message)
        carried += [replace(one, message=message.id) for one, _ in together]
    if written:
        await ledger.write(Batch(messages=tuple(written), owed=tuple(carried)))
    return written


def _turn(one: tuple[Owed, StoredTransition]) -> tuple[datetime, str]:
    owed, stored = one
    return stored.decided_at, owed.channel


def _message(
    name: str, channel: Channel | None, stored: list[StoredTransition], decided_at: datetime, picture: Picture
) -> Message:
    content = messages.write([load_transition(one.state) for one in stored], picture, decided_at)
    told = () if channel is None else kind_of(channel).recipients(channel)
    return Message(
        id=message_id(name, (one.id for one in stored)),
        channel=name,
        created_at=decided_at,
        content={**content, "recipients": list(told)},
        state="dead" if channel is None else "waiting",
        last_error=removed(name) if channel is None else "",
    )
