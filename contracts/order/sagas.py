"""The saga of an order, as an operator sees and mends it."""

from __future__ import annotations

from pydantic import Field

from contracts.message import Answer, Command, Event, Id, Query
from contracts.order.orders import OrderRefused
from contracts.process import Action, SagaList, SagaMending, SagaView

# What happened


class SagaMended(Event):
    topic, about, key, aggregate = "order.saga-mended.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str
    action: Action
    step: str


# What can be asked of order


class MendSaga(SagaMending):
    topic, about, key = "order.mend-saga.v1", "order_id", "customer_id"
    succeeds, fails = (SagaMended,), (OrderRefused,)
    order_id: Id
    customer_id: str = Field(default="", max_length=64)


class StepOverdue(Command):
    """The one timer of a saga, its nearest deadline, rang; `attempt` is the number of the question it belongs to."""

    topic, about, key = "order.step-overdue.v1", "order_id", "customer_id"
    order_id: Id
    customer_id: str
    step: str
    attempt: int = 0


# What can be asked about


class SagaAnswer(SagaView):
    order_id: str
    customer_id: str


class SagaPage(Answer):
    items: tuple[SagaAnswer, ...]
    next_cursor: str | None


class GetSaga(Query):
    topic, about = "order.get-saga.v1", "order_id"
    order_id: Id


class ListSagas(SagaList):
    topic, about = "order.list-sagas.v1", "state"
    slow = True
