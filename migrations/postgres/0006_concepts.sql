-- Concept notes, the first stage of a call with two, and what they bind full proposals to (M11).

-- In a call with two stages: from when on no concept note is taken any more, and how far a full proposal may
-- ask from its note, in basis points. Both follow from the definition and are frozen with it.
ALTER TABLE calls ADD COLUMN concepts_close_at TIMESTAMPTZ CHECK (
    concepts_close_at IS NULL OR published_at IS NULL OR (concepts_close_at > opens_at AND concepts_close_at < closes_at)
);
ALTER TABLE calls ADD COLUMN concept_tolerance_bp BIGINT CHECK (
    (concept_tolerance_bp IS NULL) = (concepts_close_at IS NULL) AND concept_tolerance_bp BETWEEN 0 AND 10000
);

CREATE TABLE concept_notes (
    id UUID PRIMARY KEY,
    call_id UUID NOT NULL REFERENCES calls (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    -- Given at the submission.
    number TEXT UNIQUE,
    title TEXT NOT NULL,
    -- ISO 3166-1 alpha-2.
    country TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('en', 'fr')),
    currency TEXT NOT NULL,
    requested_minor BIGINT CHECK (requested_minor > 0),
    summary TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'eligible', 'ineligible', 'invited', 'not_invited', 'withdrawn')),
    version BIGINT NOT NULL DEFAULT 1,
    created_by UUID NOT NULL REFERENCES people (id),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    -- What was submitted, for good: canonical JSON, its hash, its receipt.
    content TEXT,
    sha256 TEXT,
    receipt TEXT UNIQUE,
    submitted_by UUID REFERENCES people (id),
    submitted_at TIMESTAMPTZ,
    -- Of the last step that has one.
    reason TEXT,
    -- What the applicant says against its being found ineligible; once.
    appeal TEXT CHECK (appeal <> ''),
    -- That its full proposal may ask outside the tolerance, and why (M11).
    waiver_reason TEXT CHECK (waiver_reason <> ''),
    waived_by UUID REFERENCES people (id),
    waived_at TIMESTAMPTZ,
    CHECK (number IS NOT NULL OR state IN ('draft', 'withdrawn')),
    CHECK (number IS NULL OR state <> 'draft'),
    CHECK (number IS NULL OR requested_minor IS NOT NULL),
    CHECK ((number IS NULL) = (content IS NULL) AND (number IS NULL) = (sha256 IS NULL)),
    CHECK ((number IS NULL) = (receipt IS NULL) AND (number IS NULL) = (submitted_by IS NULL)),
    CHECK ((number IS NULL) = (submitted_at IS NULL)),
    CHECK ((waiver_reason IS NULL) = (waived_by IS NULL) AND (waiver_reason IS NULL) = (waived_at IS NULL)),
    CHECK (waiver_reason IS NULL OR state = 'invited')
);
CREATE INDEX concept_notes_call ON concept_notes (call_id, state, id);
CREATE INDEX concept_notes_organisation ON concept_notes (organisation_id, id);
CREATE INDEX concept_notes_state ON concept_notes (state, id);

CREATE FUNCTION concept_notes_submitted() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.number IS NOT NULL AND (NEW.number IS DISTINCT FROM OLD.number OR NEW.call_id <> OLD.call_id
        OR NEW.organisation_id <> OLD.organisation_id OR NEW.title <> OLD.title OR NEW.country <> OLD.country
        OR NEW.language <> OLD.language OR NEW.currency <> OLD.currency OR NEW.requested_minor <> OLD.requested_minor
        OR NEW.summary <> OLD.summary OR NEW.content <> OLD.content OR NEW.sha256 <> OLD.sha256 OR NEW.receipt <> OLD.receipt
        OR NEW.submitted_by <> OLD.submitted_by OR NEW.submitted_at <> OLD.submitted_at)
    THEN
        RAISE EXCEPTION 'a submitted concept note stays as it is';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER concept_notes_submitted BEFORE UPDATE ON concept_notes FOR EACH ROW EXECUTE FUNCTION concept_notes_submitted();

CREATE FUNCTION concept_notes_once() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.appeal IS NOT NULL AND NEW.appeal IS DISTINCT FROM OLD.appeal)
        OR (OLD.waiver_reason IS NOT NULL AND (NEW.waiver_reason IS DISTINCT FROM OLD.waiver_reason
            OR NEW.waived_by IS DISTINCT FROM OLD.waived_by OR NEW.waived_at IS DISTINCT FROM OLD.waived_at))
    THEN
        RAISE EXCEPTION 'an appeal and a waiver are given once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER concept_notes_once BEFORE UPDATE ON concept_notes FOR EACH ROW EXECUTE FUNCTION concept_notes_once();
CREATE TRIGGER concept_notes_no_delete BEFORE DELETE ON concept_notes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER concept_notes_no_truncate BEFORE TRUNCATE ON concept_notes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The settings are frozen at publication.
CREATE FUNCTION calls_stages() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL AND (NEW.concepts_close_at IS DISTINCT FROM OLD.concepts_close_at
        OR NEW.concept_tolerance_bp IS DISTINCT FROM OLD.concept_tolerance_bp)
    THEN
        RAISE EXCEPTION 'the stages of a call are frozen at publication';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calls_stages BEFORE UPDATE ON calls FOR EACH ROW EXECUTE FUNCTION calls_stages();

-- The note that a full proposal follows: invited, of the same applicant, call and currency, once.
ALTER TABLE proposals ADD COLUMN concept_id UUID REFERENCES concept_notes (id);
CREATE UNIQUE INDEX proposals_concept ON proposals (concept_id) WHERE concept_id IS NOT NULL;

CREATE FUNCTION proposals_follow_concept() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.concept_id IS NOT NULL
            OR EXISTS (SELECT 1 FROM calls c WHERE c.id = NEW.call_id AND c.concepts_close_at IS NOT NULL))
        AND NOT EXISTS (SELECT 1 FROM concept_notes n WHERE n.id = NEW.concept_id AND n.call_id = NEW.call_id
            AND n.organisation_id = NEW.organisation_id AND n.currency = NEW.currency AND n.state = 'invited')
    THEN
        RAISE EXCEPTION 'a full proposal follows an invited concept note';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proposals_follow_concept BEFORE INSERT ON proposals FOR EACH ROW EXECUTE FUNCTION proposals_follow_concept();

CREATE FUNCTION proposals_keep_concept() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.concept_id IS DISTINCT FROM OLD.concept_id OR (OLD.concept_id IS NOT NULL AND NEW.currency <> OLD.currency) THEN
        RAISE EXCEPTION 'a full proposal keeps its concept note';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proposals_keep_concept BEFORE UPDATE ON proposals FOR EACH ROW EXECUTE FUNCTION proposals_keep_concept();

-- M11, whatever the program does: what is submitted asks within the tolerance, or there is a waiver.
CREATE FUNCTION proposal_versions_near_concept() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM proposals p JOIN concept_notes n ON n.id = p.concept_id JOIN calls c ON c.id = p.call_id
        WHERE p.id = NEW.proposal_id AND n.waived_at IS NULL
            AND CAST(ABS(p.requested_minor - n.requested_minor) AS NUMERIC) * 10000
                > CAST(n.requested_minor AS NUMERIC) * c.concept_tolerance_bp)
    THEN
        RAISE EXCEPTION 'a full proposal asks within the tolerance of its concept note';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proposal_versions_near_concept BEFORE INSERT ON proposal_versions FOR EACH ROW
    EXECUTE FUNCTION proposal_versions_near_concept();
