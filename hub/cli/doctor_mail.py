"""What `seintje doctor` finds of the mail server: whether it answers, lets us in, and speaks TLS.
Sends no mail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from hub.cli.examining import Examined
from hub.cli.finding import Finding

_MAIL: Final = "mail"


def mail(examined: Examined) -> Iterator[Finding]:
    """Whether a mail could be sent; nothing where no server is set."""
    from hub.errors import Unavailable
    from hub.mail import mailer_of

    url = examined.settings.smtp_url
    mailer = mailer_of(examined.settings, examined.seconds)
    if mailer is None:
        return
    try:
        asyncio.run(mailer.refused(()))
    except Unavailable as error:
        do = "look at SEINTJE_SMTP_URL, the password of its user, and the way there"
        yield Finding(_MAIL, f"{url}: {error}", do)
    else:
        yield Finding(_MAIL, f"{url} takes mail of {examined.settings.mail_from}")
    finally:
        mailer.close()
