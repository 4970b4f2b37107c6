"""Owns instruments and their daily prices. Never knows what others make of them."""

from contracts.market import GetPrices, ImportPrices, ListCorrections, ReadPrices, RegisterPrices, ReportPrices
from infra.group import Group
from storage import market as tables
from workers.market import jobs, queries
from workers.market.rules import imports, state

group = Group(
    "market",
    tables={
        state.PriceImport: tables.price_import,
        state.ImportPart: tables.import_part,
        state.Instrument: tables.instrument,
        state.DailyPrice: tables.price,
        state.Correction: tables.correction,
    },
    aggregates={"instrument": state.Instrument},
    sends=(ReadPrices,),
    ordered=True,
    metadata=tables.metadata,
)

group.on(ImportPrices, imports.import_prices)
group.on(ReportPrices, imports.report_prices)
group.on(RegisterPrices, imports.register_prices)
group.studies(ReadPrices, jobs.read_prices)

group.answers(GetPrices, queries.prices)
group.answers(ListCorrections, queries.corrections)
