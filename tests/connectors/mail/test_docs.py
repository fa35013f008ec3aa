"""docs/connectors/mail.md says what the settings are, and its example is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from msgspec import Struct

from connectors.index import Name, kind_of
from connectors.mail import MailSettings, build
from connectors.mail_digest import Digest
from connectors.mail_recipient import Recipient
from connectors.mail_words import said
from connectors.settings import read
from hub.domain.time import parse_instant
from hub.errors import Misconfigured
from tests.connectors.mail.place import Place
from tests.house.sources import ROOT

DOCS: Final = ROOT / "docs" / "connectors"
PAGE: Final = (DOCS / "mail.md").read_text("utf-8")


def example(folder: Path, text: str) -> Path:
    (folder / "gemeente-weert.key").write_text("sk_not-a-key")
    (folder / "post.password").write_text("geheim")
    file = folder / "mail.yaml"
    file.write_text(text)
    return file


def test_the_example_is_read_and_built(tmp_path: Path) -> None:
    text = (DOCS / "examples" / "mail.yaml").read_text("utf-8")
    found = read(example(tmp_path, text), "mail", kind_of(Name.MAIL).settings).own
    assert isinstance(found, MailSettings)
    assert [it.send for it in found.recipients] == ["daily", "daily", "at-once"]
    connector = build(found, Place().site())
    assert [it.name for it in connector.errands] == ["digest", "bounces"]


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('"08:30", "13:00"', '"8:30"', 'write a time of the day in quotes, like "08:30"'),
        ('until: "08:00"', 'until: "18:00"', "quiet hours that end when they begin"),
        ("send: at-once", "send: weekly", "send"),
        ("severities: [critical", "severities: [worst", "severities"),
        ("onlyToAct: true", "only: true", "only"),
    ],
)
def test_a_mistake_of_a_recipient_is_told(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    text = (DOCS / "examples" / "mail.yaml").read_text("utf-8")
    assert right in text
    with pytest.raises(Misconfigured) as caught:
        read(example(tmp_path, text.replace(right, wrong)), "mail", MailSettings)
    assert "mail.recipients" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(("kind", "before"), [(MailSettings, "mail."), (Recipient, "")])
def test_every_setting_stands_in_the_page_with_what_it_is_otherwise(
    kind: type[Struct], before: str
) -> None:
    rows = [row.strip("| ").split(" | ") for row in PAGE.splitlines() if row.startswith("| `")]
    told = {row[0].strip("`"): row[-1] for row in rows}
    for it in msgspec.structs.fields(kind):
        default = told[before + it.encode_name]
        if it.required:
            assert default == "required"
        elif default.startswith("`"):
            assert default == f"`{written(it.default)}`"
        else:
            assert it.default in (None, (), False)


def written(value: Any) -> str:
    """As it would stand in the file."""
    if isinstance(value, tuple):
        return str(list(value)).replace("'", '"')
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_mail_in_the_page_is_one() -> None:
    answer_by = parse_instant("2026-03-13T10:00:00+01:00")
    digest = Digest(3, new=2, critical=1, waiting=3, answer_by=answer_by)
    found = said(digest, "https://hub.example.nl", "nl")
    assert f"Onderwerp: {found.subject}\n\n{found.text}```" in PAGE
