"""The OpenAPI 3.1 document of ``/api/v1``: records from their types, documents as ``api`` puts them together."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from verifier import __version__
from verifier.contract import Basis, Category
from verifier.expectations.price import Price
from verifier.incidents.standing import Phase, Transition
from verifier.outlets import schemas
from verifier.outlets.miners import Mined
from verifier.outlets.picture import QuestionView, SourceLine
from verifier.outlets.schemas import MOMENT, NUMBER, TEXT, Schema, by_name, many, maybe, one_of, record
from verifier.verdicts.payouts.rows import PayoutState
from verifier.verdicts.settling import Period
from verifier.verdicts.verdict import Outcome, Verdict

_TRUTH: Final[Schema] = {"type": "boolean"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_SEVERITY: Final = one_of(("critical", "warning", "info"))
_OUTCOMES: Final = one_of([outcome.value for outcome in Outcome])


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _checked() -> dict[str, Schema]:
    return {"checks": by_name(_ref("Result")), "problems": by_name(_ref("Problem"))}


def _contract() -> dict[str, Schema]:
    return {
        "name": TEXT,
        "seller": TEXT,
        "basis": one_of([basis.value for basis in Basis]),
        "algorithm": TEXT,
        "group": maybe(TEXT),
        "sum_of": many(TEXT),
        "starts": MOMENT,
        "ends": maybe(MOMENT),
        "promised": NUMBER,
        "promises": many(_ref("Promise")),
        "price": maybe(_ref("Money")),
        "labels": by_name(TEXT),
        "outcome": maybe(_OUTCOMES),
        "missing": NUMBER,
        "shortfalls": record(dict.fromkeys(("now", "last"), maybe(_ref("Shortfall")))),
        **_checked(),
        "payouts": by_name(_ref("Amount")),
        "sources": many(_ref("Source")),
    }


def _shortfall() -> Schema:
    amount, sum_of_money = maybe(_ref("Amount")), maybe(_ref("Money"))
    return record(
        {
            "hashes": NUMBER,
            "coins": amount,
            "coins_spread": amount,
            "coins_unknown": maybe(TEXT),
            "scheme": maybe(TEXT),
            "at_price_paid": sum_of_money,
            "at_market": sum_of_money,
            "market_unknown": maybe(TEXT),
        },
        "missing work, the coins it would have earned, and money at the price paid and at that of now",
    )


def _payout_row() -> Schema:
    amount = maybe(_ref("Amount"))
    sums = dict.fromkeys(("expected", "expected_spread", "credited", "paid", "received", "due"), amount)
    return record(
        {
            "kind": one_of(("settlement_day", "payout")),
            "at": MOMENT,
            **sums,
            "by": maybe(MOMENT),
            "states": many(one_of([state.value for state in PayoutState])),
            "category": one_of([category.value for category in Category]),
            "receipts": many(TEXT),
            "your_note": _TRUTH,
            "cite": maybe(TEXT),
            "confirmations": maybe(_COUNT),
            "mined": many(schemas.of(Mined)),
            "revised": _TRUTH,
        },
        "what a settlement day earned, or what became of a payout",
    )


def _account() -> Schema:
    names = many(TEXT)
    return record(
        {
            "name": TEXT,
            "kind": TEXT,
            "title": TEXT,
            "host": TEXT,
            "contracts": names,
            "lagging": maybe(TEXT),
            "watched_since": maybe(MOMENT),
            "questions": many(_ref("Question")),
            **_checked(),
            "nobodys_workers": names,
            "twice_claimed_workers": names,
        }
    )


def _schemas() -> dict[str, Schema]:
    tolerance = maybe(record({"fraction": NUMBER, "span": NUMBER}))
    slot = record({"start": MOMENT, "end": MOMENT, **dict.fromkeys(("seen", "ratio", "error", "evidence"), NUMBER)})
    part = record(
        {
            "step_seconds": {"type": "number"},
            "line": NUMBER,
            "start": MOMENT,
            "end": MOMENT,
            "slots": many(slot),
            "problems": many(record({"start": MOMENT, "end": MOMENT})),
        }
    )
    day = record({"start": MOMENT, "seen_seconds": NUMBER, "hashes": NUMBER})
    return {
        "Amount": record({"atoms": TEXT, "coin": TEXT, "value": TEXT}, "base units as text, and whole coins"),
        "Money": record({"value": TEXT, "currency": TEXT}),
        "Price": schemas.of(Price),
        "Shortfall": _shortfall(),
        "Result": schemas.of(Verdict),
        "Problem": record(
            {
                "open": _TRUTH,
                "phase": one_of([phase.value for phase in Phase]),
                "severity": _SEVERITY,
                "ordinal": _COUNT,
                "since": maybe(MOMENT),
                "opened_at": maybe(MOMENT),
            }
        ),
        "Promise": record({"since": MOMENT, "rate": NUMBER, "tolerance": tolerance, "cite": maybe(TEXT)}),
        "Source": schemas.of(SourceLine),
        "Question": schemas.of(QuestionView),
        "Change": schemas.of(Transition),
        "Period": schemas.of(Period),
        "PayoutRow": _payout_row(),
        "Contract": record(_contract()),
        "Account": _account(),
        "Contracts": record(
            {
                "at": MOMENT,
                "version": TEXT,
                "judging": _TRUTH,
                "config_error": maybe(TEXT),
                "config_warnings": many(TEXT),
                "outcomes": many(_OUTCOMES),
                "prices": many(_ref("Price")),
                "contracts": many(_ref("Contract")),
                "together": many(_ref("Contract")),
            }
        ),
        "OneContract": record(
            {
                "at": MOMENT,
                **_contract(),
                "days": many(day),
                "shortfall_of_term": maybe(_ref("Shortfall")),
                "periods": many(_ref("Period")),
                "running": maybe(_ref("Period")),
                "term_so_far": maybe(_ref("Period")),
                "payout_rows": many(_ref("PayoutRow")),
                "changes": many(_ref("Change")),
            }
        ),
        "Series": record(
            {"at": MOMENT, "name": TEXT, "time_zone": TEXT, "allowed": NUMBER, "days": part, "hours": part},
            "delivered over promised in slots of time; seen is a fraction of the slot",
        ),
        "Accounts": record({"at": MOMENT, "accounts": many(_ref("Account"))}),
        "Imported": record({"digest": TEXT, "kind": TEXT, "new": _COUNT, "known": _COUNT}),
        "TakenBack": record({"digest": TEXT, "contract": TEXT, "file": TEXT}),
        "ReadAgain": record({"accounts": by_name(record({"kept": _COUNT, "read": _COUNT}))}),
        "Retried": record({"message": TEXT}),
        "Error": record({"error": TEXT}),
    }


def _answer(description: str, schema: str) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}


_WAITING: Final = {"503": _answer("the first turn is not done yet", "Error")}
_NOBODY: Final = {"404": _answer("there is nothing of this name", "Error")}


def _get(summary: str, schema: str, *, named: bool = False) -> Schema:
    return {
        "get": {
            "summary": summary,
            **({"parameters": [_parameter("name", "[a-z][a-z0-9_]{0,47}")]} if named else {}),
            "responses": {"200": _answer(summary, schema), **(_NOBODY if named else {}), **_WAITING},
        }
    }


def _parameter(name: str, pattern: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{pattern}$"}}


def _post(summary: str, done: str, schema: str, refused: str, **more: Any) -> Schema:
    responses = {done: _answer(summary, schema), refused: _answer("why not", "Error")}
    return {"post": {"summary": summary, "responses": responses, **more}}


def _import() -> Schema:
    told = {"contract": "whose it is", "file": "its name", "kind": "what it is", "from": "seller: from the seller"}
    found = _post(
        "Import a file",
        "201",
        "Imported",
        "422",
        parameters=[
            {"name": name, "in": "query", "required": name == "contract", "schema": TEXT, "description": meaning}
            for name, meaning in told.items()
        ],
        requestBody={"required": True, "content": {"text/csv": {"schema": TEXT}}},
    )
    found["post"]["responses"]["413"] = _answer("too large", "Error")
    return found


@cache
def document() -> Mapping[str, Any]:
    """The whole document. It never changes while the program runs."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Hashrate verifier",
            "version": __version__,
            "description": "What was promised, what was delivered and paid. What is not known is null, never 0.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        # Either: a password is asked for only where the web configuration names one.
        "security": [{}, {"password": []}],
        "paths": {
            "/api/v1/contracts": _get("Every contract", "Contracts"),
            "/api/v1/contracts/{name}": _get(
                "One contract with its days, payouts and changes", "OneContract", named=True
            ),
            "/api/v1/contracts/{name}/series": _get("Delivery of one contract over time", "Series", named=True),
            "/api/v1/accounts": _get("Every account", "Accounts"),
            "/api/v1/messages/{message}/retry": _post(
                "Try a message again at once",
                "202",
                "Retried",
                "409",
                parameters=[_parameter("message", "[0-9a-f]{1,64}")],
            ),
            "/api/v1/imports": _import(),
            "/api/v1/imports/{digest}/take-back": _post(
                "Let an import count no longer",
                "200",
                "TakenBack",
                "409",
                parameters=[_parameter("digest", "[0-9a-f]{8,64}")],
            ),
            "/api/v1/readings": _post(
                "Read answers again that could not be read or believed",
                "200",
                "ReadAgain",
                "409",
                parameters=[
                    {
                        "name": "account",
                        "in": "query",
                        "required": False,
                        "schema": TEXT,
                        "description": "left out: every account",
                    }
                ],
            ),
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"password": {"type": "http", "scheme": "basic"}},
        },
    }
