"""Keys lie in the partition in which Kafka's own clients put them."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from hub.streams.partitions import partition_of


@given(st.binary(max_size=40), st.integers(1, 200))
def test_a_key_lies_where_aiokafka_puts_it(key: bytes, count: int) -> None:
    partitions = list(range(count))
    assert partition_of(key, count) == DefaultPartitioner()(key, partitions, partitions)


# From UtilsTest.testMurmur2 of Apache Kafka, as numbers without a sign.
@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
def test_a_key_has_the_hash_of_the_client_in_java(key: str, hashed: int) -> None:
    assert partition_of(key.encode(), 1 << 31) == hashed & 0x7FFFFFFF


def test_the_gemeenten_of_the_example_spread_over_partitions() -> None:
    assert {partition_of(code.encode(), 3) for code in ("0988", "0957", "0946", "0893")} != {0}
