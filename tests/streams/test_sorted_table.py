"""The table of the memory runtime against a dict that is sorted each time."""

from hypothesis import given
from hypothesis import strategies as st

from hub.streams.memory.table import SortedTable

KEYS = st.lists(st.sampled_from([b"", b"a", b"b", b"\x00", b"\xff"]), max_size=4).map(b"".join)


@given(st.lists(st.tuples(KEYS, st.none() | st.just(b"value"))), KEYS)
def test_a_table_has_what_a_sorted_dict_has(
    puts: list[tuple[bytes, bytes | None]], prefix: bytes
) -> None:
    table, plain = SortedTable(longest=4), dict[bytes, bytes]()
    for key, value in puts:
        table.put(key, value)
        plain.pop(key, None)
        if value is not None:
            plain[key] = value
    assert list(table.scan(prefix)) == sorted(
        it for it in plain.items() if it[0].startswith(prefix)
    )
