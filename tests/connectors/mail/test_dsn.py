"""Reports of failed mail as mail servers write them (RFC 3464), and what is no report."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail_dsn import Outcome, report_of
from tests.systems.mailbox import Fate, Got, away, report

MARK = "1772438760000-11-12.abcdefghijklmnopq234"

GOT = Got(
    return_path="seintje@gemeente.example",
    to="wijkteam@gemeente.example",
    raw=(
        f"From: seintje@gemeente.example\r\nMessage-ID: <seintje.{MARK}@gemeente.example>\r\n"
        "Subject: Seintje: er staat 1 seintje voor u klaar\r\n"
        "Date: Mon, 02 Mar 2026 08:06:00 +0000\r\n\r\nEr staat\r\n"
    ).encode(),
    asked=("RET=HDRS", f"ENVID=SEINTJE.{MARK.upper()}"),
)

# As Postfix writes them: upper and lower case, a comment, folded lines, a time of its own.
POSTFIX = f"""\
Return-Path: <>
Delivered-To: seintje@gemeente.example
From: MAILER-DAEMON@mx.gemeente.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: seintje@gemeente.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F1A.1/mx.gemeente.example"

This is a MIME-encapsulated message.

--4F1A.1/mx.gemeente.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4F1A.1/mx.gemeente.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.gemeente.example
X-Postfix-Queue-ID: 4F1A
X-Postfix-Sender: rfc822; seintje@gemeente.example
Arrival-Date: Mon,  2 Mar 2026 09:06:00 +0100 (CET)

Final-Recipient: rfc822; wijkteam@gemeente.example
Original-Recipient: rfc822;wijkteam@gemeente.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.gemeente.example
Diagnostic-Code: smtp; 550 5.1.1 <wijkteam@gemeente.example>: Recipient address
    rejected: User unknown in virtual mailbox table

--4F1A.1/mx.gemeente.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <seintje@gemeente.example>
Subject: Seintje: er staat 1 seintje voor u klaar
Message-ID: <seintje.{MARK}@gemeente.example>

--4F1A.1/mx.gemeente.example--
"""

# As Exchange writes them: the return of the whole mail, and the type of the address in capitals.
EXCHANGE = f"""\
From: Microsoft Outlook <postmaster@gemeente.example>
To: seintje@gemeente.example
Subject: =?utf-8?Q?Onbestelbaar:_Seintje?=
In-Reply-To: <seintje.{MARK}@gemeente.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type="delivery-status"; boundary="xyz"

--xyz
Content-Type: multipart/alternative; boundary="abc"

--abc
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

VXcgYmVyaWNodCBrb24gbmlldCB3b3JkZW4gYmVzdGVsZC4=
--abc--

--xyz
Content-Type: message/delivery-status

Original-Envelope-Id: seintje.{MARK}
Reporting-MTA: dns;EX01.gemeente.example

Final-recipient: RFC822;Wijkteam@gemeente.example
Action: Delayed
Status: 4.4.7
Diagnostic-code: smtp;400 4.4.7 Message delayed
X-Display-Name: Wijkteam

--xyz
Content-Type: message/rfc822

Message-ID: <seintje.{MARK}@gemeente.example>
Subject: Seintje: er staat 1 seintje voor u klaar

Er staat 1 seintje voor u klaar.
--xyz--
"""

# As Exim 4.96 wrote it when one member of a list was not there: the list is Final-Recipient.
EXIM = f"""\
Return-path: <>
Envelope-to: seintje@gemeente.example
X-Failed-Recipients: vertrokken@gemeente.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@gemeente.example>
To: seintje@gemeente.example
References: <seintje.{MARK}@gemeente.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=1795672767-eximdsn-1551674747
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1795672767-eximdsn-1551674747
Content-type: text/plain; charset=us-ascii

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  vertrokken@gemeente.example
    (generated from lijst@gemeente.example)
    Unrouteable address

