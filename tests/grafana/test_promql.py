"""What is no query of ours is an error while dashboards are made."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy.grafana import promql
from deploy.grafana.promql import Series, of

FACTS, READY, TIMED = of("facts"), of("ready"), of("http_request_seconds")


def test_a_name_that_is_not_in_the_catalogue_is_an_error() -> None:
    with pytest.raises(KeyError, match="seintje_facst"):
        of("facst")


def test_a_label_that_a_family_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="seintje_facts has no label household"):
        of("facts", household="hh-1")
    with pytest.raises(ValueError, match="seintje_facts has no label reason"):
        promql.rate(FACTS, "reason")
    with pytest.raises(ValueError, match="no label shard"):
        promql.quantile(0.5, TIMED, "shard")


@pytest.mark.parametrize(
    ("ask", "series"),
    [
        pytest.param(promql.rate, READY, id="a rate of a level"),
        pytest.param(promql.in_range, READY, id="how much a level grew"),
        pytest.param(promql.level, FACTS, id="the level of what only grows"),
        pytest.param(promql.highest, TIMED, id="the level of a histogram"),
        pytest.param(promql.buckets, FACTS, id="buckets of a counter"),
        pytest.param(promql.timed, READY, id="how often a level was timed"),
    ],
)
def test_what_is_read_as_another_kind_is_an_error(
    ask: Callable[[Series], str], series: Series
) -> None:
    with pytest.raises(ValueError, match="not a"):
        ask(series)


def test_what_each_process_counted_is_added_up_and_what_all_tell_alike_is_not() -> None:
    chosen = 'hub="$hub",job=~"$job",instance=~"$instance"'
    assert promql.rate(FACTS, "outcome") == (
        f"sum by (outcome) (rate(seintje_facts_total{{{chosen}}}[$__rate_interval]))"
    )
    assert promql.rate(of("receipts"), "status") == (
        f"max by (status) (rate(seintje_receipts_total{{{chosen}}}[$__rate_interval]))"
    )
    assert promql.level(of("held")) == f"max (seintje_held{{{chosen}}})"


def test_a_matcher_is_a_word_a_variable_a_pattern_or_a_difference() -> None:
    found = of("shards", shard="$shard", life="=~waiting|failed").where
    assert found.endswith('shard=~"$shard",life=~"waiting|failed"')
    assert of("transactions", outcome="!=committed").where.endswith('outcome!="committed"')
    assert of("facts", outcome="refused").where.endswith('outcome="refused"')
