"""The parameters of a request that a carrier makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowc.simulate.rules import Rules, Sent


class Parameters(Mapping[str, str]):
    """The parameters of a request by their names, from the facts of the call and those of the request.

    Each is worked out when it is read, since of most requests none is, and of a route's only one.
    """

    __slots__ = ("_call", "_own", "_rules", "_sent")

    def __init__(self, rules: Rules, contract: str, call: Mapping[str, str], own: Mapping[str, str]) -> None:
        """`own` are the facts of the request, which replace those of the call."""
        self._rules = rules
        self._sent = rules.requests.get(contract, rules.requests[""])
        self._call = call
        self._own = own

    def __getitem__(self, name: str) -> str:
        """Return the value of a parameter. Raises KeyError if it is not sent."""
        value = self._value(self._sent[name])
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        """Iterate over the parameters that are sent."""
        return (name for name, one in self._sent.items() if self._value(one) is not None)

    def __len__(self) -> int:
        """Return how many parameters are sent."""
        return sum(1 for _ in self)

    def _value(self, sent: Sent) -> str | None:
        fact = self._fact(sent.fact)
        value = self._rules.values.get(sent.fact, {}).get(fact or "", fact)
        if sent.given is None:
            return value or None
        if all(self._fact(name) == needed for name, needed in sent.given.items()):
            return sent.example if value is None else value
        return None

    def _fact(self, name: str) -> str | None:
        return self._own[name] if name in self._own else self._call.get(name)
