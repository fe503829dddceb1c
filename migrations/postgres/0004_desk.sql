-- The finance desk: exchange rates (M50, M51), periods (M71), the bank, the audit log.

-- Units of a currency per 1 EUR. A correction is a new row that names the approved one it replaces.
CREATE TABLE fx_rates (
    id UUID PRIMARY KEY,
    currency TEXT NOT NULL CHECK (currency <> 'EUR'),
    -- The day; the month's first for a monthly average.
    valid_on DATE NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('budget', 'bank', 'monthly_average')),
    rate_nano BIGINT NOT NULL CHECK (rate_nano > 0),
    source TEXT NOT NULL CHECK (source <> ''),
    state TEXT NOT NULL CHECK (state IN ('entered', 'approved', 'withdrawn')),
    replaces UUID REFERENCES fx_rates (id),
    entered_by UUID NOT NULL REFERENCES people (id),
    entered_at TIMESTAMPTZ NOT NULL,
    approved_by UUID REFERENCES people (id),
    approved_at TIMESTAMPTZ,
    CHECK (kind <> 'monthly_average' OR EXTRACT(DAY FROM valid_on) = 1),
    -- Whoever entered it cannot approve it (M70).
    CHECK (approved_by <> entered_by),
    CHECK ((state = 'approved') = (approved_by IS NOT NULL)),
    CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);
CREATE INDEX fx_rates_day ON fx_rates (currency, valid_on, kind);
-- One waits for approval at a time; one is the first; each is replaced at most once: so one counts.
CREATE UNIQUE INDEX fx_rates_one_entered ON fx_rates (currency, valid_on, kind) WHERE state = 'entered';
CREATE UNIQUE INDEX fx_rates_one_first ON fx_rates (currency, valid_on, kind) WHERE state = 'approved' AND replaces IS NULL;
CREATE UNIQUE INDEX fx_rates_replaced_once ON fx_rates (replaces) WHERE state = 'approved';

CREATE FUNCTION fx_rates_corrects() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.replaces IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM fx_rates r WHERE r.id = NEW.replaces AND r.state = 'approved'
            AND r.currency = NEW.currency AND r.valid_on = NEW.valid_on AND r.kind = NEW.kind
    ) THEN
        RAISE EXCEPTION 'a correction replaces an approved rate of the same currency, day and kind';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fx_rates_corrects BEFORE INSERT ON fx_rates FOR EACH ROW EXECUTE FUNCTION fx_rates_corrects();

-- Only the step that approves or withdraws an entered rate changes anything, and never what it says.
CREATE FUNCTION fx_rates_immutable() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'entered' OR NEW.id <> OLD.id OR NEW.currency <> OLD.currency OR NEW.valid_on <> OLD.valid_on
        OR NEW.kind <> OLD.kind OR NEW.rate_nano <> OLD.rate_nano OR NEW.source <> OLD.source
        OR NEW.replaces IS DISTINCT FROM OLD.replaces OR NEW.entered_by <> OLD.entered_by OR NEW.entered_at <> OLD.entered_at
    THEN
        RAISE EXCEPTION 'a rate is immutable';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fx_rates_immutable BEFORE UPDATE ON fx_rates FOR EACH ROW EXECUTE FUNCTION fx_rates_immutable();
CREATE TRIGGER fx_rates_no_delete BEFORE DELETE ON fx_rates FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fx_rates_no_truncate BEFORE TRUNCATE ON fx_rates FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The rate that was used (M50): of the table, or with its source. It never changes.
ALTER TABLE contributions ADD COLUMN rate_source TEXT NOT NULL DEFAULT '';
ALTER TABLE contributions ADD COLUMN rate_id UUID REFERENCES fx_rates (id);
ALTER TABLE receipts ADD COLUMN rate_source TEXT NOT NULL DEFAULT '';
ALTER TABLE receipts ADD COLUMN rate_id UUID REFERENCES fx_rates (id);
CREATE TRIGGER contributions_rate_fixed BEFORE UPDATE OF currency, budget_rate_nano, rate_source, rate_id ON contributions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipts_rate_fixed BEFORE UPDATE OF bank_rate_nano, rate_source, rate_id ON receipts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Months and years of a fund. A row begins when somebody proposes to lock it (M71).
CREATE TABLE periods (
    id UUID PRIMARY KEY,
    fund_id UUID NOT NULL REFERENCES funds (id),
    kind TEXT NOT NULL CHECK (kind IN ('month', 'year')),
    first_day DATE NOT NULL,
    last_day DATE NOT NULL CHECK (last_day > first_day),
    state TEXT NOT NULL CHECK (state IN ('open', 'lock_proposed', 'locked', 'unlock_proposed')),
    -- Why it is to be unlocked, or why a proposal was refused.
    reason TEXT NOT NULL,
    proposed_by UUID NOT NULL REFERENCES people (id),
    proposed_at TIMESTAMPTZ NOT NULL,
    decided_by UUID REFERENCES people (id),
    decided_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (fund_id, first_day, kind),
    -- Whoever proposes cannot decide (M70).
    CHECK (decided_by <> proposed_by),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK ((decided_by IS NULL) = (state IN ('lock_proposed', 'unlock_proposed'))),
    CHECK (state <> 'unlock_proposed' OR reason <> '')
);

