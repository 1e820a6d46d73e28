"""A program that writes for ever and says, after each batch, up to which fact it may be believed."""

import asyncio
import sys

from tests.ledger.examples import poll
from verifier.ledger.ledger import Ledger


async def main(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        while True:
            polls = [poll(ledger.next_fact_id()) for _ in range(3)]
            await asyncio.gather(*(ledger.write(one) for one in polls))
            print(polls[-1].facts[-1].id, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
