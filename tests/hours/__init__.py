"""Calendars, compared with other readings of the same rules."""
