//! The authorization matrix: every endpoint by every role, as a file that a person can read.
//!
//! `tests/authz/matrix.txt` is the golden copy; `UPDATE=1 cargo test -p tests --test authz` writes
//! it anew, for reading the difference. An endpoint without a fixture here fails the test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use catalytic_fund::app::App;
use catalytic_fund::auth::actor::RIGHTS;
use catalytic_fund::auth::session_store::{PERSON, Sessions};
use catalytic_fund::clock::Clock;
use catalytic_fund::db::Db;
use catalytic_fund::demo::{World, cast, portfolio};
use serde_json::{Value, json};
use shared::endpoint::{BASE, Flag, Info, Method, all};
use shared::ids::PersonId;
use shared::time::Timestamp;
use tower::ServiceExt;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::SessionStore;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/authz/matrix.txt");

/// Who asks: a column each. `applicant_lead` and `applicant_member` are the proposal's own, the
/// other applicants and the endorser are strangers to it.
const WHO: &[(&str, &str)] = &[
    ("nobody", "not signed in"),
    ("admin", "administrator"),
    ("desk_officer", "desk officer"),
    ("finance_preparer", "finance preparer"),
    ("finance_approver", "finance approver"),
    ("head_of_desk", "head of desk"),
    ("steering_voter", "steering voter"),
    ("steering_facilitator", "steering facilitator"),
    ("reviewer", "reviewer, assigned"),
    ("reviewer4", "reviewer, not assigned to it"),
    ("advisor", "adviser"),
    ("hub", "hub"),
    ("applicant_lead", "applicant, own"),
    ("applicant_member", "applicant's member, own"),
    ("applicant_np", "applicant, a stranger"),
    ("endorser", "endorser, a stranger"),
    ("auditor", "auditor"),
];

/// A seeded database, copied for each request that changes something.
struct Stage {
    pristine: PathBuf,
    folder: tempfile::TempDir,
    now: Timestamp,
    copies: u32,
}

/// A copy in use.
struct Running {
    app: App,
    router: Router,
}

impl Stage {
    async fn seed() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pristine = folder.path().join("pristine.db");
        let db = Db::connect(&format!("sqlite:{}", pristine.display())).await.unwrap();
        let start = Timestamp::parse(tests::START).unwrap();
        let mut world = World::new(db, start);
        let fund = cast::assemble(&mut world).await.unwrap();
        let now = start.plus(chrono::Duration::days(260));
        portfolio::play(&mut world, fund, now).await.unwrap();
        owing(&world.app).await;
        world.app.db.close().await;
        Self { pristine, folder, now, copies: 0 }
    }

    async fn run(&mut self) -> Running {
        self.copies += 1;
        let copy = self.folder.path().join(format!("copy-{}.db", self.copies));
        std::fs::copy(&self.pristine, &copy).unwrap();
        let db = Db::connect(&format!("sqlite:{}", copy.display())).await.unwrap();
        let app = App::new(db, Clock::manual(self.now), PathBuf::new());
        Running { router: app.router(), app }
    }
}

async fn finish(running: Running, folder: &Path, copy: u32) {
    running.app.db.close().await;
    let _ = std::fs::remove_file(folder.join(format!("copy-{copy}.db")));
}

/// Something owed back, of which some came back, and an amendment that was handed in: the story has none.
async fn owing(app: &App) {
    let Db::Sqlite { write, .. } = &app.db else { unreachable!() };
    for sql in [
        "INSERT INTO recoveries (id, agreement_id, number, amount_minor, state, raised_by, raised_at)
         SELECT a.id, a.id, 'R-1', 100, 'raised', a.created_by, a.created_at FROM agreements a",
        "INSERT INTO refunds (id, recovery_id, amount_minor, bank_reference, received_on, prepared_by, prepared_at)
         SELECT a.id, a.id, 100, 'BACK-1', '2026-11-01', a.created_by, a.created_at FROM agreements a",
        "INSERT INTO amendments (id, agreement_id, number, kind, state, reason, base_version, created_by, created_at,
             submitted_by, submitted_at)
         SELECT a.id, a.id, 1, 'reallocation', 'submitted', 'A reason', 1, a.signed_by, a.created_at, a.signed_by, a.created_at
         FROM agreements a",
    ] {
        sqlx::query(sql).execute(write).await.unwrap();
    }
}

