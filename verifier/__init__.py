"""Hashrate delivery verifier: compares delivered hashrate and payouts with the contract."""

__version__ = "0.1.0"
