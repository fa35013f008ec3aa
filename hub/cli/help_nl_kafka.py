"""The Dutch help of what has to do with Kafka or moves a hub onto it; the rest stands in
`hub.cli.help_nl`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OF_KAFKA: Final[Mapping[str, str]] = {
    "Run a gateway on Kafka: facts in, alerts out, over HTTP.\n\nAs many as you like, each with a "
    "folder of its own; Ctrl-C or SIGTERM stops it. Settings come from SEINTJE_* variables too; "
    "options win.": (
        "Start een gateway op Kafka: feiten erin, seintjes eruit.\n\nZoveel als u wilt, elk met "
        "een eigen map; Ctrl-C of SIGTERM stopt hem. Instellingen komen ook uit variabelen "
        "SEINTJE_*; opties gaan voor."
    ),
    "Where its read model lies; may be lost.": (
        "Waar het leesmodel van de gateway staat; mag verloren gaan."
    ),
    "Deliver webhooks, of a hub on Kafka.\n\nOne of these in a hub: one that starts takes over, "
    "and the one before it stops. Ctrl-C or SIGTERM stops it. Settings come from SEINTJE_* "
    "variables too; options win.": (
        "Bezorg webhooks, van een hub op Kafka.\n\nEén per hub: wie start neemt het over, en de "
        "vorige stopt. Ctrl-C of SIGTERM stopt hem. Instellingen komen ook uit variabelen "
        "SEINTJE_*; opties gaan voor."
    ),
    "Where what it follows lies, seintje-deliver without it; may be lost.": (
        "Waar staat wat hij volgt, zonder deze seintje-deliver; mag verloren gaan."
    ),
    "Where its pages are (SEINTJE_DELIVER_LISTEN); without it 127.0.0.1:8320.": (
        "Waar zijn pagina's staan (SEINTJE_DELIVER_LISTEN); anders 127.0.0.1:8320."
    ),
    "Write everything that a hub keeps to one file.\n\nStop the hub first; on Kafka, all workers "
    "and gateways. The key is not in the file: keep it apart. What parties were told is, and "
    "readable, so treat the file as you treat a backup.": (
        "Schrijf alles wat een hub bewaart naar één bestand.\n\nStop eerst de hub; op Kafka alle "
        "workers en gateways. De sleutel zit niet in het bestand: bewaar die apart. Wat partijen "
        "te horen kregen zit er wel in, en leesbaar; ga met het bestand om als met een back-up."
    ),
    "Make a hub out of an export, in a data directory or on Kafka.\n\nInto an empty directory; "
    "only the key may lie in it already. On Kafka, below a SEINTJE_KAFKA_PREFIX whose topics were "
    "made and hold nothing. The file is read to its end first: one that is damaged or cut off "
    "changes nothing.": (
        "Maak een hub van een export, in een gegevensmap of op Kafka.\n\nIn een lege map; alleen "
        "de sleutel mag er al liggen. Op Kafka onder een SEINTJE_KAFKA_PREFIX waarvan de topics "
        "gemaakt en leeg zijn. Het bestand wordt eerst tot het eind gelezen: een beschadigd of "
        "afgebroken bestand verandert niets."
    ),
    "The topics of a hub on Kafka.": "De topics van een hub op Kafka.",
    "Make the topics that are missing, and set right their settings.\n\nAs often as you like: what "
    "is as it must be stays so. A topic with another number of partitions is refused, and then "
    "nothing is done.": (
        "Maak ontbrekende topics en zet instellingen goed.\n\nZo vaak u wilt: wat goed staat, "
        "blijft zo. Een topic met een ander aantal partities wordt geweigerd; er gebeurt dan niets."
    ),
    "Show which topics a hub has, as they must be.\n\nAsks no broker. "
    "SEINTJE_KAFKA_PARTITIONS and SEINTJE_KAFKA_REPLICAS count; 24 and 3 without.": (
        "Toon welke topics een hub heeft, zoals ze moeten zijn.\n\nVraagt niets aan Kafka. "
        "SEINTJE_KAFKA_PARTITIONS en SEINTJE_KAFKA_REPLICAS tellen mee; anders 24 en 3."
    ),
    "topics, or strimzi for KafkaTopics.": "topics, of strimzi voor KafkaTopics.",
    "Show which topics are not as they must be, and what to do.\n\nChanges nothing. Exit 1 if "
    "there is one.": (
        "Toon welke topics niet goed staan, en wat er te doen is.\n\nVerandert niets. Eindigt met "
        "1 als er een is."
    ),
    "Show what each party and role may do on the brokers.\n\nA party writes its own way in and "
    "reads its own way out, and nothing else. --apply allows what is missing; it takes nothing "
    "away.": (
        "Toon wat elke partij en rol op de brokers mag.\n\nEen partij schrijft op haar eigen weg "
        "naar binnen en leest haar eigen weg naar buiten, en verder niets. --apply staat toe wat "
        "ontbreekt en neemt niets af."
    ),
    "As SEINTJE_KAFKA_PARTITIONS; 24 without it.": "Als SEINTJE_KAFKA_PARTITIONS; anders 24.",
    "As SEINTJE_KAFKA_REPLICAS; without it one a broker, three at most.": (
        "Als SEINTJE_KAFKA_REPLICAS; anders één per broker, hoogstens drie."
    ),
    "Only show what would be done.": "Toon alleen wat er zou gebeuren.",
    "Allow all of it on the brokers as well.": "Sta het op de brokers ook allemaal toe.",
    "acls, or strimzi for KafkaUsers.": "acls, of strimzi voor KafkaUsers.",
    "How Kafka calls a user; {id} is that of the party.": (
        "Hoe Kafka een gebruiker noemt; {id} is die van de partij."
    ),
    "Take in and correlate facts on Kafka.\n\nOne of any number of workers, which share the "
    "partitions. SEINTJE_KAFKA_BROKERS and SEINTJE_KEY_FILE say where Kafka and the key are; "
    "Ctrl-C or SIGTERM stops it.": (
        "Neem feiten op Kafka aan en leg ze naast de afspraak.\n\nEen van zoveel workers als u "
        "wilt; ze delen de partities. SEINTJE_KAFKA_BROKERS en SEINTJE_KEY_FILE zeggen waar Kafka "
        "en de sleutel zijn; Ctrl-C of SIGTERM stopt hem."
    ),
    "Where its pages are (SEINTJE_WORKER_LISTEN); without it 127.0.0.1:8310.": (
        "Waar zijn pagina's zijn (SEINTJE_WORKER_LISTEN); anders 127.0.0.1:8310."
    ),
    "The key of a hub.": "De sleutel van een hub.",
    "Make the key of a new hub.\n\nWorkers and gateways on Kafka all have the same "
    "(SEINTJE_KEY_FILE). Without it what they keep cannot be read: keep a copy apart. A file that "
    "is there already is left alone.": (
        "Maak de sleutel van een nieuwe hub.\n\nWorkers en gateways op Kafka hebben allemaal "
        "dezelfde (SEINTJE_KEY_FILE). Zonder is niet te lezen wat zij bewaren: leg ergens anders "
        "een kopie. Een bestand dat er al is, blijft zoals het is."
    ),
    "Where it will stand, mode 0600.": "Waar hij komt te staan, met mode 0600.",
    "Of the Kafka in Strimzi.": "Van de Kafka in Strimzi.",
    "The export.": "Het exportbestand.",
    "Seal it under this successor of the key; made if it is not there.": (
        "Verzegel met deze opvolger van de sleutel; wordt gemaakt als hij er niet is."
    ),
    "Everything that a hub keeps, in one file.": "Alles wat een hub bewaart, in één bestand.",
}
