import socket

import pytest

from posterplot.catalogue.addresses import PrivateAddressError, checked_socket, is_public

PRIVATE = [
    *("127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
    *("0.0.0.0", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1%eth0"),
    *("fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address):
    assert not is_public(address)
    with pytest.raises(PrivateAddressError, match="`allow_private` reads it"):
        checked_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)), private=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "::ffff:8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses(address):
    assert is_public(address)


def test_private_ones_where_they_are_allowed():
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with checked_socket(info, private=True) as made:
        assert made.family == socket.AF_INET