async fn one(app: &App, sql: &'static str) -> String {
    let Db::Sqlite { read, .. } = &app.db else { unreachable!() };
    let id: uuid::Uuid = sqlx::query_scalar(sql).fetch_one(read).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    id.to_string()
}

/// The rows that the matrix asks about.
async fn ids(app: &App) -> BTreeMap<&'static str, String> {
    let mut ids = BTreeMap::new();
    for (name, sql) in [
        ("fund_id", "SELECT id FROM funds"),
        ("person_id", "SELECT id FROM people WHERE email = 'endorser@demo.example'"),
        (
            "membership_id",
            "SELECT m.id FROM memberships m JOIN people p ON p.id = m.person_id WHERE p.email = 'endorser@demo.example'",
        ),
        ("contribution_id", "SELECT id FROM contributions WHERE state = 'pledged'"),
        ("receipt_id", "SELECT id FROM receipts LIMIT 1"),
        ("allocation_id", "SELECT id FROM allocations LIMIT 1"),
        ("draft_call", "SELECT id FROM calls WHERE code = 'CIF-06'"),
        ("scored_call", "SELECT id FROM calls WHERE code = 'CIF-02'"),
        ("open_call", "SELECT id FROM calls WHERE code = 'CIF-05'"),
        ("review_call", "SELECT id FROM calls WHERE code = 'CIF-03'"),
        ("staged_call", "SELECT id FROM calls WHERE code = 'CIF-07'"),
        (
            "concept_id",
            "SELECT id FROM concept_notes WHERE organisation_id = (SELECT id FROM organisations WHERE code = 'CM-IP')",
        ),
        (
            "award",
            "SELECT id FROM proposals WHERE number IS NOT NULL AND organisation_id = (SELECT id FROM organisations WHERE code = 'CM-IP') AND call_id = (SELECT id FROM calls WHERE code = 'CIF-01')",
        ),
        (
            "open_proposal",
            "SELECT id FROM proposals WHERE organisation_id = (SELECT id FROM organisations WHERE code = 'CM-IP') AND call_id = (SELECT id FROM calls WHERE code = 'CIF-05')",
        ),
        (
            "reviewed_proposal",
            "SELECT id FROM proposals WHERE organisation_id = (SELECT id FROM organisations WHERE code = 'CM-IP') AND call_id = (SELECT id FROM calls WHERE code = 'CIF-03')",
        ),
        (
            "review_id",
            "SELECT r.id FROM reviews r JOIN people p ON p.id = r.reviewer_id JOIN proposals q ON q.id = r.proposal_id JOIN organisations o ON o.id = q.organisation_id WHERE p.email = 'reviewer@demo.example' AND o.code = 'CM-IP' AND q.call_id = (SELECT id FROM calls WHERE code = 'CIF-03')",
        ),
        ("motion_id", "SELECT id FROM motions WHERE state = 'open'"),
        ("decision_id", "SELECT d.id FROM decisions d JOIN agreements a ON a.decision_id = d.id"),
        (
            "declaration_id",
            "SELECT d.id FROM declarations d JOIN people p ON p.id = d.person_id WHERE p.email = 'reviewer3@demo.example' LIMIT 1",
        ),
        ("agreement_id", "SELECT id FROM agreements"),
        ("disbursement_id", "SELECT id FROM disbursements"),
        ("tranche_id", "SELECT id FROM tranches WHERE number = 2"),
        ("house_account", "SELECT id FROM house_accounts"),
        ("batch_id", "SELECT id FROM disbursements LIMIT 1"),
        (
            "line_id",
            "SELECT l.id FROM statement_lines l WHERE NOT EXISTS (SELECT 1 FROM bank_matches m WHERE m.line_id = l.id) LIMIT 1",
        ),
        ("match_id", "SELECT id FROM bank_matches LIMIT 1"),
        ("period_id", "SELECT id FROM periods WHERE state = 'lock_proposed'"),
        ("correction_id", "SELECT id FROM corrections WHERE state = 'prepared'"),
        ("rate_id", "SELECT id FROM fx_rates WHERE state = 'entered'"),
        ("account_id", "SELECT id FROM bank_accounts"),
        ("report_id", "SELECT id FROM reports WHERE number = 1"),
        ("amendment_id", "SELECT id FROM amendments"),
        ("recovery_id", "SELECT id FROM recoveries"),
        ("refund_id", "SELECT id FROM refunds"),
        ("organisation_id", "SELECT id FROM organisations WHERE code = 'CM-IP'"),
        ("donor_id", "SELECT id FROM organisations WHERE code = 'EU'"),
    ] {
        ids.insert(name, one(app, sql).await);
    }
    ids
}

