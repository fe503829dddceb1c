-- People, organisations, bodies, dated memberships (DOMAIN §1).

CREATE TABLE organisations (
    id UUID PRIMARY KEY,
    -- Short and unique: a donor's code decides ties in the donor split (M60).
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    country TEXT,
    search_key TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE bodies (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL
);

CREATE TABLE people (
    id UUID PRIMARY KEY,
    -- Lower case.
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('en', 'fr')),
    -- argon2id; none until the invitation is used.
    password_hash TEXT,
    -- Grows with every change of rights, so that sessions notice.
    rights_version BIGINT NOT NULL DEFAULT 1,
    search_key TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    disabled_at TIMESTAMPTZ
);

CREATE TABLE memberships (
    id UUID PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES people (id),
    role TEXT NOT NULL,
    organisation_id UUID REFERENCES organisations (id),
    body_id UUID REFERENCES bodies (id),
    -- A steering voter is the primary or the alternate of the organisation (V2).
    is_alternate BOOLEAN NOT NULL DEFAULT FALSE,
    valid_from DATE NOT NULL,
    -- The last day; none while it lasts.
    valid_until DATE,
    CHECK (valid_until IS NULL OR valid_until >= valid_from)
);
CREATE INDEX memberships_person ON memberships (person_id);
CREATE INDEX memberships_organisation ON memberships (organisation_id);

-- Set-up and invitation links; only the hash of the secret is kept.
CREATE TABLE one_time_links (
    token_hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('set_up', 'invitation')),
    person_id UUID REFERENCES people (id),
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);

CREATE TABLE sessions (
    -- SHA-256 of the session's id: a stolen copy of the table opens no session.
    id_hash TEXT PRIMARY KEY,
    person_id UUID REFERENCES people (id),
    data TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- The first answer to each request that moves money (M34).
CREATE TABLE idempotency_keys (
    person_id UUID NOT NULL REFERENCES people (id),
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    response TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id, key)
);

-- Who, when, what, before, after, why: append-only, hash-chained (M72).
CREATE TABLE audit_log (
    seq BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    person_id UUID REFERENCES people (id),
    action TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id UUID NOT NULL,
    before_state TEXT,
    after_state TEXT,
    reason TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE
);
CREATE INDEX audit_log_object ON audit_log (object_id, seq);

-- The chain's head. Its lock puts writers in a queue, so that the chain never forks.
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');

-- Calls.

