//! SQL of what waits: one statement, made of the parts that a person's rights call for.

use shared::currency::Currency;
use shared::home::{TASKS_OF_A_KIND, TaskKind};
use shared::ids::{OrganisationId, PersonId};
use shared::time::{Date, Timestamp};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::db::Tx;
use crate::http::error::ApiError;
use crate::on;

/// A tranche is to be prepared so many days before it is due.
const PREPARE_DAYS: i64 = 14;

/// A result is news for so many days.
const NEWS_DAYS: i64 = 30;

/// For whom, and when.
#[derive(Debug)]
pub struct Reader {
    /// The person.
    pub person_id: PersonId,
    /// The organisations that the person applies for.
    pub applicants: Vec<OrganisationId>,
    /// The organisations that the person votes for.
    pub voters: Vec<OrganisationId>,
    /// The present.
    pub now: Timestamp,
}

/// Something that waits.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TaskRow {
    /// What is to be done.
    pub kind: TaskKind,
    /// On what.
    pub id: Uuid,
    /// What it is called, in English where there are two.
    pub title: String,
    /// What it is called in French, where there are two.
    pub title_fr: Option<String>,
    /// Its number and whose it is.
    pub context: String,
    /// Until which instant.
    pub due_at: Option<Timestamp>,
    /// Until which day.
    pub due_on: Option<Date>,
    /// How much.
    pub amount_minor: Option<i64>,
    /// In which currency.
    pub currency: Option<Currency>,
    /// How many of its kind there are.
    pub total: i64,
}

/// The tasks of the kinds that concern a reader, soonest first within each kind.
///
/// # Errors
/// When the database fails.
pub async fn tasks(tx: &mut Tx, reader: &Reader, kinds: &[TaskKind]) -> Result<Vec<TaskRow>, ApiError> {
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    // $1 now · $2 today · $3 person · $4 the last day to prepare for · $5 how far back news goes.
    let mut places = 5;
    let mut list = |ids: &[OrganisationId]| {
        let names: Vec<String> = ids
            .iter()
            .map(|_| {
                places += 1;
                format!("${places}")
            })
            .collect();
        if names.is_empty() { "NULL".to_owned() } else { names.join(", ") }
    };
    let (applicants, voters) = (list(&reader.applicants), list(&reader.voters));
    let limit = TASKS_OF_A_KIND.to_string();
    let parts: Vec<String> = kinds
        .iter()
        .map(|kind| {
            let part = part(*kind)
                .replace("{applicants}", &applicants)
                .replace("{voters}", &voters)
                .replace("{limit}", &limit);
            format!("SELECT '{kind}' AS kind, part.* FROM ({part} LIMIT {limit}) AS part")
        })
        .collect();
    // Every parameter is named once, so that its type is known whichever parts are asked for.
    let sql = format!(
        "{} UNION ALL SELECT '', $3, '', NULL, '', $1, $2, 0, NULL, 0 WHERE $4 < $2 AND $5 > $1",
        parts.join(" UNION ALL ")
    );
    Ok(on!(tx, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(sql.as_str()))
            .bind(reader.now)
            .bind(reader.now.date())
            .bind(reader.person_id)
            .bind(reader.now.date().plus_days(PREPARE_DAYS))
            .bind(reader.now.plus(-chrono::Duration::days(NEWS_DAYS)));
        for id in reader.applicants.iter().chain(&reader.voters) {
            query = query.bind(*id);
        }
        query.fetch_all(c).await
    })?)
}

macro_rules! call_part {
    ($id:literal, $due:literal, $where:literal) => {
        concat!(
            "SELECT ",
            $id,
            " AS id, c.title_en AS title, c.title_fr AS title_fr, c.code AS context, ",
            $due,
            " AS due_at,
                 CAST(NULL AS DATE) AS due_on, c.envelope_minor AS amount_minor, f.currency AS currency,
                 COUNT(*) OVER () AS total
             FROM calls c JOIN funds f ON f.id = c.fund_id WHERE ",
            $where,
            " ORDER BY c.closes_at, c.id"
        )
    };
}

