"""JSON Schema of the configuration file, for editors."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.json_schema import models_json_schema

from verifier.settings.names import NAME
from verifier.settings.shape import (
    AlarmShape,
    AlertmanagerShape,
    Clause,
    ContractShape,
    EmailShape,
    HeartbeatShape,
    ShowShape,
    WatchShape,
    WebhookShape,
    WebShape,
)
from verifier.sources import load as known_sources
from verifier.talk import Source

_FILE_NAME = "https://json-schema.org/draft/2020-12/schema"


def schema(sources: Mapping[str, Source] | None = None) -> dict[str, Any]:
    """The shape of verifier.yaml (draft 2020-12): keys, required clauses, the fields of every kind of account."""
    sources = known_sources() if sources is None else sources
    models: list[type[BaseModel]] = [
        ContractShape,
        WatchShape,
        EmailShape,
        WebhookShape,
        AlertmanagerShape,
        ShowShape,
        WebShape,
        HeartbeatShape,
        AlarmShape,
    ]
    accounts = {source.kind: _account(source) for source in sources.values()}
    everything: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in (*models, *accounts.values())]
    refs, definitions = models_json_schema(everything, ref_template="#/$defs/{model}")
    ref = {model: refs[(model, "validation")] for model, _ in everything}
    parts = definitions["$defs"]
    _allow_plain_clauses(parts)
    _allow_short_forms(parts["WatchShape"], sources)
    parts["ContractShape"]["properties"]["watch"] = {"type": "array", "minItems": 1, "items": ref[WatchShape]}
    parts["ContractShape"]["required"].append("watch")
    text: dict[str, Any] = {"type": "string"}
    channel = {"oneOf": [ref[EmailShape], ref[WebhookShape], ref[AlertmanagerShape]]}
    named = {"propertyNames": {"pattern": f"^{NAME.pattern}$"}, "type": "object"}
    file = {
        "$schema": _FILE_NAME,
        "title": "hashrate-verifier configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "accounts": {**named, "additionalProperties": {"oneOf": [ref[model] for model in accounts.values()]}},
            "contracts": {**named, "additionalProperties": ref[ContractShape]},
            "tell": {
                "type": "object",
                "properties": {"repeat": text},
                "additionalProperties": {"anyOf": [channel, text]},
            },
            "show": ref[ShowShape],
            "alarm": ref[AlarmShape],
            "together": {"type": "array", "items": text},
            "heartbeat": ref[HeartbeatShape],
            "web": ref[WebShape],
            "external_url": text,
            "chain": {"type": "array", "items": text},
            "prices": {"type": "array", "items": text},
            "mining_pools": text,
            "ledger": text,
            "ledger_password_file": text,
        },
    }
    return file | {"$defs": _referenced(file, parts)}


def _referenced(file: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    """The definitions that the file's shape leads to; pydantic also describes what quantities are read into."""
    wanted: dict[str, Any] = {}
    waiting = [file]
    while waiting:
        names = re.findall(r'"#/\$defs/([^"]+)"', json.dumps(waiting.pop()))
        for name in set(names) - wanted.keys():
            wanted[name] = parts[name]
            waiting.append(parts[name])
    return dict(sorted(wanted.items()))


def _account(source: Source) -> type[BaseModel]:
    """The account of a kind with the files of its secrets."""
    wanted = (*source.Account.secrets, *source.Account.optional_secrets)
    files: dict[str, Any] = {
        f"{secret}_file": (str | None, Field(default=None, description=f"file that holds the {secret} alone"))
        for secret in wanted
    }
    kind: dict[str, Any] = {"kind": (str, Field(json_schema_extra={"const": source.kind}))}
    model = create_model(f"{source.kind}_account", __base__=source.Account, **kind, **files)
    model.model_config = ConfigDict(**{**source.Account.model_config, "title": source.title})
    return model


def _allow_plain_clauses(parts: dict[str, Any]) -> None:
    prefix = Clause.__name__
    for name, part in parts.items():
        if name.startswith(f"{prefix}_"):
            parts[name] = {"anyOf": [part["properties"]["value"], part]}


def _allow_short_forms(watch: dict[str, Any], sources: Mapping[str, Source]) -> None:
    watch["properties"] |= {
        kind: {"type": "string", "description": f"login or address at {source.title}"}
        for kind, source in sources.items()
    }
    watch["properties"]["wallet"] = {"type": "string", "description": "your own address, whose receipts are asked for"}
    watch["required"] = []
    watch["oneOf"] = [{"required": [key]} for key in ("account", "wallet", *sources)]
