//! Motions, votes, decisions (V1–V10) through the API, and the last of the headroom (M21).

use catalytic_fund::fund::ledger;
use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, jobs, on, transact};
use shared::calls::{GetCall, ReleaseResults};
use shared::endpoint::Nothing;
use shared::fund::GetPosition;
use shared::ids::{BallotId, DecisionId, MotionId, OrganisationId, ProposalId};
use shared::people::OrganisationKind;
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::proposals::{GetProposal, ProposalState};
use shared::rates::ReasonRequest;
use shared::reviews::{Conflict, Unblind, UnblindRequest};
use shared::time::Timestamp;
use shared::votes::{
    BallotRequest, CastBallot, Choice, CreateMotion, GetDecision, GetMotion, GetOutcome, ListMotions, Motion,
    MotionRequest, MotionState, OpenMotion, OpenMotionRequest, Outcome, UpdateMotion,
};
use shared::waitlist::{GetWaitlist, ReleaseReservation, ReserveRequest, ReserveWaiting};
use tests::under_review::{Scene, eur, scene};
use tests::{Person, TestApp, both};

const NOTHING: Nothing = Nothing {};

/// Monday 9 March, five business days after the tests' first Monday.
const CLOSES: &str = "2026-03-09T09:00:00Z";

struct Chamber {
    scene: Scene,
    applicant: OrganisationId,
    funders: Vec<OrganisationId>,
    voters: Vec<Person>,
}

/// A scene with three funders, each with a primary voter.
async fn chamber(app: &TestApp, headroom: &str, envelope: &str) -> Chamber {
    let scene = scene(app, headroom, envelope).await;
    let applicant = app.organisation("MOH", OrganisationKind::Ministry).await;
    let mut funders = Vec::new();
    let mut voters = Vec::new();
    for code in ["BMZ", "EUR", "SDC"] {
        let funder = app.organisation(code, OrganisationKind::Funder).await;
        voters.push(app.person_of(Role::SteeringVoter, Some(funder)).await);
        funders.push(funder);
    }
    Chamber { scene, applicant, funders, voters }
}

fn motion(proposal_id: ProposalId, outcome: Outcome, amount: Option<&str>) -> MotionRequest {
    MotionRequest {
        proposal_id,
        outcome,
        amount: amount.map(eur),
        conditions: String::new(),
        off_rank_reason: String::new(),
    }
}

fn reasoned(motion: MotionRequest) -> MotionRequest {
    MotionRequest { off_rank_reason: "The ministry changed its plans.".into(), ..motion }
}

fn vote(choice: Choice) -> BallotRequest {
    BallotRequest { choice, reason: "As we see it.".into(), alternate_note: None }
}

impl Chamber {
    /// Scored proposals, in this rank order.
    async fn scored(&self, app: &TestApp, requested: &[&str]) -> Vec<ProposalId> {
        let mut proposals = Vec::new();
        for (n, amount) in requested.iter().enumerate() {
            let id = self.scene.proposal(app, &format!("P-{}", n + 1), amount, self.applicant).await;
            // The team's score falls with each, so that the order is theirs.
            self.scene.score_all(app, id, [4, 4, 4, 5 - i64::try_from(n).unwrap(), 4, 4]).await;
            proposals.push(id);
        }
        let reason = UnblindRequest { reason: String::new() };
        app.call(&self.scene.desk, Unblind { call_id: self.scene.call }, &reason).await.unwrap();
        for voter in &self.voters {
            for proposal in &proposals {
                self.scene.declare(app, voter, *proposal, Conflict::None).await.unwrap();
            }
        }
        proposals
    }

    async fn written(&self, app: &TestApp, request: &MotionRequest) -> Result<Motion, Problem> {
        app.call(&self.scene.desk, CreateMotion {}, request).await
    }

    async fn opened(&self, app: &TestApp, request: &MotionRequest) -> MotionId {
        let written = self.written(app, request).await.unwrap();
        let closes = OpenMotionRequest { closes_at: Timestamp::parse(CLOSES).unwrap() };
        let endpoint = OpenMotion { motion_id: written.summary.id };
        app.call_at(&self.scene.desk, endpoint, written.version, &closes).await.unwrap().summary.id
    }

    async fn all_vote(&self, app: &TestApp, motion_id: MotionId, choices: &[Choice]) {
        for (voter, choice) in self.voters.iter().zip(choices) {
            app.call(voter, CastBallot { motion_id }, &vote(*choice)).await.unwrap();
        }
    }

