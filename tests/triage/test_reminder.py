from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from triage.reminder import LINE_OCTETS, Reminder, calendar_file

NOON = datetime(2026, 11, 22, 12, 7, 31, tzinfo=UTC)


def unfolded(file: str) -> dict[str, str]:
    """The lines of the event by name, long lines put together again."""
    lines = file.replace("\r\n ", "").split("\r\n")
    return dict(line.split(":", 1) for line in reversed(lines) if ":" in line)


def test_the_reminder_is_due_when_the_longer_wait_is_over() -> None:
    reminder = Reminder("Look again", "Wait.", "https://feeds.example/triage/102/", timedelta(hours=24))

    event = unfolded(calendar_file(reminder, now=NOON))

    assert event["DTSTART"] == "20261123T121500Z"
    assert event["DTSTAMP"] == "20261122T120731Z"
    assert event["URL"] == "https://feeds.example/triage/102/"


def test_text_is_escaped_as_calendars_want_it() -> None:
    reminder = Reminder("One; two, three\\four", "Line\nline", "https://feeds.example/", timedelta(hours=1))

    event = unfolded(calendar_file(reminder, now=NOON))

    assert event["SUMMARY"] == "One\\; two\\, three\\\\four"
    assert event["DESCRIPTION"] == "Look again" or event["DESCRIPTION"].startswith("Line\\nline")


@given(title=st.text(max_size=200), text=st.text(max_size=400), hours=st.integers(0, 400))
def test_no_line_is_too_long_or_breaks_out(title: str, text: str, hours: int) -> None:
    title, text = title.replace("\r", ""), text.replace("\r", "")

    file = calendar_file(Reminder(title, text, "https://feeds.example/", timedelta(hours=hours)), now=NOON)

    lines = file.split("\r\n")
    assert all(len(line.encode()) <= LINE_OCTETS for line in lines)
    assert sum(line == "END:VEVENT" for line in lines) == 1


@pytest.mark.django_db
def test_a_wait_offers_a_calendar_file_that_links_back_to_the_same_place(client: Client) -> None:
    page = client.get("/triage/102/bank-down/?bank-sign-in=no")

    file = client.get("/triage/102/bank-down/?bank-sign-in=no&as=ics")

    assert "/triage/102/bank-down/?bank-sign-in=no&amp;as=ics" in page.content.decode()
    assert file.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert file.headers["Cache-Control"] == "no-store"
    assert "bank-sign-in=no&v=1" in unfolded(file.content.decode())["URL"]


@pytest.mark.django_db
def test_there_is_no_reminder_where_there_is_nothing_to_wait_for(client: Client) -> None:
    answer = client.get("/triage/102/notice/?bank-sign-in=yes&as=ics")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/triage/102/notice/?bank-sign-in=yes"
