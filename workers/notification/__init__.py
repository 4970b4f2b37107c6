"""Owns what users were told. Never decides what happened: it hears of it, or a saga asks.

Every file of `rules/` that has a `source` adds its kinds and the events it hears; nothing is registered here.
"""

from importlib import import_module
from pkgutil import iter_modules

from contracts.notification import ListNotifications, ReadNotification, SendNotification
from contracts.price_alert import ListPriceAlerts
from infra.group import Group
from infra.settings import lanes_of
from storage import notification as tables
from workers.notification import price_alert_queries, queries, rules
from workers.notification.rules import notices
from workers.notification.rules.crossing import PriceAlert, Watched
from workers.notification.rules.mailbox import Mailbox, Notification, Surplus
from workers.notification.rules.source import Kind, Source


def sources() -> list[Source]:
    """By the names of their files."""
    modules = (import_module(f"{rules.__name__}.{one.name}") for one in iter_modules(rules.__path__))
    return [module.source for module in modules if isinstance(getattr(module, "source", None), Source)]


def kinds() -> dict[str, Kind]:
    """Raises ValueError when two sources give one name to two texts."""
    found: dict[str, Kind] = {}
    for source in sources():
        for name, kind in source.kinds.items():
            if found.setdefault(name, kind) is not kind:
                raise ValueError(f"two kinds of notification are called {name}")
    return found


group = Group(
    "notification",
    tables={Watched: tables.watched, PriceAlert: tables.price_alert, Mailbox: tables.mailbox, Notification: tables.notification},
    lookups={Surplus: tables.surplus},
    partitions=lanes_of("notification"),
    metadata=tables.metadata,
)

group.on(SendNotification, notices.sending(kinds()))
group.on(ReadNotification, notices.read_notification)
for source in sources():
    for event, decision in source.hears.items():
        group.on(event, decision)
group.answers(ListNotifications, queries.notifications)
group.answers(ListPriceAlerts, price_alert_queries.price_alerts)
