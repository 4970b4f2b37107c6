-- The tables of prediction, as storage/prediction.py declares them.

CREATE TABLE close (
    close_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    day DATE NOT NULL,
    close BIGINT NOT NULL,
    adjusted_close BIGINT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (close_id),
    CONSTRAINT close_is_one_for_a_day UNIQUE (symbol, day),
    CONSTRAINT close_is_positive CHECK (close > 0 AND adjusted_close > 0)
);

CREATE TABLE model (
    model_id TEXT NOT NULL,
    symbol TEXT NOT NULL,
    model TEXT NOT NULL,
    model_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    parameters JSONB NOT NULL,
    trained_first DATE NOT NULL,
    trained_last DATE NOT NULL,
    observations INTEGER NOT NULL,
    metrics JSONB NOT NULL,
    best BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (model_id),
    CONSTRAINT model_is_fitted_once_to_a_version UNIQUE (symbol, model, model_version, version)
);

CREATE UNIQUE INDEX model_best_is_one ON model (symbol, version) WHERE best;

CREATE TABLE series (
    symbol TEXT NOT NULL,
    exchange TEXT NOT NULL,
    currency TEXT NOT NULL,
    complete INTEGER NOT NULL,
    ahead JSONB NOT NULL,
    announced INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    forecast INTEGER NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (symbol),
    CONSTRAINT series_asks_with_everything_there CHECK (asked <= complete AND asked <= announced),
    CONSTRAINT series_forecast_was_asked_for CHECK (forecast <= asked)
);

CREATE TABLE forecast (
    model_id TEXT NOT NULL,
    as_of DATE NOT NULL,
    close BIGINT NOT NULL,
    steps JSONB NOT NULL,
    PRIMARY KEY (model_id),
    CONSTRAINT forecast_has_steps CHECK (jsonb_array_length(steps) BETWEEN 1 AND 20),
    CONSTRAINT forecast_is_of_a_registered_model FOREIGN KEY(model_id) REFERENCES model (model_id)
);
