"""Channels: mail with sensible defaults, webhooks that sign, and when an open problem is told again."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.settings.conftest import ACCOUNT, Faults, Loader
from verifier.settings import EmailChannel, Flags, WebhookChannel, show
from verifier.settings.model import Web

FILE = f"""{ACCOUNT}contracts:
  north: {{seller: Northhash, promised: 100 TH/s, starts: 2026-01-01, watch: [{{account: acme}}]}}
"""
KEY = "whsec_bWFkZS11cC1zZWNyZXQtZm9yLWEtd2ViaG9vaw=="


def test_mail_needs_an_address_and_a_server(loaded: Loader) -> None:
    settings = loaded(f"{FILE}tell: {{email: me@example.org, smtp: mail.example.org}}\n")
    assert settings.channels == {
        "email": EmailChannel(
            name="email", to="me@example.org", host="mail.example.org", port=587, sender="me@example.org"
        )
    }
    assert settings.remind_every == timedelta(days=7)


def test_a_password_implies_a_login_and_port_465_implies_tls(loaded: Loader) -> None:
    text = f"{FILE}tell: {{me: {{email: me@example.org, smtp: mail.example.org:465}}, repeat: never}}\n"
    settings = loaded(text, {"VERIFIER_TELL__ME__PASSWORD": "made up"})
    me = settings.channels["me"]
    assert isinstance(me, EmailChannel)
    assert (me.user, me.password, me.tls) == ("me@example.org", "made up", "tls")
    assert settings.remind_every is None


def test_the_login_is_the_sender_where_it_is_an_address(loaded: Loader) -> None:
    text = f"{FILE}tell: {{me: {{email: me@example.org, smtp: mail.example.org, user: bot@example.org}}, repeat: 3d}}\n"
    me = loaded(text, {"VERIFIER_TELL__ME__PASSWORD": "made up"}).channels["me"]
    assert isinstance(me, EmailChannel)
    assert (me.user, me.sender) == ("bot@example.org", "bot@example.org")


def test_a_password_is_never_sent_in_the_clear_over_the_internet(faults: Faults, loaded: Loader) -> None:
    text = f"{FILE}tell: {{me: {{email: me@example.org, smtp: mail.example.org, tls: none}}}}\n"
    secret = {"VERIFIER_TELL__ME__PASSWORD": "made up"}
    assert "would send the password unencrypted" in faults(text, secret)[0]
    assert "me" in loaded(text.replace("mail.example.org", "127.0.0.1:2525"), secret).channels


def test_a_login_without_a_password_is_a_fault(faults: Faults) -> None:
    text = f"{FILE}tell: {{me: {{email: me@example.org, smtp: mail.example.org, user: me}}}}\n"
    assert "is a login without a password" in faults(text)[0]


def test_an_address_is_one_address(faults: Faults) -> None:
    assert (
        "one address" in faults(f"{FILE}tell: {{email: 'me@example.org, you@example.org', smtp: a.example.org}}\n")[0]
    )


def test_a_webhook_signs_and_its_address_is_not_shown(loaded: Loader, tmp_path: Path) -> None:
    (tmp_path / "desk.secret").write_text(f"{KEY}\n")
    (tmp_path / "desk.secret").chmod(0o600)
    url = "https://hooks.example.org/T0/made-up-path"
    settings = loaded(f"{FILE}tell: {{desk: {{webhook: {url}, secret_file: desk.secret}}}}\n")
    desk = settings.channels["desk"]
    assert isinstance(desk, WebhookChannel)
    assert (desk.url, desk.host, desk.secrets) == (url, "hooks.example.org", (KEY,))
    assert "made-up-path" not in repr(settings) + str(show(settings))


def test_two_keys_sign_while_one_is_replaced(loaded: Loader) -> None:
    text = f"{FILE}tell: {{webhook: 'https://hooks.example.org/1'}}\n"
    webhook = loaded(text, {"VERIFIER_TELL__WEBHOOK__SECRET": f"{KEY} {KEY}"}).channels["webhook"]
    assert isinstance(webhook, WebhookChannel)
    assert len(webhook.secrets) == 2


@pytest.mark.parametrize("key", ["made-up", "whsec_", "whsec_YQ==", "whsec_%%%", f"{KEY} {KEY} {KEY}"])
def test_a_key_that_cannot_sign_is_refused_without_being_shown(faults: Faults, key: str) -> None:
    (told,) = faults(
        f"{FILE}tell: {{webhook: 'https://hooks.example.org/1'}}\n", {"VERIFIER_TELL__WEBHOOK__SECRET": key}
    )
    assert "openssl rand -base64 32" in told
    assert "made-up" not in told


def test_a_private_receiver_must_be_allowed(faults: Faults, loaded: Loader) -> None:
    secret = {"VERIFIER_TELL__WEBHOOK__SECRET": KEY}
    text = f"{FILE}tell: {{webhook: 'http://127.0.0.1:8000/'}}\n"
    assert "allow_private: true" in faults(text, secret)[0]
    assert loaded(text.replace("/'", "/', allow_private: true"), secret).channels


def test_flags_win_over_the_environment_and_that_over_the_file(loaded: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(f"{FILE}web: {{listen: '127.0.0.1:1000'}}\n")
    assert Flags().over(settings).web == Web(host="127.0.0.1", port=1000)
    monkeypatch.setenv("VERIFIER_WEB_LISTEN_ADDRESS", "127.0.0.1:2000")
    assert Flags().over(settings).web.port == 2000
    assert Flags.given(web_listen_address="[::1]:3000", log_level=None).over(settings).web.address == "[::1]:3000"


def test_a_flag_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="host and port"):
        Flags(web_listen_address="everywhere")


def test_a_private_authority_of_the_mail_server_is_found_beside_the_file(loaded: Loader, tmp_path: Path) -> None:
    authority = tmp_path / "home.pem"
    authority.write_text("", encoding="ascii")
    settings = loaded(f"{FILE}tell: {{email: me@example.org, smtp: mail.example.org, ca_file: home.pem}}\n")
    mail = settings.channels["email"]
    assert isinstance(mail, EmailChannel)
    assert mail.ca_file == str(authority)
    assert show(settings)["tell"]["email"]["ca_file"] == str(authority)
