"""Names of accounts, contracts and channels: they become labels, addresses and file names."""

import re
from typing import Final

NAME: Final = re.compile(r"(?!.*__)[a-z][a-z0-9_]{0,47}", re.ASCII)


def name_problem(name: str) -> str | None:
    """What is wrong with a name that becomes a label, an address and a file name; None for nothing."""
    if NAME.fullmatch(name):
        return None
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:48].rstrip("_")
    plain = plain if NAME.fullmatch(plain) else "north"
    return f"is not a name, write a small letter, then small letters, digits and single _ (at most 48), like `{plain}`"
