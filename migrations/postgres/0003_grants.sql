-- The life of a grant after its signature: its budget, its reports, its recoveries (M32, M40–M43). Amounts in the fund's
-- currency; what was reported and disallowed in the currency that the recipient reports in.

-- What the project is to cost, by category: as signed (version 1), then as each amendment in effect has changed it (M40).
-- Each version sums to the agreement's project total; a category keeps its position.
CREATE TABLE agreement_budget (
    agreement_id UUID NOT NULL REFERENCES agreements (id),
    version BIGINT NOT NULL CHECK (version > 0),
    position BIGINT NOT NULL,
    category TEXT NOT NULL,
    planned_minor BIGINT NOT NULL CHECK (planned_minor >= 0),
    PRIMARY KEY (agreement_id, version, category)
);

CREATE TABLE reports (
    id UUID PRIMARY KEY,
    agreement_id UUID NOT NULL REFERENCES agreements (id),
    number BIGINT NOT NULL CHECK (number > 0),
    is_final BOOLEAN NOT NULL,
    period_from DATE NOT NULL,
    period_to DATE NOT NULL CHECK (period_to >= period_from),
    due_on DATE NOT NULL,
    state TEXT NOT NULL,
    narrative TEXT NOT NULL DEFAULT '',
    -- What finance asks, or why it was rejected.
    remark TEXT NOT NULL DEFAULT '',
    submitted_by UUID REFERENCES people (id),
    submitted_at TIMESTAMPTZ,
    checked_by UUID REFERENCES people (id),
    checked_at TIMESTAMPTZ,
    -- The Desk's approval of shifts above the free band (M40).
    shift_approved_by UUID REFERENCES people (id),
    shift_approved_at TIMESTAMPTZ,
    accepted_by UUID REFERENCES people (id),
    accepted_at TIMESTAMPTZ,
    -- Once accepted: the eligible cost, and the grant's share of it (M42).
    accepted_minor BIGINT CHECK (accepted_minor >= 0),
    accepted_share_minor BIGINT CHECK (accepted_share_minor >= 0),
    -- With it: the version of the budget that it was held against (M40).
    budget_version BIGINT CHECK (budget_version > 0),
    -- With it, where the recipient reports in another currency: the rate used, in minor units of the fund's
    -- currency for so many of the reporting currency, and what rounding the lines left of the total (M51, M53).
    rate_fund_minor BIGINT CHECK (rate_fund_minor >= 0),
    rate_reporting_minor BIGINT CHECK (rate_reporting_minor > 0),
    rounding_minor BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1,
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
);
CREATE INDEX reports_due ON reports (state, due_on);

CREATE TABLE report_lines (
    report_id UUID NOT NULL REFERENCES reports (id),
    category TEXT NOT NULL,
    reported_minor BIGINT NOT NULL CHECK (reported_minor >= 0),
    note TEXT NOT NULL DEFAULT '',
    -- Reported − disallowed = accepted; a disallowance says why (M41).
    disallowed_minor BIGINT NOT NULL DEFAULT 0 CHECK (disallowed_minor BETWEEN 0 AND reported_minor),
    disallowed_reason TEXT NOT NULL DEFAULT '',
    -- Once accepted: reported − disallowed in the fund's currency (M51).
    accepted_minor BIGINT CHECK (accepted_minor >= 0),
    PRIMARY KEY (report_id, category),
    CHECK ((disallowed_minor = 0) = (disallowed_reason = ''))
);

-- What a recipient owes back (M43).
CREATE TABLE recoveries (
    id UUID PRIMARY KEY,
    agreement_id UUID NOT NULL REFERENCES agreements (id),
    number TEXT NOT NULL UNIQUE,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    refunded_minor BIGINT NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    raised_by UUID NOT NULL REFERENCES people (id),
    raised_at TIMESTAMPTZ NOT NULL,
    notified_at TIMESTAMPTZ,
    due_on DATE,
    -- Proposed by finance, decided by the Steering Group, kept with the reference of its minutes.
    write_off_reason TEXT NOT NULL DEFAULT '',
    write_off_proposed_by UUID REFERENCES people (id),
    write_off_proposed_at TIMESTAMPTZ,
    write_off_reference TEXT NOT NULL DEFAULT '',
    written_off_by UUID REFERENCES people (id),
    written_off_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    CHECK (refunded_minor BETWEEN 0 AND amount_minor),
    CHECK (written_off_by <> write_off_proposed_by),
    CHECK (state <> 'settled' OR refunded_minor = amount_minor),
    CHECK (state <> 'written_off' OR written_off_by IS NOT NULL),
    CHECK (state <> 'cancelled' OR refunded_minor = 0)
);
CREATE UNIQUE INDEX recoveries_open ON recoveries (agreement_id) WHERE state NOT IN ('settled', 'written_off', 'cancelled');

