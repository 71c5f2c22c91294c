"""Calendars: functions from time to a word, compiled to tables of the instants at which the word changes.

Typed rules come in, a table comes out; `flow.read.hours` reads the rules. Zone data are those of the package tzdata.
"""
