"""A reminder to look again, as a calendar file (RFC 5545). Pure; time comes in."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

QUARTER_HOUR = timedelta(minutes=15)
LINE_OCTETS = 75  # RFC 5545, section 3.1


@dataclass(frozen=True)
class Reminder:
    """What to do again, why, and the full link back to the place in the walk."""

    title: str
    text: str
    link: str
    wait: timedelta

    def due_at(self, now: datetime) -> datetime:
        """When the wait is over, on the next full quarter of an hour."""
        due = (now + self.wait).astimezone(UTC).replace(second=0, microsecond=0)
        return due + (-timedelta(minutes=due.minute) % QUARTER_HOUR)


def calendar_file(reminder: Reminder, *, now: datetime) -> str:
    """Write the file: one event with an alarm when the wait is over."""
    due = reminder.due_at(now)
    name = hashlib.sha256(f"{reminder.link} {due:%Y%m%dT%H%M}".encode()).hexdigest()[:24]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//triage//reminder//EN",
        "BEGIN:VEVENT",
        f"UID:{name}@triage",
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(due)}",
        f"DTEND:{_stamp(due + QUARTER_HOUR)}",
        f"SUMMARY:{_escape(reminder.title)}",
        f"DESCRIPTION:{_escape(f'{reminder.text}\n\n{reminder.link}')}",
        f"URL:{reminder.link}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escape(reminder.title)}",
        "TRIGGER:PT0M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escape(text: str) -> str:
    """Escape a text value: RFC 5545, section 3.3.11."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\n").replace("\n", "\\n")


def _fold(line: str) -> str:
    """Break a line that is too long for the format, never inside a character."""
    pieces, held, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LINE_OCTETS:
            pieces.append(held)
            held, size = " ", 1
        held += character
        size += octets
    return "\r\n".join([*pieces, held])