-- A correction is booked in an open period and names the locked one that it relates to.
ALTER TABLE journal_entries ADD COLUMN corrects_period_id UUID REFERENCES periods (id);

CREATE FUNCTION periods_begin() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'lock_proposed' THEN
        RAISE EXCEPTION 'a period begins with the proposal to lock it';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER periods_begin BEFORE INSERT ON periods FOR EACH ROW EXECUTE FUNCTION periods_begin();

CREATE FUNCTION periods_steps() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.fund_id <> OLD.fund_id OR NEW.kind <> OLD.kind OR NEW.first_day <> OLD.first_day OR NEW.last_day <> OLD.last_day
        OR OLD.state || ' ' || NEW.state NOT IN ('open lock_proposed', 'lock_proposed locked', 'lock_proposed open',
            'locked unlock_proposed', 'unlock_proposed open', 'unlock_proposed locked')
        -- Who decides does not rewrite who proposed.
        OR (NEW.decided_by IS NOT NULL AND NEW.proposed_by <> OLD.proposed_by)
    THEN
        RAISE EXCEPTION 'not a step of a period';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER periods_steps BEFORE UPDATE ON periods FOR EACH ROW EXECUTE FUNCTION periods_steps();
CREATE TRIGGER periods_no_delete BEFORE DELETE ON periods FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER periods_no_truncate BEFORE TRUNCATE ON periods FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION journal_entries_period() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM periods p WHERE p.fund_id = NEW.fund_id AND p.state IN ('locked', 'unlock_proposed')
            AND NEW.posted_on BETWEEN p.first_day AND p.last_day
    ) THEN
        RAISE EXCEPTION 'the period is locked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_entries_period BEFORE INSERT ON journal_entries FOR EACH ROW EXECUTE FUNCTION journal_entries_period();

CREATE FUNCTION journal_entries_correction() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.corrects_period_id IS NULL AND EXISTS (
        SELECT 1 FROM journal_entries r JOIN periods p ON p.fund_id = r.fund_id AND r.posted_on BETWEEN p.first_day AND p.last_day
        WHERE r.id = NEW.reverses AND p.state IN ('locked', 'unlock_proposed')
    ) THEN
        RAISE EXCEPTION 'a correction names the locked period that it relates to';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_entries_correction BEFORE INSERT ON journal_entries FOR EACH ROW EXECUTE FUNCTION journal_entries_correction();

-- The fund's own bank accounts, each with how its bank writes statements.
CREATE TABLE house_accounts (
    id UUID PRIMARY KEY,
    fund_id UUID NOT NULL REFERENCES funds (id),
    name TEXT NOT NULL,
    iban TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- Delimiter, date format, decimal sign, columns, as JSON.
    profile TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (fund_id, iban)
);

-- A file is taken in once.
CREATE TABLE statements (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES house_accounts (id),
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    imported_by UUID NOT NULL REFERENCES people (id),
    imported_at TIMESTAMPTZ NOT NULL,
    UNIQUE (account_id, sha256)
);

CREATE TABLE statement_lines (
    id UUID PRIMARY KEY,
    statement_id UUID NOT NULL REFERENCES statements (id),
    fund_id UUID NOT NULL REFERENCES funds (id),
    account_id UUID NOT NULL REFERENCES house_accounts (id),
    booked_on DATE NOT NULL,
    -- Positive: it came in.
    amount_minor BIGINT NOT NULL CHECK (amount_minor <> 0),
    currency TEXT NOT NULL,
    reference TEXT NOT NULL CHECK (reference <> ''),
    end_to_end_id TEXT NOT NULL,
    text TEXT NOT NULL,
    -- A line is taken in once.
    UNIQUE (account_id, reference)
);
CREATE INDEX statement_lines_day ON statement_lines (fund_id, booked_on);

