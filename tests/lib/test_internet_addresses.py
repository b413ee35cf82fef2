"""One machine has one spelling: limits and logs go by it."""

import pytest

from lib.internet_addresses import address_of


@pytest.mark.parametrize(
    ("texts", "spelled"),
    [
        (("fe80::1", "fe80::1%eth0", "FE80:0::1%2"), "fe80::1"),
        (("10.1.2.3", "::ffff:10.1.2.3", "::FFFF:a01:203"), "10.1.2.3"),
        (("", "x", "10.1.2", "1.2.3.4.5"), "None"),
    ],
)
def test_a_machine_has_one_spelling(texts, spelled):
    assert {str(address_of(text)) for text in texts} == {spelled}
