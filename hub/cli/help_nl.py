"""The help of every command in Dutch, by its English text.

English stands in the code, beside what it explains; a test sees to it that each text of it has its
Dutch here, and that nothing here is about a text that is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import typer

from hub.cli.help_nl_backup import OF_BACKUP
from hub.cli.help_nl_connect import OF_CONNECT
from hub.cli.help_nl_console import OF_CONSOLE
from hub.cli.help_nl_docs import OF_DOCS
from hub.cli.help_nl_health import OF_HEALTH
from hub.cli.help_nl_kafka import OF_KAFKA
from hub.cli.help_nl_keys import OF_KEYS
from hub.cli.help_nl_letters import OF_LETTERS
from hub.cli.help_nl_webhooks import OF_WEBHOOKS

_EXAMPLE: Final = ("Example: ", "Voorbeeld: ")


def in_dutch(command: Any) -> None:
    """Put Dutch in the place of English, in a command and all below it."""
    helps = command.get_help_option(typer.Context(command))
    for thing in (command, helps, *command.params):
        english = getattr(thing, "help", None)
        if english:
            thing.help = DUTCH.get(joined(english), english)
    if command.epilog:
        command.epilog = command.epilog.replace(*_EXAMPLE, 1)
    for below in getattr(command, "commands", {}).values():
        in_dutch(below)


def joined(text: str) -> str:
    """A text without the line ends and indents of the code it stands in; paragraphs stay."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


