//! A fund with money, a call and screened proposals: where review and vote begin.

use catalytic_fund::fund::{ledger, store};
use catalytic_fund::people::service as people;
use catalytic_fund::{execute, on, transact};
use shared::calls::Definition;
use shared::currency::Currency;
use shared::ids::{BodyId, CallId, ContributionId, FundId, OrganisationId, PersonId, ProposalId, ReviewId};
use shared::money::Money;
use shared::people::{AddMembershipRequest, CreateBodyRequest, OrganisationKind};
use shared::permission::{BodyKind, Role};
use shared::problem::Problem;
use shared::reviews::{
    AssignRequest, AssignReviewers, Conflict, ConflictCheck, Declare, DeclareRequest, GetSheet, Light, Score, Sheet,
    SheetView, SubmitSheet,
};
use shared::time::Date;
use uuid::Uuid;

use crate::{Person, TestApp};

/// The scene.
pub struct Scene {
    /// The fund.
    pub fund: FundId,
    /// The call; its envelope and the fund's headroom are what [`scene`] was asked for.
    pub call: CallId,
    /// The Technical Advisory Group.
    pub tag: BodyId,
    /// A desk officer.
    pub desk: Person,
    /// The head of desk.
    pub head: Person,
    /// Three reviewers; the first for the TAG.
    pub reviewers: [Person; 3],
}

/// Euros.
#[must_use]
pub fn eur(amount: &str) -> Money {
    Money::parse(amount, Currency::EUR).unwrap()
}

/// A declaration.
#[must_use]
pub fn says(conflict: Conflict) -> DeclareRequest {
    DeclareRequest { conflict, explanation: "As it is.".into() }
}

/// A complete sheet of the default rubric with these scores.
#[must_use]
pub fn sheet(scores: [i64; 6]) -> Sheet {
    let rubric = Definition::catalytic_default().rubric;
    let score = |(criterion, score): (&shared::calls::Criterion, i64)| Score {
        criterion: criterion.key.clone(),
        score: Some(score),
        comment: format!("Worth {score}."),
    };
    Sheet {
        scores: rubric.criteria.iter().zip(scores).map(score).collect(),
        strengths: "The ministry pays half.".into(),
        weaknesses: "A small team.".into(),
        light: Some(Light::Green),
        suggested: Some(eur("1000.00")),
    }
}

/// Makes the scene with money to give and an envelope.
pub async fn scene(app: &TestApp, headroom: &str, envelope: &str) -> Scene {
    let desk = app.person(Role::DeskOfficer).await;
    let head = app.person(Role::HeadOfDesk).await;
    let ctx = app.app.system_ctx();
    let (fund, call): (FundId, CallId) = (ctx.id(), ctx.id());
    let tag = CreateBodyRequest { name: "Technical Advisory Group".into(), kind: BodyKind::TechnicalAdvisoryGroup };
    let tag = transact!(app.app.db, |tx| people::add_body(tx, &ctx, &tag).await).unwrap().id;
    let donor = app.organisation("DON", OrganisationKind::Funder).await;
    let definition = serde_json::to_string(&Definition::catalytic_default()).unwrap();
    let now = ctx.now;
    transact!(app.app.db, |tx| {
        execute!(
            tx,
            "INSERT INTO funds (id, code, name, currency, second_approval_above_minor, created_at)
             VALUES ($1, 'F', 'Fund', 'EUR', 5000000, $2)",
            fund,
            now
        )?;
        execute!(
            tx,
            "INSERT INTO calls (id, fund_id, code, title_en, title_fr, funding_window, envelope_minor, opens_at, closes_at,
                 zone, phase, definition, search_key, created_by, created_at)
             VALUES ($1, $2, 'C1', 'Call', 'Appel', 'country_implementation', $3, $4, $5, 'UTC', 'review', $6, '', $7, $4)",
            call,
            fund,
            eur(envelope).minor(),
            now,
            now.plus(chrono::Duration::hours(1)),
            &definition,
            desk.id
        )?;
        let contribution: ContributionId = ctx.id();
        execute!(
            tx,
            "INSERT INTO contributions (id, fund_id, donor_id, reference, currency, signed_minor, budget_rate_nano,
                 signed_eur_minor, state, pledged_on, signed_on, prepared_by, prepared_at, signed_by, signed_at)
             VALUES ($1, $2, $3, 'K-1', 'EUR', $4, 1000000000, $4, 'signed', $5, $5, $6, $8, $7, $8)",
            contribution,
            fund,
            donor,
            eur(headroom).minor(),
            now.date(),
            desk.id,
            head.id,
            now
        )?;
        let signed = store::contribution(tx, contribution).await?.unwrap();
        ledger::sign_contribution(tx, &ctx, &signed, now.date()).await
    })
    .unwrap();
    let reviewers =
        [app.person(Role::Reviewer).await, app.person(Role::Reviewer).await, app.person(Role::Reviewer).await];
    let scene = Scene { fund, call, tag, desk, head, reviewers };
    scene.seat_in_tag(app, scene.reviewers[0].id).await;
    scene
}

