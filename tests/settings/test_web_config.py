"""The web configuration: what exporter-toolkit writes is read, and what cannot be kept is refused."""

import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.outlets import certificates
from tests.settings.conftest import ACCOUNT, Loader
from verifier.errors import ConfigError
from verifier.outlets.access import Access
from verifier.settings import Flags, check_reach, read_web_config
from verifier.settings.model import Web

#: Of the password "secret", made by htpasswd.
HASH: Final = "$2y$05$TWlPyZmTXjnMkA0QZhWpTOKnQEz4qZ0Gyq3TDTDC6C2v8I4k3R7qO"
WHOLE: Final = f"""
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  min_version: TLS12
  max_version: TLS13
http_server_config:
  http2: false
  headers:
    Strict-Transport-Security: max-age=31536000
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    X-XSS-Protection: "0"
basic_auth_users:
  me: {HASH}
  "you and I": {HASH.replace("2y", "2b")}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "web.yml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        read_web_config(written(folder, text))
    return [str(fault).removeprefix(f"{folder}/") for fault in refused.value.faults]


@pytest.mark.needs("openssl", "promtool")
def test_a_whole_file_is_read_and_promtool_accepts_the_same(tmp_path: Path) -> None:
    certificates.authority(tmp_path)
    certificates.signed(tmp_path, "server")
    path = written(tmp_path, WHOLE)
    access = read_web_config(path)
    assert access.guarded
    assert access.tls is not None
    assert access.tls.client_ca_file == tmp_path / "ca.pem"
    assert set(access.users) == {"me", "you and I"}
    assert access.headers == {
        "Strict-Transport-Security": "max-age=31536000",
        "X-Frame-Options": "deny",
        "X-Content-Type-Options": "nosniff",
        "X-XSS-Protection": "0",
    }
    subprocess.run(["promtool", "check", "web-config", path], check=True, capture_output=True)
    assert read_web_config(path) == access
    certificates.signed(tmp_path, "server")
    assert read_web_config(path) != access


def test_an_empty_section_asks_for_nothing(tmp_path: Path) -> None:
    assert read_web_config(written(tmp_path, "basic_auth_users: {}\n")) == Access(file=tmp_path / "web.yml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("basic_auth_users: {me: secret}", "web.yml:1: basic_auth_users.me: is not a bcrypt hash, write what"),
        (f"basic_auth_users: {{me: '{HASH[:-1]}'}}", "web.yml:1: basic_auth_users.me: is not a bcrypt hash"),
        (f"basic_auth_users: {{'a:b': '{HASH}'}}", "web.yml:1: basic_auth_users.a:b: holds a colon"),
        ("basic_auth_user: {}", "web.yml:1: basic_auth_user: is not a known key, write `basic_auth_users`"),
        ("rate_limit: {}", "web.yml:1: rate_limit: is not a known key, write one of"),
        ("http_server_config: {http2: true}", "web.yml:1: http_server_config.http2: is not spoken here, write `http2"),
        (
            "http_server_config: {headers: {Content-Security-Policy: x}}",
            "web.yml:1: http_server_config.headers.Content-Security-Policy: is not a known key",
        ),
        ("tls_server_config: {cert_file: a.pem}", "web.yml:1: tls_server_config: `key_file` is missing"),
        (
            "tls_server_config:\n  cert_file: a.pem\n  key_file: b.pem\n  cipher_suites: [X]",
            "web.yml:4: tls_server_config.cipher_suites: is not a known key",
        ),
        (
            "tls_server_config:\n  cert_file: a.pem\n  key_file: b.pem\n  client_auth_type: RequireAnyClientCert",
            "web.yml:4: tls_server_config.client_auth_type: is not one of the words it can be, write",
        ),
        (
            "tls_server_config:\n  cert_file: a.pem\n  key_file: b.pem\n  min_version: TLS10",
            "web.yml:4: tls_server_config.min_version: is not one of the words it can be, write 'TLS12' or 'TLS13'",
        ),
        (
            "tls_server_config:\n  cert_file: a.pem\n  key_file: b.pem\n  min_version: TLS13\n  max_version: TLS12",
            "web.yml:4: tls_server_config.min_version: is above max_version",
        ),
        (
            "tls_server_config:\n  cert_file: a.pem\n  key_file: b.pem\n  client_ca_file: ca.pem",
            "web.yml:4: tls_server_config.client_ca_file: asks for nothing alone",
        ),
        (
            "tls_server_config: {cert_file: a.pem, key_file: b.pem}",
            "web.yml:1: tls_server_config.cert_file: cannot be read (No such file or directory)",
        ),
        ("basic_auth_users: {me: a, me: b}", "web.yml:1: "),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    assert [fault for fault in faults(tmp_path, text) if fault.startswith(says)], faults(tmp_path, text)


@pytest.mark.needs("openssl")
def test_a_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    certificates.authority(tmp_path)
    certificates.signed(tmp_path, "server")
    text = "tls_server_config: {cert_file: server.pem, key_file: ca.key}"
    assert "does not work with its key" in faults(tmp_path, text)[0]


def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.yml:1: file: cannot be read"):
        read_web_config(tmp_path / "gone.yml")


def test_the_flag_names_the_file_and_the_password_is_in_force(tmp_path: Path, loaded: Loader) -> None:
    path = written(tmp_path, f"basic_auth_users: {{me: '{HASH}'}}\n")
    settings = loaded(
        f"{ACCOUNT}contracts: {{north: {{seller: N, promised: 1 TH/s, starts: 2026-11-01, "
        "ends: 2027-11-01, watch: [{account: acme}]}}\n"
    )
    web = Flags.given(web_config_file=path, web_listen_address="0.0.0.0:9580").over(settings).web
    assert (web.host, set(web.access.users)) == ("0.0.0.0", {"me"})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "pi.local"])
def test_other_machines_reach_the_pages_only_with_a_password(host: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"write `basic_auth_users: \{me: .*--web\.config\.file, or listen at 127"):
        check_reach(Web(host=host))
    with pytest.raises(ConfigError):
        check_reach(Web(host=host, access=Access(file=tmp_path / "web.yml")))
    check_reach(Web(host=host, access=Access(users={"me": HASH})))


def test_this_machine_needs_no_password() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        check_reach(Web(host=host))


def test_what_the_file_lets_others_reach_is_told_at_its_line(loaded: Loader) -> None:
    clauses = "seller: N, promised: 1 TH/s, starts: 2026-11-01, watch: [{account: acme}]"
    text = f"{ACCOUNT}contracts: {{north: {{{clauses}}}}}"
    settings = loaded(f'{text}\nweb:\n  listen: "0.0.0.0:9673"\n')
    with pytest.raises(ConfigError, match=r"verifier\.yaml:5: web\.listen: 0\.0\.0\.0:9673 can be reached from other"):
        check_reach(settings.web)
    with pytest.raises(ConfigError, match=r"command line:0: web_listen_address: \[::\]:9673 can be reached from other"):
        check_reach(Flags.given(web_listen_address="[::]:9673").over(settings).web)
