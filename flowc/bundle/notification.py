"""Notifications: requests that a host makes to the author's server while it answers a carrier."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from flowc.diagnostics.records import NamedTuple


class NotifyEntry(NamedTuple):
    """A server that a host notifies: the URL and the method as in the flow, and the parameters of `with`."""

    method: str
    url: str
    parameters: Mapping[str, str] = MappingProxyType({})

    @property
    def address(self) -> str:
        """The URL to request, without the parameters of the carrier: with a path, and `parameters` in the query."""
        parts = urlsplit(self.url)
        query = "&".join(filter(None, (parts.query, urlencode(self.parameters, quote_via=quote))))
        return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))
