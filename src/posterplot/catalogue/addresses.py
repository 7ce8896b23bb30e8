"""Refuse connections to private network addresses, unless they are allowed."""

import errno
import ipaddress
import socket
from typing import Any

# Networks that embed addresses of other networks. Where these lead to is unknown here.
_WRAPPED = [ipaddress.IPv6Network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")]


class PrivateAddressError(OSError):
    """An address that only this machine or its own network has."""


def is_public(address: str) -> bool:
    """Return whether an IP address is public.

    >>> is_public("127.0.0.1"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (False, False, False)
    >>> is_public("1.1.1.1"), is_public("2606:4700:4700::1111")
    (True, True)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _WRAPPED):
            return False
    return ip.is_global and not ip.is_multicast


def checked_socket(address: Any, *, private: bool) -> socket.socket:
    """Create the socket of a connection, or refuse the address.

    It is called for every connection, after the name is resolved, and also for redirects. So
    neither a redirect nor a name that changes its address can lead to a private network.

    Args:
        address: An address, as :func:`socket.getaddrinfo` returns it.
        private: Whether private addresses are allowed.

    Raises:
        PrivateAddressError: The address is private, and that is not allowed.
    """
    family, kind, protocol, _, target = address
    if not private and not is_public(str(target[0])):
        raise PrivateAddressError(
            errno.EACCES,
            f"{target[0]} is an address of this machine or its network (`allow_private` reads it)",
        )
    return socket.socket(family, kind, protocol)