CREATE TABLE refunds (
    id UUID PRIMARY KEY,
    recovery_id UUID NOT NULL REFERENCES recoveries (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    bank_reference TEXT NOT NULL,
    received_on DATE NOT NULL,
    prepared_by UUID NOT NULL REFERENCES people (id),
    prepared_at TIMESTAMPTZ NOT NULL,
    confirmed_by UUID REFERENCES people (id),
    confirmed_at TIMESTAMPTZ,
    refused_by UUID REFERENCES people (id),
    refused_at TIMESTAMPTZ,
    CHECK (confirmed_by <> prepared_by),
    CHECK (refused_by IS NULL OR confirmed_by IS NULL)
);
-- What was refused counts for nothing: its reference may be recorded again.
CREATE UNIQUE INDEX refunds_reference ON refunds (bank_reference) WHERE refused_by IS NULL;
CREATE INDEX refunds_recovery ON refunds (recovery_id);

-- What an accepted report says, the rate it used and its lines never change (M51).
CREATE FUNCTION reports_accepted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.accepted_by IS NOT NULL THEN
        RAISE EXCEPTION 'the report is accepted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reports_accepted BEFORE UPDATE ON reports FOR EACH ROW EXECUTE FUNCTION reports_accepted();
CREATE FUNCTION report_lines_accepted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM reports r WHERE r.id = COALESCE(NEW.report_id, OLD.report_id) AND r.accepted_by IS NOT NULL) THEN
        RAISE EXCEPTION 'the report is accepted';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER report_lines_accepted BEFORE INSERT OR UPDATE OR DELETE ON report_lines FOR EACH ROW EXECUTE FUNCTION report_lines_accepted();

-- Amendments of an agreement (M40, M70). What one changes is fixed when it is handed in; who wrote, checks, approves
-- and signs are different persons.
CREATE TABLE amendments (
    id UUID PRIMARY KEY,
    agreement_id UUID NOT NULL REFERENCES agreements (id),
    number BIGINT NOT NULL CHECK (number > 0),
    kind TEXT NOT NULL CHECK (kind = 'reallocation'),
    state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'desk_ok', 'finance_ok', 'signed', 'effective', 'refused')),
    reason TEXT NOT NULL,
    -- The version of the budget that it changes; in effect, it makes the next one.
    base_version BIGINT NOT NULL CHECK (base_version > 0),
    created_by UUID NOT NULL REFERENCES people (id),
    created_at TIMESTAMPTZ NOT NULL,
    submitted_by UUID REFERENCES people (id),
    submitted_at TIMESTAMPTZ,
    desk_by UUID REFERENCES people (id),
    desk_at TIMESTAMPTZ,
    finance_by UUID REFERENCES people (id),
    finance_at TIMESTAMPTZ,
    -- For the fund; then for the recipient.
    signed_by UUID REFERENCES people (id),
    signed_at TIMESTAMPTZ,
    countersigned_by UUID REFERENCES people (id),
    countersigned_at TIMESTAMPTZ,
    refused_by UUID REFERENCES people (id),
    refused_at TIMESTAMPTZ,
    refusal TEXT NOT NULL DEFAULT '',
    version BIGINT NOT NULL DEFAULT 1,
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
);
-- One at a time.
CREATE UNIQUE INDEX amendments_open ON amendments (agreement_id) WHERE state NOT IN ('effective', 'refused');
CREATE INDEX amendments_state ON amendments (state, id);

CREATE TABLE amendment_lines (
    amendment_id UUID NOT NULL REFERENCES amendments (id),
    position BIGINT NOT NULL,
    category TEXT NOT NULL,
    planned_minor BIGINT NOT NULL CHECK (planned_minor >= 0),
    PRIMARY KEY (amendment_id, category)
);

-- Everybody who wrote at an amendment, and for which side.
CREATE TABLE amendment_writers (
    amendment_id UUID NOT NULL REFERENCES amendments (id),
    person_id UUID NOT NULL REFERENCES people (id),
    is_for_fund BOOLEAN NOT NULL,
    PRIMARY KEY (amendment_id, person_id, is_for_fund)
);

