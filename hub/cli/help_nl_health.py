"""The help of `seintje doctor`, `settings` and `status` in Dutch (see `help_nl`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OF_HEALTH: Final[Mapping[str, str]] = {
    "Show every setting, and where it came from.\n\nWhat is wrong is told on "
    "stderr; exit 2 if something is. No secret is shown: settings only name the files that hold "
    "them. All of them stand in docs/settings.md.": (
        "Toon elke instelling, en waar hij vandaan komt.\n\nWat fout is, staat op "
        "stderr; exit 2 als er iets fout is. Geen geheim wordt getoond: instellingen noemen alleen "
        "de bestanden waar ze in staan. Alle instellingen staan in docs/settings.md."
    ),
    "Only what this command reads, and whether it could start with it: run, worker, gateway, "
    "deliver, connect or topics.": (
        "Alleen wat dit commando leest, en of het ermee zou starten: run, worker, gateway, "
        "deliver, connect of topics."
    ),
    "Check whether a hub can run here, and say what to do.\n\nEach finding is good, "
    "to be looked at (!), wrong (✗), or could not be found out (?). Exit 0 if nothing is wrong, 1 "
    "if something is, 2 for wrong use, 3 if something could not be found out. Changes nothing, "
    "also while a hub runs. docs/doctor.md explains each check.": (
        "Kijk of hier een hub kan draaien, en wat er te doen is.\n\nElke "
        "bevinding is goed, om naar te kijken (!), fout (✗), of niet te achterhalen (?). Exit 0 "
        "als er niets fout is, 1 als er iets fout is, 2 bij verkeerd gebruik, 3 als iets niet te "
        "achterhalen was. Verandert niets, ook niet terwijl een hub draait. docs/doctor.md legt "
        "elke controle uit."
    ),
    "Which part of a hub on Kafka to look at: worker, gateway or deliver.": (
        "Welk deel van een hub op Kafka bekeken wordt: worker, gateway of deliver."
    ),
    "Where the process runs; without it where it would listen.": (
        "Waar het proces draait; anders waar het zou luisteren."
    ),
    "Only this one; may be given more than once.": "Alleen deze; mag vaker gegeven worden.",
    "How many seconds to wait for each answer.": "Hoeveel seconden op elk antwoord te wachten.",
    "Watch one hub live: what comes in, what waits.\n\nEach second what its processes say at "
    "/readyz, /healthz and /metrics; q or Ctrl-C ends it. A part that goes away is shown as away, "
    "and comes back. Without a terminal one picture as JSON. It shows no household and no name but "
    "those of parties.": (
        "Volg één hub live: wat er binnenkomt, wat er wacht.\n\nElke seconde wat zijn processen "
        "zeggen op /readyz, /healthz en /metrics; q of Ctrl-C stopt het. Een deel dat wegvalt "
        "staat er als weg, en komt terug. Zonder terminal één beeld als JSON. Er is geen "
        "huishouden te zien en geen naam dan die van partijen."
    ),
    "Where a process runs, more than once for more. Without it where settings say.": (
        "Waar een proces draait, vaker voor meer. Anders waar instellingen het zeggen."
    ),
    "Show one picture and end; exit 1 if one is not ready.": (
        "Toon één beeld en stop; exit 1 als er een niet klaar is."
    ),
    "Exit 1 for what is to be looked at, too.": "Ook exit 1 voor wat bekeken moet worden.",
}
