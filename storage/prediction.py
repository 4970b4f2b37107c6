"""The tables of prediction: its copy of the prices, the fitted models, their forecasts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

series = sa.Table(
    "series",
    metadata,
    sa.Column("symbol", sa.Text, primary_key=True),
    sa.Column("exchange", sa.Text, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("complete", sa.Integer, nullable=False),
    sa.Column("ahead", JSONB, nullable=False),
    sa.Column("announced", sa.Integer, nullable=False),
    sa.Column("asked", sa.Integer, nullable=False),
    sa.Column("forecast", sa.Integer, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("asked <= complete AND asked <= announced", name="series_asks_with_everything_there"),
    sa.CheckConstraint("forecast <= asked", name="series_forecast_was_asked_for"),
)

close = sa.Table(
    "close",
    metadata,
    sa.Column("close_id", sa.Text, primary_key=True),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("close", sa.BigInteger, nullable=False),
    sa.Column("adjusted_close", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("symbol", "day", name="close_is_one_for_a_day"),
    sa.CheckConstraint("close > 0 AND adjusted_close > 0", name="close_is_positive"),
)

model = sa.Table(
    "model",
    metadata,
    sa.Column("model_id", sa.Text, primary_key=True),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("model_version", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("parameters", JSONB, nullable=False),
    sa.Column("trained_first", sa.Date, nullable=False),
    sa.Column("trained_last", sa.Date, nullable=False),
    sa.Column("observations", sa.Integer, nullable=False),
    sa.Column("metrics", JSONB, nullable=False),
    sa.Column("best", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.UniqueConstraint("symbol", "model", "model_version", "version", name="model_is_fitted_once_to_a_version"),
    sa.Index("model_best_is_one", "symbol", "version", unique=True, postgresql_where=sa.text("best")),
)

forecast = sa.Table(
    "forecast",
    metadata,
    sa.Column("model_id", sa.Text, sa.ForeignKey("model.model_id", name="forecast_is_of_a_registered_model"), primary_key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("close", sa.BigInteger, nullable=False),
    sa.Column("steps", JSONB, nullable=False),
    sa.CheckConstraint("jsonb_array_length(steps) BETWEEN 1 AND 20", name="forecast_has_steps"),
)