impl Scene {
    /// Makes a reviewer one of the TAG.
    pub async fn seat_in_tag(&self, app: &TestApp, person: PersonId) {
        let ctx = app.app.system_ctx();
        let request = AddMembershipRequest {
            role: Role::Reviewer,
            organisation_id: None,
            body_id: Some(self.tag),
            is_alternate: false,
            valid_from: ctx.now.date(),
            valid_until: None,
        };
        transact!(app.app.db, |tx| people::add_membership(tx, &ctx, person, &request).await).unwrap();
    }

    /// Adds a screened proposal that asks for an amount.
    pub async fn proposal(
        &self,
        app: &TestApp,
        number: &str,
        requested: &str,
        applicant: OrganisationId,
    ) -> ProposalId {
        let ctx = app.app.system_ctx();
        let id: ProposalId = ctx.id();
        transact!(app.app.db, |tx| {
            execute!(
                tx,
                "INSERT INTO proposals (id, call_id, organisation_id, number, title, country, language, currency, state,
                     requested_minor, total_minor, requested_eur_minor, details, search_key, created_by, created_at, updated_at, submitted_at)
                 VALUES ($1, $2, $3, $4, $5, 'CM', 'en', 'EUR', 'screened', $6, $6, $6, $9, '', $7, $8, $8, $8)",
                id,
                self.call,
                applicant,
                number,
                format!("Proposal {number}"),
                eur(requested).minor(),
                self.desk.id,
                ctx.now,
                r#"{"title":"A proposal","country":"CM","duration_months":12,"partners":[]}"#
            )?;
            Ok(())
        })
        .unwrap();
        id
    }

    /// Names a partner of a proposal.
    pub async fn partner(&self, app: &TestApp, proposal: ProposalId, partner: OrganisationId) {
        transact!(app.app.db, |tx| {
            execute!(
                tx,
                "INSERT INTO proposal_partners (proposal_id, organisation_id) VALUES ($1, $2)",
                proposal,
                partner
            )?;
            Ok(())
        })
        .unwrap();
    }

    /// Assigns reviewers to proposals.
    ///
    /// # Errors
    /// The problem that the server answers.
    pub async fn assign(&self, app: &TestApp, proposals: &[ProposalId], reviewers: &[&Person]) -> Result<i64, Problem> {
        let request = AssignRequest {
            proposal_ids: proposals.to_vec(),
            reviewer_ids: reviewers.iter().map(|r| r.id).collect(),
            due_on: Date::parse("2026-04-01").unwrap(),
        };
        app.call(&self.desk, AssignReviewers { call_id: self.call }, &request).await.map(|assigned| assigned.added)
    }

    /// The reviewer's assignment on a proposal, read from the database.
    pub async fn review(&self, app: &TestApp, reviewer: &Person, proposal: ProposalId) -> ReviewId {
        let mut tx = app.app.db.read().await.unwrap();
        let id: Uuid =
            on!(&mut tx, |c| sqlx::query_scalar("SELECT id FROM reviews WHERE reviewer_id = $1 AND proposal_id = $2")
                .bind(reviewer.id)
                .bind(proposal)
                .fetch_one(c)
                .await)
            .unwrap();
        ReviewId(id)
    }

    /// Declares as a person.
    ///
    /// # Errors
    /// The problem that the server answers.
    pub async fn declare(
        &self,
        app: &TestApp,
        person: &Person,
        proposal: ProposalId,
        conflict: Conflict,
    ) -> Result<ConflictCheck, Problem> {
        app.call(person, Declare { proposal_id: proposal }, &says(conflict)).await
    }

    /// Declares no conflict and submits a sheet.
    pub async fn score(&self, app: &TestApp, reviewer: &Person, proposal: ProposalId, scores: [i64; 6]) -> SheetView {
        self.declare(app, reviewer, proposal, Conflict::None).await.unwrap();
        let review_id = self.review(app, reviewer, proposal).await;
        let version = app.get(reviewer, GetSheet { review_id }, &shared::endpoint::Nothing {}).await.unwrap().version;
        app.call_at(reviewer, SubmitSheet { review_id }, version, &sheet(scores)).await.unwrap()
    }

    /// Assigns all three reviewers and has each submit a sheet with the same scores.
    pub async fn score_all(&self, app: &TestApp, proposal: ProposalId, scores: [i64; 6]) {
        let [a, b, c] = &self.reviewers;
        self.assign(app, &[proposal], &[a, b, c]).await.unwrap();
        for reviewer in &self.reviewers {
            self.score(app, reviewer, proposal, scores).await;
        }
    }
}
