import socket

import pytest

from verifier.wire.address import PrivateAddressError, guarded_socket, is_private_name, is_public

PRIVATE = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_known_however_it_is_written(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(PrivateAddressError):
        guarded_socket(
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
        )


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with guarded_socket((family, socket.SOCK_STREAM, 6, "", (address, 443))) as made:
        assert made.family == family


@pytest.mark.parametrize("host", ["localhost", "pool.localhost", "127.0.0.1", "::1"])
def test_a_name_that_is_private_by_itself_needs_no_resolver(host: str) -> None:
    assert is_private_name(host)


@pytest.mark.parametrize("host", ["pool.example", "1.1.1.1"])
def test_other_names_are_left_to_the_guard_at_the_connection(host: str) -> None:
    assert not is_private_name(host)
