-- The finance desk: exchange rates (M50, M51), periods (M71), the bank, the audit log.

-- Units of a currency per 1 EUR. A correction is a new row that names the approved one it replaces.
CREATE TABLE fx_rates (
    id BLOB PRIMARY KEY,
    currency TEXT NOT NULL CHECK (currency <> 'EUR'),
    -- The day; the month's first for a monthly average.
    valid_on TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('budget', 'bank', 'monthly_average')),
    rate_nano INTEGER NOT NULL CHECK (rate_nano > 0),
    source TEXT NOT NULL CHECK (source <> ''),
    state TEXT NOT NULL CHECK (state IN ('entered', 'approved', 'withdrawn')),
    replaces BLOB REFERENCES fx_rates (id),
    entered_by BLOB NOT NULL REFERENCES people (id),
    entered_at INTEGER NOT NULL,
    approved_by BLOB REFERENCES people (id),
    approved_at INTEGER,
    CHECK (kind <> 'monthly_average' OR substr(valid_on, 9) = '01'),
    -- Whoever entered it cannot approve it (M70).
    CHECK (approved_by <> entered_by),
    CHECK ((state = 'approved') = (approved_by IS NOT NULL)),
    CHECK ((approved_by IS NULL) = (approved_at IS NULL))
) STRICT;
CREATE INDEX fx_rates_day ON fx_rates (currency, valid_on, kind);
-- One waits for approval at a time; one is the first; each is replaced at most once: so one counts.
CREATE UNIQUE INDEX fx_rates_one_entered ON fx_rates (currency, valid_on, kind) WHERE state = 'entered';
CREATE UNIQUE INDEX fx_rates_one_first ON fx_rates (currency, valid_on, kind) WHERE state = 'approved' AND replaces IS NULL;
CREATE UNIQUE INDEX fx_rates_replaced_once ON fx_rates (replaces) WHERE state = 'approved';

CREATE TRIGGER fx_rates_corrects BEFORE INSERT ON fx_rates
WHEN NEW.replaces IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM fx_rates r WHERE r.id = NEW.replaces AND r.state = 'approved'
        AND r.currency = NEW.currency AND r.valid_on = NEW.valid_on AND r.kind = NEW.kind
) BEGIN
    SELECT RAISE(ABORT, 'a correction replaces an approved rate of the same currency, day and kind');
END;
-- Only the step that approves or withdraws an entered rate changes anything, and never what it says.
CREATE TRIGGER fx_rates_immutable BEFORE UPDATE ON fx_rates
WHEN OLD.state <> 'entered' OR NEW.id <> OLD.id OR NEW.currency <> OLD.currency OR NEW.valid_on <> OLD.valid_on
    OR NEW.kind <> OLD.kind OR NEW.rate_nano <> OLD.rate_nano OR NEW.source <> OLD.source
    OR NEW.replaces IS NOT OLD.replaces OR NEW.entered_by <> OLD.entered_by OR NEW.entered_at <> OLD.entered_at BEGIN
    SELECT RAISE(ABORT, 'a rate is immutable');
END;
CREATE TRIGGER fx_rates_no_delete BEFORE DELETE ON fx_rates BEGIN SELECT RAISE(ABORT, 'append-only'); END;

-- The rate that was used (M50): of the table, or with its source. It never changes.
ALTER TABLE contributions ADD COLUMN rate_source TEXT NOT NULL DEFAULT '';
ALTER TABLE contributions ADD COLUMN rate_id BLOB REFERENCES fx_rates (id);
ALTER TABLE receipts ADD COLUMN rate_source TEXT NOT NULL DEFAULT '';
ALTER TABLE receipts ADD COLUMN rate_id BLOB REFERENCES fx_rates (id);
CREATE TRIGGER contributions_rate_fixed BEFORE UPDATE OF currency, budget_rate_nano, rate_source, rate_id ON contributions BEGIN
    SELECT RAISE(ABORT, 'a rate that was used is immutable');
END;
CREATE TRIGGER receipts_rate_fixed BEFORE UPDATE OF bank_rate_nano, rate_source, rate_id ON receipts BEGIN
    SELECT RAISE(ABORT, 'a rate that was used is immutable');
END;

