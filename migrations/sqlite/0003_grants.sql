-- The life of a grant after its signature: its budget, its reports, its recoveries (M32, M40–M43). Amounts in the fund's
-- currency; what was reported and disallowed in the currency that the recipient reports in.

-- What the project is to cost, by category: as signed (version 1), then as each amendment in effect has changed it (M40).
-- Each version sums to the agreement's project total; a category keeps its position.
CREATE TABLE agreement_budget (
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    version INTEGER NOT NULL CHECK (version > 0),
    position INTEGER NOT NULL,
    category TEXT NOT NULL,
    planned_minor INTEGER NOT NULL CHECK (planned_minor >= 0),
    PRIMARY KEY (agreement_id, version, category)
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
    -- With it: the version of the budget that it was held against (M40).
    budget_version INTEGER CHECK (budget_version > 0),
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
    CHECK ((accepted_by IS NULL) = (budget_version IS NULL)),
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

-- Amendments of an agreement (M40, M70). What one changes is fixed when it is handed in; who wrote, checks, approves
-- and signs are different persons.
CREATE TABLE amendments (
    id BLOB PRIMARY KEY,
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    number INTEGER NOT NULL CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind = 'reallocation'),
    state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'desk_ok', 'finance_ok', 'signed', 'effective', 'refused')),
    reason TEXT NOT NULL,
    -- The version of the budget that it changes; in effect, it makes the next one.
    base_version INTEGER NOT NULL CHECK (base_version > 0),
    created_by BLOB NOT NULL REFERENCES people (id),
    created_at INTEGER NOT NULL,
    submitted_by BLOB REFERENCES people (id),
    submitted_at INTEGER,
    desk_by BLOB REFERENCES people (id),
    desk_at INTEGER,
    finance_by BLOB REFERENCES people (id),
    finance_at INTEGER,
    -- For the fund; then for the recipient.
    signed_by BLOB REFERENCES people (id),
    signed_at INTEGER,
    countersigned_by BLOB REFERENCES people (id),
    countersigned_at INTEGER,
    refused_by BLOB REFERENCES people (id),
    refused_at INTEGER,
    refusal TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 1,
    UNIQUE (agreement_id, number),
    CHECK (desk_by <> created_by AND desk_by <> submitted_by),
    CHECK (finance_by <> created_by AND finance_by <> submitted_by AND finance_by <> desk_by),
    CHECK (signed_by <> created_by AND signed_by <> submitted_by AND signed_by <> desk_by AND signed_by <> finance_by),
    CHECK (countersigned_by <> desk_by AND countersigned_by <> finance_by AND countersigned_by <> signed_by),
    CHECK (state IN ('draft', 'refused') OR (submitted_by IS NOT NULL AND reason <> '')),
    CHECK (state IN ('draft', 'submitted', 'refused') OR desk_by IS NOT NULL),
    CHECK (state NOT IN ('finance_ok', 'signed', 'effective') OR finance_by IS NOT NULL),
    CHECK (state NOT IN ('signed', 'effective') OR signed_by IS NOT NULL),
    CHECK ((state = 'effective') = (countersigned_by IS NOT NULL)),
    CHECK ((state = 'refused') = (refused_by IS NOT NULL) AND (state = 'refused') = (refusal <> ''))
) STRICT;
-- One at a time.
CREATE UNIQUE INDEX amendments_open ON amendments (agreement_id) WHERE state NOT IN ('effective', 'refused');
CREATE INDEX amendments_state ON amendments (state, id);

CREATE TABLE amendment_lines (
    amendment_id BLOB NOT NULL REFERENCES amendments (id),
    position INTEGER NOT NULL,
    category TEXT NOT NULL,
    planned_minor INTEGER NOT NULL CHECK (planned_minor >= 0),
    PRIMARY KEY (amendment_id, category)
) STRICT;

-- Everybody who wrote at an amendment, and for which side.
CREATE TABLE amendment_writers (
    amendment_id BLOB NOT NULL REFERENCES amendments (id),
    person_id BLOB NOT NULL REFERENCES people (id),
    is_for_fund INTEGER NOT NULL CHECK (is_for_fund IN (0, 1)),
    PRIMARY KEY (amendment_id, person_id, is_for_fund)
) STRICT;