-- A line and a cash entry that are the same event; or one of them alone, explained.
CREATE TABLE bank_matches (
    id UUID PRIMARY KEY,
    fund_id UUID NOT NULL REFERENCES funds (id),
    line_id UUID REFERENCES statement_lines (id),
    entry_id UUID REFERENCES journal_entries (id),
    rule TEXT NOT NULL CHECK (rule IN ('end_to_end_id', 'reference', 'amount_and_date', 'by_hand')),
    reason TEXT NOT NULL,
    matched_by UUID NOT NULL REFERENCES people (id),
    matched_at TIMESTAMPTZ NOT NULL,
    undone_by UUID REFERENCES people (id),
    undone_at TIMESTAMPTZ,
    CHECK (line_id IS NOT NULL OR entry_id IS NOT NULL),
    CHECK (rule <> 'by_hand' OR reason <> ''),
    CHECK (rule = 'by_hand' OR (line_id IS NOT NULL AND entry_id IS NOT NULL)),
    CHECK ((undone_by IS NULL) = (undone_at IS NULL))
);
CREATE UNIQUE INDEX bank_matches_line ON bank_matches (line_id) WHERE undone_at IS NULL;
CREATE UNIQUE INDEX bank_matches_entry ON bank_matches (entry_id) WHERE undone_at IS NULL;

CREATE TRIGGER statements_no_update BEFORE UPDATE ON statements FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statements_no_delete BEFORE DELETE ON statements FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statements_no_truncate BEFORE TRUNCATE ON statements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_lines_no_update BEFORE UPDATE ON statement_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_lines_no_delete BEFORE DELETE ON statement_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_lines_no_truncate BEFORE TRUNCATE ON statement_lines FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_matches_no_delete BEFORE DELETE ON bank_matches FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bank_matches_no_truncate BEFORE TRUNCATE ON bank_matches FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A match is undone, once; nothing else of it changes, and nothing in a locked period.
CREATE FUNCTION bank_matches_undo() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL OR NEW.line_id IS DISTINCT FROM OLD.line_id
        OR NEW.entry_id IS DISTINCT FROM OLD.entry_id OR NEW.rule <> OLD.rule OR NEW.reason <> OLD.reason
        OR NEW.matched_by <> OLD.matched_by
    THEN
        RAISE EXCEPTION 'a match can only be undone';
    END IF;
    IF EXISTS (
        SELECT 1 FROM periods p WHERE p.fund_id = OLD.fund_id AND p.state IN ('locked', 'unlock_proposed') AND (
            (SELECT booked_on FROM statement_lines WHERE id = OLD.line_id) BETWEEN p.first_day AND p.last_day
            OR (SELECT posted_on FROM journal_entries WHERE id = OLD.entry_id) BETWEEN p.first_day AND p.last_day)
    ) THEN
        RAISE EXCEPTION 'the period is locked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_matches_undo BEFORE UPDATE ON bank_matches FOR EACH ROW EXECUTE FUNCTION bank_matches_undo();

-- A statement of a locked period was complete when it was locked.
CREATE FUNCTION statement_lines_locked() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM periods p WHERE p.fund_id = NEW.fund_id AND p.state IN ('locked', 'unlock_proposed')
            AND NEW.booked_on BETWEEN p.first_day AND p.last_day
    ) THEN
        RAISE EXCEPTION 'the period is locked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statement_lines_locked BEFORE INSERT ON statement_lines FOR EACH ROW EXECUTE FUNCTION statement_lines_locked();

-- The audit log is read by person, by kind and by day.
CREATE INDEX audit_log_person ON audit_log (person_id, seq);
CREATE INDEX audit_log_kind ON audit_log (object_kind, seq);
CREATE INDEX audit_log_at ON audit_log (at);

-- Files of payments for the bank, as they were made.
CREATE TABLE payment_batches (
    id UUID PRIMARY KEY,
    fund_id UUID NOT NULL REFERENCES funds (id),
    file TEXT NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    rows BIGINT NOT NULL CHECK (rows > 0),
    total_minor BIGINT NOT NULL CHECK (total_minor > 0),
    currency TEXT NOT NULL,
    made_by UUID NOT NULL REFERENCES people (id),
    made_at TIMESTAMPTZ NOT NULL
);

-- A payment that failed may stand in a later file again.
CREATE TABLE payment_batch_items (
    batch_id UUID NOT NULL REFERENCES payment_batches (id),
    disbursement_id UUID NOT NULL REFERENCES disbursements (id),
    PRIMARY KEY (batch_id, disbursement_id)
);
CREATE INDEX payment_batch_items_payment ON payment_batch_items (disbursement_id);
CREATE TRIGGER payment_batches_no_update BEFORE UPDATE ON payment_batches FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_batches_no_delete BEFORE DELETE ON payment_batches FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_batches_no_truncate BEFORE TRUNCATE ON payment_batches FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_batch_items_no_update BEFORE UPDATE ON payment_batch_items FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_batch_items_no_delete BEFORE DELETE ON payment_batch_items FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_batch_items_no_truncate BEFORE TRUNCATE ON payment_batch_items FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
