"""Which code of VERA is which of ours, unless the settings say otherwise.

From the reference data of VERA (vera-referentiedata, of 2026, CC0), each code with its list. Only
what says the same is here: what is in no table is `other`, and what is not filled in `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from connectors.corporatie.vera_shapes import Code, code_of

UNKNOWN: Final = "unknown"
OTHER: Final = "other"

END_REASONS: Final[Mapping[str, str]] = {
    "EINDEDETAILREDEN.OVE": "tenant-deceased",
    "EINDEDETAILREDEN.TIJ": "fixed-term-ended",
    "EINDEDETAILREDEN.ONT": "court-order",  # Ontruiming
    "EINDEDETAILREDEN.KOO": "notice-by-tenant",
    "EINDEDETAILREDEN.PER": "notice-by-tenant",
    "EINDEDETAILREDEN.WER": "notice-by-tenant",
    "REDENOPZEGGING.ACC": "notice-by-tenant",
    "REDENOPZEGGING.OPZ": "notice-by-tenant",
    "REDENOPZEGGING.OVE": "tenant-deceased",
    "REDENOPZEGGING.VER": "fixed-term-ended",
}
# Fire, water and storm have a cause of their own behind them, and VERA does not say whose.
CAUSES: Final[Mapping[str, str]] = {
    "DEFECTOORZAAK.BEW": "resident",
    "DEFECTOORZAAK.OUD": "wear",
    "DEFECTOORZAAK.SLT": "wear",
    "DEFECTOORZAAK.VAN": "third-party",
}
# Where it is says more than what it is: a tap that leaks in the kitchen is of the kitchen.
DAMAGE: Final[Mapping[str, str]] = {
    "DEFECTLOCATIE.KEU": "kitchen",
    "DEFECTLOCATIE.BAD": "bathroom",
    "DEFECTLOCATIE.TOI": "toilet",
    "DEFECTLOCATIE.TUI": "garden",
    "DEFECTLOCATIE.ENT": "common-areas",
    "DEFECTLOCATIE.FIE": "common-areas",
    "DEFECTLOCATIE.GAL": "common-areas",
    "DEFECTLOCATIE.LIF": "common-areas",
    "DEFECTLOCATIE.POR": "common-areas",
    "DEFECTLOCATIE.TRC": "common-areas",
    "DEFECTLOCATIE.WRC": "common-areas",
    "DEFECTSOORT.GLA": "windows",
    "DEFECTSOORT.SCH": "damp",
    "DEFECTSOORT.VOC": "damp",
    "DEFECTSOORT.DRP": "plumbing",
    "DEFECTSOORT.VS0": "plumbing",
    "DEFECTSOORT.VS1": "plumbing",
    "DEFECTSOORT.VS2": "plumbing",
    "DEFECTSOORT.SAF": "doors",
    "DEFECTSOORT.SDE": "doors",
    "DEFECTSOORT.VWE": "electricity",
}
NUISANCE: Final[Mapping[str, str]] = {
    "SIGNALERINGDETAILSOORT.GEL": "noise",
    "SIGNALERINGDETAILSOORT.VER": "waste",  # Vervuiling
}


def ours(codes: Iterable[tuple[str, Code]], *tables: Mapping[str, str]) -> str:
    """The first of these codes, each with the name of its list, that one of the tables has."""
    named = [f"{listed}.{code_of(code)}" for listed, code in codes if code_of(code)]
    for name in named:
        for table in tables:
            if name in table:
                return table[name]
    return OTHER if named else UNKNOWN
