"""One file per layout of the ledger; a published one is never changed."""