DUTCH: Final[Mapping[str, str]] = {
    **OF_BACKUP,
    **OF_CONNECT,
    **OF_KAFKA,
    **OF_WEBHOOKS,
    **OF_DOCS,
    **OF_HEALTH,
    **OF_KEYS,
    **OF_LETTERS,
    **OF_CONSOLE,
    "The hub between the systems of gemeenten and corporaties: facts in, joint alerts out.": (
        "De hub tussen de systemen van gemeenten en corporaties: feiten erin, gezamenlijke "
        "seintjes eruit."
    ),
    "Show this message and exit.": "Toon deze uitleg.",
    "Language of what people read.": "Taal van wat mensen lezen.",
    "Tell the release, and nothing else.": "Zeg welke release dit is, en verder niets.",
    "Install completion for the current shell.": "Zet aanvullen met Tab aan voor deze shell.",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "Toon wat deze shell nodig heeft om met Tab aan te vullen."
    ),
    # groups
    "What parties were told, or not yet.": "Wat partijen te horen kregen, of nog niet.",
    "What was shown of a household, to whom and why.": (
        "Wat er van een huishouden is getoond, aan wie en waarom."
    ),
    "Who takes part.": "Wie er meedoet.",
    "Check, test, show and compare agreements.": (
        "Afspraken controleren, testen, tonen en vergelijken."
    ),
    "The Avro schemas.": "De Avro-schema's.",
    # commands
    "Run the whole hub in one process, on SQLite.\n\nFacts come in over HTTP and alerts can be "
    "read there; Ctrl-C or SIGTERM stops it. Settings come from SEINTJE_* variables too; options "
    "win.": (
        "Start de hele hub in één proces, op SQLite.\n\nFeiten komen binnen over HTTP en "
        "seintjes zijn daar te lezen; Ctrl-C of SIGTERM stopt hem. Instellingen komen ook uit "
        "variabelen SEINTJE_*; opties gaan voor."
    ),
    "Play a made-up region to a hub, and show both sides.\n\nCtrl-C stops it. Nothing is left "
    "behind, and nobody in it exists.": (
        "Speel een verzonnen regio af en toon beide kanten.\n\nCtrl-C stopt het. Er blijft niets "
        "van achter en niemand erin bestaat."
    ),
    "Send facts from files to a hub.\n\nTo one that runs (--to), or straight into a data "
    "directory (--data). An interrupted run goes on where it was; what was sent before is a "
    "duplicate. Refused lines go to FILE.refused.jsonl with their reason.": (
        "Stuur feiten uit bestanden naar een hub.\n\nNaar een hub die draait (--to), of "
        "rechtstreeks in een gegevensmap (--data). Na een onderbreking gaat het verder waar het "
        "was; wat al gestuurd is, telt als dubbel. Geweigerde regels komen met hun reden in "
        "FILE.refused.jsonl."
    ),
    "Evaluate facts at an instant and print the alerts.\n\nWithout --now that is the last "
    "occurredAt. Touches nothing. Refused lines go to stderr with their place, the rest is "
    "evaluated.": (
        "Toon de seintjes bij feiten op een moment.\n\nZonder --now is dat de laatste "
        "occurredAt. Verandert niets. Geweigerde regels komen met hun plaats op stderr, de rest "
        "telt mee."
    ),
    "Say why there is an alert, and what comes next.\n\nRule, evidence, what did not come, who "
    "acts and by when. Without --now that is at the last fact of a file, or when a hub last "
    "worked. Exit 1 if there is no such alert.": (
        "Vertel waarom er een seintje is, en wat er volgt.\n\nRegel, feiten, wat er uitbleef, "
        "wie in actie komt en wanneer. Zonder --now is dat bij het laatste feit van een bestand, "
        "of toen een hub het laatst werkte. Eindigt met 1 als het seintje er niet is."
    ),
    "Say which condition of a rule is not met, and since when.\n\nThe first in the way of an "
    "alert about a household. Exit 1 if the household is not known.": (
        "Vertel welke voorwaarde van een regel niet opgaat.\n\nDe eerste die een seintje over "
        "een huishouden in de weg staat, en sinds wanneer. Eindigt met 1 als het huishouden niet "
        "bekend is."
    ),
    "Write the facts of a made-up region.\n\nIn the order in which they arrive. Equal options "
    "give equal bytes. Nobody in it exists.": (
        "Schrijf de feiten van een verzonnen regio.\n\nIn volgorde van aankomst. Dezelfde opties "
        "geven dezelfde bytes. Niemand erin bestaat."
    ),
    "List the alerts that parties were told of.\n\nOf each the last revision.": (
        "Toon de seintjes die partijen kregen.\n\nVan elk de laatste versie."
    ),
    "Count what is held back from parties, by rule and reason.\n\nWhat waits longest comes first; "
    "as JSON with the ids of the alerts.": (
        "Tel wat voor partijen wordt tegengehouden, per regel en reden.\n\nWat het langst wacht "
        "staat eerst; als JSON met de nummers van de seintjes."
    ),
    "Show the whole view that each party has of an alert.\n\nExit 1 if nobody was told of it.": (
        "Toon alles wat elke partij van een seintje ziet.\n\nEindigt met 1 als niemand het kreeg."
    ),
    "List what was disclosed of a household, to whom and why.\n\nFields and their basis, no "
    "values; also of a household that was erased. The way: a notice was written, or the timeline "
    "or a page of the console was read. Exit 1 if nothing was.": (
        "Toon wat er van een huishouden is verstrekt.\n\nAan wie, waarom, welke velden en op welke "
        "grondslag; geen waarden. Ook van een huishouden dat gewist is. Onder 'way' staat hoe: er "
        "is een seintje geschreven (notice), of iemand las de tijdlijn (timeline) of een pagina "
        "(console). Eindigt met 1 als er niets is verstrekt."
    ),
    "List the parties.": "Toon de partijen.",
    "Show one party.\n\nExit 1 if there is none of this id.": (
        "Toon één partij.\n\nEindigt met 1 als er geen partij met deze naam is."
    ),
    "Write a party into a parties file.\n\nThe file is checked with the party in it before "
    "anything is written.": (
        "Schrijf een partij in een partijenbestand.\n\nHet bestand wordt mét de partij erin "
        "gecontroleerd voordat er iets geschreven wordt."
    ),
    "Check agreement and parties files, line by line.\n\nSays all that is wrong, and what to "
    "write. Exit 1 if something is wrong.": (
        "Controleer afspraken en partijen, regel voor regel.\n\nZegt alles wat er mis is en wat "
        "er moet staan. Eindigt met 1 als er iets mis is."
    ),
    "Run the scenario tests that lie beside an agreement.\n\nThey are in FILE.scenarios/*.yaml. "
    "Exit 1 if a scenario finds other alerts than it expects.": (
        "Draai de scenario's die bij een afspraak liggen.\n\nZij staan in FILE.scenarios/*.yaml. "
        "Eindigt met 1 als een scenario andere seintjes vindt dan het verwacht."
    ),
    "Show rules, responsibilities and sharing as tables.": (
        "Toon regels, verantwoordelijkheden en delen als tabellen."
    ),
    "Show what differs between two agreements, part by part.": (
        "Toon wat er verschilt tussen twee afspraken, stuk voor stuk."
    ),
    "Check whether the schemas may be published as they are.\n\nReadable, documented, and "
    "FULL_TRANSITIVE against every kept version. Exit 1 if something is wrong.": (
        "Controleer of de schema's zo gepubliceerd mogen worden.\n\nLeesbaar, beschreven en "
        "FULL_TRANSITIVE met elke bewaarde versie. Eindigt met 1 als er iets mis is."
    ),
    # options and arguments
    "One JSON object a line, on a terminal too.": "Eén JSON-object per regel, ook op een terminal.",
    "Data directory; seintje-data without it.": "Gegevensmap; zonder deze optie seintje-data.",
    "Where it is reached (SEINTJE_LISTEN); without it 127.0.0.1:8300.": (
        "Waar hij te bereiken is (SEINTJE_LISTEN); anders 127.0.0.1:8300."
    ),
    "system, fixed:2024-01-08T23:00:00Z or from:2024-01-01T00:00:00Z,x3600.": (
        "system, fixed:2024-01-08T23:00:00Z of from:2024-01-01T00:00:00Z,x3600."
    ),
    "Agreement file, or a folder of them.": "Afspraakbestand, of een map ervan.",
    "Where the key of this hub is kept.": "Waar de sleutel van deze hub ligt.",
    "How many times as fast as life.": "Hoeveel keer zo snel als het leven.",
    "Another seed, another region.": "Een ander getal, een andere regio.",
    "Stop by itself after so long.": "Stop na zoveel seconden vanzelf.",
    "JSON Lines of CloudEvents, also .gz and .zst; or CSV.": (
        "JSON Lines met CloudEvents, ook .gz en .zst; of CSV."
    ),
    "JSON Lines of CloudEvents, also .gz and .zst; - is stdin.": (
        "JSON Lines met CloudEvents, ook .gz en .zst; - is stdin."
    ),
    "A running hub, like http://127.0.0.1:8300.": (
        "Een hub die draait, zoals http://127.0.0.1:8300."
    ),
    "With --to: YAML or JSON with an API key a party.": (
        "Bij --to: YAML of JSON met een API-sleutel per partij."
    ),
    "How to read CSV; see docs/csv.md.": "Hoe CSV gelezen wordt; zie docs/csv.md.",
    "Parties file; without it the one beside the agreement.": (
        "Partijenbestand; zonder deze optie dat naast de afspraak."
    ),
    "Agreement file, or a folder of them; without it the one that comes with Seintje.": (
        "Afspraakbestand, of een map ervan; zonder deze optie dat van Seintje."
    ),
    "How long to ask a hub that is away again.": (
        "Hoelang een hub die niet antwoordt opnieuw gevraagd wordt."
    ),
    "Exit 1 if a line was refused.": "Eindigt met 1 als er een regel geweigerd is.",
    "Print what agreement B would add, remove and change.": (
        "Toon wat er met afspraak B bij komt, af gaat en anders wordt."
    ),
    "The instant to look from: 2026-03-01 or 2026-03-01T12:00:00+01:00.": (
        "Het moment van kijken: 2026-03-01 of 2026-03-01T12:00:00+01:00."
    ),
    "al-…, as alerts show it.": "al-…, zoals het bij het seintje staat.",
    "Look in this file of facts (may come again); without it in a data directory.": (
        "Kijk in dit bestand met feiten (mag vaker); anders in een gegevensmap."
    ),
    "lease:PARTY:VALUE, dossier:PARTY:VALUE or address:bag:VALUE.": (
        "lease:PARTIJ:NUMMER, dossier:PARTIJ:NUMMER of address:bag:NUMMER."
    ),
    "lease:PARTY:VALUE or dossier:PARTY:VALUE.": "lease:PARTIJ:NUMMER of dossier:PARTIJ:NUMMER.",
    "A rule of the agreement.": "Een regel van de afspraak.",
    "How many households.": "Hoeveel huishoudens.",
    "How long.": "Hoelang.",
    "What goes wrong on the way; `all` for everything.": (
        "Wat er onderweg misgaat; `all` voor alles."
    ),
    "The first day.": "De eerste dag.",
    "Write here; compressed if it ends in .gz or .zst.": (
        "Schrijf hierheen; gecomprimeerd als het op .gz of .zst eindigt."
    ),
    "What this party was told.": "Wat deze partij te horen kreeg.",
    "What is held back from this party.": "Wat voor deze partij wordt tegengehouden.",
    "open, acknowledged, agreed, …": "open, acknowledged, agreed, …",
    "At most so many, oldest first.": "Hooguit zoveel, de oudste eerst.",
    "At most so many, newest first.": "Hooguit zoveel, de nieuwste eerst.",
    "As the list shows it.": "Zoals de lijst het toont.",
    "Its id.": "De korte naam van de partij.",
    "Its id; without it, of every party.": "De korte naam van de partij; anders van allemaal.",
    "The parties file to write it in.": "Het partijenbestand waar zij in komt.",
    "What it is called.": "Hoe zij heet.",
    "gemeente, begeleider, corporatie, huurders.": "gemeente, begeleider, corporatie, huurders.",
    "CBS code; may come again.": "CBS-code; mag vaker.",
    "Who hears when it stays silent.": "Wie bericht krijgt als zij niet reageert.",
    "Of a government.": "Van een overheid.",
    "Of anybody else.": "Van ieder ander.",
    "Of a begeleider; may come again.": "Van een begeleider; mag vaker.",
    "What its lease numbers look like.": "Hoe haar huurcontractnummers eruitzien.",
    "What its dossier numbers look like.": "Hoe haar dossiernummers eruitzien.",
    "The beginning of its digest; without it, all keys.": (
        "Het begin van de hash; zonder dat alle sleutels."
    ),
    "Agreement files or folders of them; without, the one of Seintje.": (
        "Afspraakbestanden of mappen ervan; zonder deze dat van Seintje."
    ),
    "First write this year's holidays.": "Schrijf eerst de feestdagen van dit jaar erin.",
    "An agreement file; without, the one of Seintje.": (
        "Een afspraakbestand; zonder dit dat van Seintje."
    ),
    "An agreement file.": "Een afspraakbestand.",
    "The one to compare it with.": "Waarmee het vergeleken wordt.",
    "Folder of schemas; without it those of Seintje.": "Map met schema's; anders die van Seintje.",
}
