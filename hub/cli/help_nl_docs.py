"""The help of `seintje docs` in Dutch (see `help_nl`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OF_DOCS: Final[Mapping[str, str]] = {
    "Documents that come with Seintje.": "Documenten die bij Seintje horen.",
    "Print the JSON Schema of agreement files.\n\nWith it an editor completes and checks while "
    "you type.": (
        "Toon het JSON Schema van afspraken.\n\nDaarmee vult een editor aan en controleert hij "
        "terwijl u typt."
    ),
    "Print the OpenAPI document of the gateway.\n\nThe same that a hub answers at "
    "/v1/openapi.json.": (
        "Toon de OpenAPI-beschrijving van de gateway.\n\nDezelfde die een hub geeft op "
        "/v1/openapi.json."
    ),
    "Print the AsyncAPI document of topics and webhooks.\n\nWith the Avro schemas in it.": (
        "Toon de AsyncAPI-beschrijving van topics en webhooks.\n\nMet de Avro-schema's erin."
    ),
}