/// Which row a path's parameter means for an endpoint.
fn parameter<'a>(endpoint: &str, name: &'a str) -> &'a str {
    match (name, endpoint) {
        ("call_id", "UpdateCall" | "PublishCall" | "ExtendCall" | "MoveCall" | "CancelCall") => "draft_call",
        ("call_id", "CreateConcept") => "staged_call",
        ("call_id", "CreateProposal" | "GetPublicCall" | "GetCall") => "open_call",
        ("call_id", "GetRanking" | "GetWaitlist") => "scored_call",
        ("account_id", "UpdateHouseAccount" | "PreviewStatement" | "ImportStatement") => "house_account",
        ("call_id", _) => "review_call",
        ("proposal_id", "GetScores" | "GetOutcome") => "award",
        (
            "proposal_id",
            "CheckConflict" | "Declare" | "ListDeclarations" | "ScreenProposal" | "GetProposal" | "ListVersions"
            | "GetVersion",
        ) => "reviewed_proposal",
        ("proposal_id", _) => "open_proposal",
        (name, _) => name,
    }
}

/// A body that parses; none for an endpoint that nobody thought of.
fn body(endpoint: &str, ids: &BTreeMap<&'static str, String>) -> Option<Value> {
    let eur = |amount: &str| json!({"amount": amount, "currency": "EUR"});
    Some(match endpoint {
        "SignIn" => json!({"email": "nobody@example.org", "password": "not the password"}),
        "UseLink" => json!({"email": null, "name": null, "password": "long enough to be taken"}),
        "CreatePerson" => json!({"name": "Somebody", "email": "somebody@example.org", "language": "en"}),
        "AddMembership" => {
            json!({"role": "hub", "organisation_id": null, "body_id": null, "is_alternate": false, "valid_from": "2026-11-01", "valid_until": null})
        }
        "EndMembership" => json!({"valid_until": "2027-01-01"}),
        "CreateOrganisation" => json!({"code": "NEW", "name": "New", "kind": "ngo", "country": null}),
        "CreateBody" => json!({"name": "New", "kind": "committee"}),
        "CreateFund" => {
            json!({"code": "NEW", "name": "New fund", "second_approval_above": eur("50000.00"), "split_method": "pro_rata"})
        }
        "CreateContribution" => {
            json!({"donor_id": ids["donor_id"], "reference": "NEW-1", "signed": eur("1.00"), "budget_rate": "1", "pledged_on": "2026-11-01"})
        }
        "SignContribution" => json!({"signed_on": "2026-11-17"}),
        "PrepareReceipt" => {
            json!({"amount": eur("1.00"), "bank_rate": "1", "received_on": "2026-11-17", "bank_reference": "NEW-1"})
        }
        "PrepareAllocation" => {
            json!({"purpose": "reserve", "amount": eur("1.00"), "posted_on": "2026-11-17", "reason": "More"})
        }
        "CreateCall" => {
            json!({"fund_id": ids["fund_id"], "code": "NEW", "title": {"en": "New", "fr": "Nouveau"}, "window": "country_implementation", "envelope": eur("1000.00"), "zone": "Africa/Niamey", "opens_local": "2027-01-01T08:00", "closes_local": "2027-02-01T23:59", "copy_of": null})
        }
        "UpdateCall" => {
            let definition = serde_json::to_value(shared::calls::Definition::catalytic_default()).unwrap();
            json!({"code": "CIF-06", "title": {"en": "New", "fr": "Nouveau"}, "window": "country_implementation", "envelope": eur("1000.00"), "zone": "Africa/Niamey", "opens_local": "2027-01-01T08:00", "closes_local": "2027-02-01T23:59", "definition": definition})
        }
        "ExtendCall" => {
            json!({"envelope": eur("150000.00"), "closes_local": "2027-03-01T23:59", "reason": "More time"})
        }
        "MoveCall" => json!({"to": "screening"}),
        "CancelCall" => json!({"reason": "No money"}),
        "CreateProposal" | "CreateConcept" => {
            json!({"organisation_id": ids["organisation_id"], "title": "New", "country": "CM", "language": "fr", "currency": "EUR"})
        }
        "UpdateProposal" => json!({"title": "New", "country": "CM", "duration_months": 12, "partners": []}),
        "SaveConcept" => json!({"title": "New", "country": "CM", "requested": null, "summary": ""}),
        "ScreenConcept" => json!({"outcome": "eligible", "reason": ""}),
        "DecideConcept" => json!({"outcome": "invited", "reason": ""}),
        "SaveAnswer" => json!({"body": "New"}),
        "SaveBudget" => json!({"lines": []}),
        "SubmitProposal" => json!({"is_declared": true}),
        "WithdrawProposal" => json!({"reason": "No longer needed"}),
        "ScreenProposal" => json!({"outcome": "screened", "reason": "", "due_on": null}),
        "AssignReviewers" => {
            json!({"proposal_ids": [ids["reviewed_proposal"]], "reviewer_ids": [ids["person_id"]], "due_on": "2026-12-01"})
        }
        "Declare" => json!({"conflict": "none", "explanation": ""}),
        "ResolveConflict" => json!({"resolution": "allowed", "reason": "Far enough"}),
        "SaveSheet" | "SubmitSheet" => {
            json!({"scores": [], "strengths": "", "weaknesses": "", "light": null, "suggested": null})
        }
        "Unblind" => json!({"reason": "All are in"}),
        "CreateMotion" | "UpdateMotion" => {
            json!({"proposal_id": ids["award"], "outcome": "rejected", "amount": null, "conditions": "", "off_rank_reason": ""})
        }
        "OpenMotion" => json!({"closes_at": "2026-12-15T12:00:00Z"}),
        "CastBallot" => json!({"choice": "yes", "reason": "", "alternate_note": null}),
        "CreateAgreement" => {
            json!({"decision_id": ids["decision_id"], "number": "NEW", "starts_on": "2026-12-01", "ends_on": "2027-12-01", "tranches": []})
        }
        "ReplaceTranchePlan" => json!({"tranches": []}),
        "PrepareDisbursement" => json!({"tranche_id": ids["tranche_id"], "amount": eur("1.00")}),
        "PayDisbursement" => json!({"bank_reference": "NEW-2", "value_date": "2026-11-17"}),
        "AddHouseAccount" | "UpdateHouseAccount" => {
            json!({"name": "Bank", "iban": "DE00", "currency": "EUR", "profile": {"delimiter": "comma", "date_format": "iso", "is_decimal_comma": false, "date": "date", "amount": "amount", "debit": "", "credit": "", "reference": "reference", "end_to_end_id": "", "text": "text"}})
        }
        "PreviewStatement" | "ImportStatement" => {
            json!({"file_name": "", "text": "date,amount,reference,text\n2026-11-16,-1.00,NEW,Fee\n"})
        }
        "ConfirmMatches" => json!({"matches": [{"line_id": ids["line_id"], "entry_id": null, "reason": "Fee"}]}),
        "UndoMatch" => json!({"reason": "The wrong one"}),
        "ReserveWaiting" => json!({"reason": "The next one has withdrawn"}),
        "ReleaseReservation" => json!({"reason": "The applicant declined"}),
        "CreateBatch" => json!({"disbursement_ids": [ids["disbursement_id"]]}),
        "ProposeLock" => json!({"kind": "month", "first_day": "2026-01-01"}),
        "ProposeUnlock" => json!({"reason": "A receipt was forgotten"}),
        "DecidePeriod" => json!({"is_accepted": true, "reason": ""}),
        "AddRate" => {
            json!({"currency": "XOF", "valid_on": "2026-11-01", "kind": "bank", "rate": "655.957", "source": "BCEAO"})
        }
        "ApproveRates" => json!({"rate_ids": [ids["rate_id"]]}),
        "WithdrawRate" => json!({"reason": "Digits swapped"}),
        "PreviewRates" | "UploadRates" => {
            json!({"text": "currency,date,kind,rate,source\nXOF,2026-11-01,bank,655.957,BCEAO\n"})
        }
        "EnterAccount" => {
            json!({"holder": "New", "iban": "DE89370400440532013000", "account_number": "", "bic": "", "bank": "New", "currency": "EUR", "address": {"street": "1", "postcode": "", "town": "New", "country": "CM"}})
        }
        "VerifyAccount" => json!({"account_id": ids["account_id"], "number": "DE89370400440532013000"}),
        "RefuseAccount" => json!({"account_id": ids["account_id"], "reason": "Not theirs"}),
        "DecideTranche" => json!({"is_released": true, "reason": ""}),
        "PrepareReversal" => json!({"reason": "Came back", "reversed_on": "2026-11-17"}),
        "RecordCredit" => {
            json!({"received": {"amount": "1", "currency": "XAF"}, "credited_on": "2026-11-17", "reference": "NEW-4"})
        }
        "PrepareRefund" => {
            json!({"amount": eur("1.00"), "bank_reference": "NEW-3", "received_on": "2026-11-17"})
        }
        "WriteOffRecovery" => json!({"reference": "Minutes 4"}),
        "SaveReport" => json!({"narrative": "New", "lines": []}),
        "CheckReport" => json!({"disallowances": []}),
        "CreateAmendment" | "SaveAmendment" => json!({"kind": "reallocation", "reason": "New", "lines": []}),
        "SuspendAgreement" | "ResumeAgreement" | "CancelDisbursement" | "FailDisbursement" | "ProposeWriteOff"
        | "WithdrawConcept" | "AppealConcept" | "WaiveConcept" | "AskReport" | "RejectReport" | "RefuseReversal"
        | "RefuseRefund" | "RefuseWriteOff" | "TakeBackAgreement" | "RefuseAmendment" => {
            json!({"reason": "A reason"})
        }
        "PrepareTermination"
        | "PrepareReceiptReversal"
        | "CancelCorrection"
        | "PrepareAllocationReversal"
        | "RefuseContribution"
        | "CancelReceipt"
        | "CancelAllocation" => json!({"reason": "Booked twice"}),
        "RequestTranche"
        | "RetryDisbursement"
        | "ApproveReversal"
        | "ConfirmCredit"
        | "RaiseRecovery"
        | "NotifyRecovery"
        | "ConfirmRefund"
        | "CloseGrant"
        | "SubmitReport"
        | "SubmitAmendment"
        | "CheckAmendment"
        | "ApproveAmendment"
        | "SignAmendment"
        | "CountersignAmendment"
        | "ApproveShift"
        | "AcceptReport"
        | "ConfirmReceipt"
        | "ConfirmAllocation"
        | "ConfirmCorrection"
        | "RunLedgerCheck"
        | "PublishCall"
        | "ReleaseResults"
        | "ReopenProposal"
        | "SubmitConcept"
        | "StartProposal"
        | "ApproveAgreement"
        | "SendAgreement"
        | "SignAgreement"
        | "VerifyDisbursement"
        | "ApproveDisbursement"
        | "SecondApproveDisbursement"
        | "InstructDisbursement" => json!({}),
        _ => return None,
    })
}

