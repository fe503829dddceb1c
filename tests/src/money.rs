//! A small world for tests about money: a fund with its finance people, two donors, a call.

use catalytic_fund::fund::ledger::{self, Reserve};
use catalytic_fund::http::error::ApiError;
use catalytic_fund::{execute, transact};
use shared::calls::{
    Bilingual, BudgetRules, CATEGORIES, CallCurrency, Definition, GrantRules, ReviewRules, Rubric, VoteRules,
};
use shared::currency::Currency;
use shared::endpoint::{Endpoint, Nothing};
use shared::fund::{
    Allocation, AllocationDraft, ConfirmAllocation, ConfirmReceipt, Contribution, ContributionDraft,
    CreateContribution, Earmark, FundStatus, GetFundStatus, PrepareAllocation, PrepareReceipt, Purpose, Receipt,
    ReceiptDraft, Shortfall, SignContribution, SignContributionRequest, StatusQuery,
};
use shared::grants::{
    AccountCheck, AccountDraft, AccountState, Address, AgreementDraft, ApproveAgreement, CreateAgreement, EnterAccount,
    GetGrant, Grant, PlannedTranche, SendAgreement, SignAgreement, VerifyAccount,
};
use shared::ids::{CallId, DecisionId, FundId, MotionId, OrganisationId, ProposalId};
use shared::money::{BasisPoints, Money, Quantity, Rate};
use shared::people::{Language, OrganisationKind, OrganisationRef};
use shared::permission::Role;
use shared::problem::Problem;
use shared::proposals::{Budget, BudgetLine, Content, Details, LineSource, check_budget};
use shared::reports::{Reporting, ReportingMethod};
use shared::time::{Date, Timestamp};
use uuid::Uuid;

use crate::{Person, START, TestApp};

/// A plain amount in euros.
#[must_use]
pub fn eur(text: &str) -> Money {
    Money::parse(text, Currency::EUR).unwrap()
}

/// A plain amount in Swiss francs.
#[must_use]
pub fn chf(text: &str) -> Money {
    Money::parse(text, Currency::CHF).unwrap()
}

/// A rate.
#[must_use]
pub fn rate(text: &str) -> Rate {
    Rate::parse(text).unwrap()
}

/// A date.
#[must_use]
pub fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// The test's first day.
#[must_use]
pub fn today() -> Date {
    Timestamp::parse(START).unwrap().date()
}

/// A fresh idempotency key.
#[must_use]
pub fn key() -> String {
    Uuid::now_v7().to_string()
}

/// An IBAN whose check digits fit.
pub const IBAN: &str = "CM21 1000 2000 3002 7797 6315 008";

/// An account to be entered.
#[must_use]
pub fn account_draft(iban: &str) -> AccountDraft {
    AccountDraft {
        holder: "APPL organisation".into(),
        iban: iban.into(),
        account_number: String::new(),
        bic: String::new(),
        bank: "A bank".into(),
        currency: Currency::EUR,
        address: Address {
            street: "1, rue de la Santé".into(),
            postcode: String::new(),
            town: "Yaoundé".into(),
            country: "CM".into(),
        },
    }
}

/// A fund with its people, two donors and a call.
pub struct World<'a> {
    /// The application.
    pub app: &'a TestApp,
    /// The fund.
    pub fund_id: FundId,
    /// Prepares money.
    pub preparer: Person,
    /// Approves money.
    pub approver: Person,
    /// The Coordination Desk.
    pub desk: Person,
    /// Its head.
    pub head: Person,
    /// Leads the applicant.
    pub lead: Person,
    /// The applicant.
    pub applicant: OrganisationId,
    /// The first donor.
    pub bmz: OrganisationId,
    /// The second donor.
    pub sdc: OrganisationId,
    /// The call.
    pub call_id: CallId,
}

