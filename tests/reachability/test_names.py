"""IPv6 in the server's name, IPv4 in the integrator's list."""

from __future__ import annotations

import pytest

from diagnose.reachability.names import ipv6_note

SIX = "2606:2800:220:1::1"


@pytest.mark.parametrize(
    ("server", "listed", "noted"),
    [
        (("93.184.216.34", SIX), ("3.19.3.152",), True),
        ((SIX,), ("3.19.3.152",), True),
        (("93.184.216.34",), ("3.19.3.152",), False),
        (("93.184.216.34", SIX), ("3.19.3.152", "2600:1f16::1"), False),
        (("fd00::1",), ("3.19.3.152",), False),
        ((SIX,), (), False),
        (("no address",), ("3.19.3.152",), False),
    ],
)
def test_a_public_ipv6_address_is_noted_where_the_list_has_none(
    server: tuple[str, ...], listed: tuple[str, ...], noted: bool
) -> None:
    assert (ipv6_note(server, listed) is not None) is noted