fn url(info: &Info, ids: &BTreeMap<&'static str, String>) -> String {
    let mut path = info.path.to_owned();
    for name in info.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        let value = match name {
            "token" => "not-a-token".to_owned(),
            "question" => "summary".to_owned(),
            "number" => "1".to_owned(),
            "name" => "commitments".to_owned(),
            "currency" => "CHF".to_owned(),
            "kind" => "bank".to_owned(),
            "day" | "from" => "2026-11-01".to_owned(),
            "until" => "2026-11-30".to_owned(),
            _ => ids[parameter(info.name, name)].clone(),
        };
        path = path.replace(&format!("{{{name}}}"), &value);
    }
    format!("{BASE}{path}")
}

async fn cookie(app: &App, who: &str) -> String {
    let Db::Sqlite { read, .. } = &app.db else { unreachable!() };
    let (person, rights): (PersonId, i64) = sqlx::query_as("SELECT id, rights_version FROM people WHERE email = $1")
        .bind(cast::email(who))
        .fetch_one(read)
        .await
        .unwrap();
    let mut record = Record {
        id: Id::default(),
        data: [(PERSON.to_owned(), json!(person)), (RIGHTS.to_owned(), json!(rights))].into(),
        expiry_date: time::OffsetDateTime::now_utc() + time::Duration::hours(1),
    };
    Sessions::new(app.db.clone()).create(&mut record).await.unwrap();
    format!("__Host-session={}", record.id)
}