/// What a call asks and allows, as far as money is concerned.
#[must_use]
pub fn definition() -> Definition {
    let text = || Bilingual { en: "Text".into(), fr: "Texte".into() };
    Definition {
        about: text(),
        eligibility: text(),
        languages: vec![Language::En, Language::Fr],
        countries: Vec::new(),
        currencies: vec![CallCurrency { currency: Currency::EUR, budget_rate: Rate::ONE }],
        sections: Vec::new(),
        rubric: Rubric { scale_max: 5, criteria: Vec::new() },
        budget: BudgetRules {
            categories: CATEGORIES.iter().map(|category| (*category).to_owned()).collect(),
            indirect_cap: BasisPoints::percent(7),
            contingency_cap: BasisPoints::percent(5),
            min_grant: eur("1.00"),
            max_grant: eur("200000.00"),
            max_months: 24,
            cofunding_min: BasisPoints::percent(0),
            in_kind_counts_up_to: BasisPoints::percent(50),
        },
        review: ReviewRules {
            min_sheets: 3,
            min_tag_sheets: 1,
            fundable_min: 60,
            divergence_percent: 30,
            extreme_scores: vec![0, 1, 5],
        },
        vote: VoteRules { min_business_days: 5, reservation_days: 90 },
        grant: GrantRules { first_tranche_cap: BasisPoints::percent(40), retention_min: BasisPoints::percent(10) },
        concept: None,
    }
}