--1795672767-eximdsn-1551674747
Content-type: message/delivery-status

Reporting-MTA: dns; mx.gemeente.example
Original-Envelope-ID: seintje.{MARK}

Action: failed
Final-Recipient: rfc822;lijst@gemeente.example
Status: 5.0.0

--1795672767-eximdsn-1551674747
Content-type: text/rfc822-headers

Return-path: <seintje@gemeente.example>
To: lijst@gemeente.example
Message-ID: <seintje.{MARK}@gemeente.example>

--1795672767-eximdsn-1551674747--
"""


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (POSTFIX, Outcome("wijkteam@gemeente.example", "failed", "5.1.1")),
        (EXCHANGE, Outcome("Wijkteam@gemeente.example", "delayed", "4.4.7")),
        (EXIM, Outcome("vertrokken@gemeente.example", "failed", "5.0.0")),
    ],
    ids=["Postfix", "Exchange", "Exim"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_report_as_it_is_found(text: str, outcome: Outcome, end: str) -> None:
    found = report_of(text.replace("\n", end).encode())
    assert found is not None
    assert found.marks == (MARK,)
    assert found.outcomes == (outcome,)


@pytest.mark.parametrize(
    ("fate", "is_failed", "is_final"),
    [
        pytest.param(Fate(), True, True, id="nobody there"),
        pytest.param(Fate(status="5.2.2 (mailbox full)"), True, True, id="a comment behind it"),
        pytest.param(Fate("delayed", "4.4.1"), False, False, id="delayed"),
        pytest.param(Fate("failed", "4.4.7"), True, False, id="patience ran out"),
        pytest.param(Fate("delivered", "2.0.0"), False, False, id="delivered"),
        pytest.param(Fate("FAILED", ""), True, True, id="no status, but what the server said"),
        pytest.param(Fate("failed", "", "x; no"), True, False, id="nothing that tells"),
    ],
)
def test_what_became_of_a_mail(fate: Fate, is_failed: bool, is_final: bool) -> None:
    found = report_of(report(GOT, fate))
    assert found is not None
    [outcome] = found.outcomes
    assert (outcome.is_failed, outcome.is_final) == (is_failed, is_final)


@pytest.mark.parametrize(
    "left_out", [("returned",), ("envelope-id",)], ids=["by ENVID", "by what came back"]
)
def test_the_mail_is_known_by_one_mark_of_it(left_out: tuple[str, ...]) -> None:
    found = report_of(report(GOT, Fate(), left_out))
    assert found is not None
    assert found.marks == (MARK,)


def test_who_is_away_reports_nothing() -> None:
    assert report_of(away(GOT)) is None


def test_a_receipt_of_reading_is_no_report() -> None:
    text = EXCHANGE.replace("delivery-status", "disposition-notification")
    assert report_of(text.encode()) is None


def test_a_mail_that_only_quotes_a_report_is_none() -> None:
    mail = EmailMessage()
    mail.set_content(POSTFIX)
    assert report_of(mail.as_bytes(policy=policy.SMTP)) is None


@given(st.binary(max_size=300))
def test_whatever_comes_stops_nothing(raw: bytes) -> None:
    report_of(raw)


@given(st.integers(0, len(POSTFIX)), st.integers(0, 400), st.binary(max_size=20))
def test_a_report_with_a_hole_stops_nothing(at: int, size: int, put: bytes) -> None:
    raw = POSTFIX.encode()
    report_of(raw[:at] + put + raw[at + size :])


@pytest.mark.parametrize(
    "inside",
    [b"Content-Type: message/rfc822\n\n", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n"],
)
def test_a_mail_of_parts_in_parts_without_end_is_no_report_and_stops_nothing(inside: bytes) -> None:
    head = b"Content-Type: multipart/report; boundary=b; report-type=delivery-status\n\n--b\n"
    assert report_of(head + inside * 5000) is None