-- Months and years of a fund. A row begins when somebody proposes to lock it (M71).
CREATE TABLE periods (
    id BLOB PRIMARY KEY,
    fund_id BLOB NOT NULL REFERENCES funds (id),
    kind TEXT NOT NULL CHECK (kind IN ('month', 'year')),
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL CHECK (last_day > first_day),
    state TEXT NOT NULL CHECK (state IN ('open', 'lock_proposed', 'locked', 'unlock_proposed')),
    -- Why it is to be unlocked, or why a proposal was refused.
    reason TEXT NOT NULL,
    proposed_by BLOB NOT NULL REFERENCES people (id),
    proposed_at INTEGER NOT NULL,
    decided_by BLOB REFERENCES people (id),
    decided_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1,
    UNIQUE (fund_id, first_day, kind),
    -- Whoever proposes cannot decide (M70).
    CHECK (decided_by <> proposed_by),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK ((decided_by IS NULL) = (state IN ('lock_proposed', 'unlock_proposed'))),
    CHECK (state <> 'unlock_proposed' OR reason <> '')
) STRICT;

-- A correction is booked in an open period and names the locked one that it relates to.
ALTER TABLE journal_entries ADD COLUMN corrects_period_id BLOB REFERENCES periods (id);

CREATE TRIGGER periods_begin BEFORE INSERT ON periods WHEN NEW.state <> 'lock_proposed' BEGIN
    SELECT RAISE(ABORT, 'a period begins with the proposal to lock it');
END;
CREATE TRIGGER periods_steps BEFORE UPDATE ON periods
WHEN NEW.fund_id <> OLD.fund_id OR NEW.kind <> OLD.kind OR NEW.first_day <> OLD.first_day OR NEW.last_day <> OLD.last_day
    OR OLD.state || ' ' || NEW.state NOT IN ('open lock_proposed', 'lock_proposed locked', 'lock_proposed open',
        'locked unlock_proposed', 'unlock_proposed open', 'unlock_proposed locked')
    -- Who decides does not rewrite who proposed.
    OR (NEW.decided_by IS NOT NULL AND NEW.proposed_by <> OLD.proposed_by) BEGIN
    SELECT RAISE(ABORT, 'not a step of a period');
END;
CREATE TRIGGER periods_no_delete BEFORE DELETE ON periods BEGIN SELECT RAISE(ABORT, 'append-only'); END;

CREATE TRIGGER journal_entries_period BEFORE INSERT ON journal_entries
WHEN EXISTS (
    SELECT 1 FROM periods p WHERE p.fund_id = NEW.fund_id AND p.state IN ('locked', 'unlock_proposed')
        AND NEW.posted_on BETWEEN p.first_day AND p.last_day
) BEGIN
    SELECT RAISE(ABORT, 'the period is locked');
END;
CREATE TRIGGER journal_entries_correction BEFORE INSERT ON journal_entries
WHEN NEW.corrects_period_id IS NULL AND EXISTS (
    SELECT 1 FROM journal_entries r JOIN periods p ON p.fund_id = r.fund_id AND r.posted_on BETWEEN p.first_day AND p.last_day
    WHERE r.id = NEW.reverses AND p.state IN ('locked', 'unlock_proposed')
) BEGIN
    SELECT RAISE(ABORT, 'a correction names the locked period that it relates to');
END;

-- The fund's own bank accounts, each with how its bank writes statements.
CREATE TABLE house_accounts (
    id BLOB PRIMARY KEY,
    fund_id BLOB NOT NULL REFERENCES funds (id),
    name TEXT NOT NULL,
    iban TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- Delimiter, date format, decimal sign, columns, as JSON.
    profile TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    UNIQUE (fund_id, iban)
) STRICT;

-- A file is taken in once.
CREATE TABLE statements (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES house_accounts (id),
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    imported_by BLOB NOT NULL REFERENCES people (id),
    imported_at INTEGER NOT NULL,
    UNIQUE (account_id, sha256)
) STRICT;

CREATE TABLE statement_lines (
    id BLOB PRIMARY KEY,
    statement_id BLOB NOT NULL REFERENCES statements (id),
    fund_id BLOB NOT NULL REFERENCES funds (id),
    account_id BLOB NOT NULL REFERENCES house_accounts (id),
    booked_on TEXT NOT NULL,
    -- Positive: it came in.
    amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0),
    currency TEXT NOT NULL,
    reference TEXT NOT NULL CHECK (reference <> ''),
    end_to_end_id TEXT NOT NULL,
    text TEXT NOT NULL,
    -- A line is taken in once.
    UNIQUE (account_id, reference)
) STRICT;
CREATE INDEX statement_lines_day ON statement_lines (fund_id, booked_on);

