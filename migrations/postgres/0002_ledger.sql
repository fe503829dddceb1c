-- The ledger: what contributions may be used for (M24), corrections (M22, M70, M71), checks.

-- Rows of one kind limit a contribution to their values; excluded countries are never paid from it.
CREATE TABLE earmarks (
    contribution_id UUID NOT NULL REFERENCES contributions (id),
    kind TEXT NOT NULL CHECK (kind IN ('country', 'excluded_country', 'call', 'window')),
    -- A country's code, a window's word; a call's id as text.
    value TEXT NOT NULL,
    call_id UUID REFERENCES calls (id),
    PRIMARY KEY (contribution_id, kind, value),
    CHECK ((kind = 'call') = (call_id IS NOT NULL))
);

-- What ends or was booked wrongly: one person prepares, another confirms.
CREATE TABLE corrections (
    id UUID PRIMARY KEY,
    fund_id UUID NOT NULL REFERENCES funds (id),
    kind TEXT NOT NULL,
    contribution_id UUID REFERENCES contributions (id),
    receipt_id UUID REFERENCES receipts (id),
    allocation_id UUID REFERENCES allocations (id),
    -- In the fund's currency, when it was prepared.
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    prepared_by UUID NOT NULL REFERENCES people (id),
    prepared_at TIMESTAMPTZ NOT NULL,
    confirmed_by UUID REFERENCES people (id),
    confirmed_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    -- Whoever prepared it cannot confirm it (M70).
    CHECK (confirmed_by <> prepared_by),
    CHECK ((kind = 'termination') = (contribution_id IS NOT NULL)),
    CHECK ((kind = 'receipt_reversal') = (receipt_id IS NOT NULL)),
    CHECK ((kind = 'allocation_reversal') = (allocation_id IS NOT NULL))
);
CREATE INDEX corrections_fund ON corrections (fund_id, id);
-- One correction of a thing at a time, and one in all.
CREATE UNIQUE INDEX corrections_one_contribution ON corrections (contribution_id) WHERE state <> 'cancelled';
CREATE UNIQUE INDEX corrections_one_receipt ON corrections (receipt_id) WHERE state <> 'cancelled';
CREATE UNIQUE INDEX corrections_one_allocation ON corrections (allocation_id) WHERE state <> 'cancelled';

-- What each check of the ledger found.
CREATE TABLE ledger_checks (
    id UUID PRIMARY KEY,
    checked_at TIMESTAMPTZ NOT NULL,
    postings BIGINT NOT NULL,
    millis BIGINT NOT NULL,
    -- JSON.
    findings TEXT NOT NULL
);
