"""Notifications by the host: their parameters, which must be no others, and the requests that they repeat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlsplit

from flowc.bundle.manifest import ANSWER, WebhookEntry
from flowc.bundle.notification import NotifyEntry
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing
from flowc.emit.link import BundlePlan, Unit, address, source_of
from flowc.emit.spell.elements import Element
from flowc.flow.verbs import NOTIFY, REDIRECT
from flowc.lower.ir import Next, Notification, ToDoc, ToRoute, ToServer
from flowc.profiles.targets import Targets
from flowc.profiles.webhooks import Webhooks, read_webhooks

#: The placeholder for the variable part of a parameter's name.
_ANY_NAME = "<name>"


def notify_entry(notification: Notification) -> NotifyEntry:
    """Return the entry of a notification in the manifest."""
    endpoint = notification.endpoint
    parameters = {one.name: str(one.value) for one in notification.given}
    return NotifyEntry(endpoint.method, endpoint.url.partition("#")[0], parameters)


def check_notifications(units: Iterable[Unit], targets: Targets) -> Iterator[Finding]:
    """Find parameters that a server would receive twice (FC398), and URLs with a user's name (FC399)."""
    carriers: dict[tuple[NodeRef, str], dict[str, None]] = {}
    known: dict[str, Webhooks] = {}
    for unit in units:
        for one in _notifications(unit):
            if unit.target not in known:
                known[unit.target] = read_webhooks(targets.layers(unit.target))
            own = [(name, one.endpoint.at) for name in _query(one)]
            own += [(given.name, given.at._replace(part="key")) for given in one.given]
            for name, at in own:
                if _sends(known[unit.target], name):
                    carriers.setdefault((at, name), {})[unit.target] = None
            yield from _same(one)
    for (at, name), senders in carriers.items():
        message = f"this notification has a parameter {name}, but {listing(senders, 'and')} may send one itself"
        yield Finding("FC398", at, message, "Rename your own parameter.")


def _same(one: Notification) -> Iterator[Finding]:
    query = _query(one)
    for given in one.given:
        if given.name in query:
            message = f"the URL of this notification already has the parameter {given.name}"
            yield Finding("FC398", given.at._replace(part="key"), message, "Remove one of them, or rename it.")
    if "@" in urlsplit(one.endpoint.url).netloc:
        message = "this URL has a user name, which hosts do not send"
        yield Finding(
            "FC399",
            one.endpoint.at,
            message,
            "Remove what precedes the @; your server can accept only the host's address instead.",
        )


def _notifications(unit: Unit) -> Iterator[Notification]:
    return (one for document in unit.spelled.program.documents for one in document.notify)


def _query(one: Notification) -> set[str]:
    return {name for name, _ in parse_qsl(urlsplit(one.endpoint.url).query, keep_blank_values=True)}


def _sends(webhooks: Webhooks, name: str) -> bool:
    """Whether a carrier sends a parameter of that name with any of its requests."""
    sent = (one.name for contract in webhooks.contracts.values() for one in contract.parameters)
    return any(
        one == name or (one.endswith(_ANY_NAME) and name.startswith(one.removesuffix(_ANY_NAME))) for one in sent
    )


def notified(plan: BundlePlan, units: Iterable[Unit]) -> BundlePlan:
    """Return a plan with its notifications among the webhooks, each with the contracts of the requests it repeats."""
    if not any(planned.document.notify for planned in plan.documents):
        return plan
    units = list(units)
    order = {(unit.flow.name, unit.target): number for number, unit in enumerate(units)}
    webhooks = sorted((*plan.webhooks, *_entries(plan, units)), key=lambda hook: order[hook.flow, hook.target])
    return plan._replace(webhooks=tuple(webhooks))


def _entries(plan: BundlePlan, units: Iterable[Unit]) -> Iterator[WebhookEntry]:
    urls = {planned.path: planned.url for planned in plan.documents}
    leads = {route.url: (route.empty, route.default, *(case.document for case in route.cases)) for route in plan.routes}
    asked: dict[str, set[str]] = {}
    for url, contract in _asked(plan, units):
        for document in map(urls.__getitem__, leads[url]) if url in leads else (url,):
            asked.setdefault(document, set()).add(contract)
    for planned in plan.documents:
        for one in planned.document.notify:
            for contract in sorted(asked.get(planned.url, ())):
                yield WebhookEntry(
                    kind=NOTIFY,
                    contract=contract,
                    followed=False,
                    url=notify_entry(one).address,
                    method=one.endpoint.method,
                    target=planned.target,
                    flow=planned.flow.name,
                    step=one.step,
                    source=source_of(planned.flow, one.endpoint.at, one.line),
                )


def _asked(plan: BundlePlan, units: Iterable[Unit]) -> Iterator[tuple[str, str]]:
    """Yield the URLs of documents and routes that are requested, with the contract of the request."""
    addresses = {(planned.target, planned.flow.name): planned.addresses for planned in plan.documents}
    for unit in units:
        own = addresses[unit.target, unit.flow.name]
        yield from ((address(to, own), ANSWER) for to in unit.spelled.program.beginnings())
    for planned in plan.documents:
        for element, to in _leads(planned.document.elements):
            contract = REDIRECT if element.kind == REDIRECT else f"{element.kind}-action"
            yield address(to, planned.addresses), contract


def _leads(elements: Iterable[Element]) -> Iterator[tuple[Element, Next]]:
    for element in elements:
        values = (*(attribute.value for attribute in element.attributes), element.text)
        yield from ((element, value) for value in values if isinstance(value, (ToDoc, ToRoute, ToServer)))
        yield from _leads(element.children)
