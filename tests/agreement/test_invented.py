"""Rules that nobody thought of, out of the same words: evaluated end to end, no Python involved."""

from pathlib import Path
from typing import Final

from hub.agreement_files import load
from hub.agreement_scenarios import run
from tests.agreement.builders import SHIPPED

HERE: Final = Path(__file__).parent


def test_an_invented_agreement_finds_exactly_what_was_worked_out_by_hand() -> None:
    loaded = load([HERE / "invented.yaml"], else_parties=SHIPPED / "parties.yaml")
    results = run(HERE / "invented_scenarios.yaml", *loaded)
    assert [result for result in results if not result.passed] == []
    assert len(results) == 12


def test_its_rules_are_none_of_the_default_agreement() -> None:
    invented, _ = load([HERE / "invented.yaml"], else_parties=SHIPPED / "parties.yaml")
    default, _ = load(SHIPPED)
    assert not invented.all[0].by_id.keys() & default.all[0].by_id.keys()