/// A proposal as its applicant sees it: in its own currency.
macro_rules! own_part {
    ($due:literal, $where:literal) => {
        concat!(
            "SELECT p.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr,
                 COALESCE(p.number || ' · ', '') || c.code AS context, ",
            $due,
            " AS due_at, CAST(NULL AS DATE) AS due_on, p.requested_minor AS amount_minor, p.currency AS currency,
                 COUNT(*) OVER () AS total
             FROM proposals p JOIN calls c ON c.id = p.call_id WHERE p.organisation_id IN ({applicants}) AND ",
            $where,
            " ORDER BY ",
            $due,
            ", p.id"
        )
    };
}

/// A concept note, in its own currency.
macro_rules! concept_part {
    ($due:literal, $where:literal) => {
        concat!(
            "SELECT n.id AS id, n.title AS title, CAST(NULL AS TEXT) AS title_fr,
                 COALESCE(n.number || ' · ' || o.code, c.code) AS context, ",
            $due,
            " AS due_at, CAST(NULL AS DATE) AS due_on, n.requested_minor AS amount_minor, n.currency AS currency,
                 COUNT(*) OVER () AS total
             FROM concept_notes n JOIN calls c ON c.id = n.call_id JOIN organisations o ON o.id = n.organisation_id
             WHERE ",
            $where,
            " ORDER BY n.submitted_at, n.id"
        )
    };
}

