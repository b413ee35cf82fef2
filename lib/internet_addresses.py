"""Addresses and networks of callers. One machine has one spelling: an IPv4 address in IPv6 dress (`::ffff:10.0.0.1`, as
a listener for both kinds sees its callers) is the IPv4 address, and a zone (`fe80::1%eth0`) is left out."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DRESSED = IPv6Network("::ffff:0:0/96")  # where IPv6 writes addresses of IPv4


@lru_cache(maxsize=1000)
def address_of(text: str) -> Address | None:
    """The address that a text spells; None where it spells none."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def led_on_to(address: Address) -> tuple[Address, ...]:
    """The IPv4 addresses that a tunnel (6to4, Teredo) leads on to from an IPv6 address that carries them."""
    if not isinstance(address, IPv6Address):
        return ()
    return tuple(each for each in (address.sixtofour, *(address.teredo or ())) if each is not None)


def network_of(text: str) -> Network:
    """The network that a text spells, an address being one of its own. ValueError for what is none."""
    found = ip_network(text.strip(), strict=False)
    if isinstance(found, IPv6Network) and found.subnet_of(DRESSED):
        dressed = found.network_address.ipv4_mapped
        return ip_network(f"{dressed}/{found.prefixlen - DRESSED.prefixlen}")
    return found
