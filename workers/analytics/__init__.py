"""Owns what prices amount to over time, added up from events. Decides nothing that others wait for."""

from contracts.analytics import GetTrend
from contracts.market import PricesRecorded
from contracts.prediction import PredictionGenerated
from infra.group import Group
from storage import analytics as tables
from workers.analytics import queries
from workers.analytics.rules import rollup

group = Group(
    "analytics",
    tables={
        rollup.KnownClose: tables.close,
        rollup.PeriodSum: tables.period,
        rollup.LatestOutlook: tables.outlook,
    },
    metadata=tables.metadata,
)

group.on(PricesRecorded, rollup.roll_up)
group.on(PredictionGenerated, rollup.look_ahead)

group.answers(GetTrend, queries.trend)
