"""Alembic's steps from one layout of the ledger to the next, run when a ledger is opened."""