CREATE TABLE funds (
    id UUID PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- Above this a payment needs the head of desk as well (M70).
    second_approval_above_minor BIGINT NOT NULL CHECK (second_approval_above_minor >= 0),
    -- How approvals are split over donors (M60).
    split_method TEXT NOT NULL DEFAULT 'pro_rata' CHECK (split_method IN ('pro_rata', 'earmarked_first', 'fifo')),
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE calls (
    id UUID PRIMARY KEY,
    fund_id UUID NOT NULL REFERENCES funds (id),
    code TEXT NOT NULL UNIQUE,
    title_en TEXT NOT NULL,
    title_fr TEXT NOT NULL,
    funding_window TEXT NOT NULL,
    -- In the fund's currency.
    envelope_minor BIGINT NOT NULL CHECK (envelope_minor > 0),
    opens_at TIMESTAMPTZ NOT NULL,
    closes_at TIMESTAMPTZ NOT NULL,
    -- IANA name of the zone that the deadline is told in.
    zone TEXT NOT NULL,
    -- Open and closed follow from published and the clock; they are not stored.
    phase TEXT NOT NULL,
    -- Languages, sections and questions, rubric, budget, review and vote rules; frozen at publication.
    definition TEXT NOT NULL,
    search_key TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_by UUID NOT NULL REFERENCES people (id),
    created_at TIMESTAMPTZ NOT NULL,
    published_by UUID REFERENCES people (id),
    published_at TIMESTAMPTZ,
    -- When sheets were unblinded (S9); none while blind (S8).
    unblinded_at TIMESTAMPTZ,
    -- Until when decisions are told to their applicants (V10); none before the first release.
    results_released_at TIMESTAMPTZ,
    results_released_by UUID REFERENCES people (id),
    CHECK (closes_at > opens_at),
    CHECK ((results_released_at IS NULL) = (results_released_by IS NULL))
);
CREATE INDEX calls_phase ON calls (phase, closes_at);

-- A later deadline or a larger envelope after publication, with what it was before: the figures of a past
-- day stay as they were (M3).
CREATE TABLE call_corrigenda (
    id UUID PRIMARY KEY,
    call_id UUID NOT NULL REFERENCES calls (id),
    made_at TIMESTAMPTZ NOT NULL,
    made_by UUID NOT NULL REFERENCES people (id),
    reason TEXT NOT NULL,
    -- In the fund's currency.
    envelope_before_minor BIGINT NOT NULL,
    envelope_minor BIGINT NOT NULL,
    closes_before TIMESTAMPTZ NOT NULL,
    closes_at TIMESTAMPTZ NOT NULL,
    CHECK (envelope_minor >= envelope_before_minor AND closes_at >= closes_before)
);
CREATE INDEX call_corrigenda_call ON call_corrigenda (call_id, made_at);

-- Proposals.

CREATE TABLE proposals (
    id UUID PRIMARY KEY,
    call_id UUID NOT NULL REFERENCES calls (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    -- Given at the first submission.
    number TEXT UNIQUE,
    title TEXT NOT NULL,
    -- ISO 3166-1 alpha-2.
    country TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('en', 'fr')),
    currency TEXT NOT NULL,
    duration_months BIGINT CHECK (duration_months > 0),
    state TEXT NOT NULL,
    -- Totals of the budget, in the proposal's currency and in EUR at the call's budget rate.
    requested_minor BIGINT NOT NULL DEFAULT 0,
    total_minor BIGINT NOT NULL DEFAULT 0,
    requested_eur_minor BIGINT NOT NULL DEFAULT 0,
    -- The working copy's title, country, duration and partners, as JSON. The columns above follow it
    -- until the first submission; from then on they are as last submitted.
    details TEXT NOT NULL,
    search_key TEXT NOT NULL,
    -- The whole grows with every change; details and budget have their own, each answer too, so that
    -- two people can write at once.
    version BIGINT NOT NULL DEFAULT 1,
    details_version BIGINT NOT NULL DEFAULT 1,
    budget_version BIGINT NOT NULL DEFAULT 1,
    created_by UUID NOT NULL REFERENCES people (id),
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    submitted_at TIMESTAMPTZ,
    -- Since when the working copy of a submitted proposal is open again; none while it is locked.
    reopened_at TIMESTAMPTZ,
    -- Until when the desk has asked for more.
    due_at TIMESTAMPTZ,
    -- What the desk asks for, why it is ineligible, or why it was withdrawn.
    reason TEXT
);
CREATE INDEX proposals_call ON proposals (call_id, id);
CREATE INDEX proposals_call_state ON proposals (call_id, state, id);
CREATE INDEX proposals_organisation ON proposals (organisation_id, id);
CREATE INDEX proposals_state ON proposals (state, id);
-- What a search reads instead of whole rows.
CREATE INDEX proposals_search ON proposals (id, search_key);

-- Organisations named as partners: reviewers from them have a hard conflict (K2).
CREATE TABLE proposal_partners (
    proposal_id UUID NOT NULL REFERENCES proposals (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    PRIMARY KEY (proposal_id, organisation_id)
);

CREATE TABLE answers (
    proposal_id UUID NOT NULL REFERENCES proposals (id),
    question TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    updated_by UUID NOT NULL REFERENCES people (id),
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (proposal_id, question)
);

-- The working copy's budget. A line may be incomplete: then it has no total.
CREATE TABLE budget_lines (
    proposal_id UUID NOT NULL REFERENCES proposals (id),
    position BIGINT NOT NULL,
    category TEXT NOT NULL,
    activity TEXT NOT NULL,
    unit TEXT NOT NULL,
    -- Thousandths.
    quantity_milli BIGINT CHECK (quantity_milli > 0),
    unit_cost_minor BIGINT CHECK (unit_cost_minor > 0),
    total_minor BIGINT CHECK (total_minor >= 0),
    period TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (proposal_id, position),
    CHECK ((total_minor IS NULL) = (quantity_milli IS NULL OR unit_cost_minor IS NULL))
);

-- What was submitted, for good: canonical JSON, its hash, its receipt.
CREATE TABLE proposal_versions (
    id UUID PRIMARY KEY,
    proposal_id UUID NOT NULL REFERENCES proposals (id),
    number BIGINT NOT NULL CHECK (number > 0),
    receipt TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    submitted_by UUID NOT NULL REFERENCES people (id),
    submitted_at TIMESTAMPTZ NOT NULL,
    UNIQUE (proposal_id, number)
);

-- Conflicts of interest (K1, K2) and score sheets (S1–S8).

CREATE TABLE declarations (
    id UUID PRIMARY KEY,
    proposal_id UUID NOT NULL REFERENCES proposals (id),
    person_id UUID NOT NULL REFERENCES people (id),
    -- none, soft (told by the person) or hard (told, or found by the system).
    conflict TEXT NOT NULL CHECK (conflict IN ('none', 'soft', 'hard')),
    explanation TEXT NOT NULL,
    declared_at TIMESTAMPTZ NOT NULL,
    -- What the head of desk made of a soft conflict (K3), and why: it goes into the minutes.
    resolution TEXT CHECK (resolution IN ('allowed', 'recused')),
    resolution_reason TEXT NOT NULL DEFAULT '',
    resolved_by UUID REFERENCES people (id),
    CHECK (resolved_by <> person_id),
    CHECK (resolution IS NULL OR resolved_by IS NOT NULL),
    UNIQUE (proposal_id, person_id)
);

CREATE TABLE reviews (
    id UUID PRIMARY KEY,
    proposal_id UUID NOT NULL REFERENCES proposals (id),
    reviewer_id UUID NOT NULL REFERENCES people (id),
    is_tag BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    due_on DATE NOT NULL,
    strengths TEXT NOT NULL DEFAULT '',
    weaknesses TEXT NOT NULL DEFAULT '',
    light TEXT CHECK (light IN ('green', 'amber', 'red')),
    -- In EUR.
    suggested_minor BIGINT CHECK (suggested_minor > 0),
    -- Σ weight × score, to be divided by the scale's maximum (S2); none until submitted.
    points BIGINT,
    version BIGINT NOT NULL DEFAULT 1,
    assigned_by UUID NOT NULL REFERENCES people (id),
    assigned_at TIMESTAMPTZ NOT NULL,
    submitted_at TIMESTAMPTZ,
    UNIQUE (proposal_id, reviewer_id)
);
CREATE INDEX reviews_reviewer ON reviews (reviewer_id, state);

CREATE TABLE review_scores (
    review_id UUID NOT NULL REFERENCES reviews (id),
    criterion TEXT NOT NULL,
    score BIGINT CHECK (score >= 0),
    comment TEXT NOT NULL,
    PRIMARY KEY (review_id, criterion)
);

-- Motions, votes, decisions (V1–V10).

CREATE TABLE motions (
    id UUID PRIMARY KEY,
    proposal_id UUID NOT NULL REFERENCES proposals (id),
    number TEXT NOT NULL UNIQUE,
    outcome TEXT NOT NULL,
    -- In EUR; none for a rejection.
    amount_minor BIGINT CHECK (amount_minor > 0),
    conditions TEXT NOT NULL,
    -- Why this motion departs from the rank order (V1).
    off_rank_reason TEXT NOT NULL,
    state TEXT NOT NULL,
    opens_at TIMESTAMPTZ,
    closes_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    created_by UUID NOT NULL REFERENCES people (id),
    created_at TIMESTAMPTZ NOT NULL,
    opened_by UUID REFERENCES people (id),
    closed_at TIMESTAMPTZ
);
CREATE INDEX motions_proposal ON motions (proposal_id);
CREATE INDEX motions_state ON motions (state, closes_at);
-- At most one motion on a proposal is before the voters at a time.
CREATE UNIQUE INDEX motions_one_open ON motions (proposal_id) WHERE state = 'open';

-- The organisations with a vote on a motion, fixed when it opens; recused ones leave the base (V5).
CREATE TABLE motion_voters (
    motion_id UUID NOT NULL REFERENCES motions (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    is_recused BOOLEAN NOT NULL,
    PRIMARY KEY (motion_id, organisation_id)
);

CREATE TABLE ballots (
    id UUID PRIMARY KEY,
    motion_id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    person_id UUID NOT NULL REFERENCES people (id),
    choice TEXT NOT NULL CHECK (choice IN ('yes', 'no', 'abstain')),
    reason TEXT NOT NULL,
    -- Why the alternate votes (V2).
    alternate_note TEXT,
    cast_at TIMESTAMPTZ NOT NULL,
    -- One organisation, one vote (V2), and only one that may vote on this motion.
    UNIQUE (motion_id, organisation_id),
    FOREIGN KEY (motion_id, organisation_id) REFERENCES motion_voters (motion_id, organisation_id)
);

-- The decision record (V9).
CREATE TABLE decisions (
    id UUID PRIMARY KEY,
    motion_id UUID NOT NULL UNIQUE REFERENCES motions (id),
    proposal_id UUID NOT NULL REFERENCES proposals (id),
    outcome TEXT NOT NULL,
    amount_minor BIGINT CHECK (amount_minor > 0),
    conditions TEXT NOT NULL,
    -- Canonical JSON: motion, votes by organisation, recusals, quorum, score summary.
    record TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX decisions_proposal ON decisions (proposal_id);

-- The fund's money (M20–M25).

CREATE TABLE contributions (
    id UUID PRIMARY KEY,
    fund_id UUID NOT NULL REFERENCES funds (id),
    donor_id UUID NOT NULL REFERENCES organisations (id),
    reference TEXT NOT NULL UNIQUE,
    currency TEXT NOT NULL,
    -- In the donor's currency.
    signed_minor BIGINT NOT NULL CHECK (signed_minor > 0),
    -- Units of the donor's currency per 1 EUR, in billionths (M50); the budget rate (M51).
    budget_rate_nano BIGINT NOT NULL CHECK (budget_rate_nano > 0),
    -- In the fund's currency at the budget rate.
    signed_eur_minor BIGINT NOT NULL CHECK (signed_eur_minor > 0),
    -- Received so far: in the donor's currency, and what it was booked as.
    received_minor BIGINT NOT NULL DEFAULT 0,
    received_eur_minor BIGINT NOT NULL DEFAULT 0,
    -- What will not come, since it was terminated: in the donor's currency, and at the budget rate (M22).
    terminated_minor BIGINT NOT NULL DEFAULT 0 CHECK (terminated_minor >= 0),
    terminated_eur_minor BIGINT NOT NULL DEFAULT 0 CHECK (terminated_eur_minor >= 0),
    -- Limited by rows in earmarks (M24), which are fixed before the signature.
    is_earmarked BOOLEAN NOT NULL DEFAULT FALSE,
    -- The period that the donor's agreement is for; open where none is given.
    valid_from DATE,
    valid_until DATE,
    state TEXT NOT NULL,
    pledged_on DATE NOT NULL,
    signed_on DATE,
    prepared_by UUID NOT NULL REFERENCES people (id),
    prepared_at TIMESTAMPTZ NOT NULL,
    signed_by UUID REFERENCES people (id),
    signed_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    CHECK (received_minor >= 0 AND received_minor + terminated_minor <= signed_minor),
    CHECK (valid_until >= valid_from),
    -- Whoever prepared it cannot confirm it (M70).
    CHECK (signed_by <> prepared_by),
    -- What a posting says of its contribution is so.
    UNIQUE (id, donor_id, fund_id)
);
CREATE INDEX contributions_fund ON contributions (fund_id, donor_id);

CREATE TABLE receipts (
    id UUID PRIMARY KEY,
    contribution_id UUID NOT NULL REFERENCES contributions (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    bank_rate_nano BIGINT NOT NULL CHECK (bank_rate_nano > 0),
    eur_minor BIGINT NOT NULL CHECK (eur_minor > 0),
    -- Booked minus what the budget rate would have given (M52).
    gain_minor BIGINT NOT NULL,
    received_on DATE NOT NULL,
    bank_reference TEXT NOT NULL,
    state TEXT NOT NULL,
    prepared_by UUID NOT NULL REFERENCES people (id),
    prepared_at TIMESTAMPTZ NOT NULL,
    confirmed_by UUID REFERENCES people (id),
    confirmed_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    CHECK (confirmed_by <> prepared_by)
);
-- What the bank did once is booked once; a receipt that was dropped or reversed is booked anew.
CREATE UNIQUE INDEX receipts_bank_reference ON receipts (bank_reference) WHERE state IN ('prepared', 'confirmed');
CREATE INDEX receipts_contribution ON receipts (contribution_id);

-- Money set aside for administration or as reserve (M20).
CREATE TABLE allocations (
    id UUID PRIMARY KEY,
    fund_id UUID NOT NULL REFERENCES funds (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('administration', 'reserve')),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    posted_on DATE NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    prepared_by UUID NOT NULL REFERENCES people (id),
    prepared_at TIMESTAMPTZ NOT NULL,
    confirmed_by UUID REFERENCES people (id),
    confirmed_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    CHECK (confirmed_by <> prepared_by)
);

-- Where a recipient is paid (M35): typed by one person, typed again by another. A change is a new row.
CREATE TABLE bank_accounts (
    id UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    holder TEXT NOT NULL,
    -- An IBAN or another account number, without spaces.
    account_number TEXT NOT NULL CHECK (LENGTH(account_number) BETWEEN 4 AND 34),
    is_iban BOOLEAN NOT NULL,
    bic TEXT,
    bank TEXT NOT NULL,
    currency TEXT NOT NULL,
    street TEXT NOT NULL,
    postcode TEXT NOT NULL,
    town TEXT NOT NULL,
    country TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('entered', 'verified', 'replaced', 'refused')),
    entered_by UUID NOT NULL REFERENCES people (id),
    entered_at TIMESTAMPTZ NOT NULL,
    -- Who verified or refused it.
    checked_by UUID REFERENCES people (id),
    checked_at TIMESTAMPTZ,
    -- Why it was refused.
    reason TEXT NOT NULL DEFAULT '',
    version BIGINT NOT NULL DEFAULT 1,
    CHECK (checked_by <> entered_by),
    CHECK (state = 'entered' OR checked_by IS NOT NULL)
);
-- One account is in use, and one change waits, at most.
CREATE UNIQUE INDEX bank_accounts_state ON bank_accounts (organisation_id, state) WHERE state IN ('entered', 'verified');

-- Agreements, tranches, disbursements (M30–M34, M70). Amounts in the fund's currency.

CREATE TABLE agreements (
    id UUID PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    fund_id UUID NOT NULL REFERENCES funds (id),
    call_id UUID NOT NULL REFERENCES calls (id),
    proposal_id UUID NOT NULL REFERENCES proposals (id),
    decision_id UUID NOT NULL REFERENCES decisions (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    -- Project total, for the funding rate (M42).
    total_minor BIGINT NOT NULL CHECK (total_minor >= amount_minor),
    -- In which currency the recipient reports and how that is converted, when it is not the fund's (M51).
    reporting_currency TEXT,
    reporting_method TEXT CHECK (reporting_method IN ('weighted_average', 'fifo', 'monthly_average')),
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL CHECK (ends_on > starts_on),
    state TEXT NOT NULL,
    created_by UUID NOT NULL REFERENCES people (id),
    created_at TIMESTAMPTZ NOT NULL,
    -- Who replaced its tranche plan, last.
    planned_by UUID REFERENCES people (id),
    approved_by UUID REFERENCES people (id),
    approved_at TIMESTAMPTZ,
    sent_at TIMESTAMPTZ,
    signed_by UUID REFERENCES people (id),
    signed_at TIMESTAMPTZ,
    -- The final grant, once the final report is accepted (M42).
    final_minor BIGINT CHECK (final_minor BETWEEN 0 AND amount_minor),
    closed_by UUID REFERENCES people (id),
    closed_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    CHECK ((reporting_currency IS NULL) = (reporting_method IS NULL)),
    -- Who writes, approves and signs are different persons (M70).
    CHECK (approved_by <> created_by),
    CHECK (approved_by <> planned_by),
    CHECK (signed_by <> created_by AND signed_by <> approved_by),
    CHECK (signed_by <> planned_by),
    -- What is void was never signed.
    CHECK (state <> 'void' OR signed_at IS NULL)
);
-- A proposal has one agreement; one that became void makes room for another (M23).
CREATE UNIQUE INDEX agreements_proposal ON agreements (proposal_id) WHERE state <> 'void';
CREATE INDEX agreements_state ON agreements (state, id);
CREATE INDEX agreements_organisation ON agreements (organisation_id);

CREATE TABLE tranches (
    id UUID PRIMARY KEY,
    agreement_id UUID NOT NULL REFERENCES agreements (id),
    number BIGINT NOT NULL CHECK (number > 0),
    planned_minor BIGINT NOT NULL CHECK (planned_minor > 0),
    due_on DATE NOT NULL,
    condition TEXT NOT NULL,
    is_retention BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    -- What earlier tranches moved here (M33).
    carried_minor BIGINT NOT NULL DEFAULT 0 CHECK (carried_minor >= 0),
    -- What may be paid of it, once released; the rest has moved to the next one.
    payable_minor BIGINT CHECK (payable_minor >= 0),
    requested_by UUID REFERENCES people (id),
    requested_at TIMESTAMPTZ,
    decided_by UUID REFERENCES people (id),
    decided_at TIMESTAMPTZ,
    -- Why it was reduced or withheld.
    reason TEXT NOT NULL DEFAULT '',
    CHECK (is_retention OR payable_minor <= planned_minor + carried_minor),
    UNIQUE (agreement_id, number)
);

CREATE TABLE disbursements (
    id UUID PRIMARY KEY,
    agreement_id UUID NOT NULL REFERENCES agreements (id),
    tranche_id UUID NOT NULL REFERENCES tranches (id),
    -- Where it goes: the recipient's verified account (M35).
    account_id UUID NOT NULL REFERENCES bank_accounts (id),
    number TEXT NOT NULL UNIQUE,
    -- Names the payment on its way through the banks.
    end_to_end_id TEXT NOT NULL UNIQUE CHECK (LENGTH(end_to_end_id) BETWEEN 1 AND 35),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    state TEXT NOT NULL,
    prepared_by UUID NOT NULL REFERENCES people (id),
    prepared_at TIMESTAMPTZ NOT NULL,
    -- Who prepared it again after it failed, last: amount and tranche stay the first one's.
    retried_by UUID REFERENCES people (id),
    retried_at TIMESTAMPTZ,
    verified_by UUID REFERENCES people (id),
    verified_at TIMESTAMPTZ,
    approved_by UUID REFERENCES people (id),
    approved_at TIMESTAMPTZ,
    second_approved_by UUID REFERENCES people (id),
    second_approved_at TIMESTAMPTZ,
    instructed_at TIMESTAMPTZ,
    -- A payment happens once (M34).
    bank_reference TEXT UNIQUE,
    value_date DATE,
    paid_by UUID REFERENCES people (id),
    paid_at TIMESTAMPTZ,
    -- Why it failed, was cancelled or went back to draft.
    reason TEXT NOT NULL DEFAULT '',
    reversal_reason TEXT NOT NULL DEFAULT '',
    reversed_on DATE,
    reversal_prepared_by UUID REFERENCES people (id),
    reversal_prepared_at TIMESTAMPTZ,
    reversal_approved_by UUID REFERENCES people (id),
    reversal_approved_at TIMESTAMPTZ,
    -- The line of the bank's statement that shows it.
    statement_line_id UUID UNIQUE,
    reconciled_at TIMESTAMPTZ,
    -- What arrived in the reporting currency: told by one person, confirmed by another (M51, M70).
    credit_minor BIGINT CHECK (credit_minor > 0),
    credited_on DATE CHECK (credited_on >= value_date),
    credit_reference TEXT NOT NULL DEFAULT '',
    credit_recorded_by UUID REFERENCES people (id),
    credit_recorded_at TIMESTAMPTZ,
    credit_confirmed_by UUID REFERENCES people (id),
    credit_confirmed_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    -- Preparer, verifier and approvers are different persons (M70).
    CHECK (verified_by <> prepared_by),
    CHECK (approved_by <> prepared_by AND approved_by <> verified_by),
    CHECK (second_approved_by <> prepared_by AND second_approved_by <> verified_by AND second_approved_by <> approved_by),
    CHECK (verified_by <> retried_by),
    CHECK (approved_by <> retried_by),
    CHECK (second_approved_by <> retried_by),
    CHECK (reversal_approved_by <> reversal_prepared_by),
    CHECK ((credit_minor IS NULL) = (credited_on IS NULL) AND (credit_minor IS NULL) = (credit_recorded_by IS NULL)),
    CHECK (credit_confirmed_by <> credit_recorded_by),
    CHECK (credit_confirmed_by IS NULL OR credit_minor IS NOT NULL),
    CHECK (credit_minor IS NULL OR state IN ('paid', 'reconciled', 'reversed')),
    CHECK (state NOT IN ('paid', 'reconciled', 'reversed') OR (bank_reference IS NOT NULL AND value_date IS NOT NULL AND paid_by IS NOT NULL)),
    CHECK (state <> 'reconciled' OR statement_line_id IS NOT NULL),
    CHECK (state <> 'reversed' OR reversal_approved_by IS NOT NULL)
);
CREATE INDEX disbursements_agreement ON disbursements (agreement_id);
CREATE INDEX disbursements_tranche ON disbursements (tranche_id, state);
CREATE INDEX disbursements_paid ON disbursements (paid_at DESC, id);
CREATE INDEX disbursements_state ON disbursements (state, id);

-- The journal (M25): postings first, then the entry that seals them. Debit is positive. An entry
-- balances per contribution: no money passes from one to another.

CREATE TABLE journal_entries (
    id UUID PRIMARY KEY,
    fund_id UUID NOT NULL REFERENCES funds (id),
    kind TEXT NOT NULL,
    -- In a year that periods know (M71).
    posted_on DATE NOT NULL CHECK (posted_on >= '1900-01-01'),
    created_at TIMESTAMPTZ NOT NULL,
    person_id UUID REFERENCES people (id),
    -- The row that caused the entry: a contribution, a receipt, a decision, a disbursement, …
    source_id UUID NOT NULL,
    reverses UUID UNIQUE REFERENCES journal_entries (id),
    -- Which time: a reservation that was given back can be made anew (M23).
    attempt BIGINT NOT NULL DEFAULT 1 CHECK (attempt > 0),
    -- One event books once.
    UNIQUE (kind, source_id, attempt)
);
CREATE INDEX journal_entries_posted ON journal_entries (fund_id, posted_on, id);
CREATE INDEX journal_entries_fund ON journal_entries (fund_id, id);
CREATE INDEX journal_entries_kind ON journal_entries (fund_id, kind, id);

CREATE TABLE postings (
    entry_id UUID NOT NULL REFERENCES journal_entries (id) DEFERRABLE INITIALLY DEFERRED,
    line BIGINT NOT NULL,
    fund_id UUID NOT NULL REFERENCES funds (id),
    account TEXT NOT NULL CHECK (account IN ('receivable', 'cash', 'headroom', 'administration', 'reserve', 'reserved', 'committed', 'disbursed', 'written_off', 'accepted_spend', 'advances_cleared')),
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor <> 0),
    -- Each posting belongs to one donor: the donor split is in the journal itself (M60).
    donor_id UUID NOT NULL,
    -- And to one of the donor's contributions: what is used of it is in the journal too (M22, M24).
    contribution_id UUID NOT NULL,
    call_id UUID REFERENCES calls (id),
    proposal_id UUID REFERENCES proposals (id),
    agreement_id UUID REFERENCES agreements (id),
    PRIMARY KEY (entry_id, line),
    FOREIGN KEY (contribution_id, donor_id, fund_id) REFERENCES contributions (id, donor_id, fund_id)
);
-- Each ends with the entry: the newest of an account come first, however many there are.
CREATE INDEX postings_account ON postings (fund_id, account, entry_id);
CREATE INDEX postings_donor ON postings (donor_id, account, entry_id);
CREATE INDEX postings_contribution ON postings (contribution_id, account, entry_id);
CREATE INDEX postings_call ON postings (call_id, account, entry_id);
CREATE INDEX postings_agreement ON postings (agreement_id, account, entry_id);
CREATE INDEX postings_proposal ON postings (proposal_id, account);

-- Cached balances, kept by triggers; their checks hold M21 and M31 whatever the program does.

CREATE TABLE fund_balances (
    fund_id UUID NOT NULL REFERENCES funds (id),
    account TEXT NOT NULL,
    balance_minor BIGINT NOT NULL,
    -- Of it, what belongs to contributions without an earmark: they prefinance each other, never from
    -- earmarked cash, nor the other way round (M31).
    unearmarked_minor BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (fund_id, account),
    -- Cash is a debit balance; headroom, reserved and committed are credit balances (M21, M31).
    CHECK (account <> 'cash' OR (balance_minor >= 0 AND unearmarked_minor >= 0)),
    CHECK (account NOT IN ('receivable', 'disbursed', 'accepted_spend') OR balance_minor >= 0),
    CHECK (account NOT IN ('headroom', 'reserved', 'committed', 'administration', 'reserve', 'written_off', 'advances_cleared') OR balance_minor <= 0)
);

-- What is used of each contribution: it cannot shrink below that (M22).
CREATE TABLE contribution_balances (
    contribution_id UUID NOT NULL REFERENCES contributions (id),
    account TEXT NOT NULL,
    is_earmarked BOOLEAN NOT NULL,
    balance_minor BIGINT NOT NULL,
    -- The balance when the donors' shares last changed: a new contribution changes later splits only (M61).
    at_share_change_minor BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (contribution_id, account),
    -- Cash of a contribution without an earmark may be below zero: the others prefinance it.
    CHECK (account <> 'cash' OR NOT is_earmarked OR balance_minor >= 0),
    CHECK (account NOT IN ('receivable', 'disbursed', 'accepted_spend') OR balance_minor >= 0),
    CHECK (account NOT IN ('headroom', 'reserved', 'committed', 'administration', 'reserve', 'written_off', 'advances_cleared') OR balance_minor <= 0)
);

CREATE TABLE call_balances (
    call_id UUID PRIMARY KEY REFERENCES calls (id),
    envelope_minor BIGINT NOT NULL,
    reserved_minor BIGINT NOT NULL DEFAULT 0 CHECK (reserved_minor >= 0),
    committed_minor BIGINT NOT NULL DEFAULT 0 CHECK (committed_minor >= 0),
    CHECK (reserved_minor + committed_minor <= envelope_minor)
);

CREATE TABLE agreement_balances (
    agreement_id UUID PRIMARY KEY REFERENCES agreements (id),
    committed_minor BIGINT NOT NULL DEFAULT 0 CHECK (committed_minor >= 0),
    disbursed_minor BIGINT NOT NULL DEFAULT 0 CHECK (disbursed_minor >= 0),
    -- Paid beyond the final amount and given up: no longer committed, still disbursed.
    written_off_minor BIGINT NOT NULL DEFAULT 0 CHECK (written_off_minor >= 0),
    accepted_minor BIGINT NOT NULL DEFAULT 0 CHECK (accepted_minor >= 0),
    CHECK (disbursed_minor <= committed_minor + written_off_minor)
);

-- Each export that somebody took.
CREATE TABLE export_log (
    id UUID PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES people (id),
    name TEXT NOT NULL,
    parameters TEXT NOT NULL,
    rows BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);

-- Triggers.

CREATE FUNCTION calls_balance() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO call_balances (call_id, envelope_minor) VALUES (NEW.id, NEW.envelope_minor);
    ELSE
        UPDATE call_balances SET envelope_minor = NEW.envelope_minor WHERE call_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER calls_balance AFTER INSERT ON calls FOR EACH ROW EXECUTE FUNCTION calls_balance();
CREATE TRIGGER calls_envelope AFTER UPDATE OF envelope_minor ON calls FOR EACH ROW EXECUTE FUNCTION calls_balance();

CREATE FUNCTION agreements_balance() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO agreement_balances (agreement_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER agreements_balance AFTER INSERT ON agreements FOR EACH ROW EXECUTE FUNCTION agreements_balance();

CREATE FUNCTION postings_sealed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM journal_entries WHERE id = NEW.entry_id) THEN
        RAISE EXCEPTION 'the entry is sealed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER postings_sealed BEFORE INSERT ON postings FOR EACH ROW EXECUTE FUNCTION postings_sealed();

CREATE FUNCTION journal_entries_balanced() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT COUNT(*) FROM postings WHERE entry_id = NEW.id) < 2
        OR EXISTS (SELECT 1 FROM postings WHERE entry_id = NEW.id GROUP BY currency, contribution_id HAVING SUM(amount_minor) <> 0)
        OR EXISTS (SELECT 1 FROM postings WHERE entry_id = NEW.id AND fund_id <> NEW.fund_id)
    THEN
        RAISE EXCEPTION 'the entry does not balance';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_entries_balanced BEFORE INSERT ON journal_entries FOR EACH ROW EXECUTE FUNCTION journal_entries_balanced();

CREATE FUNCTION postings_balances() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    -- A row's checks are made before ON CONFLICT is: so the row first, then the amount.
    INSERT INTO fund_balances (fund_id, account, balance_minor) VALUES (NEW.fund_id, NEW.account, 0) ON CONFLICT DO NOTHING;
    UPDATE fund_balances SET balance_minor = balance_minor + NEW.amount_minor,
        unearmarked_minor = unearmarked_minor + COALESCE((SELECT NEW.amount_minor FROM contributions WHERE id = NEW.contribution_id AND NOT is_earmarked), 0)
        WHERE fund_id = NEW.fund_id AND account = NEW.account;
    INSERT INTO contribution_balances (contribution_id, account, is_earmarked, balance_minor)
        SELECT id, NEW.account, is_earmarked, 0 FROM contributions WHERE id = NEW.contribution_id ON CONFLICT DO NOTHING;
    UPDATE contribution_balances SET balance_minor = balance_minor + NEW.amount_minor
        WHERE contribution_id = NEW.contribution_id AND account = NEW.account;
    UPDATE call_balances SET
        reserved_minor = reserved_minor - CASE NEW.account WHEN 'reserved' THEN NEW.amount_minor ELSE 0 END,
        committed_minor = committed_minor - CASE NEW.account WHEN 'committed' THEN NEW.amount_minor ELSE 0 END
        WHERE call_id = NEW.call_id AND NEW.account IN ('reserved', 'committed');
    UPDATE agreement_balances SET
        committed_minor = committed_minor - CASE NEW.account WHEN 'committed' THEN NEW.amount_minor ELSE 0 END,
        disbursed_minor = disbursed_minor + CASE NEW.account WHEN 'disbursed' THEN NEW.amount_minor ELSE 0 END,
        written_off_minor = written_off_minor - CASE NEW.account WHEN 'written_off' THEN NEW.amount_minor ELSE 0 END,
        accepted_minor = accepted_minor + CASE NEW.account WHEN 'accepted_spend' THEN NEW.amount_minor ELSE 0 END
        WHERE agreement_id = NEW.agreement_id AND NEW.account IN ('committed', 'disbursed', 'written_off', 'accepted_spend');
    RETURN NULL;
END $$;
CREATE TRIGGER postings_balances AFTER INSERT ON postings FOR EACH ROW EXECUTE FUNCTION postings_balances();

CREATE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only';
END $$;

-- How a recipient reports, and what arrived once it is confirmed, never change (M51).
CREATE FUNCTION agreements_reporting() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reporting_currency IS DISTINCT FROM OLD.reporting_currency
        OR NEW.reporting_method IS DISTINCT FROM OLD.reporting_method
    THEN
        RAISE EXCEPTION 'the reporting currency is for good';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreements_reporting BEFORE UPDATE ON agreements FOR EACH ROW EXECUTE FUNCTION agreements_reporting();
CREATE FUNCTION disbursements_credit() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.credit_confirmed_by IS NOT NULL AND (NEW.credit_minor IS DISTINCT FROM OLD.credit_minor
        OR NEW.credited_on IS DISTINCT FROM OLD.credited_on
        OR NEW.credit_confirmed_by IS DISTINCT FROM OLD.credit_confirmed_by)
    THEN
        RAISE EXCEPTION 'what arrived is confirmed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER disbursements_credit BEFORE UPDATE ON disbursements FOR EACH ROW EXECUTE FUNCTION disbursements_credit();

-- What happened is never changed: corrections are new rows.
CREATE TRIGGER journal_entries_no_update BEFORE UPDATE ON journal_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_entries_no_delete BEFORE DELETE ON journal_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_entries_no_truncate BEFORE TRUNCATE ON journal_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER postings_no_update BEFORE UPDATE ON postings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER postings_no_truncate BEFORE TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ballots_no_update BEFORE UPDATE ON ballots FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ballots_no_delete BEFORE DELETE ON ballots FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ballots_no_truncate BEFORE TRUNCATE ON ballots FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_no_truncate BEFORE TRUNCATE ON decisions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposal_versions_no_update BEFORE UPDATE ON proposal_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposal_versions_no_delete BEFORE DELETE ON proposal_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER proposal_versions_no_truncate BEFORE TRUNCATE ON proposal_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER export_log_no_update BEFORE UPDATE ON export_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER export_log_no_delete BEFORE DELETE ON export_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER export_log_no_truncate BEFORE TRUNCATE ON export_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