async fn ask(running: &Running, info: &Info, who: &str, ids: &BTreeMap<&'static str, String>) -> StatusCode {
    let mut request = Request::builder().method(info.method.as_str()).uri(url(info, ids));
    if who != "nobody" {
        request = request.header(header::COOKIE, cookie(&running.app, who).await);
    }
    if info.has(Flag::IfMatch) {
        request = request.header(header::IF_MATCH, "1");
    }
    if info.has(Flag::Idempotent) {
        request = request.header("idempotency-key", "matrix");
    }
    let request = match info.method {
        Method::Post | Method::Put => {
            let body = body(info.name, ids)
                .unwrap_or_else(|| panic!("{} has no row in the matrix: give it a body", info.name));
            request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())).unwrap()
        }
        Method::Get | Method::Delete => request.body(Body::empty()).unwrap(),
    };
    let response = running.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "{} by {who}: {}", info.name, String::from_utf8_lossy(&bytes));
    if status == StatusCode::UNPROCESSABLE_ENTITY {
        let text = String::from_utf8_lossy(&bytes);
        for shape in ["unknown_field", "wrong_type"] {
            assert!(!text.contains(shape), "{} by {who}: the fixture does not parse: {text}", info.name);
        }
    }
    status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_keeps_to_the_rights_table() {
    let mut stage = Stage::seed().await;
    let mut running = stage.run().await;
    let ids = ids(&running.app).await;
    let mut matrix = String::from(
        "Who may what. yes: allowed, as far as the rules go · 401: sign in first · 403: not yours to do · 404: you may not know of it\n\n",
    );
    for (n, (who, what)) in WHO.iter().enumerate() {
        matrix.push_str(&format!("{:>2} {who}: {what}\n", n + 1));
    }
    matrix.push_str(&format!("\n{:<80}", ""));
    for n in 1..=WHO.len() {
        matrix.push_str(&format!("{n:>4}"));
    }
    matrix.push('\n');
    for info in all() {
        matrix.push_str(&format!("{:<80}", format!("{} {}", info.method.as_str(), info.path)));
        for (who, _) in WHO {
            let status = ask(&running, &info, who, &ids).await;
            let cell = match status.as_u16() {
                401 if info.name == "SignIn" => "yes".to_owned(),
                401 | 403 | 404 => status.as_u16().to_string(),
                _ => "yes".to_owned(),
            };
            matrix.push_str(&format!("{cell:>4}"));
            if info.method != Method::Get && status.is_success() {
                let copy = stage.copies;
                let fresh = stage.run().await;
                finish(std::mem::replace(&mut running, fresh), stage.folder.path(), copy).await;
            }
        }
        matrix.push('\n');
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(GOLDEN, &matrix).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    for (said, expected) in matrix.lines().zip(golden.lines()) {
        assert_eq!(said, expected, "the matrix has changed; UPDATE=1 writes it anew");
    }
    assert_eq!(matrix.lines().count(), golden.lines().count(), "the matrix has changed; UPDATE=1 writes it anew");
}
