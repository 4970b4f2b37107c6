"""What a file about one source is written with: its kinds of notification, and the events that it hears.

SHIPPED = Kind("order_shipped", ja="ご注文 {subject} を発送しました", en="Order {subject} is on its way",
               link="/v1/orders/{subject}")

def shipped(event: OrderShipped, rows: Rows, now: datetime) -> Outcomes:
    yield from notify(rows, now, event.customer_id, SHIPPED, event.order_id)

source = Source(SHIPPED)
source.on(OrderShipped, shipped)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, TypeVar

from contracts.message import Message
from infra.decision import AnyDecision, Decision

M = TypeVar("M", bound=Message)
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Kind:
    """A text in both languages. `{name}` takes a parameter, `{subject}` the id of what it is about."""

    name: str
    ja: str
    en: str
    link: str = ""

    @property
    def needs(self) -> set[str]:
        """The parameters without which it cannot be told."""
        fields = (field for text in (self.ja, self.en, self.link) for _, field, _, _ in Formatter().parse(text))
        return {field for field in fields if field} - {"subject"}

    def told(self, subject_id: str, parameters: Mapping[str, Any]) -> tuple[str, str, str]:
        """Link and both texts, each of 300 characters at most.

        Raises ValueError for parameters that it does not take, is not given, or that are of the wrong type.
        """
        if set(parameters) != self.needs:
            raise ValueError(f"{self.name} takes {sorted(self.needs)}")
        link, ja, en = (text.format(subject=subject_id, **parameters) for text in (self.link, self.ja, self.en))
        return link, _clipped(ja), _clipped(en)


class Source:
    """All that is told because of one other domain. A file of this folder that has a `source` is found by itself."""

    def __init__(self, *kinds: Kind) -> None:
        self.kinds = {kind.name: kind for kind in kinds}
        self.hears: dict[type[Message], AnyDecision] = {}

    def on(self, kind: type[M], decision: Decision[M]) -> None:
        """An event of the other domain, or a command of this one that is about such events, as an alert is."""
        self.hears[kind] = decision


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
