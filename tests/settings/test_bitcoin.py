import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.settings import bitcoin
from verifier.settings.quantities import QuantityError

#: Of BIP 173 and BIP 350, one of each network and kind, and the demo's.
VALID = (
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
    "bcrt1qnrn4tljjlqf7hj4u27y9rhhdz7fk93gl7sydjz",
    "37dvwZZoT3D7RXpTCpN2yKzMmNs2i2Fd1n",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
)
INVALID = (
    "",
    "bc1",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",  # version 0 with the checksum of later versions
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",  # and the other way round
    "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du",  # version 2 with the old checksum
    "bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90",
    "BC1QW508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "bc1gmk9yu",
    "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7Divf0a",
    "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1",
    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
)


@pytest.mark.parametrize("text", VALID)
def test_an_address_whose_checksum_holds_is_taken(text: str) -> None:
    assert bitcoin.address(text) == text


@pytest.mark.parametrize("text", INVALID)
def test_an_address_whose_checksum_does_not_hold_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="copy it whole from your wallet"):
        bitcoin.address(text)


def test_capital_letters_of_a_picture_to_scan_are_read_as_small_ones() -> None:
    assert bitcoin.address(VALID[0].upper()) == VALID[0]


@given(
    which=st.sampled_from(VALID), place=st.integers(4, 60), letter=st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l")
)
def test_one_letter_that_is_wrong_is_always_found(which: str, place: int, letter: str) -> None:
    place %= len(which)
    wrong = which[:place] + letter + which[place + 1 :]
    if wrong != which:
        with pytest.raises(QuantityError):
            bitcoin.address(wrong)


@pytest.mark.parametrize("text", ["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "BC1QW508", *VALID[:2], *VALID[4:6]])
def test_what_begins_and_is_long_like_an_address_was_meant_to_be_one(text: str) -> None:
    assert bitcoin.looks_like_one(text) == (len(text) > 13)


@pytest.mark.parametrize(
    "text",
    [
        "renter1",
        "1",
        "3rigs_in_the_hall_of_my_neighbour",
        "bc1",
        "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9",
        "1DrDyTr9RpRsQnDnXo2YRiPzPW4ooHX5LLoqXrqfMrpQH",  # Alephium's begin with 1 too, and are longer
    ],
)
def test_a_login_or_an_address_of_another_coin_is_left_alone(text: str) -> None:
    assert not bitcoin.looks_like_one(text)