/// A proposal as the fund sees it: in the fund's currency. Counted call by call and by index, before
/// anything else is read of those that are shown: thousands may wait.
macro_rules! proposal_part {
    ($id:literal, $where:literal) => {
        concat!(
            "SELECT ",
            $id,
            " AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr,
                 COALESCE(p.number, '') || ' · ' || o.code AS context, CAST(NULL AS TIMESTAMPTZ) AS due_at,
                 CAST(NULL AS DATE) AS due_on, p.requested_eur_minor AS amount_minor, f.currency AS currency, k.total AS total
             FROM (SELECT p.id, COUNT(*) OVER () AS total FROM calls c CROSS JOIN proposals p WHERE p.call_id = c.id AND ",
            $where,
            " ORDER BY p.number LIMIT {limit}) k
             JOIN proposals p ON p.id = k.id JOIN calls c ON c.id = p.call_id JOIN funds f ON f.id = c.fund_id
             JOIN organisations o ON o.id = p.organisation_id ORDER BY p.number"
        )
    };
}

macro_rules! review_part {
    ($state:literal) => {
        concat!(
            "SELECT r.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr,
                 COALESCE(p.number, '') || ' · ' || c.code AS context, CAST(NULL AS TIMESTAMPTZ) AS due_at,
                 r.due_on AS due_on, CAST(NULL AS BIGINT) AS amount_minor, CAST(NULL AS TEXT) AS currency,
                 COUNT(*) OVER () AS total
             FROM reviews r JOIN proposals p ON p.id = r.proposal_id JOIN calls c ON c.id = p.call_id
             WHERE r.reviewer_id = $3 AND r.state = '",
            $state,
            "' ORDER BY r.due_on, r.id"
        )
    };
}

macro_rules! motion_part {
    ($due:literal, $where:literal, $order:literal) => {
        concat!(
            "SELECT m.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr,
                 m.number || ' · ' || COALESCE(p.number, '') AS context, ",
            $due,
            " AS due_at, CAST(NULL AS DATE) AS due_on, m.amount_minor AS amount_minor, f.currency AS currency,
                 COUNT(*) OVER () AS total
             FROM motions m JOIN proposals p ON p.id = m.proposal_id JOIN calls c ON c.id = p.call_id
             JOIN funds f ON f.id = c.fund_id WHERE ",
            $where,
            " ORDER BY ",
            $order,
            ", m.id"
        )
    };
}

macro_rules! agreement_part {
    ($where:literal) => {
        concat!(
            "SELECT a.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr, a.number || ' · ' || o.code AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, CAST(NULL AS DATE) AS due_on, a.amount_minor AS amount_minor,
                 f.currency AS currency, COUNT(*) OVER () AS total
             FROM agreements a JOIN proposals p ON p.id = a.proposal_id JOIN funds f ON f.id = a.fund_id
             JOIN organisations o ON o.id = a.organisation_id WHERE ",
            $where,
            " ORDER BY a.created_at, a.id"
        )
    };
}

macro_rules! payment_part {
    ($where:literal) => {
        payment_part!("t.due_on", $where)
    };
    ($due:literal, $where:literal) => {
        concat!(
            "SELECT a.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr, d.number || ' · ' || o.code AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, ",
            $due,
            " AS due_on, d.amount_minor AS amount_minor,
                 f.currency AS currency, COUNT(*) OVER () AS total
             FROM disbursements d JOIN tranches t ON t.id = d.tranche_id JOIN agreements a ON a.id = d.agreement_id
             JOIN proposals p ON p.id = a.proposal_id JOIN funds f ON f.id = a.fund_id
             JOIN organisations o ON o.id = a.organisation_id WHERE ",
            $where,
            " ORDER BY t.due_on, d.id"
        )
    };
}

/// A report of an agreement that still runs.
macro_rules! report_part {
    ($where:literal) => {
        concat!(
            "SELECT r.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr, a.number || ' · ' || o.code AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, r.due_on AS due_on, CAST(NULL AS BIGINT) AS amount_minor,
                 CAST(NULL AS TEXT) AS currency, COUNT(*) OVER () AS total
             FROM reports r JOIN agreements a ON a.id = r.agreement_id JOIN proposals p ON p.id = a.proposal_id
             JOIN organisations o ON o.id = a.organisation_id
             WHERE a.signed_at IS NOT NULL AND a.state <> 'closed' AND ",
            $where,
            " ORDER BY r.due_on, r.id"
        )
    };
}

/// An amendment that waits for somebody; for the fund, never for who had a part in it (M70).
macro_rules! amendment_part {
    ($where:literal) => {
        concat!(
            "SELECT m.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr, a.number || ' · ' || o.code AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, CAST(NULL AS DATE) AS due_on, CAST(NULL AS BIGINT) AS amount_minor,
                 CAST(NULL AS TEXT) AS currency, COUNT(*) OVER () AS total
             FROM amendments m JOIN agreements a ON a.id = m.agreement_id JOIN proposals p ON p.id = a.proposal_id
             JOIN organisations o ON o.id = a.organisation_id
             WHERE COALESCE(m.desk_by <> $3, TRUE) AND COALESCE(m.finance_by <> $3, TRUE)
                 AND COALESCE(m.signed_by <> $3, TRUE) AND ",
            $where,
            " ORDER BY m.submitted_at, m.id"
        )
    };
}

/// What is owed back on an agreement, or came back of it.
macro_rules! recovery_part {
    ($amount:literal, $from:literal, $where:literal) => {
        concat!(
            "SELECT a.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr, v.number || ' · ' || o.code AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, CAST(NULL AS DATE) AS due_on, ",
            $amount,
            " AS amount_minor, f.currency AS currency, COUNT(*) OVER () AS total
             FROM ",
            $from,
            " JOIN agreements a ON a.id = v.agreement_id JOIN proposals p ON p.id = a.proposal_id
             JOIN funds f ON f.id = a.fund_id JOIN organisations o ON o.id = a.organisation_id WHERE ",
            $where,
            " ORDER BY v.id"
        )
    };
}

macro_rules! booking_part {
    ($what:literal, $from:literal, $amount:literal, $currency:literal, $where:literal, $order:literal) => {
        concat!(
            "SELECT x.id AS id, ",
            $what,
            " AS title, CAST(NULL AS TEXT) AS title_fr, o.code AS context, CAST(NULL AS TIMESTAMPTZ) AS due_at,
                 CAST(NULL AS DATE) AS due_on, ",
            $amount,
            " AS amount_minor, ",
            $currency,
            " AS currency, COUNT(*) OVER () AS total FROM ",
            $from,
            " WHERE ",
            $where,
            " ORDER BY ",
            $order,
            ", x.id"
        )
    };
}

/// The part of a kind: id, title, French title, context, due instant, due day, amount, currency,
/// count; in the order in which they should be done.
const fn part(kind: TaskKind) -> &'static str {
    use TaskKind as K;
    match kind {
        K::FinishDraft => own_part!(
            "c.closes_at",
            "(p.state = 'draft' OR p.reopened_at IS NOT NULL AND p.state = 'submitted')
             AND c.phase = 'published' AND c.opens_at <= $1 AND c.closes_at > $1"
        ),
        K::FinishConcept => concept_part!(
            "c.concepts_close_at",
            "n.organisation_id IN ({applicants}) AND n.state = 'draft' AND c.phase = 'published' AND c.opens_at <= $1
             AND c.concepts_close_at > $1"
        ),
        K::StartProposal => concept_part!(
            "c.closes_at",
            "n.organisation_id IN ({applicants}) AND n.state = 'invited' AND c.phase = 'published' AND c.closes_at > $1
             AND NOT EXISTS (SELECT 1 FROM proposals p WHERE p.concept_id = n.id)"
        ),
        K::AnswerRequest => own_part!("p.due_at", "p.state = 'more_info'"),
        K::ReadResult => {
            "SELECT p.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr, COALESCE(p.number, '') AS context,
                 c.results_released_at AS due_at, CAST(NULL AS DATE) AS due_on, d.amount_minor AS amount_minor,
                 f.currency AS currency, COUNT(*) OVER () AS total
             FROM decisions d JOIN proposals p ON p.id = d.proposal_id JOIN calls c ON c.id = p.call_id
             JOIN funds f ON f.id = c.fund_id
             WHERE p.organisation_id IN ({applicants}) AND d.decided_at <= c.results_released_at
                 AND c.results_released_at > $5 ORDER BY d.decided_at DESC, d.id"
        }
        K::SignAgreement => agreement_part!("a.state = 'sent' AND a.organisation_id IN ({applicants})"),
        K::Declare => review_part!("assigned"),
        K::WriteSheet => review_part!("accepted"),
        K::Vote => motion_part!(
            "m.closes_at",
            "m.state = 'open' AND m.closes_at > $1 AND EXISTS (
                 SELECT 1 FROM motion_voters v WHERE v.motion_id = m.id AND v.organisation_id IN ({voters})
                 AND NOT v.is_recused AND NOT EXISTS (SELECT 1 FROM ballots b
                     WHERE b.motion_id = v.motion_id AND b.organisation_id = v.organisation_id))",
            "m.closes_at"
        ),
        K::ResolveConflict => {
            "SELECT c.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr,
                 COALESCE(p.number, '') || ' · ' || h.name AS context, CAST(NULL AS TIMESTAMPTZ) AS due_at,
                 CAST(NULL AS DATE) AS due_on, CAST(NULL AS BIGINT) AS amount_minor, CAST(NULL AS TEXT) AS currency,
                 COUNT(*) OVER () AS total
             FROM declarations d JOIN proposals p ON p.id = d.proposal_id JOIN calls c ON c.id = p.call_id
             JOIN people h ON h.id = d.person_id
             WHERE d.conflict = 'soft' AND d.resolution IS NULL AND d.person_id <> $3 ORDER BY d.declared_at, d.id"
        }
        K::PublishCall => call_part!("c.id", "c.opens_at", "c.phase = 'draft'"),
        K::MoveCall => call_part!(
            "c.id",
            "CAST(NULL AS TIMESTAMPTZ)",
            "c.phase = 'published' AND c.closes_at <= $1
             OR c.phase = 'screening' AND NOT EXISTS (SELECT 1 FROM proposals p
                 WHERE p.call_id = c.id AND p.state IN ('submitted', 'more_info'))
             OR c.phase = 'review' AND c.unblinded_at IS NOT NULL
             OR c.phase = 'deliberation' AND NOT EXISTS (SELECT 1 FROM proposals p
                 WHERE p.call_id = c.id AND p.state IN ('in_review', 'scored', 'deliberated'))"
        ),
        K::ScreenConcept => {
            concept_part!("CAST(NULL AS TIMESTAMPTZ)", "n.state = 'submitted' AND c.phase <> 'cancelled'")
        }
        K::DecideConcept => concept_part!("c.closes_at", "n.state = 'eligible' AND c.phase <> 'cancelled'"),
        K::ScreenProposal => proposal_part!("p.id", "p.state = 'submitted' AND c.phase = 'screening'"),
        K::AssignReviewers => proposal_part!("c.id", "p.state = 'screened' AND c.phase = 'review'"),
        K::Unblind => call_part!(
            "c.id",
            "CAST(NULL AS TIMESTAMPTZ)",
            "c.phase = 'review' AND c.unblinded_at IS NULL
             AND EXISTS (SELECT 1 FROM proposals p JOIN reviews r ON r.proposal_id = p.id
                 WHERE p.call_id = c.id AND r.state = 'submitted')
             AND NOT EXISTS (SELECT 1 FROM proposals p JOIN reviews r ON r.proposal_id = p.id
                 WHERE p.call_id = c.id AND r.state IN ('assigned', 'accepted'))
             AND NOT EXISTS (SELECT 1 FROM proposals p WHERE p.call_id = c.id AND p.state = 'screened')"
        ),
        K::WriteMotion => proposal_part!(
            "p.id",
            "p.state IN ('scored', 'deliberated') AND c.unblinded_at IS NOT NULL
             AND p.id NOT IN (SELECT m.proposal_id FROM motions m WHERE m.state IN ('draft', 'open'))"
        ),
        K::OpenMotion => motion_part!("CAST(NULL AS TIMESTAMPTZ)", "m.state = 'draft'", "m.created_at"),
        K::DraftAgreement => {
            "SELECT p.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr,
                 COALESCE(p.number, '') || ' · ' || o.code AS context, CAST(NULL AS TIMESTAMPTZ) AS due_at,
                 CAST(NULL AS DATE) AS due_on, d.amount_minor AS amount_minor, f.currency AS currency,
                 COUNT(*) OVER () AS total
             FROM decisions d JOIN journal_entries e ON e.source_id = d.id AND e.kind = 'reservation'
             JOIN funds f ON f.id = e.fund_id JOIN proposals p ON p.id = d.proposal_id
             JOIN organisations o ON o.id = p.organisation_id
             WHERE NOT EXISTS (SELECT 1 FROM journal_entries r WHERE r.reverses = e.id)
               AND NOT EXISTS (SELECT 1 FROM agreements a WHERE a.proposal_id = d.proposal_id AND a.state <> 'void')
             ORDER BY d.decided_at, d.id"
        }
        K::ApproveAgreement => {
            agreement_part!("a.state = 'draft' AND a.created_by <> $3 AND COALESCE(a.planned_by, a.created_by) <> $3")
        }
        K::SendAgreement => agreement_part!("a.state = 'internally_approved'"),
        K::SignContribution => booking_part!(
            "x.reference",
            "contributions x JOIN organisations o ON o.id = x.donor_id",
            "x.signed_minor",
            "x.currency",
            "x.state = 'pledged' AND x.prepared_by <> $3",
            "x.prepared_at"
        ),
        K::ConfirmReceipt => booking_part!(
            "k.reference",
            "receipts x JOIN contributions k ON k.id = x.contribution_id JOIN organisations o ON o.id = k.donor_id",
            "x.amount_minor",
            "k.currency",
            "x.state = 'prepared' AND x.prepared_by <> $3",
            "x.prepared_at"
        ),
        K::ConfirmAllocation => booking_part!(
            "x.reason",
            "allocations x JOIN funds o ON o.id = x.fund_id",
            "x.amount_minor",
            "o.currency",
            "x.state = 'prepared' AND x.prepared_by <> $3",
            "x.prepared_at"
        ),
        // The signature releases the first tranche, the Desk the later ones (M32), the final report the last.
        K::PrepareDisbursement => {
            "SELECT a.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr, a.number || ' · ' || o.code AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, t.due_on AS due_on,
                 CAST(COALESCE(t.payable_minor, t.planned_minor + t.carried_minor) - x.taken AS BIGINT) AS amount_minor,
                 f.currency AS currency, COUNT(*) OVER () AS total
             FROM tranches t JOIN (SELECT y.id, COALESCE((SELECT SUM(d.amount_minor) FROM disbursements d
                     WHERE d.tranche_id = y.id AND d.state NOT IN ('cancelled', 'reversed')), 0) AS taken FROM tranches y
                 ) x ON x.id = t.id
             JOIN agreements a ON a.id = t.agreement_id JOIN proposals p ON p.id = a.proposal_id
             JOIN funds f ON f.id = a.fund_id JOIN organisations o ON o.id = a.organisation_id
             WHERE ((t.state = 'planned' AND t.number = 1 AND t.due_on <= $4 AND a.state = 'active')
                   OR (t.state IN ('released', 'reduced') AND a.state IN ('active', 'ended', 'closing')))
               AND COALESCE(t.payable_minor, t.planned_minor + t.carried_minor) > x.taken
             ORDER BY t.due_on, t.id"
        }
        K::VerifyDisbursement => {
            payment_part!("d.state = 'draft' AND d.prepared_by <> $3 AND COALESCE(d.retried_by, d.prepared_by) <> $3")
        }
        K::ApproveDisbursement => payment_part!(
            "d.state = 'verified' AND d.prepared_by <> $3 AND COALESCE(d.retried_by, d.prepared_by) <> $3
             AND d.verified_by <> $3"
        ),
        K::SecondApprove => payment_part!(
            "d.state = 'approved' AND d.second_approved_by IS NULL AND (SELECT SUM(x.amount_minor)
                 FROM disbursements x WHERE x.tranche_id = d.tranche_id AND x.state NOT IN ('cancelled', 'reversed'))
                 > f.second_approval_above_minor
             AND d.prepared_by <> $3 AND COALESCE(d.retried_by, d.prepared_by) <> $3 AND d.verified_by <> $3
             AND d.approved_by <> $3"
        ),
        K::ConfirmCredit => payment_part!(
            "CAST(NULL AS DATE)",
            "d.state IN ('paid', 'reconciled') AND d.credit_confirmed_by IS NULL AND d.credit_recorded_by <> $3"
        ),
        K::Instruct => payment_part!(
            "d.state = 'approved'
             AND (d.second_approved_by IS NOT NULL OR (SELECT SUM(x.amount_minor)
                 FROM disbursements x WHERE x.tranche_id = d.tranche_id AND x.state NOT IN ('cancelled', 'reversed'))
                 <= f.second_approval_above_minor)"
        ),
        K::RecordPayment => payment_part!("d.state = 'instructed'"),
        K::WriteReport => report_part!(
            "a.organisation_id IN ({applicants})
             AND (r.state IN ('clarification', 'rejected') OR (r.state IN ('scheduled', 'draft') AND r.due_on <= $4))"
        ),
        K::CheckReport => report_part!(
            "(r.state = 'submitted' OR (r.state = 'in_check' AND r.checked_by IS NULL)) AND r.submitted_by <> $3"
        ),
        K::AcceptReport => {
            report_part!("r.state = 'in_check' AND r.checked_by <> $3 AND r.submitted_by <> $3")
        }
        K::DecideTranche => {
            "SELECT a.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr, a.number || ' · ' || o.code AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, t.due_on AS due_on,
                 t.planned_minor + t.carried_minor AS amount_minor, f.currency AS currency, COUNT(*) OVER () AS total
             FROM tranches t JOIN agreements a ON a.id = t.agreement_id JOIN proposals p ON p.id = a.proposal_id
             JOIN funds f ON f.id = a.fund_id JOIN organisations o ON o.id = a.organisation_id
             WHERE t.state = 'requested' AND t.requested_by <> $3 ORDER BY t.due_on, t.id"
        }
        K::CheckAmendment => amendment_part!(
            "m.state = 'submitted' AND NOT EXISTS (SELECT 1 FROM amendment_writers w
                 WHERE w.amendment_id = m.id AND w.person_id = $3)"
        ),
        K::ApproveAmendment => amendment_part!(
            "m.state = 'desk_ok' AND NOT EXISTS (SELECT 1 FROM amendment_writers w
                 WHERE w.amendment_id = m.id AND w.person_id = $3)"
        ),
        K::SignAmendment => amendment_part!(
            "m.state = 'finance_ok' AND NOT EXISTS (SELECT 1 FROM amendment_writers w
                 WHERE w.amendment_id = m.id AND w.person_id = $3)"
        ),
        K::CountersignAmendment => amendment_part!(
            "m.state = 'signed' AND a.organisation_id IN ({applicants})
             AND NOT EXISTS (SELECT 1 FROM amendment_writers w
                 WHERE w.amendment_id = m.id AND w.person_id = $3 AND w.is_for_fund)"
        ),
        // An account is checked on the page of a grant: the organisation's first one.
        K::VerifyAccount => {
            "SELECT a.id AS id, b.holder AS title, CAST(NULL AS TEXT) AS title_fr, a.number || ' · ' || o.code AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, CAST(NULL AS DATE) AS due_on,
                 CAST(NULL AS BIGINT) AS amount_minor, CAST(NULL AS TEXT) AS currency, COUNT(*) OVER () AS total
             FROM bank_accounts b JOIN organisations o ON o.id = b.organisation_id
             JOIN agreements a ON a.id = (SELECT x.id FROM agreements x WHERE x.organisation_id = b.organisation_id
                 ORDER BY x.created_at, x.id LIMIT 1)
             WHERE b.state = 'entered' AND b.entered_by <> $3 ORDER BY b.entered_at, b.id"
        }
        K::ApproveReversal => payment_part!(
            "d.state IN ('paid', 'reconciled') AND d.reversal_prepared_by <> $3 AND d.reversal_approved_by IS NULL"
        ),
        K::ConfirmRefund => recovery_part!(
            "x.amount_minor",
            "refunds x JOIN recoveries v ON v.id = x.recovery_id",
            "x.confirmed_by IS NULL AND x.refused_by IS NULL AND x.prepared_by <> $3"
        ),
        K::DecideWriteOff => recovery_part!(
            "v.amount_minor - v.refunded_minor",
            "recoveries v",
            "v.state NOT IN ('settled', 'written_off') AND v.write_off_proposed_by <> $3"
        ),
        K::ConfirmCorrection => booking_part!(
            "x.reason",
            "corrections x JOIN funds o ON o.id = x.fund_id",
            "x.amount_minor",
            "o.currency",
            "x.state = 'prepared' AND x.prepared_by <> $3",
            "x.prepared_at"
        ),
        K::ApproveRate => {
            "SELECT r.id AS id, r.source AS title, CAST(NULL AS TEXT) AS title_fr, r.currency AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, CAST(NULL AS DATE) AS due_on,
                 CAST(NULL AS BIGINT) AS amount_minor, CAST(NULL AS TEXT) AS currency, COUNT(*) OVER () AS total
             FROM fx_rates r WHERE r.state = 'entered' AND r.entered_by <> $3 ORDER BY r.entered_at, r.id"
        }
        K::DecidePeriod => {
            "SELECT d.id AS id, CAST(d.first_day AS TEXT) || ' – ' || CAST(d.last_day AS TEXT) AS title,
                 CAST(NULL AS TEXT) AS title_fr, f.code AS context, CAST(NULL AS TIMESTAMPTZ) AS due_at,
                 CAST(NULL AS DATE) AS due_on, CAST(NULL AS BIGINT) AS amount_minor, CAST(NULL AS TEXT) AS currency,
                 COUNT(*) OVER () AS total
             FROM periods d JOIN funds f ON f.id = d.fund_id
             WHERE d.state IN ('lock_proposed', 'unlock_proposed') AND d.proposed_by <> $3
             ORDER BY d.proposed_at, d.id"
        }
        K::InvitePerson => {
            "SELECT h.id AS id, h.name AS title, CAST(NULL AS TEXT) AS title_fr, h.email AS context,
                 CAST(NULL AS TIMESTAMPTZ) AS due_at, CAST(NULL AS DATE) AS due_on,
                 CAST(NULL AS BIGINT) AS amount_minor, CAST(NULL AS TEXT) AS currency, COUNT(*) OVER () AS total
             FROM people h WHERE h.password_hash IS NULL AND h.disabled_at IS NULL ORDER BY h.created_at, h.id"
        }
        // Every payment that was ever made is among it: news is not counted, and is read by its day. SQLite
        // follows no index for what is said by a negation.
        K::LookAtPayment => {
            "SELECT a.id AS id, p.title AS title, CAST(NULL AS TEXT) AS title_fr, d.number || ' · ' || o.code AS context,
                 d.paid_at AS due_at, d.value_date AS due_on, d.amount_minor AS amount_minor, f.currency AS currency,
                 CAST(0 AS BIGINT) AS total
             FROM disbursements d JOIN agreements a ON a.id = d.agreement_id JOIN proposals p ON p.id = a.proposal_id
             JOIN funds f ON f.id = a.fund_id JOIN organisations o ON o.id = a.organisation_id
             WHERE d.paid_at IS NOT NULL AND NOT (d.state NOT IN ('paid', 'reconciled')) ORDER BY d.paid_at DESC, d.id"
        }
        K::LookAtDecision => motion_part!("m.closed_at", "m.closed_at IS NOT NULL", "m.closed_at DESC"),
    }
}