-- A line and a cash entry that are the same event; or one of them alone, explained.
CREATE TABLE bank_matches (
    id BLOB PRIMARY KEY,
    fund_id BLOB NOT NULL REFERENCES funds (id),
    line_id BLOB REFERENCES statement_lines (id),
    entry_id BLOB REFERENCES journal_entries (id),
    rule TEXT NOT NULL CHECK (rule IN ('end_to_end_id', 'reference', 'amount_and_date', 'by_hand')),
    reason TEXT NOT NULL,
    matched_by BLOB NOT NULL REFERENCES people (id),
    matched_at INTEGER NOT NULL,
    undone_by BLOB REFERENCES people (id),
    undone_at INTEGER,
    CHECK (line_id IS NOT NULL OR entry_id IS NOT NULL),
    CHECK (rule <> 'by_hand' OR reason <> ''),
    CHECK (rule = 'by_hand' OR (line_id IS NOT NULL AND entry_id IS NOT NULL)),
    CHECK ((undone_by IS NULL) = (undone_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX bank_matches_line ON bank_matches (line_id) WHERE undone_at IS NULL;
CREATE UNIQUE INDEX bank_matches_entry ON bank_matches (entry_id) WHERE undone_at IS NULL;

CREATE TRIGGER statements_no_update BEFORE UPDATE ON statements BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER statements_no_delete BEFORE DELETE ON statements BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER statement_lines_no_update BEFORE UPDATE ON statement_lines BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER statement_lines_no_delete BEFORE DELETE ON statement_lines BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER bank_matches_no_delete BEFORE DELETE ON bank_matches BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- A match is undone, once; nothing else of it changes, and nothing in a locked period.
CREATE TRIGGER bank_matches_undo BEFORE UPDATE ON bank_matches
WHEN OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL OR NEW.line_id IS NOT OLD.line_id OR NEW.entry_id IS NOT OLD.entry_id
    OR NEW.rule <> OLD.rule OR NEW.reason <> OLD.reason OR NEW.matched_by <> OLD.matched_by BEGIN
    SELECT RAISE(ABORT, 'a match can only be undone');
END;
CREATE TRIGGER bank_matches_locked BEFORE UPDATE ON bank_matches
WHEN EXISTS (
    SELECT 1 FROM periods p WHERE p.fund_id = OLD.fund_id AND p.state IN ('locked', 'unlock_proposed') AND (
        (SELECT booked_on FROM statement_lines WHERE id = OLD.line_id) BETWEEN p.first_day AND p.last_day
        OR (SELECT posted_on FROM journal_entries WHERE id = OLD.entry_id) BETWEEN p.first_day AND p.last_day)
) BEGIN
    SELECT RAISE(ABORT, 'the period is locked');
END;
-- A statement of a locked period was complete when it was locked.
CREATE TRIGGER statement_lines_locked BEFORE INSERT ON statement_lines
WHEN EXISTS (
    SELECT 1 FROM periods p WHERE p.fund_id = NEW.fund_id AND p.state IN ('locked', 'unlock_proposed')
        AND NEW.booked_on BETWEEN p.first_day AND p.last_day
) BEGIN
    SELECT RAISE(ABORT, 'the period is locked');
END;

-- The audit log is read by person, by kind and by day.
CREATE INDEX audit_log_person ON audit_log (person_id, seq);
CREATE INDEX audit_log_kind ON audit_log (object_kind, seq);
CREATE INDEX audit_log_at ON audit_log (at);

-- Files of payments for the bank, as they were made.
CREATE TABLE payment_batches (
    id BLOB PRIMARY KEY,
    fund_id BLOB NOT NULL REFERENCES funds (id),
    file TEXT NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    rows INTEGER NOT NULL CHECK (rows > 0),
    total_minor INTEGER NOT NULL CHECK (total_minor > 0),
    currency TEXT NOT NULL,
    made_by BLOB NOT NULL REFERENCES people (id),
    made_at INTEGER NOT NULL
) STRICT;

-- A payment that failed may stand in a later file again.
CREATE TABLE payment_batch_items (
    batch_id BLOB NOT NULL REFERENCES payment_batches (id),
    disbursement_id BLOB NOT NULL REFERENCES disbursements (id),
    PRIMARY KEY (batch_id, disbursement_id)
) STRICT;
CREATE INDEX payment_batch_items_payment ON payment_batch_items (disbursement_id);
CREATE TRIGGER payment_batches_no_update BEFORE UPDATE ON payment_batches BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER payment_batches_no_delete BEFORE DELETE ON payment_batches BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER payment_batch_items_no_update BEFORE UPDATE ON payment_batch_items BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER payment_batch_items_no_delete BEFORE DELETE ON payment_batch_items BEGIN SELECT RAISE(ABORT, 'append-only'); END;