impl<'a> World<'a> {
    /// With a call of this envelope; no money yet.
    pub async fn new(app: &'a TestApp, envelope: &str) -> Self {
        let applicant = app.organisation("APPL", OrganisationKind::Ministry).await;
        let world = Self {
            app,
            fund_id: FundId(Uuid::now_v7()),
            preparer: app.person(Role::FinancePreparer).await,
            approver: app.person(Role::FinanceApprover).await,
            desk: app.person(Role::DeskOfficer).await,
            head: app.person(Role::HeadOfDesk).await,
            lead: app.person_of(Role::ApplicantLead, Some(applicant)).await,
            applicant,
            bmz: app.organisation("BMZ", OrganisationKind::Funder).await,
            sdc: app.organisation("SDC", OrganisationKind::Funder).await,
            call_id: CallId(Uuid::now_v7()),
        };
        let (now, closes) = (app.app.clock.now(), app.app.clock.now().plus(chrono::Duration::days(30)));
        let definition = serde_json::to_string(&definition()).unwrap();
        transact!(app.app.db, |tx| {
            execute!(
                tx,
                "INSERT INTO funds (id, code, name, currency, second_approval_above_minor, created_at)
                 VALUES ($1, 'CIF', 'Catalytic Fund', 'EUR', 5000000, $2)",
                world.fund_id,
                now
            )?;
            execute!(
                tx,
                "INSERT INTO calls (id, fund_id, code, title_en, title_fr, funding_window, envelope_minor, opens_at, closes_at,
                     zone, phase, definition, search_key, created_by, created_at, published_at, results_released_at, results_released_by)
                 VALUES ($1, $2, 'CIF-1', 'Call', 'Appel', 'country_implementation', $3, $4, $5, 'Europe/Berlin', 'deliberation',
                     $6, 'call', $7, $4, $4, $8, $7)",
                world.call_id,
                world.fund_id,
                eur(envelope).minor(),
                now,
                closes,
                &definition,
                world.desk.id,
                // Whatever is decided is told at once.
                now.plus(chrono::Duration::days(3650))
            )?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
        world
    }

    /// The golden scenario's money: BMZ EUR 600 000, SDC CHF 380 000 at 0.95, all received;
    /// administration and reserve 50 000 each.
    pub async fn funded(app: &'a TestApp, envelope: &str) -> Self {
        let world = Self::new(app, envelope).await;
        let bmz = world.signed(world.bmz, "BMZ-1", eur("600000"), "1").await;
        let sdc = world.signed(world.sdc, "SDC-1", chf("380000"), "0.95").await;
        world.received(&bmz, eur("600000"), "1").await;
        world.received(&sdc, chf("380000"), "0.95").await;
        world.set_aside(Purpose::Administration, "50000").await;
        world.set_aside(Purpose::Reserve, "50000").await;
        world
    }

    /// Calls an endpoint that moves money, with a fresh key.
    pub async fn once<E: Endpoint<Query = Nothing>>(
        &self,
        by: &Person,
        endpoint: E,
        version: Option<i64>,
        body: &E::Request,
    ) -> Result<E::Response, Problem> {
        self.with_key(by, endpoint, version, body, &key()).await
    }

    /// Calls an endpoint that moves money, with a key.
    pub async fn with_key<E: Endpoint<Query = Nothing>>(
        &self,
        by: &Person,
        endpoint: E,
        version: Option<i64>,
        body: &E::Request,
        key: &str,
    ) -> Result<E::Response, Problem> {
        let version = version.map(|v| v.to_string());
        let mut headers = vec![("idempotency-key", key)];
        headers.extend(version.as_deref().map(|v| ("if-match", v)));
        self.app.send(Some(by), endpoint, &Nothing {}, body, &headers).await
    }

    /// Records a pledge.
    pub async fn pledged(
        &self,
        donor_id: OrganisationId,
        reference: &str,
        signed: Money,
        budget: &str,
    ) -> Contribution {
        let draft = ContributionDraft {
            donor_id,
            reference: reference.into(),
            signed,
            budget_rate: rate(budget),
            rate_source: "The donor's agreement".into(),
            rate_id: None,
            pledged_on: today(),
            earmark: Earmark::default(),
            valid_from: None,
            valid_until: None,
        };
        self.once(&self.preparer, CreateContribution { fund_id: self.fund_id }, None, &draft).await.unwrap()
    }

    /// Records and signs a contribution.
    pub async fn signed(&self, donor_id: OrganisationId, reference: &str, signed: Money, budget: &str) -> Contribution {
        let pledged = self.pledged(donor_id, reference, signed, budget).await;
        let request = SignContributionRequest { signed_on: today() };
        let endpoint = SignContribution { contribution_id: pledged.id };
        self.once(&self.approver, endpoint, Some(pledged.version), &request).await.unwrap()
    }

    /// Records a receipt.
    ///
    /// # Errors
    /// The server's problem.
    pub async fn prepared(&self, on: &Contribution, amount: Money, bank: &str) -> Result<Receipt, Problem> {
        let draft = ReceiptDraft {
            amount,
            bank_rate: rate(bank),
            rate_source: "The bank's advice".into(),
            rate_id: None,
            received_on: today(),
            bank_reference: key(),
        };
        self.once(&self.preparer, PrepareReceipt { contribution_id: on.id }, None, &draft).await
    }

    /// Records and confirms a receipt.
    pub async fn received(&self, on: &Contribution, amount: Money, bank: &str) -> Receipt {
        let receipt = self.prepared(on, amount, bank).await.unwrap();
        let endpoint = ConfirmReceipt { receipt_id: receipt.id };
        self.once(&self.approver, endpoint, Some(receipt.version), &Nothing {}).await.unwrap()
    }

    /// Records money to be set aside.
    pub async fn allocation(&self, purpose: Purpose, amount: &str) -> Allocation {
        let draft =
            AllocationDraft { purpose, amount: eur(amount), posted_on: today(), reason: "Decided for the year".into() };
        self.once(&self.preparer, PrepareAllocation { fund_id: self.fund_id }, None, &draft).await.unwrap()
    }

    /// Records and confirms money set aside.
    pub async fn set_aside(&self, purpose: Purpose, amount: &str) -> Allocation {
        let prepared = self.allocation(purpose, amount).await;
        let endpoint = ConfirmAllocation { allocation_id: prepared.id };
        self.once(&self.approver, endpoint, Some(prepared.version), &Nothing {}).await.unwrap()
    }

    /// The fund's status.
    pub async fn status(&self) -> FundStatus {
        let endpoint = GetFundStatus { fund_id: self.fund_id };
        self.app.get(&self.head, endpoint, &StatusQuery::default()).await.unwrap()
    }

    /// A proposal with a carried motion and a decision on this amount; nothing reserved yet. The
    /// project costs a quarter more.
    pub async fn decided(&self, amount: Money) -> (ProposalId, DecisionId) {
        let (proposal_id, motion_id, decision_id) =
            (ProposalId(Uuid::now_v7()), MotionId(Uuid::now_v7()), DecisionId(Uuid::now_v7()));
        let now = self.app.app.clock.now();
        let number = format!("P-{}", proposal_id.0.simple());
        let content = self.content(amount.minor() * 5 / 4);
        transact!(self.app.app.db, |tx| {
            execute!(
                tx,
                "INSERT INTO proposals (id, call_id, organisation_id, number, title, country, language, currency,
                     duration_months, state, requested_minor, total_minor, requested_eur_minor, details, search_key, created_by,
                     created_at, updated_at)
                 VALUES ($1, $2, $3, $4, 'A project', 'CM', 'en', 'EUR', 12, 'decided', $5, $6, $5, '{}', 'a project', $7, $8, $8)",
                proposal_id,
                self.call_id,
                self.applicant,
                &number,
                amount.minor(),
                amount.minor() * 5 / 4,
                self.lead.id,
                now
            )?;
            execute!(
                tx,
                "INSERT INTO motions (id, proposal_id, number, outcome, amount_minor, conditions, off_rank_reason, state, created_by, created_at)
                 VALUES ($1, $2, $3, 'approved', $4, '', '', 'carried', $5, $6)",
                motion_id,
                proposal_id,
                &number,
                amount.minor(),
                self.desk.id,
                now
            )?;
            execute!(
                tx,
                "INSERT INTO decisions (id, motion_id, proposal_id, outcome, amount_minor, conditions, record, decided_at)
                 VALUES ($1, $2, $3, 'approved', $4, '', '{}', $5)",
                decision_id,
                motion_id,
                proposal_id,
                amount.minor(),
                now
            )?;
            execute!(
                tx,
                "INSERT INTO proposal_versions (id, proposal_id, number, receipt, content, sha256, submitted_by, submitted_at)
                 VALUES ($1, $2, 1, $3, $4, '', $5, $6)",
                Uuid::now_v7(),
                proposal_id,
                &number,
                &content,
                self.lead.id,
                now
            )?;
            Ok::<(), ApiError>(())
        })
        .unwrap();
        (proposal_id, decision_id)
    }

