import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.expectations.attribution import MiningPool, at_home, attributed, read_list, ties

ANTPOOL = "12dRugNcdxK39288NjcDV4GX7rMsKCGn6B"
OCEAN = "37dvwZZoT3D7RXpTCpN2yKzMmNs2i2Fd1n"


def pool(number: int, name: str, tags: tuple[str, ...], *addresses: str, link: str = "") -> MiningPool:
    return MiningPool(id=number, name=name, tags=tags, addresses=frozenset(addresses), link=link)


#: Some entries of the list, as it has them and in its order (mempool/mining-pools 6abbdc8b).
POOLS = (
    pool(36, "F2Pool", ("七彩神仙鱼", "F2Pool", "🐟")),
    pool(44, "AntPool", ("/AntPool/",), ANTPOOL),
    pool(48, "KanoPool", ("Kano",)),
    pool(49, "Solo CK", ("/solo.ckpool.org/",)),
    pool(72, "TATMAS Pool", ("/ViaBTC/TATMAS Pool/",)),
    pool(73, "ViaBTC", ("/ViaBTC/", "viabtc.com deploy")),
    pool(86, "7pool", ("/$Mined by 7pool.com/",)),
    pool(142, "OCEAN", ("OCEAN.XYZ",), OCEAN, link="https://ocean.xyz/"),
    pool(148, "FutureBit Apollo Solo", ("Apollo", "/mined by a Solo FutureBit Apollo/")),
    pool(168, "Braiins Solo", ("/braiinssolo/",), link="https://solo.braiins.com"),
)


@pytest.mark.parametrize(
    ("words", "paid", "name", "by", "rivals"),
    [
        ("/F2Pool/", (), "F2Pool", {"tag"}, ()),
        ("七彩神仙鱼", (), None, set(), ()),
        ("/$Mined by 7pool.com/", (), None, set(), ()),
        ("/ViaBTC/TATMAS Pool/", (), "TATMAS Pool", {"tag"}, ("ViaBTC",)),
        ("/ViaBTC/Mined by u1/", (), "ViaBTC", {"tag"}, ()),
        ("/volkanoMine/", (), "KanoPool", {"tag"}, ()),
        ("< OCEAN.XYZ >", ("bc1qx", ANTPOOL, OCEAN), "AntPool", {"address"}, ("OCEAN",)),
        ("< OCEAN.XYZ >", ("bc1qx",), "OCEAN", {"tag"}, ()),
        ("< OCEAN.XYZ >", (OCEAN,), "OCEAN", {"tag", "address"}, ()),
        ("nothing", (OCEAN,), "OCEAN", {"address"}, ()),
        ("/soloXckpool.org/", (), "Solo CK", {"tag"}, ()),
        ("/solo.ckpool.org/", (), "Solo CK", {"tag"}, ()),
        ("ApolloCreed /braiinssolo/", (), "FutureBit Apollo Solo", {"tag"}, ("Braiins Solo",)),
        ("/braiinssolo/", (), "Braiins Solo", {"tag"}, ()),
        ("zzz", (), None, set(), ()),
    ],
)
def test_a_block_is_the_first_pools_that_it_speaks_for_and_others_are_named(
    words: str, paid: tuple[str, ...], name: str | None, by: set[str], rivals: tuple[str, ...]
) -> None:
    found = attributed(POOLS, b"\x03\x48\x1d\x0e" + words.encode(), paid)
    assert (None if found is None else found.pool.name) == name
    assert found is None or (set(found.by), found.rivals) == (by, rivals)


def test_a_pool_is_asked_about_by_itself_whatever_another_one_claims() -> None:
    """A miner at OCEAN who has an address of AntPool's paid does not make the block AntPool's."""
    assert ties(POOLS[7], b"< OCEAN.XYZ >", [ANTPOOL]) == {"tag"}
    assert ties(POOLS[1], b"< OCEAN.XYZ >", [ANTPOOL]) == {"address"}
    assert ties(POOLS[3], b"< OCEAN.XYZ >", [ANTPOOL]) == frozenset()


@pytest.mark.parametrize(
    ("hosts", "names"),
    [
        (("api.ocean.xyz", "mempool.space"), ["OCEAN"]),
        (("POOL.Braiins.com",), ["Braiins Solo"]),
        (("notocean.xyz", "ocean.xyz.example.org", "127.0.0.1", "localhost", ""), []),
    ],
)
def test_a_pool_is_at_home_at_the_domain_of_its_own_page(hosts: tuple[str, ...], names: list[str]) -> None:
    assert [one.name for one in at_home(POOLS, hosts)] == names


def test_a_shared_ending_is_no_home_and_a_link_that_is_none_is_no_page() -> None:
    shared = pool(1, "Example", (), link="https://pool.example.com.cn/"), pool(2, "Broken", (), link="https://[::1")
    assert at_home(shared, ("other.com.cn", "example.com")) == ()
    assert at_home(shared, ("api.example.com.cn",)) == shared[:1]


def test_letters_outside_latin_1_are_found_in_no_block_in_whatever_case() -> None:
    assert ties(pool(1, "Kelvin", ("\u212aano", "\u017folo")), b"kano solo", ()) == frozenset()


@given(script=st.binary(max_size=100))
def test_whatever_is_found_is_in_the_list_and_its_tie_is_true(script: bytes) -> None:
    found = attributed(POOLS, script, ())
    assert (found is None) == (not any(ties(one, script, ()) for one in POOLS))
    assert found is None or ties(found.pool, script, ()) == found.by


def test_a_tag_that_would_never_end_is_only_words() -> None:
    evil = pool(1, "Evil", ("(a+)+$",))
    assert ties(evil, b"a" * 99 + b"!", ()) == frozenset()
    assert ties(evil, b"(A+)+", ()) == {"tag"}


def test_a_list_is_read_with_its_digest_and_a_wrong_one_names_its_place() -> None:
    entry = {"id": 142, "name": "OCEAN", "addresses": [OCEAN], "tags": ["OCEAN.XYZ"], "link": "https://ocean.xyz/"}
    read = read_list(json.dumps([entry]).encode())
    assert read.pools == (POOLS[7],)
    assert len(read.digest) == 64
    with pytest.raises(ValueError, match=r"0\.tags"):
        read_list(json.dumps([{**entry, "tags": "OCEAN.XYZ"}]).encode())
    with pytest.raises(ValueError, match="JSON"):
        read_list(b"<html>")
