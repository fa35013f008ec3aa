"""Every setting in one table: what its value looks like, who reads it, what it is for.

From here it is read, judged, printed (`seintje settings`) and written down (docs/settings.md). A
new one is a field of `Settings` and a row here; what it must have beside it is a rule in `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hub.clocks import CLOCKS_IN_WORDS, ClockChoice
from hub.settings import table_callers, table_kafka
from hub.settings.kinds import (
    THIS_MACHINE,
    Kind,
    Language,
    LogLevel,
    a_key,
    a_path,
    listen,
    matching,
    networks,
    one_of,
    share,
    smtp_url,
    url,
    whole,
)
from hub.settings.roles import EVERY, HUB, KEEPING, SENDING, SERVING, Role
from hub.settings.setting import Opens, Setting

_PUBLIC_URL: Final = (
    r"https?://(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?(/\S*)?"
)
_MAIL: Final = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"

_GENERAL: Final[Mapping[str, Setting]] = {
    "data": Setting(
        Kind(a_path, "a directory"),
        KEEPING,
        "Where everything is kept; of a gateway or of who delivers: what it follows, which may be "
        "lost.",
        opens=Opens.FOLDER,
    ),
    "listen": Setting(
        Kind(listen, "HOST:PORT, like 127.0.0.1:8300 or [::1]:8300"),
        SERVING,
        "Where the API, the console, health and metrics are.",
    ),
    "agreements": Setting(
        Kind(a_path, "a folder of agreement files, or one such file"),
        HUB | {Role.TOPICS},
        "What parties agreed, and the parties.",
        "those that come with Seintje",
        Opens.PLACE,
    ),
    "key_file": Setting(
        Kind(a_path, "a file"),
        HUB,
        "The key of this hub; all processes of a hub on Kafka have the same.",
        "`seintje.key` in the data directory; on Kafka it must be set",
    ),
    "key": Setting(
        Kind(a_key, "what stands in a key file (`seintje keys create` makes one)"),
        HUB,
        "The same key, where it is in no file. It is shown nowhere.",
        "the key is in a file",
    ),
    "key_url": Setting(
        url(
            rf"https://[^\s/@]+/v1/\S+|http://{THIS_MACHINE}/v1/\S+",
            "the address of a secret, like https://vault.example/v1/secret/data/seintje",
        ),
        HUB,
        "The same key, where a Vault keeps it, in the field `key`.",
        "the key is in a file",
    ),
    "key_token_file": Setting(
        Kind(a_path, "a file with the token in it that may read that secret"),
        HUB,
        "The token that may read that secret.",
        opens=Opens.SECRET,
    ),
    "clock": Setting(
        Kind(ClockChoice.parse, CLOCKS_IN_WORDS),
        HUB | {Role.CONNECT},
        "Which clock; another than that of the machine is for tests and demonstrations.",
    ),
    "lang": Setting(
        one_of(Language),
        EVERY,
        "Language of what people read: Dutch or English. Without it that of the locale, if it is "
        "one of these.",
    ),
}

_OUTSIDE: Final[Mapping[str, Setting]] = {
    "public_url": Setting(
        url(_PUBLIC_URL, "the address where parties reach the hub"),
        KEEPING,
        "Where parties reach the hub; receivers of webhooks know it by its host.",
        "where it listens",
    ),
    "allowed_networks": Setting(
        Kind(networks, "networks, like 10.1.2.0/24,fd12:3456::/64"),
        KEEPING,
        "Networks of your own where parties may have a receiver or an issuer.",
        "none",
    ),
    "client_certificate": Setting(
        Kind(a_path, "a file with a certificate in PEM"),
        SENDING,
        "Shown to receivers that ask for one.",
        "none is shown",
        Opens.FILE,
    ),
    "client_key": Setting(
        Kind(a_path, "a file with the key of the certificate in PEM"),
        SENDING,
        "The key of that certificate.",
        "it stands in the same file",
        Opens.FILE,
    ),
    "smtp_url": Setting(
        Kind(smtp_url, "smtp://HOST:PORT or smtps://USER@HOST, without a password"),
        SENDING,
        "The mail server, to tell the contact of a subscription that fails.",
        "nobody is mailed",
    ),
    "smtp_password_file": Setting(
        Kind(a_path, "a file with the password of the user in SEINTJE_SMTP_URL"),
        SENDING,
        "The password of the user in SEINTJE_SMTP_URL.",
        opens=Opens.SECRET,
    ),
    "mail_from": Setting(
        matching(_MAIL, "a mail address, like seintje@hub.example"),
        SENDING,
        "From which address mail comes.",
    ),
}

_OTLP_URL: Final = r"https?://[^\s/@?#]+(/[^\s?#]*)?"  # a password stands in the file of headers
_SEEN: Final[Mapping[str, Setting]] = {
    "log_level": Setting(one_of(LogLevel), HUB, "From which level on the log is written."),
    "otlp_url": Setting(
        url(_OTLP_URL, "the address of a collector, like http://127.0.0.1:4318"),
        HUB,
        "Where traces go, by OTLP over HTTP.",
        "nothing is traced",
    ),
    "otlp_headers_file": Setting(
        Kind(a_path, "a file with a header a line, like `Authorization: …`"),
        HUB,
        "Headers for the collector, which may hold a password.",
        "none are sent",
        Opens.HEADERS,
    ),
    "traces_share": Setting(
        Kind(share, "a number from 0 to 1, like 0.05"),
        HUB,
        "Which part of the traces that begin in the hub is kept.",
    ),
}

_RUN: Final = frozenset({Role.RUN})
_BACKUPS: Final[Mapping[str, Setting]] = {
    "backups": Setting(
        Kind(a_path, "a directory, on another disk than the data"),
        _RUN,
        "Where the journal and the backups of a hub in one process are.",
        "there are none",
        Opens.FOLDER,
    ),
    "backup_hours": Setting(
        whole(0, 168), _RUN, "After how many hours the hub makes a backup by itself; 0: never."
    ),
    "backups_kept": Setting(whole(1, 1000), _RUN, "How many backups are kept."),
}

# By subject, in the order in which a page about them is read.
SUBJECTS: Final[Mapping[str, Mapping[str, Setting]]] = {
    "The hub": _GENERAL,
    "Kafka": table_kafka.ROWS,
    "Who calls": table_callers.CALLERS,
    "Limits": table_callers.LIMITS,
    "Whom the hub calls": _OUTSIDE,
    "Backups": _BACKUPS,
    "Logs and traces": _SEEN,
}
SETTINGS: Final[Mapping[str, Setting]] = {
    name: row for rows in SUBJECTS.values() for name, row in rows.items()
}
