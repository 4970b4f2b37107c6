"""Owns models and their forecasts, and a copy of the prices that they are made from. Never asks another domain for one."""

from contracts.market import PricesRecorded, PricesUpdated
from contracts.prediction import FitModels, GetPrediction, ListModels, RecordForecasts
from infra.group import Group
from storage import prediction as tables
from workers.prediction import jobs, queries
from workers.prediction.rules import copies, forecasts, state

group = Group(
    "prediction",
    tables={
        state.Series: tables.series,
        state.KnownClose: tables.close,
        state.Model: tables.model,
        state.Forecast: tables.forecast,
    },
    aggregates={"series": state.Series},
    sends=(FitModels,),
    metadata=tables.metadata,
)

group.on(PricesRecorded, copies.take_prices)
group.on(PricesUpdated, copies.hear_update)
group.on(RecordForecasts, forecasts.record_forecasts)
group.studies(FitModels, jobs.fit_models)

group.answers(GetPrediction, queries.prediction)
group.answers(ListModels, queries.models)