CREATE TRIGGER amendments_steps BEFORE UPDATE ON amendments
WHEN OLD.state || ' ' || NEW.state NOT IN ('draft draft', 'draft submitted', 'submitted desk_ok', 'desk_ok finance_ok',
        'finance_ok signed', 'signed effective', 'draft refused', 'submitted refused', 'desk_ok refused',
        'finance_ok refused', 'signed refused')
    OR NEW.id <> OLD.id OR NEW.agreement_id <> OLD.agreement_id OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind
    OR NEW.base_version <> OLD.base_version OR NEW.created_by <> OLD.created_by OR NEW.created_at <> OLD.created_at
    OR (OLD.state <> 'draft' AND NEW.reason <> OLD.reason)
    OR (OLD.submitted_by IS NOT NULL AND NEW.submitted_by IS NOT OLD.submitted_by)
    OR (OLD.desk_by IS NOT NULL AND NEW.desk_by IS NOT OLD.desk_by)
    OR (OLD.finance_by IS NOT NULL AND NEW.finance_by IS NOT OLD.finance_by)
    OR (OLD.signed_by IS NOT NULL AND NEW.signed_by IS NOT OLD.signed_by) BEGIN
    SELECT RAISE(ABORT, 'not a step of an amendment');
END;
CREATE TRIGGER amendments_separation BEFORE UPDATE ON amendments
WHEN EXISTS (
    SELECT 1 FROM amendment_writers w WHERE w.amendment_id = NEW.id AND (w.person_id IN (NEW.desk_by, NEW.finance_by, NEW.signed_by)
        OR (w.is_for_fund AND w.person_id = NEW.countersigned_by))
) BEGIN
    SELECT RAISE(ABORT, 'another person must do this step');
END;
-- In effect, its budget is there, and sums to what was signed.
CREATE TRIGGER amendments_effective BEFORE UPDATE ON amendments
WHEN NEW.state = 'effective' AND (SELECT COALESCE(SUM(b.planned_minor), 0) FROM agreement_budget b
        WHERE b.agreement_id = NEW.agreement_id AND b.version = NEW.base_version + 1)
    <> (SELECT a.total_minor FROM agreements a WHERE a.id = NEW.agreement_id) BEGIN
    SELECT RAISE(ABORT, 'an amendment keeps the total');
END;
CREATE TRIGGER amendments_no_delete BEFORE DELETE ON amendments BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER amendment_writers_no_update BEFORE UPDATE ON amendment_writers BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER amendment_writers_no_delete BEFORE DELETE ON amendment_writers BEGIN SELECT RAISE(ABORT, 'append-only'); END;

-- What was handed in stays as it is.
CREATE TRIGGER amendment_lines_insert BEFORE INSERT ON amendment_lines
WHEN EXISTS (SELECT 1 FROM amendments m WHERE m.id = NEW.amendment_id AND m.state <> 'draft') BEGIN
    SELECT RAISE(ABORT, 'the amendment is handed in');
END;
CREATE TRIGGER amendment_lines_no_update BEFORE UPDATE ON amendment_lines BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER amendment_lines_delete BEFORE DELETE ON amendment_lines
WHEN EXISTS (SELECT 1 FROM amendments m WHERE m.id = OLD.amendment_id AND m.state <> 'draft') BEGIN
    SELECT RAISE(ABORT, 'the amendment is handed in');
END;

-- A version of a budget is frozen: the first before the signature, a later one by an amendment that is signed.
CREATE TRIGGER agreement_budget_insert BEFORE INSERT ON agreement_budget
WHEN (NEW.version = 1 AND EXISTS (SELECT 1 FROM agreements a WHERE a.id = NEW.agreement_id AND a.signed_at IS NOT NULL))
    OR (NEW.version > 1 AND NOT EXISTS (SELECT 1 FROM amendments m WHERE m.agreement_id = NEW.agreement_id
        AND m.state = 'signed' AND m.base_version = NEW.version - 1)) BEGIN
    SELECT RAISE(ABORT, 'a budget changes by an amendment');
END;
CREATE TRIGGER agreement_budget_no_update BEFORE UPDATE ON agreement_budget BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER agreement_budget_no_delete BEFORE DELETE ON agreement_budget BEGIN SELECT RAISE(ABORT, 'append-only'); END;
