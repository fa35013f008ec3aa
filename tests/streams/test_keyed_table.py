"""The table of a shard on Kafka does what a sorted dict does."""

from hypothesis import given
from hypothesis import strategies as st

from hub.streams.kafka.table import KeyedTable

KEYS = st.builds(
    bytes.__add__,
    st.sampled_from([b"", b"clusterA", b"clusterB", b"cluster"]),
    st.sampled_from([b"", b"\0", b"a", b"\xff", b"ab"]),
)


@given(
    puts=st.lists(st.tuples(KEYS, st.one_of(st.none(), st.binary(max_size=2)))),
    scans=st.lists(KEYS, max_size=4),
)
def test_it_holds_what_was_put_last_in_order(
    puts: list[tuple[bytes, bytes | None]], scans: list[bytes]
) -> None:
    table, model = KeyedTable(), dict[bytes, bytes]()
    for number, (key, value) in enumerate(puts):
        table.put(key, value)
        if value is None:
            model.pop(key, None)
        else:
            model[key] = value
        if number % 3 == 0 and scans:  # groups are kept from the first scan on
            list(table.scan(scans[0]))
    for prefix in (b"", *scans):
        expected = [(key, model[key]) for key in sorted(model) if key.startswith(prefix)]
        assert list(table.scan(prefix)) == expected
