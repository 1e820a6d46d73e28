"""The settings written out again: what is in force, readable as YAML, without any secret; and digests of it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from verifier.contract import Basis, Contract, Exclusion, Independence, PayoutPlan, Promise, Tolerance, Uptime, Watch
from verifier.ledger.address import ServerAddress
from verifier.outlets.channels import Channel, EmailChannel
from verifier.outlets.instances import Alertmanager
from verifier.settings.coins import amount_text, fee_text, pool_day_text
from verifier.settings.model import ConfiguredAccount, Settings
from verifier.settings.quantities import NAMED_SPANS, NOT_STATED, PREFIXES, SPAN_LETTERS
from verifier.settings.receipts import note_text
from verifier.settings.work import price_text
from verifier.units import ALGORITHMS, Hashrate


def hashrate_text(rate: Hashrate) -> str:
    """A hashrate that reads back as exactly the same number."""
    exact = Decimal(repr(rate.per_second))
    power = next((power for power in PREFIXES.values() if exact >= Decimal(1).scaleb(power)), 0)
    prefix = next(prefix for prefix, size in PREFIXES.items() if size == power)
    shown = "k" if prefix == "k" else prefix.upper()
    return f"{_plain(exact.scaleb(-power))} {shown}{ALGORITHMS[rate.algorithm]}/s"


def percent_text(fraction: float) -> str:
    """A part of the whole that reads back as the same number."""
    return f"{_plain(Decimal(repr(fraction)) * 100)} %"


def tolerance_text(tolerance: Tolerance | None) -> str:
    """A tolerance clause, ``not stated`` for none."""
    if tolerance is None:
        return NOT_STATED
    name = next((name for name, span in NAMED_SPANS.items() if span == tolerance.span), None)
    article = "an" if name == "hour" else "a"
    return percent_text(tolerance.fraction) + (f" {article} {name}" if name else "")


def span_text(span: timedelta) -> str:
    """A span of whole seconds in its largest whole unit."""
    seconds = int(span.total_seconds())
    letter, size = next((letter, size) for letter, size in SPAN_LETTERS.items() if seconds % size == 0)
    return f"{seconds // size}{letter}"


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def contract_text(contract: Contract) -> dict[str, Any]:
    """One contract as it would be written in the file; the budget of false alarms belongs to the fleet."""
    first, *later = contract.promises
    text: dict[str, Any] = {
        "seller": contract.seller,
        "basis": contract.basis.value,
        "algorithm": first.rate.algorithm,
        "limit" if contract.basis is Basis.WORK else "promised": hashrate_text(first.rate),
        "starts": moment_text(contract.starts),
        "ends": NOT_STATED if contract.ends is None else moment_text(contract.ends),
        "tolerance": tolerance_text(first.tolerance),
        "price": NOT_STATED if contract.price is None else f"{contract.price.value:f} {contract.price.currency}",
        "coverage_needed": percent_text(contract.coverage_needed),
        "wander": percent_text(contract.wander),
        "watch": [_watch_text(watch) for watch in contract.watch],
    }
    if contract.basis is Basis.WORK:
        del text["tolerance"]
        text["price"] = NOT_STATED if contract.work_price is None else price_text(contract.work_price)
    if contract.rejects is not None:
        text["rejects"] = percent_text(contract.rejects)
    if plan := _plan_text(contract.payouts):
        text["payouts"] = plan
    if contract.fees:
        text["fees"] = {what: NOT_STATED if fee is None else fee_text(fee) for what, fee in contract.fees.items()}
    text |= {} if contract.uptime is None else {"uptime": _uptime_text(contract.uptime)}
    text |= {"receipts": [note_text(note) for note in contract.receipts]} if contract.receipts else {}
    text |= {"exclusions": [exclusion_text(one) for one in contract.exclusions]} if contract.exclusions else {}
    for clause, cite in contract.cites.items():
        *part, key = clause.split(".")
        where = text.setdefault(part[0], {}) if part else text
        written = where.get(key, NOT_STATED)
        where[key] = {**(written if isinstance(written, dict) else {"value": written}), "cite": cite}
    if later:
        text["amendments"] = [_amendment_text(promise) for promise in later]
    if contract.group is not None:
        text["group"] = contract.group
    if contract.tell_me_below is not None:
        text["tell_me_below"] = percent_text(contract.tell_me_below)
    if contract.labels:
        text["labels"] = dict(contract.labels)
    return text


def show(settings: Settings) -> dict[str, Any]:
    """The configuration in force, as plain values for YAML; secrets appear only as where they came from."""
    contracts = {name: contract_text(contract) for name, contract in settings.contracts.items()}
    return {"contracts": contracts, **fleet_text(settings)}


def fleet_text(settings: Settings) -> dict[str, Any]:
    """Everything but the contracts."""
    channels: dict[str, Any] = {name: _channel_text(channel) for name, channel in settings.channels.items()}
    channels["repeat"] = "never" if settings.remind_every is None else span_text(settings.remind_every)
    if settings.alertmanager is not None:
        channels[settings.alertmanager.name] = _alertmanager_text(settings.alertmanager)
    alarm = settings.alarm
    text: dict[str, Any] = {
        "accounts": {name: _account_text(account) for name, account in settings.accounts.items()},
        "tell": channels,
        "show": {"currency": settings.show.currency, "time_zone": settings.show.time_zone},
        "web": {"listen": settings.web.address},
        "alarm": {"per_contract_year": alarm.per_contract_year, "fleet_per_month": alarm.fleet_per_month},
        "together": list(settings.together),
        "chain": list(settings.chain),
        "prices": list(settings.prices),
        "ledger": str(settings.ledger),
    }
    if isinstance(settings.ledger, ServerAddress) and settings.ledger.password is not None:
        text |= _origins_text({"ledger_password": settings.ledger.origin})
    if settings.mining_pools is not None:
        text["mining_pools"] = f"SHA-256 {settings.mining_pools.digest}"
    if settings.heartbeat is not None:
        beat = settings.heartbeat
        text["heartbeat"] = {"url": _veiled(beat.url), "every": span_text(beat.every)}
    if settings.external_url is not None:
        text["external_url"] = settings.external_url
    return text


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of plain values."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _uptime_text(uptime: Uptime) -> dict[str, Any]:
    return {
        "value": percent_text(uptime.fraction),
        "method": uptime.method.value,
        "window": "rolling" if uptime.rolling else "calendar",
        "over": next(name for name, span in NAMED_SPANS.items() if span == uptime.span),
        "within": span_text(uptime.within),
    }


def exclusion_text(one: Exclusion) -> dict[str, Any]:
    """Time left out, as it would be written in the file."""
    cite = {} if one.cite is None else {"cite": one.cite}
    return {"from": moment_text(one.window.start), "to": moment_text(one.window.end), "why": one.why, **cite}


def _plan_text(plan: PayoutPlan) -> dict[str, Any]:
    """The clauses of a plan that are stated."""
    text = {
        "every": None if plan.every is None else span_text(plan.every),
        "threshold": None if plan.threshold is None else amount_text(plan.threshold),
        "within": None if plan.within is None else span_text(plan.within),
        "address": plan.address,
        "scheme": plan.scheme,
        "pool_day": None if plan.pool_day is None else pool_day_text(plan.pool_day),
    }
    return {key: value for key, value in text.items() if value is not None}


def _watch_text(watch: Watch) -> dict[str, Any]:
    workers = {} if watch.workers is None else {"workers": watch.workers}
    opened_by = "seller" if watch.independence is Independence.ARRANGED_BY_SELLER else "me"
    return {"account": watch.account, **workers, "opened_by": opened_by}


def _amendment_text(promise: Promise) -> dict[str, Any]:
    cite = {} if promise.cite is None else {"cite": promise.cite}
    tolerance = tolerance_text(promise.tolerance)
    return {"from": moment_text(promise.since), "promised": hashrate_text(promise.rate), "tolerance": tolerance, **cite}


def _origins_text(origins: Mapping[str, str]) -> dict[str, str]:
    return {secret: f"(from {origin})" for secret, origin in origins.items()}


def _account_text(configured: ConfiguredAccount) -> dict[str, Any]:
    return configured.account.model_dump(mode="json", exclude_none=True) | _origins_text(configured.origins)


def _channel_text(channel: Channel) -> dict[str, Any]:
    if isinstance(channel, EmailChannel):
        user = {} if channel.user is None else {"user": channel.user}
        smtp = {"smtp": f"{channel.host}:{channel.port}", "from": channel.sender, "tls": channel.tls}
        authority = {} if channel.ca_file is None else {"ca_file": channel.ca_file}
        return {"email": channel.to, **smtp, **authority, **user, **_origins_text(channel.origins)}
    private = {"allow_private": True} if channel.allow_private else {}
    return {"webhook": _veiled(channel.url), **private, **_origins_text(channel.origins)}


def _alertmanager_text(to: Alertmanager) -> dict[str, Any]:
    private = {"allow_private": True} if to.allow_private else {}
    runbooks = {} if to.runbooks is None else {"runbooks": to.runbooks}
    return {"alertmanager": list(to.urls), "every": span_text(to.every), **private, **runbooks}


def _veiled(url: str) -> str:
    """Host and digest alone: the path of such an address is often all that guards it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/… (sha256 {hashlib.sha256(url.encode()).hexdigest()[:12]})"
