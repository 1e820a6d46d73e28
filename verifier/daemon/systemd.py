"""Telling systemd how we are (sd_notify(3)): one datagram to the socket it names, nothing when it names none."""

import socket
from collections.abc import Mapping


def notify(environment: Mapping[str, str], state: str) -> None:
    """Send ``READY=1``, ``WATCHDOG=1``, ``RELOADING=1`` or ``STOPPING=1``; a failure is systemd's to notice."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        try:
            line.connect("\0" + address[1:] if address.startswith("@") else address)
            line.sendall(state.encode())
        except OSError:
            return