    /// A submitted proposal's content: a tenth travel, a twentieth indirect, a fortieth contingency, the
    /// rest staff.
    fn content(&self, total: i64) -> String {
        let others = [("travel", total / 10), ("indirect", total / 20), ("contingency", total / 40)];
        let staff = ("staff", total - others.iter().map(|(_, minor)| minor).sum::<i64>());
        let lines: Vec<BudgetLine> = std::iter::once(staff)
            .chain(others)
            .filter(|(_, minor)| *minor > 0)
            .map(|(category, minor)| BudgetLine {
                category: category.into(),
                activity: "Work".into(),
                unit: "lump".into(),
                quantity: Some(Quantity::parse("1").unwrap()),
                unit_cost: Some(Money::from_minor(minor, Currency::EUR)),
                period: String::new(),
                source: LineSource::Grant,
                total: None,
            })
            .collect();
        let rules = definition();
        let (totals, _) = check_budget(&rules.budget, &rules.currencies, Currency::EUR, &lines, Some(12));
        let content = Content {
            call: "CIF-1".into(),
            organisation: OrganisationRef { id: self.applicant, code: "APPL".into(), name: "APPL organisation".into() },
            language: Language::En,
            currency: Currency::EUR,
            details: Details {
                title: "A project".into(),
                country: "CM".into(),
                duration_months: Some(12),
                partners: Vec::new(),
            },
            answers: Vec::new(),
            budget: Some(Budget { lines: Some(lines), totals }),
        };
        serde_json::to_string(&content).unwrap()
    }

