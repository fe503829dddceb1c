-- The finance desk: exchange rates (M50, M51), periods (M71).

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