CREATE FUNCTION amendments_steps() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state || ' ' || NEW.state NOT IN ('draft draft', 'draft submitted', 'submitted desk_ok', 'desk_ok finance_ok',
            'finance_ok signed', 'signed effective', 'draft refused', 'submitted refused', 'desk_ok refused',
            'finance_ok refused', 'signed refused')
        OR NEW.id <> OLD.id OR NEW.agreement_id <> OLD.agreement_id OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind
        OR NEW.base_version <> OLD.base_version OR NEW.created_by <> OLD.created_by OR NEW.created_at <> OLD.created_at
        OR (OLD.state <> 'draft' AND NEW.reason <> OLD.reason)
        OR (OLD.submitted_by IS NOT NULL AND NEW.submitted_by IS DISTINCT FROM OLD.submitted_by)
        OR (OLD.desk_by IS NOT NULL AND NEW.desk_by IS DISTINCT FROM OLD.desk_by)
        OR (OLD.finance_by IS NOT NULL AND NEW.finance_by IS DISTINCT FROM OLD.finance_by)
        OR (OLD.signed_by IS NOT NULL AND NEW.signed_by IS DISTINCT FROM OLD.signed_by)
    THEN
        RAISE EXCEPTION 'not a step of an amendment';
    END IF;
    IF EXISTS (
        SELECT 1 FROM amendment_writers w WHERE w.amendment_id = NEW.id AND (w.person_id IN (NEW.desk_by, NEW.finance_by, NEW.signed_by)
            OR (w.is_for_fund AND w.person_id = NEW.countersigned_by))
    ) THEN
        RAISE EXCEPTION 'another person must do this step';
    END IF;
    -- In effect, its budget is there, and sums to what was signed.
    IF NEW.state = 'effective' AND (SELECT COALESCE(SUM(b.planned_minor), 0) FROM agreement_budget b
            WHERE b.agreement_id = NEW.agreement_id AND b.version = NEW.base_version + 1)
        <> (SELECT a.total_minor FROM agreements a WHERE a.id = NEW.agreement_id)
    THEN
        RAISE EXCEPTION 'an amendment keeps the total';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER amendments_steps BEFORE UPDATE ON amendments FOR EACH ROW EXECUTE FUNCTION amendments_steps();
CREATE TRIGGER amendments_no_delete BEFORE DELETE ON amendments FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER amendments_no_truncate BEFORE TRUNCATE ON amendments FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER amendment_writers_no_update BEFORE UPDATE ON amendment_writers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER amendment_writers_no_delete BEFORE DELETE ON amendment_writers FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER amendment_writers_no_truncate BEFORE TRUNCATE ON amendment_writers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was handed in stays as it is.
CREATE FUNCTION amendment_lines_fixed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM amendments m WHERE m.id = COALESCE(NEW.amendment_id, OLD.amendment_id) AND m.state <> 'draft') THEN
        RAISE EXCEPTION 'the amendment is handed in';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER amendment_lines_fixed BEFORE INSERT OR DELETE ON amendment_lines FOR EACH ROW EXECUTE FUNCTION amendment_lines_fixed();
CREATE TRIGGER amendment_lines_no_update BEFORE UPDATE ON amendment_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER amendment_lines_no_truncate BEFORE TRUNCATE ON amendment_lines FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A version of a budget is frozen: the first before the signature, a later one by an amendment that is signed.
CREATE FUNCTION agreement_budget_insert() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.version = 1 AND EXISTS (SELECT 1 FROM agreements a WHERE a.id = NEW.agreement_id AND a.signed_at IS NOT NULL))
        OR (NEW.version > 1 AND NOT EXISTS (SELECT 1 FROM amendments m WHERE m.agreement_id = NEW.agreement_id
            AND m.state = 'signed' AND m.base_version = NEW.version - 1))
    THEN
        RAISE EXCEPTION 'a budget changes by an amendment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_budget_insert BEFORE INSERT ON agreement_budget FOR EACH ROW EXECUTE FUNCTION agreement_budget_insert();
CREATE TRIGGER agreement_budget_no_update BEFORE UPDATE ON agreement_budget FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_budget_no_delete BEFORE DELETE ON agreement_budget FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_budget_no_truncate BEFORE TRUNCATE ON agreement_budget FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