    /// The applicant's account: entered by finance, verified by another person.
    pub async fn account(&self, grant: &Grant, iban: &str) -> Grant {
        let agreement_id = grant.id;
        let entered =
            self.once(&self.preparer, EnterAccount { agreement_id }, None, &account_draft(iban)).await.unwrap();
        let account_id = entered.accounts.iter().find(|account| account.state == AccountState::Entered).unwrap().id;
        let check = AccountCheck { account_id, number: iban.into() };
        self.once(&self.approver, VerifyAccount { agreement_id }, None, &check).await.unwrap()
    }

    /// Reserves for a decision.
    ///
    /// # Errors
    /// What is missing.
    pub async fn reserve(&self, decided: (ProposalId, DecisionId), amount: Money) -> Result<(), Shortfall> {
        let ctx = self.app.app.system_ctx();
        let (proposal_id, source) = decided;
        let reserve = Reserve { fund_id: self.fund_id, call_id: self.call_id, proposal_id, amount, source };
        transact!(self.app.app.db, |tx| ledger::reserve(tx, &ctx, reserve).await).unwrap()
    }

    /// An approved proposal: decided and reserved.
    pub async fn approved(&self, amount: &str) -> DecisionId {
        let decided = self.decided(eur(amount)).await;
        self.reserve(decided, eur(amount)).await.unwrap();
        decided.1
    }

    /// A draft of an agreement with a plan, due from the first day on.
    #[must_use]
    pub fn draft(&self, decision_id: DecisionId, plan: &[&str]) -> AgreementDraft {
        AgreementDraft {
            decision_id,
            number: format!("GA-{}", decision_id.0.simple()),
            starts_on: today(),
            ends_on: today().plus_days(365),
            tranches: self.plan(plan),
            reporting: None,
        }
    }

    /// A tranche plan.
    #[must_use]
    pub fn plan(&self, amounts: &[&str]) -> Vec<PlannedTranche> {
        amounts
            .iter()
            .map(|amount| PlannedTranche { amount: eur(amount), due_on: today(), condition: String::new() })
            .collect()
    }

    /// An active agreement on an approved amount.
    pub async fn active(&self, amount: &str, plan: &[&str]) -> Grant {
        let decision_id = self.approved(amount).await;
        self.signed_agreement(decision_id, plan).await
    }

    /// An active agreement on a decision whose money is reserved.
    pub async fn signed_agreement(&self, decision_id: DecisionId, plan: &[&str]) -> Grant {
        self.signed_draft(self.draft(decision_id, plan)).await
    }

    /// An active agreement that reports in another currency.
    pub async fn reporting(&self, amount: &str, plan: &[&str], currency: &str, method: ReportingMethod) -> Grant {
        let decision_id = self.approved(amount).await;
        let reporting = Some(Reporting { currency: Currency::parse(currency).unwrap(), method });
        self.signed_draft(AgreementDraft { reporting, ..self.draft(decision_id, plan) }).await
    }

    async fn signed_draft(&self, draft: AgreementDraft) -> Grant {
        let grant = self.once(&self.desk, CreateAgreement {}, None, &draft).await.unwrap();
        let agreement_id = grant.id;
        let grant =
            self.app.call_at(&self.head, ApproveAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
        let grant =
            self.app.call_at(&self.desk, SendAgreement { agreement_id }, grant.version, &Nothing {}).await.unwrap();
        let signed = self.once(&self.lead, SignAgreement { agreement_id }, Some(grant.version), &Nothing {}).await;
        let signed = signed.unwrap();
        let has_account = self.app.call(&self.desk, GetGrant { agreement_id }, &Nothing {}).await.unwrap();
        if has_account.accounts.is_empty() { self.account(&signed, IBAN).await } else { has_account }
    }
}
