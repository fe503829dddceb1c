-- The ledger: what contributions may be used for (M24), corrections (M22, M70, M71), checks.

-- Rows of one kind limit a contribution to their values; excluded countries are never paid from it.
CREATE TABLE earmarks (
    contribution_id BLOB NOT NULL REFERENCES contributions (id),
    kind TEXT NOT NULL CHECK (kind IN ('country', 'excluded_country', 'call', 'window')),
    -- A country's code, a window's word; a call's id as text.
    value TEXT NOT NULL,
    call_id BLOB REFERENCES calls (id),
    PRIMARY KEY (contribution_id, kind, value),
    CHECK ((kind = 'call') = (call_id IS NOT NULL))
) STRICT;

-- What ends or was booked wrongly: one person prepares, another confirms.
CREATE TABLE corrections (
    id BLOB PRIMARY KEY,
    fund_id BLOB NOT NULL REFERENCES funds (id),
    kind TEXT NOT NULL,
    contribution_id BLOB REFERENCES contributions (id),
    receipt_id BLOB REFERENCES receipts (id),
    allocation_id BLOB REFERENCES allocations (id),
    -- In the fund's currency, when it was prepared.
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    prepared_by BLOB NOT NULL REFERENCES people (id),
    prepared_at INTEGER NOT NULL,
    confirmed_by BLOB REFERENCES people (id),
    confirmed_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    -- Whoever prepared it cannot confirm it (M70).
    CHECK (confirmed_by <> prepared_by),
    CHECK ((kind = 'termination') = (contribution_id IS NOT NULL)),
    CHECK ((kind = 'receipt_reversal') = (receipt_id IS NOT NULL)),
    CHECK ((kind = 'allocation_reversal') = (allocation_id IS NOT NULL))
) STRICT;
CREATE INDEX corrections_fund ON corrections (fund_id, id);
-- One correction of a thing at a time, and one in all.
CREATE UNIQUE INDEX corrections_one_contribution ON corrections (contribution_id) WHERE state <> 'cancelled';
CREATE UNIQUE INDEX corrections_one_receipt ON corrections (receipt_id) WHERE state <> 'cancelled';
CREATE UNIQUE INDEX corrections_one_allocation ON corrections (allocation_id) WHERE state <> 'cancelled';

-- What each check of the ledger found.
CREATE TABLE ledger_checks (
    id BLOB PRIMARY KEY,
    checked_at INTEGER NOT NULL,
    postings INTEGER NOT NULL,
    millis INTEGER NOT NULL,
    -- JSON.
    findings TEXT NOT NULL
) STRICT;
