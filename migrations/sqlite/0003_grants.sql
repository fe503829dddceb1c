-- The life of a grant after its signature: its budget, its reports, its recoveries (M32, M40–M43). Amounts in the fund's
-- currency; what was reported and disallowed in the currency that the recipient reports in.

-- What the project was signed to cost, by category; sums to the agreement's project total.
CREATE TABLE agreement_budget (
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    position INTEGER NOT NULL,
    category TEXT NOT NULL,
    planned_minor INTEGER NOT NULL CHECK (planned_minor >= 0),
    PRIMARY KEY (agreement_id, category)
) STRICT;

CREATE TABLE reports (
    id BLOB PRIMARY KEY,
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    number INTEGER NOT NULL CHECK (number > 0),
    is_final INTEGER NOT NULL CHECK (is_final IN (0, 1)),
    period_from TEXT NOT NULL,
    period_to TEXT NOT NULL CHECK (period_to >= period_from),
    due_on TEXT NOT NULL,
    state TEXT NOT NULL,
    narrative TEXT NOT NULL DEFAULT '',
    -- What finance asks, or why it was rejected.
    remark TEXT NOT NULL DEFAULT '',
    submitted_by BLOB REFERENCES people (id),
    submitted_at INTEGER,
    checked_by BLOB REFERENCES people (id),
    checked_at INTEGER,
    -- The Desk's approval of shifts above the free band (M40).
    shift_approved_by BLOB REFERENCES people (id),
    shift_approved_at INTEGER,
    accepted_by BLOB REFERENCES people (id),
    accepted_at INTEGER,
    -- Once accepted: the eligible cost, and the grant's share of it (M42).
    accepted_minor INTEGER CHECK (accepted_minor >= 0),
    accepted_share_minor INTEGER CHECK (accepted_share_minor >= 0),
    -- With it, where the recipient reports in another currency: the rate used, in minor units of the fund's
    -- currency for so many of the reporting currency, and what rounding the lines left of the total (M51, M53).
    rate_fund_minor INTEGER CHECK (rate_fund_minor >= 0),
    rate_reporting_minor INTEGER CHECK (rate_reporting_minor > 0),
    rounding_minor INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    UNIQUE (agreement_id, number),
    -- Who writes, checks and accepts are different persons (M70).
    CHECK (checked_by <> submitted_by),
    CHECK (accepted_by <> submitted_by AND accepted_by <> checked_by),
    CHECK ((accepted_by IS NULL) = (accepted_minor IS NULL) AND (accepted_by IS NULL) = (accepted_share_minor IS NULL)),
    CHECK ((rate_fund_minor IS NULL) = (rate_reporting_minor IS NULL)),
    CHECK (rate_fund_minor IS NOT NULL OR rounding_minor = 0),
    CHECK (accepted_by IS NOT NULL OR rate_fund_minor IS NULL),
    CHECK (state NOT IN ('accepted', 'accepted_with_disallowance') OR accepted_by IS NOT NULL)
) STRICT;
CREATE INDEX reports_due ON reports (state, due_on);

CREATE TABLE report_lines (
    report_id BLOB NOT NULL REFERENCES reports (id),
    category TEXT NOT NULL,
    reported_minor INTEGER NOT NULL CHECK (reported_minor >= 0),
    note TEXT NOT NULL DEFAULT '',
    -- Reported − disallowed = accepted; a disallowance says why (M41).
    disallowed_minor INTEGER NOT NULL DEFAULT 0 CHECK (disallowed_minor BETWEEN 0 AND reported_minor),
    disallowed_reason TEXT NOT NULL DEFAULT '',
    -- Once accepted: reported − disallowed in the fund's currency (M51).
    accepted_minor INTEGER CHECK (accepted_minor >= 0),
    PRIMARY KEY (report_id, category),
    CHECK ((disallowed_minor = 0) = (disallowed_reason = ''))
) STRICT;

-- What a recipient owes back (M43).
CREATE TABLE recoveries (
    id BLOB PRIMARY KEY,
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    number TEXT NOT NULL UNIQUE,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    refunded_minor INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    raised_by BLOB NOT NULL REFERENCES people (id),
    raised_at INTEGER NOT NULL,
    notified_at INTEGER,
    due_on TEXT,
    -- Proposed by finance, decided by the Steering Group, kept with the reference of its minutes.
    write_off_reason TEXT NOT NULL DEFAULT '',
    write_off_proposed_by BLOB REFERENCES people (id),
    write_off_proposed_at INTEGER,
    write_off_reference TEXT NOT NULL DEFAULT '',
    written_off_by BLOB REFERENCES people (id),
    written_off_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    CHECK (refunded_minor BETWEEN 0 AND amount_minor),
    CHECK (written_off_by <> write_off_proposed_by),
    CHECK (state <> 'settled' OR refunded_minor = amount_minor),
    CHECK (state <> 'written_off' OR written_off_by IS NOT NULL),
    CHECK (state <> 'cancelled' OR refunded_minor = 0)
) STRICT;
CREATE UNIQUE INDEX recoveries_open ON recoveries (agreement_id) WHERE state NOT IN ('settled', 'written_off', 'cancelled');

CREATE TABLE refunds (
    id BLOB PRIMARY KEY,
    recovery_id BLOB NOT NULL REFERENCES recoveries (id),
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    bank_reference TEXT NOT NULL,
    received_on TEXT NOT NULL,
    prepared_by BLOB NOT NULL REFERENCES people (id),
    prepared_at INTEGER NOT NULL,
    confirmed_by BLOB REFERENCES people (id),
    confirmed_at INTEGER,
    refused_by BLOB REFERENCES people (id),
    refused_at INTEGER,
    CHECK (confirmed_by <> prepared_by),
    CHECK (refused_by IS NULL OR confirmed_by IS NULL)
) STRICT;
-- What was refused counts for nothing: its reference may be recorded again.
CREATE UNIQUE INDEX refunds_reference ON refunds (bank_reference) WHERE refused_by IS NULL;
CREATE INDEX refunds_recovery ON refunds (recovery_id);

-- What an accepted report says, the rate it used and its lines never change (M51).
CREATE TRIGGER reports_accepted BEFORE UPDATE ON reports WHEN OLD.accepted_by IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'the report is accepted');
END;
CREATE TRIGGER report_lines_accepted BEFORE UPDATE ON report_lines
WHEN EXISTS (SELECT 1 FROM reports r WHERE r.id = OLD.report_id AND r.accepted_by IS NOT NULL) BEGIN
    SELECT RAISE(ABORT, 'the report is accepted');
END;
CREATE TRIGGER report_lines_accepted_delete BEFORE DELETE ON report_lines
WHEN EXISTS (SELECT 1 FROM reports r WHERE r.id = OLD.report_id AND r.accepted_by IS NOT NULL) BEGIN
    SELECT RAISE(ABORT, 'the report is accepted');
END;
CREATE TRIGGER report_lines_accepted_insert BEFORE INSERT ON report_lines
WHEN EXISTS (SELECT 1 FROM reports r WHERE r.id = NEW.report_id AND r.accepted_by IS NOT NULL) BEGIN
    SELECT RAISE(ABORT, 'the report is accepted');
END;
