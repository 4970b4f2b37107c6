-- Payments, refunds, wallets and the ledger. Equal to storage/payment.py; the triggers stand only here.

CREATE TABLE payment (
    charge_id text PRIMARY KEY,
    payment_id text NOT NULL CONSTRAINT payment_id_is_unique UNIQUE,
    order_id text NOT NULL,
    customer_id text NOT NULL,
    method text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    status text NOT NULL CONSTRAINT payment_status_is_known CHECK (
        status IN ('pending', 'captured', 'partially_refunded', 'refunded', 'declined', 'voided', 'unknown')
    ),
    created_at timestamptz NOT NULL,
    processed_at timestamptz,
    reason text NOT NULL,
    refunded bigint NOT NULL,
    refunding bigint NOT NULL,
    cancel_requested boolean NOT NULL,
    cancellations integer NOT NULL,
    awaiting jsonb NOT NULL,
    card_token text NOT NULL,
    reference text NOT NULL,
    due_date date,
    sequence bigint NOT NULL,
    CONSTRAINT payment_has_an_amount_or_is_a_tombstone CHECK (
        (amount > 0 AND method IN ('wallet', 'card', 'pay_later')) OR (amount = 0 AND method = '' AND status = 'voided')
    ),
    CONSTRAINT payment_refunds_what_it_captured CHECK (
        refunded >= 0 AND refunding >= 0 AND refunded + refunding <= amount
    ),
    CONSTRAINT payment_status_tells_what_is_refunded CHECK (
        CASE status
            WHEN 'refunded' THEN refunded = amount
            WHEN 'partially_refunded' THEN refunded BETWEEN 1 AND amount - 1
            WHEN 'captured' THEN refunded = 0
            WHEN 'pending' THEN refunded = 0
            WHEN 'unknown' THEN refunded = 0
            ELSE true
        END
    ),
    CONSTRAINT payment_token_is_of_a_card CHECK (card_token = '' OR method = 'card'),
    CONSTRAINT payment_later_has_a_due_date CHECK ((due_date IS NOT NULL) = (method = 'pay_later'))
);

-- An order is charged once: of several payments of one order at most one lives and has not been given up.
CREATE UNIQUE INDEX payment_of_order_is_one ON payment (order_id)
WHERE status IN ('pending', 'captured', 'partially_refunded', 'unknown') AND NOT cancel_requested;

CREATE TABLE refund (
    request_id text PRIMARY KEY,
    refund_id text NOT NULL CONSTRAINT refund_id_is_unique UNIQUE,
    charge_id text NOT NULL CONSTRAINT refund_of_a_payment REFERENCES payment (charge_id),
    amount bigint NOT NULL CONSTRAINT refund_has_an_amount CHECK (amount > 0),
    currency text NOT NULL,
    status text NOT NULL CONSTRAINT refund_status_is_known CHECK (status IN ('pending', 'approved', 'declined')),
    created_at timestamptz NOT NULL,
    total bigint NOT NULL,
    reference text NOT NULL
);

CREATE INDEX refund_by_charge ON refund (charge_id);

CREATE TABLE wallet (
    customer_id text PRIMARY KEY,
    currency text NOT NULL,
    balance bigint NOT NULL CONSTRAINT wallet_is_never_overdrawn CHECK (balance >= 0),
    entries bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    sequence bigint NOT NULL
);

CREATE TABLE entry (
    entry_id uuid PRIMARY KEY,
    transfer_id uuid NOT NULL,
    account text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL CONSTRAINT entry_has_an_amount CHECK (amount <> 0),
    number bigint,
    balance bigint CONSTRAINT entry_leaves_no_debt CHECK (balance >= 0),
    kind text NOT NULL,
    reference text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT entry_of_a_wallet_is_numbered CHECK (
        (account LIKE 'wallet:%') = (number IS NOT NULL) AND (number IS NULL) = (balance IS NULL)
    )
);

-- Serves the statement, and lets no two entries of a wallet have one number.
CREATE UNIQUE INDEX entry_in_statement ON entry (account, number) WHERE number IS NOT NULL;

-- Debits equal credits. Both sides of a transfer come in one statement, so one look per statement is enough.
CREATE FUNCTION entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written GROUP BY transfer_id, currency HAVING sum(amount) <> 0 OR count(*) < 2) THEN
        RAISE EXCEPTION 'a transfer does not sum to zero' USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_balance';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER entries_balance AFTER INSERT ON entry
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION entries_balance();

-- A mistake is corrected by an entry in the other direction, never by changing what was written.
CREATE FUNCTION entries_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_stand';
END;
$$;

CREATE TRIGGER entries_stand BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION entries_stand();
