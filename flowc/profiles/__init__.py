"""Targets, hosts and spoken languages: the tables of flowc/templates and flowc/languages as frozen records."""
