"""Webhooks against a real receiver on loopback, verified with the library of the standard."""

from datetime import datetime, timedelta

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.outlets.channels.far_end import KEY, OTHER_KEY, Receiver, receiving, webhook
from verifier.ledger.records import Message
from verifier.outlets.channels.webhook import can_sign, recipients, send
from verifier.outlets.delivery import Dead, Later, Sent
from verifier.wire import Wire


async def test_a_receiver_verifies_what_it_gets(message: Message, wire: Wire, now: datetime) -> None:
    receiver = Receiver()
    async with receiving(receiver) as url:
        assert await send(message, webhook(url), wire, now) == Sent()
    headers, body = receiver.asked[0]
    assert Webhook(KEY).verify(body, headers) == message.content["payload"]
    assert headers["webhook-id"] == message.id
    assert headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER_KEY).verify(body, headers)


async def test_two_keys_sign_both_while_one_is_replaced(message: Message, wire: Wire, now: datetime) -> None:
    receiver = Receiver()
    async with receiving(receiver) as url:
        assert await send(message, webhook(url, secrets=(KEY, OTHER_KEY)), wire, now) == Sent()
    headers, body = receiver.asked[0]
    for key in (KEY, OTHER_KEY):
        assert Webhook(key).verify(body, headers)


async def test_a_second_attempt_bears_the_same_id_and_body(message: Message, wire: Wire, now: datetime) -> None:
    receiver = Receiver(lambda n: web.Response(status=500 if n == 0 else 200))
    async with receiving(receiver) as url:
        assert await send(message, webhook(url), wire, now) == Later(reason="127.0.0.1 answered 500")
        assert await send(message, webhook(url), wire, now + timedelta(seconds=5)) == Sent()
    (first, one), (second, other) = receiver.asked
    assert one == other
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]


async def test_gone_is_dead(message: Message, wire: Wire, now: datetime) -> None:
    async with receiving(Receiver(lambda _: web.Response(status=410))) as url:
        result = await send(message, webhook(url), wire, now)
    assert result == Dead(reason="127.0.0.1 answered 410: this address wants no more messages")


async def test_a_receiver_says_when_to_come_again(message: Message, wire: Wire, now: datetime) -> None:
    receiver = Receiver(lambda _: web.Response(status=429, headers={"Retry-After": "7200"}))
    async with receiving(receiver) as url:
        result = await send(message, webhook(url), wire, now)
        assert result == Later(reason="127.0.0.1 answered 429", after=timedelta(hours=2))
        sooner = await send(message, webhook(url), wire, now)
    assert isinstance(sooner, Later)
    assert sooner.after == timedelta(hours=2)
    assert len(receiver.asked) == 1


async def test_a_redirect_is_not_followed(message: Message, wire: Wire, now: datetime) -> None:
    receiver = Receiver(lambda _: web.Response(status=308, headers={"Location": "/elsewhere"}))
    async with receiving(receiver) as url:
        result = await send(message, webhook(url), wire, now)
    assert isinstance(result, Later)
    assert "redirects are not followed" in result.reason
    assert len(receiver.asked) == 1


async def test_a_private_address_is_reached_only_when_the_file_says_so(
    message: Message, wire: Wire, now: datetime
) -> None:
    receiver = Receiver()
    async with receiving(receiver) as url:
        result = await send(message, webhook(url, allow_private=False), wire, now)
    assert isinstance(result, Later)
    assert "allow_private" in result.reason
    assert receiver.asked == []


async def test_nobody_listening_is_tried_again_and_the_address_stays_secret(
    message: Message, wire: Wire, now: datetime
) -> None:
    async with receiving(Receiver()) as url:
        pass
    channel = webhook(url)
    result = await send(message, channel, wire, now)
    assert isinstance(result, Later)
    for text in (result.reason, repr(channel), *recipients(channel)):
        assert "s3cr3t-path" not in text
        assert "whsec_" not in text


@pytest.mark.parametrize(
    ("key", "good"),
    [
        (KEY, True),
        ("whsec_" + "A" * 32, True),
        ("whsec_" + "A" * 28, False),
        ("whsec_" + "A" * 88, False),
        ("A" * 32, False),
        ("whsec_" + "ü" * 32, False),
        ("whsec_ not base64", False),
    ],
)
def test_a_key_is_the_base64_of_24_to_64_bytes(key: str, *, good: bool) -> None:
    assert can_sign(key) is good


@pytest.mark.parametrize("keys", [(), ("secret",), (KEY, "whsec_short")])
def test_a_channel_without_a_key_that_signs_is_none(keys: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes") as error:
        webhook("https://hooks.example.org", secrets=keys)
    assert not any(key in str(error.value) for key in keys)