    /// The head of desk tells the applicants what was decided (V10).
    async fn released(&self, app: &TestApp) {
        let call_id = self.scene.call;
        let detail = app.get(&self.scene.head, GetCall { call_id }, &NOTHING).await.unwrap();
        app.call_at(&self.scene.head, ReleaseResults { call_id }, detail.version, &NOTHING).await.unwrap();
    }

    async fn motion(&self, app: &TestApp, motion_id: MotionId) -> Motion {
        app.get(&self.scene.desk, GetMotion { motion_id }, &NOTHING).await.unwrap()
    }

    async fn closed(&self, app: &TestApp, motion_id: MotionId) -> Motion {
        app.set_clock(CLOSES);
        jobs::run_due(&app.app).await.unwrap();
        self.motion(app, motion_id).await
    }
}

both! {
    async fn v1_leaving_the_rank_order_needs_a_reason(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let [p1, p2] = chamber.scored(&app, &["100000.00", "90000.00"]).await[..] else { panic!("as many as asked for") };
        let second = motion(p2, Outcome::Approved, Some("90000.00"));
        let refused = chamber.written(&app, &second).await.unwrap_err();
        assert_eq!((refused.errors[0].pointer.as_str(), refused.errors[0].code), ("/off_rank_reason", Code::ReasonRequired));
        let refused = chamber.written(&app, &motion(p1, Outcome::Rejected, None)).await.unwrap_err();
        assert_eq!(refused.errors[0].code, Code::ReasonRequired, "fundable, and yet no");
        // Once the better one has a motion, the second is in order.
        chamber.written(&app, &motion(p1, Outcome::Approved, Some("100000.00"))).await.unwrap();
        let written = chamber.written(&app, &second).await.unwrap();
        assert_eq!(written.summary.number, "C1-M2");
        let above = motion(p2, Outcome::Approved, Some("90000.01"));
        let refused = app
            .call_at(&chamber.scene.desk, UpdateMotion { motion_id: written.summary.id }, written.version, &above)
            .await
            .unwrap_err();
        assert_eq!(refused.errors[0].code, Code::AmountAboveRequest);
    }

    async fn v2_one_organisation_one_vote(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00"]).await;
        let alternate = app.visitor_account().await;
        app.add_role(alternate.id, Role::SteeringVoter, Some(chamber.funders[0]), true).await;
        let id = chamber.opened(&app, &motion(proposals[0], Outcome::Approved, Some("100000.00"))).await;
        let endpoint = || CastBallot { motion_id: id };

        let refused = app.call(&alternate, endpoint(), &vote(Choice::Yes)).await.unwrap_err();
        assert_eq!(refused.code, Code::DeclarationRequired);
        chamber.scene.declare(&app, &alternate, proposals[0], Conflict::None).await.unwrap();
        let refused = app.call(&alternate, endpoint(), &vote(Choice::Yes)).await.unwrap_err();
        assert_eq!(refused.errors[0].code, Code::AlternateNote);
        let noted = BallotRequest { alternate_note: Some("The primary is on mission".into()), ..vote(Choice::Yes) };
        let after = app.call(&alternate, endpoint(), &noted).await.unwrap();
        assert_eq!(after.mine.unwrap().cast.unwrap().choice, Choice::Yes);
        let refused = app.call(&chamber.voters[0], endpoint(), &vote(Choice::No)).await.unwrap_err();
        assert_eq!(refused.code, Code::AlreadyVoted);
        let refused = app.call(&chamber.scene.desk, endpoint(), &vote(Choice::No)).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
    }

    async fn v2_concurrent_ballots_of_one_organisation_are_one(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00"]).await;
        let id = chamber.opened(&app, &motion(proposals[0], Outcome::Approved, Some("100000.00"))).await;
        let voter = &chamber.voters[0];
        let ballots = [Choice::Yes, Choice::No, Choice::Yes, Choice::No, Choice::Yes, Choice::No].map(vote);
        let cast = ballots.iter().map(|ballot| app.call(voter, CastBallot { motion_id: id }, ballot));
        let results = futures::future::join_all(cast).await;
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 1);
        for refused in results.iter().filter_map(|r| r.as_ref().err()) {
            assert_eq!(refused.code, Code::AlreadyVoted);
        }
    }

    async fn v3_a_vote_lasts_its_business_days_and_closes_at_its_time(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00"]).await;
        let written = chamber.written(&app, &motion(proposals[0], Outcome::Approved, Some("100000.00"))).await.unwrap();
        let id = written.summary.id;
        let seen = app.get(&chamber.voters[0], GetMotion { motion_id: id }, &NOTHING).await.unwrap();
        assert_eq!(seen.summary.state, MotionState::Draft, "a motion is visible before it opens");
        let open = |closes: &str| OpenMotionRequest { closes_at: Timestamp::parse(closes).unwrap() };
        let desk = &chamber.scene.desk;
        let endpoint = || OpenMotion { motion_id: id };
        let short = app.call_at(desk, endpoint(), written.version, &open("2026-03-09T08:59:59Z")).await.unwrap_err();
        assert_eq!(short.errors[0].code, Code::VoteWindowShort);
        let refused = app.call(&chamber.voters[0], CastBallot { motion_id: id }, &vote(Choice::Yes)).await.unwrap_err();
        assert_eq!(refused.code, Code::VoteNotOpen);
        let stale = app.call_at(desk, endpoint(), written.version + 1, &open(CLOSES)).await.unwrap_err();
        assert_eq!(stale.code, Code::StaleVersion);
        app.call_at(desk, endpoint(), written.version, &open(CLOSES)).await.unwrap();
        chamber.all_vote(&app, id, &[Choice::Yes, Choice::Yes]).await;

        app.set_clock("2026-03-09T08:59:59.999999Z");
        jobs::run_due(&app.app).await.unwrap();
        assert_eq!(chamber.motion(&app, id).await.summary.state, MotionState::Open, "never earlier");
        app.set_clock(CLOSES);
        let late = app.call(&chamber.voters[2], CastBallot { motion_id: id }, &vote(Choice::No)).await.unwrap_err();
        assert_eq!(late.code, Code::VoteNotOpen, "even before the clock's job has come by");
        jobs::run_due(&app.app).await.unwrap();
        let once = chamber.motion(&app, id).await;
        assert_eq!(once.summary.state, MotionState::Carried);
        jobs::run_due(&app.app).await.unwrap();
        assert_eq!(chamber.motion(&app, id).await, once, "closing again changes nothing");
    }

    async fn a_vote_whose_closing_fails_holds_up_none_of_those_after_it(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["50000.00", "60000.00"]).await;
        let stuck = chamber.opened(&app, &motion(proposals[0], Outcome::Approved, Some("50000.00"))).await;
        let after = chamber.opened(&app, &motion(proposals[1], Outcome::Approved, Some("60000.00"))).await;
        for id in [stuck, after] {
            chamber.all_vote(&app, id, &[Choice::Yes, Choice::Yes, Choice::Yes]).await;
        }
        // There is a decision on the first motion already: a second one is refused.
        transact!(app.app.db, |tx| {
            execute!(
                tx,
                "INSERT INTO decisions (id, motion_id, proposal_id, outcome, conditions, record, decided_at)
                 VALUES ($1, $2, $3, 'rejected', '', '{}', $4)",
                DecisionId(uuid::Uuid::now_v7()),
                stuck,
                proposals[0],
                app.app.clock.now()
            )?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
        app.set_clock(CLOSES);
        assert!(jobs::run_due(&app.app).await.is_err(), "the failure is told");
        assert_eq!(chamber.motion(&app, after).await.summary.state, MotionState::Carried);
    }

    async fn m23_the_waitlist_is_in_rank_order_and_reserves_when_money_frees_up(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let desk = &chamber.scene.desk;
        let proposals = chamber.scored(&app, &["100000.00", "90000.00", "60000.00", "20000.00"]).await;
        let mut ids = Vec::new();
        for (proposal, amount) in proposals.iter().zip(["100000.00", "90000.00", "60000.00", "20000.00"]) {
            ids.push(chamber.opened(&app, &motion(*proposal, Outcome::Approved, Some(amount))).await);
        }
        for id in &ids {
            chamber.all_vote(&app, *id, &[Choice::Yes, Choice::Yes, Choice::Yes]).await;
        }
        chamber.closed(&app, ids[3]).await;
        let list = || async { app.get(desk, GetWaitlist { call_id: chamber.scene.call }, &NOTHING).await.unwrap() };
        let seen = list().await;
        let waiting: Vec<_> =
            seen.waiting.iter().map(|w| (w.rank, w.is_next, w.shortfall.map(|s| s.missing))).collect();
        assert_eq!(waiting, [(Some(3), true, Some(eur("50000.00"))), (Some(4), false, Some(eur("10000.00")))]);
        assert_eq!((seen.reserved.len(), seen.reserved[0].amount), (2, eur("100000.00")));
        let key = || [("idempotency-key", uuid::Uuid::now_v7().to_string())];
        let reserve = async |at: usize, reason: &str| {
            let endpoint = ReserveWaiting { decision_id: list().await.waiting[at].decision_id };
            let key = key();
            let request = ReserveRequest { reason: reason.into() };
            app.send(Some(desk), endpoint, &NOTHING, &request, &[(key[0].0, &key[0].1)]).await
        };
        let refused = reserve(0, "").await.unwrap_err();
        assert_eq!((refused.code, refused.params["missing"].as_str()), (Code::EnvelopeExceeded, "EUR 50000.00"));
        // The second in rank declines: its 90 000 come back, and the next fits.
        let second = seen.reserved.iter().find(|r| r.proposal_id == proposals[1]).unwrap().decision_id;
        let release = async |reason: &str| {
            let key = key();
            let request = ReasonRequest { reason: reason.into() };
            app.send(Some(desk), ReleaseReservation { decision_id: second }, &NOTHING, &request, &[(key[0].0, &key[0].1)]).await
        };
        assert_eq!(release("").await.unwrap_err().errors[0].pointer, "/reason");
        let freed = release("The applicant declined").await.unwrap();
        assert_eq!((freed.reserved.len(), freed.waiting[0].shortfall), (1, None));
        // What it gave back it may have again, after those that had nothing yet.
        let again = freed.waiting.last().unwrap();
        assert_eq!((again.decision_id, again.rank, again.is_next), (second, Some(2), false));
        assert!(again.given_back_at.is_some() && freed.waiting[0].given_back_at.is_none());
        assert_eq!(release("Again").await.unwrap_err().code, Code::WrongState);
        // Not the next: only with a reason, as off the rank order in a vote (V1).
        assert_eq!(reserve(1, " ").await.unwrap_err().errors[0].code, Code::ReasonRequired);
        assert_eq!(reserve(1, "The next one waits for its ministry").await.unwrap().waiting.len(), 2);
        let done = reserve(0, "").await.unwrap();
        assert_eq!((done.waiting.len(), done.reserved.len(), done.position.envelope_left), (1, 3, Some(eur("20000.00"))));
        assert_eq!((done.waiting[0].decision_id, done.waiting[0].is_next), (second, true));
        let voter = &chamber.voters[0];
        let refused = app
            .send(Some(voter), ReleaseReservation { decision_id: second }, &NOTHING, &ReasonRequest { reason: "x".into() }, &[("idempotency-key", "k")])
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
    }

    async fn m23_a_reservation_lapses_after_the_calls_days_and_not_before(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00"]).await;
        let id = chamber.opened(&app, &motion(proposals[0], Outcome::Approved, Some("100000.00"))).await;
        chamber.all_vote(&app, id, &[Choice::Yes, Choice::Yes, Choice::Yes]).await;
        chamber.closed(&app, id).await;
        let list = || async { app.get(&chamber.scene.desk, GetWaitlist { call_id: chamber.scene.call }, &NOTHING).await.unwrap() };
        let lapses_at = list().await.reserved[0].lapses_at;
        let days = shared::calls::Definition::catalytic_default().vote.reservation_days;
        assert_eq!(lapses_at, Timestamp::parse(CLOSES).unwrap().plus(chrono::Duration::days(days.into())));
        app.app.clock.set(lapses_at.plus(chrono::Duration::microseconds(-1)));
        jobs::run_due(&app.app).await.unwrap();
        assert_eq!(list().await.reserved.len(), 1);
        app.app.clock.set(lapses_at);
        jobs::run_due(&app.app).await.unwrap();
        jobs::run_due(&app.app).await.unwrap();
        let after = list().await;
        assert_eq!((after.reserved.len(), after.position.envelope_left), (0, Some(eur("200000.00"))));
        let audited: Vec<String> = on!(&mut app.app.db.read().await.unwrap(), |c| {
            sqlx::query_scalar("SELECT action FROM audit_log WHERE action LIKE 'reservation.%'").fetch_all(c).await
        })
        .unwrap();
        assert_eq!(audited, ["reservation.lapsed"]);
    }

    async fn v4_votes_are_hidden_until_close_then_named(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00"]).await;
        let id = chamber.opened(&app, &motion(proposals[0], Outcome::Approved, Some("100000.00"))).await;
        let watchers = [
            chamber.scene.desk.clone(),
            chamber.scene.head.clone(),
            chamber.voters[1].clone(),
            app.person(Role::Auditor).await,
            app.person(Role::SteeringFacilitator).await,
            app.person_of(Role::ApplicantLead, Some(chamber.applicant)).await,
        ];
        let seen = async || {
            let mut all = Vec::new();
            for person in &watchers {
                let urls = [
                    format!("/motions/{id}"),
                    "/motions".into(),
                    "/home".into(),
                    format!("/exports/votes/preview?call_id={}", chamber.scene.call),
                    format!("/proposals/{}/outcome", proposals[0]),
                    format!("/proposals/{}", proposals[0]),
                ];
                for url in urls {
                    let raw = app.raw(Some(person), "GET", &format!("/api/v1{url}"), None, &[]).await;
                    all.push((raw.status, raw.text().split(r#""request_id""#).next().unwrap_or_default().to_owned()));
                }
            }
            all
        };
        let bare = BallotRequest { reason: String::new(), ..vote(Choice::Abstain) };
        let refused = app.call(&chamber.voters[0], CastBallot { motion_id: id }, &bare).await.unwrap_err();
        assert_eq!(refused.errors[0].code, Code::ReasonRequired);
        let before = seen().await;
        chamber.all_vote(&app, id, &[Choice::Yes]).await;
        assert_eq!(before, seen().await, "that somebody voted, and how, is nobody else's before the close");
        let own = app.get(&chamber.voters[0], GetMotion { motion_id: id }, &NOTHING).await.unwrap();
        assert_eq!(own.mine.unwrap().cast.unwrap().choice, Choice::Yes);
        assert_eq!(own.summary.my_choice, Some(Choice::Yes));

        app.call(&chamber.voters[2], CastBallot { motion_id: id }, &vote(Choice::No)).await.unwrap();
        app.call(&chamber.voters[1], CastBallot { motion_id: id }, &vote(Choice::Yes)).await.unwrap();
        let result = chamber.closed(&app, id).await.result.unwrap();
        let named: Vec<_> = result.votes.iter().map(|v| (v.organisation.code.as_str(), v.choice)).collect();
        assert_eq!(named, [("BMZ", Choice::Yes), ("EUR", Choice::Yes), ("SDC", Choice::No)]);
        let applicant = app.get(&watchers[5], GetMotion { motion_id: id }, &NOTHING).await.unwrap_err();
        assert_eq!(applicant.code, Code::Forbidden);
    }

    async fn v5_without_a_quorum_nothing_is_decided(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00"]).await;
        let id = chamber.opened(&app, &motion(proposals[0], Outcome::Approved, Some("100000.00"))).await;
        chamber.all_vote(&app, id, &[Choice::Yes]).await;
        let closed = chamber.closed(&app, id).await;
        assert_eq!(closed.summary.state, MotionState::NoQuorum);
        assert!(closed.result.unwrap().decision.is_none());
        assert_eq!(closed.row.state, ProposalState::Deliberated);
        // A new motion is a new vote.
        app.call(&chamber.scene.desk, CreateMotion {}, &motion(proposals[0], Outcome::Approved, Some("100000.00")))
            .await
            .unwrap();
    }

    async fn v5_recused_organisations_leave_the_base(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let partner = chamber.funders[2];
        let p1 = chamber.scene.proposal(&app, "P-1", "100000.00", chamber.applicant).await;
        chamber.scene.partner(&app, p1, partner).await;
        chamber.scene.score_all(&app, p1, [4; 6]).await;
        let reason = UnblindRequest { reason: String::new() };
        app.call(&chamber.scene.desk, Unblind { call_id: chamber.scene.call }, &reason).await.unwrap();
        for voter in &chamber.voters[..2] {
            chamber.scene.declare(&app, voter, p1, Conflict::None).await.unwrap();
        }
        let id = chamber.opened(&app, &motion(p1, Outcome::Approved, Some("100000.00"))).await;
        let open = chamber.motion(&app, id).await;
        assert_eq!(open.recused.iter().map(|o| o.id).collect::<Vec<_>>(), [partner]);
        let refused = app.call(&chamber.voters[2], CastBallot { motion_id: id }, &vote(Choice::No)).await.unwrap_err();
        assert_eq!(refused.code, Code::ConflictOfInterest);
        // Two voters are left: all must vote, all must say yes. One finds a conflict after voting.
        chamber.all_vote(&app, id, &[Choice::No, Choice::Yes]).await;
        chamber.scene.declare(&app, &chamber.voters[0], p1, Conflict::Hard).await.unwrap();
        let closed = chamber.closed(&app, id).await;
        let result = closed.result.unwrap();
        assert_eq!((result.tally.voters, result.tally.yes, result.tally.no), (1, 1, 0), "the ballot is void, the count redone");
        assert_eq!(closed.summary.state, MotionState::Carried);
    }

    async fn v6_a_tie_is_not_carried(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00"]).await;
        let id = chamber.opened(&app, &motion(proposals[0], Outcome::Approved, Some("100000.00"))).await;
        chamber.all_vote(&app, id, &[Choice::Yes, Choice::No, Choice::Abstain]).await;
        assert_eq!(chamber.closed(&app, id).await.summary.state, MotionState::NotCarried);
    }

    async fn v8_v9_a_carried_approval_reserves_and_is_recorded(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let [p1, p2, p3] = chamber.scored(&app, &["100000.00", "90000.00", "60000.00"]).await[..] else { panic!("as many as asked for") };
        let mut motions = Vec::new();
        for (proposal, amount) in [(p1, "100000.00"), (p2, "90000.00"), (p3, "60000.00")] {
            motions.push(chamber.opened(&app, &motion(proposal, Outcome::Approved, Some(amount))).await);
        }
        for id in &motions {
            chamber.all_vote(&app, *id, &[Choice::Yes, Choice::Yes, Choice::Abstain]).await;
        }
        app.set_clock(CLOSES);
        jobs::run_due(&app.app).await.unwrap();
        let mut decided = Vec::new();
        for id in &motions {
            decided.push(chamber.motion(&app, *id).await.result.unwrap().decision.unwrap());
        }
        assert_eq!(decided.iter().map(|d| d.outcome).collect::<Vec<_>>(), [Outcome::Approved, Outcome::Approved, Outcome::ApprovedContingent]);
        assert_eq!(decided[2].missing, Some(eur("50000.00")), "190 000 of 200 000 are reserved");
        let query = shared::fund::PositionQuery { call_id: Some(chamber.scene.call), proposal_id: None };
        let position = app.get(&chamber.scene.desk, GetPosition { fund_id: chamber.scene.fund }, &query).await.unwrap();
        assert_eq!(position.reserved, eur("190000.00"));
        assert_eq!(position.envelope_left, Some(eur("10000.00")));

        let decision_id = decided[0].id;
        let record = app.get(&chamber.voters[0], GetDecision { decision_id }, &NOTHING).await.unwrap();
        assert_eq!((record.rank, record.tally.yes, record.tally.abstain, record.quorum), (Some(1), 2, 1, 2));
        assert_eq!(record.votes.len(), 3);
        let lead = app.person_of(Role::ApplicantLead, Some(chamber.applicant)).await;
        let refused = app.get(&lead, GetDecision { decision_id }, &NOTHING).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
        chamber.released(&app).await;
        let outcome = app.raw(Some(&lead), "GET", &format!("/api/v1/proposals/{p1}/outcome"), None, &[]).await;
        assert!(outcome.text().contains("approved") && !outcome.text().contains("Person"), "{}", outcome.text());
        let told = app.get(&lead, GetOutcome { proposal_id: p1 }, &NOTHING).await.unwrap();
        assert_eq!(told.feedback.len(), 3, "one for each sheet");
        assert!(told.feedback.iter().all(|f| !f.strengths.is_empty() && !f.weaknesses.is_empty()));
        let other = app.person_of(Role::ApplicantLead, Some(chamber.funders[0])).await;
        let hidden = app.get(&other, GetOutcome { proposal_id: p1 }, &NOTHING).await.unwrap_err();
        assert_eq!(hidden.code, Code::NotFound);
    }

    async fn v10_applicants_see_nothing_of_a_result_before_its_release(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00", "90000.00"]).await;
        let (p1, p2) = (proposals[0], proposals[1]);
        let first = chamber.opened(&app, &motion(p1, Outcome::Approved, Some("100000.00"))).await;
        chamber.all_vote(&app, first, &[Choice::Yes, Choice::Yes, Choice::Yes]).await;
        let lead = app.person_of(Role::ApplicantLead, Some(chamber.applicant)).await;
        let endorser = app.person_of(Role::Endorser, Some(chamber.applicant)).await;
        let seen = async || {
            let mut all = Vec::new();
            for person in [&lead, &endorser] {
                for url in [
                    format!("/proposals/{p1}/outcome"),
                    format!("/proposals/{p1}"),
                    "/proposals".into(),
                    "/proposals?state=decided".into(),
                    "/proposals?state=deliberated".into(),
                    "/grants".into(),
                    "/home".into(),
                ] {
                    let answer = app.raw(Some(person), "GET", &format!("/api/v1{url}"), None, &[]).await;
                    // A refusal carries the request's own id.
                    let is_answered = answer.status.is_success();
                    all.push(if is_answered { answer.text() } else { answer.status.to_string() });
                }
            }
            all
        };
        app.set_clock(CLOSES);
        let before = seen().await;
        chamber.closed(&app, first).await;
        assert_eq!(chamber.motion(&app, first).await.summary.decided, Some(Outcome::Approved));
        assert_eq!(seen().await, before);
        let outcome = async |id: ProposalId| app.get(&lead, GetOutcome { proposal_id: id }, &NOTHING).await.unwrap().outcome;
        assert_eq!(outcome(p1).await, None);
        // Only the head of desk releases, once for what was decided; what is decided later waits again.
        let detail = app.get(&chamber.scene.desk, GetCall { call_id: chamber.scene.call }, &NOTHING).await.unwrap();
        let release = ReleaseResults { call_id: chamber.scene.call };
        let refused = app.call_at(&chamber.scene.desk, release, detail.version, &NOTHING).await.unwrap_err();
        assert_eq!((refused.code, detail.unreleased), (Code::Forbidden, Some(1)));
        chamber.released(&app).await;
        assert_eq!(outcome(p1).await, Some(Outcome::Approved));
        let released = app.get(&chamber.scene.head, GetCall { call_id: chamber.scene.call }, &NOTHING).await.unwrap();
        assert_eq!((released.results_released_at, released.unreleased), (Some(app.app.clock.now()), Some(0)));
        let release = ReleaseResults { call_id: chamber.scene.call };
        let again = app.call_at(&chamber.scene.head, release, released.version, &NOTHING).await.unwrap_err();
        assert_eq!(again.code, Code::WrongState);
        let shown = app.get(&lead, GetProposal { proposal_id: p1 }, &NOTHING).await.unwrap();
        assert_eq!(shown.summary.state, ProposalState::Decided);
        let written = chamber.written(&app, &motion(p2, Outcome::Approved, Some("90000.00"))).await.unwrap();
        let closes_at = app.app.clock.now().plus(chrono::Duration::days(9));
        let endpoint = OpenMotion { motion_id: written.summary.id };
        let request = OpenMotionRequest { closes_at };
        app.call_at(&chamber.scene.desk, endpoint, written.version, &request).await.unwrap();
        chamber.all_vote(&app, written.summary.id, &[Choice::Yes, Choice::Yes, Choice::Yes]).await;
        app.app.clock.set(closes_at);
        jobs::run_due(&app.app).await.unwrap();
        assert_eq!(outcome(p2).await, None);
        chamber.released(&app).await;
        assert_eq!(outcome(p2).await, Some(Outcome::Approved));
    }

    async fn v9_decisions_and_ballots_cannot_be_changed(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00"]).await;
        let id = chamber.opened(&app, &reasoned(motion(proposals[0], Outcome::Rejected, None))).await;
        chamber.all_vote(&app, id, &[Choice::Yes, Choice::Yes]).await;
        assert_eq!(chamber.closed(&app, id).await.result.unwrap().decision.unwrap().outcome, Outcome::Rejected);
        for sql in ["UPDATE decisions SET outcome = 'approved'", "DELETE FROM decisions", "UPDATE ballots SET choice = 'no'", "DELETE FROM ballots"] {
            let changed = transact!(app.app.db, |tx| {
                execute!(tx, sql)?;
                Ok(())
            });
            assert!(changed.is_err(), "{sql}");
        }
    }

    async fn v10_lists_say_what_waits_for_whom(app: TestApp) {
        let chamber = chamber(&app, "900000.00", "200000.00").await;
        let proposals = chamber.scored(&app, &["100000.00", "90000.00"]).await;
        let first = chamber.opened(&app, &motion(proposals[0], Outcome::Approved, Some("100000.00"))).await;
        chamber.written(&app, &motion(proposals[1], Outcome::Approved, Some("90000.00"))).await.unwrap();
        let list = app.get(&chamber.voters[0], ListMotions {}, &Default::default()).await.unwrap();
        let states: Vec<_> = list.items.iter().map(|m| (m.state, m.is_waiting_for_me)).collect();
        assert_eq!(states, [(MotionState::Open, true), (MotionState::Draft, false)]);
        chamber.all_vote(&app, first, &[Choice::No]).await;
        let list = app.get(&chamber.voters[0], ListMotions {}, &Default::default()).await.unwrap();
        assert_eq!((list.items[0].my_choice, list.items[0].is_waiting_for_me), (Some(Choice::No), false));
        let lead = app.person_of(Role::ApplicantLead, Some(chamber.applicant)).await;
        let refused = app.get(&lead, ListMotions {}, &Default::default()).await.unwrap_err();
        assert_eq!(refused.code, Code::Forbidden);
    }

    async fn m21_two_closings_for_the_last_headroom_never_both_reserve(app: TestApp) {
        let chamber = chamber(&app, "100000.00", "1000000.00").await;
        for round in 0..100 {
            let pair = chamber.due_pair(&app, round).await;
            let (first, second) = tokio::join!(jobs::run_due(&app.app), jobs::run_due(&app.app));
            first.unwrap();
            second.unwrap();
            let mut tx = app.app.db.read().await.unwrap();
            let decided: Vec<(DecisionId, Outcome, String)> = on!(&mut tx, |c| sqlx::query_as(
                "SELECT id, outcome, record FROM decisions WHERE motion_id IN ($1, $2) ORDER BY outcome"
            )
            .bind(pair[0])
            .bind(pair[1])
            .fetch_all(c)
            .await)
            .unwrap();
            drop(tx);
            let outcomes: Vec<_> = decided.iter().map(|d| d.1).collect();
            assert_eq!(outcomes, [Outcome::Approved, Outcome::ApprovedContingent], "round {round}");
            assert!(decided[1].2.contains(r#""missing":{"amount":"20000.00","currency":"EUR"}"#), "{}", decided[1].2);
            let ctx = app.app.system_ctx();
            transact!(app.app.db, |tx| ledger::release(tx, &ctx, decided[0].0).await).unwrap();
        }
    }
}

impl Chamber {
    /// Two motions for 60 000.00 each whose time has come, with every vote a yes.
    async fn due_pair(&self, app: &TestApp, round: usize) -> [MotionId; 2] {
        let ctx = app.app.system_ctx();
        let motions = [ctx.id::<MotionId>(), ctx.id()];
        for (n, motion) in motions.iter().enumerate() {
            let proposal = self.scene.proposal(app, &format!("R-{round}-{n}"), "60000.00", self.applicant).await;
            transact!(app.app.db, |tx| {
                execute!(tx, "UPDATE calls SET unblinded_at = $1", ctx.now)?;
                execute!(tx, "UPDATE proposals SET state = 'deliberated' WHERE id = $1", proposal)?;
                execute!(
                    tx,
                    "INSERT INTO motions (id, proposal_id, number, outcome, amount_minor, conditions, off_rank_reason,
                         state, opens_at, closes_at, created_by, created_at)
                     VALUES ($1, $2, $3, 'approved', 6000000, '', '', 'open', $4, $4, $5, $4)",
                    *motion,
                    proposal,
                    format!("R-{round}-{n}"),
                    ctx.now,
                    self.scene.desk.id
                )?;
                for (funder, voter) in self.funders.iter().zip(&self.voters) {
                    execute!(
                        tx,
                        "INSERT INTO motion_voters (motion_id, organisation_id, is_recused) VALUES ($1, $2, FALSE)",
                        *motion,
                        *funder
                    )?;
                    execute!(
                        tx,
                        "INSERT INTO ballots (id, motion_id, organisation_id, person_id, choice, reason, cast_at)
                         VALUES ($1, $2, $3, $4, 'yes', '', $5)",
                        ctx.id::<BallotId>(),
                        *motion,
                        *funder,
                        voter.id,
                        ctx.now
                    )?;
                }
                Ok(())
            })
            .unwrap();
        }
        motions
    }
}
