"""The OpenAPI document: every answer of the server keeps it, and every route is in it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from aiohttp import ClientSession, web
from jsonschema import Draft202012Validator, FormatChecker

from tests.outlets import payout_pictures, pictures
from tests.outlets.conftest import Reloading, Serving, app_of
from verifier.outlets import openapi, schemas
from verifier.outlets.picture import Picture

PICTURES: Final = {
    "every result": pictures.every_result(),
    "payouts": payout_pictures.with_payouts(),
    "trouble": pictures.in_trouble(),
    "nothing": replace(pictures.every_result(), contracts={}, accounts={}),
    "before the first": None,
}
FORMATS: Final = FormatChecker(())


@FORMATS.checks("date-time", raises=ValueError)
def _moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo == UTC


def validator(path: str, method: str, status: int) -> Draft202012Validator:
    """What an answer has to be; a status that the document does not name fails."""
    document = openapi.document()
    answer = document["paths"][path][method]["responses"][str(status)]
    schema = answer["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": document["components"]}, format_checker=FORMATS)


def requests(picture: Picture | None) -> list[tuple[str, str, str]]:
    names = [*(picture.contracts if picture else ()), "nobody"]
    paths = ("/api/v1/contracts/{name}", "/api/v1/contracts/{name}/series")
    return [
        ("get", "/api/v1/contracts", "/api/v1/contracts"),
        ("get", "/api/v1/accounts", "/api/v1/accounts"),
        ("post", "/api/v1/messages/{message}/retry", "/api/v1/messages/0ff/retry"),
        ("post", "/api/v1/imports", "/api/v1/imports?contract=north"),
        ("post", "/api/v1/imports/{digest}/take-back", "/api/v1/imports/0123456789/take-back"),
        ("post", "/api/v1/readings", "/api/v1/readings?account=pool"),
        *(("get", path, path.format(name=name)) for path in paths for name in names),
    ]


@pytest.mark.parametrize("name", PICTURES)
async def test_every_answer_keeps_the_document(
    client: ClientSession, serving: Serving, reloading: Reloading, name: str
) -> None:
    address = await serving(PICTURES[name])
    for error in (None, "no message of this id waits or was given up"):
        reloading.error = error
        for method, path, asked in requests(PICTURES[name]):
            async with client.request(method, address + asked) as answer:
                validator(path, method, answer.status).validate(await answer.json())


async def test_every_route_is_in_the_document(reloading: Reloading) -> None:
    routes = {
        (route.method.lower(), resource.canonical)
        for resource in app_of(None, reloading).router.resources()
        for route in resource
        if resource.canonical.startswith("/api/v1/") and route.method != "HEAD"
    }
    told = {(method, path) for path, methods in openapi.document()["paths"].items() for method in methods}
    assert routes - told == {("get", "/api/v1/openapi.json")}
    assert told <= routes


async def test_it_is_served_before_the_first_picture(client: ClientSession, serving: Serving) -> None:
    async with client.get(f"{await serving(None)}/api/v1/openapi.json") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert (await answer.json())["openapi"] == "3.1.1"


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    found = openapi.document()["components"]["schemas"]
    for name, schema in found.items():
        Draft202012Validator.check_schema(schema)
        assert {reference.rpartition("/")[2] for reference in references(schema)} <= set(found), name


def references(node: object) -> list[str]:
    if isinstance(node, Mapping):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in references(value)]
    return [found for item in node for found in references(item)] if isinstance(node, list) else []


def test_a_field_too_many_or_too_few_is_no_answer() -> None:
    check = validator("/api/v1/contracts/{name}", "get", 404)
    assert check.is_valid({"error": "x"})
    assert not check.is_valid({})
    assert not check.is_valid({"error": "x", "more": 1})


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (float | None, schemas.NUMBER),
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        (int | str | None, schemas.maybe({"anyOf": [{"type": "integer"}, {"type": "string"}]})),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (Mapping[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
    ],
)
def test_a_type_says_its_schema(kind: Any, schema: schemas.Schema) -> None:
    assert schemas.of(kind) == schema


def test_a_type_without_a_json_form_has_no_schema() -> None:
    with pytest.raises(KeyError):
        schemas.of(web.Application)
