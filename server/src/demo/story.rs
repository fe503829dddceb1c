//! The verbs of the story: each is what people do, by the API, one step after the other.

use chrono::Duration;
use shared::calls::{
    Bilingual, CallDetail, CallPhase, CreateCall, CreateCallRequest, Definition, FundingWindow, GetCall, LocalTime,
    MoveCall, MoveCallRequest, PublishCall, ReleaseResults, UpdateCall, UpdateCallRequest,
};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::{
    AllocationDraft, ConfirmAllocation, ConfirmReceipt, ContributionDraft, CreateContribution, Earmark,
    PrepareAllocation, PrepareReceipt, Purpose, ReceiptDraft, SignContribution, SignContributionRequest,
};
use shared::grants::{
    AccountCheck, AgreementDraft, ApproveAgreement, ApproveDisbursement, AwardQuery, CreateAgreement,
    DisbursementDraft, EnterAccount, Grant, InstructDisbursement, ListAwards, PayDisbursement, Payment, PlannedTranche,
    PrepareDisbursement, SendAgreement, SignAgreement, VerifyAccount, VerifyDisbursement,
};
use shared::ids::{AgreementId, CallId, ContributionId, FundId, MotionId, ProposalId, ReviewId};
use shared::money::{Money, Quantity, Rate};
use shared::people::Language;
use shared::proposals::{
    BudgetLine, CreateProposal, CreateProposalRequest, GetProposal, LineSource, Receipt, SaveAnswer, SaveAnswerRequest,
    SaveBudget, SaveBudgetRequest, ScreenProposal, ScreenProposalRequest, ScreeningOutcome, SubmitProposal,
    SubmitProposalRequest, UpdateProposal, UpdateProposalRequest,
};
use shared::reports::Reporting;
use shared::reviews::{
    AssignRequest, AssignReviewers, Conflict, Declare, DeclareRequest, GetSheet, Light, ListMyReviews, MyReviewsQuery,
    SaveSheet, Score, Sheet, SubmitSheet, Unblind, UnblindRequest,
};
use shared::time::{Date, Timestamp, plus_business_days};
use shared::votes::{
    BallotRequest, CastBallot, Choice, CreateMotion, MotionRequest, OpenMotion, OpenMotionRequest, Outcome,
};

use super::{World, texts};

/// A call of the story.
pub struct CallPlan<'a> {
    /// Short and unique.
    pub code: &'a str,
    /// Its title.
    pub title: (&'a str, &'a str),
    /// What it funds.
    pub window: FundingWindow,
    /// In EUR.
    pub envelope: &'a str,
    /// IANA name.
    pub zone: &'a str,
    /// Opening, by the zone's clocks.
    pub opens: LocalTime,
    /// Closing, by the zone's clocks.
    pub closes: LocalTime,
}

/// A proposal of the story.
#[derive(Debug, Clone, Copy)]
pub struct ProposalPlan<'a> {
    /// Who writes it.
    pub applicant: &'a str,
    /// For which organisation.
    pub organisation: &'a str,
    /// ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// The language it is written in.
    pub language: Language,
    /// The budget's currency.
    pub currency: Currency,
    /// Its title.
    pub title: &'a str,
    /// What the grant shall pay, in the budget's currency.
    pub grant: &'a str,
    /// What the applicant pays.
    pub own: &'a str,
    /// How long, in months.
    pub months: i64,
}

fn eur(text: &str) -> anyhow::Result<Money> {
    Money::parse(text, Currency::EUR).map_err(|code| anyhow::anyhow!("{text}: {}", code.as_str()))
}

fn money(text: &str, currency: Currency) -> anyhow::Result<Money> {
    Money::parse(text, currency).map_err(|code| anyhow::anyhow!("{text}: {}", code.as_str()))
}

fn rate(text: &str) -> anyhow::Result<Rate> {
    Rate::parse(text).map_err(|code| anyhow::anyhow!("{text}: {}", code.as_str()))
}

impl World {
    fn today(&self) -> Date {
        self.app.clock.now().date()
    }

    pub(super) fn key(&self) -> String {
        self.app.ids.next(self.app.clock.now()).to_string()
    }

    /// A donor pledges and signs: recorded by one person, confirmed by another.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn contribution(
        &mut self,
        fund: FundId,
        donor: &str,
        reference: &str,
        signed: &str,
        currency: Currency,
        budget_rate: &str,
    ) -> anyhow::Result<ContributionId> {
        let pledged = self.pledge(fund, donor, reference, signed, currency, budget_rate).await?;
        let request = SignContributionRequest { signed_on: self.today() };
        let endpoint = SignContribution { contribution_id: pledged.0 };
        let headers = [("if-match", pledged.1.to_string()), ("idempotency-key", self.key())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        Ok(self.send("finance_approver", endpoint, &Nothing {}, &request, &headers).await?.id)
    }

    /// A donor pledges.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn pledge(
        &mut self,
        fund: FundId,
        donor: &str,
        reference: &str,
        signed: &str,
        currency: Currency,
        budget_rate: &str,
    ) -> anyhow::Result<(ContributionId, i64)> {
        let draft = ContributionDraft {
            donor_id: self.organisation(donor)?,
            reference: reference.to_owned(),
            signed: money(signed, currency)?,
            budget_rate: rate(budget_rate)?,
            rate_source: "The donor's agreement".to_owned(),
            rate_id: None,
            pledged_on: self.today(),
            earmark: Earmark::default(),
            valid_from: None,
            valid_until: None,
        };
        let key = self.key();
        let endpoint = CreateContribution { fund_id: fund };
        let made = self.send("finance_preparer", endpoint, &Nothing {}, &draft, &[("idempotency-key", &key)]).await?;
        Ok((made.id, made.version))
    }

    /// Money of a contribution arrives: recorded by one person, confirmed by another.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn receive(
        &mut self,
        contribution: ContributionId,
        amount: &str,
        currency: Currency,
        bank_rate: &str,
        bank_reference: &str,
    ) -> anyhow::Result<()> {
        let draft = ReceiptDraft {
            amount: money(amount, currency)?,
            bank_rate: rate(bank_rate)?,
            rate_source: "The bank's advice".to_owned(),
            rate_id: None,
            received_on: self.today(),
            bank_reference: bank_reference.to_owned(),
        };
        let key = self.key();
        let endpoint = PrepareReceipt { contribution_id: contribution };
        let receipt =
            self.send("finance_preparer", endpoint, &Nothing {}, &draft, &[("idempotency-key", &key)]).await?;
        let (version, key) = (receipt.version.to_string(), self.key());
        let endpoint = ConfirmReceipt { receipt_id: receipt.id };
        let headers = [("if-match", version.as_str()), ("idempotency-key", &key)];
        self.send("finance_approver", endpoint, &Nothing {}, &Nothing {}, &headers).await?;
        Ok(())
    }

    /// Money is set aside: recorded by one person, confirmed by another.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn set_aside(
        &mut self,
        fund: FundId,
        purpose: Purpose,
        amount: &str,
        reason: &str,
    ) -> anyhow::Result<()> {
        let draft =
            AllocationDraft { purpose, amount: eur(amount)?, posted_on: self.today(), reason: reason.to_owned() };
        let key = self.key();
        let endpoint = PrepareAllocation { fund_id: fund };
        let made = self.send("finance_preparer", endpoint, &Nothing {}, &draft, &[("idempotency-key", &key)]).await?;
        let (version, key) = (made.version.to_string(), self.key());
        let endpoint = ConfirmAllocation { allocation_id: made.id };
        let headers = [("if-match", version.as_str()), ("idempotency-key", &key)];
        self.send("finance_approver", endpoint, &Nothing {}, &Nothing {}, &headers).await?;
        Ok(())
    }

    /// The Desk writes a call, with the default questions and criteria.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn draft_call(&mut self, fund: FundId, plan: &CallPlan<'_>) -> anyhow::Result<CallDetail> {
        let title = Bilingual { en: plan.title.0.to_owned(), fr: plan.title.1.to_owned() };
        let request = CreateCallRequest {
            fund_id: fund,
            code: plan.code.to_owned(),
            title: title.clone(),
            window: plan.window,
            envelope: eur(plan.envelope)?,
            zone: plan.zone.to_owned(),
            opens_local: plan.opens,
            closes_local: plan.closes,
            copy_of: None,
        };
        let draft = self.call("desk_officer", CreateCall {}, &request).await?;
        let mut definition = draft.definition;
        let npr = Currency::parse("NPR").map_err(|code| anyhow::anyhow!(code.as_str()))?;
        if definition.currencies.iter().all(|c| c.currency != npr) {
            definition.currencies.push(shared::calls::CallCurrency { currency: npr, budget_rate: rate("147")? });
        }
        let request = UpdateCallRequest {
            code: plan.code.to_owned(),
            title,
            window: plan.window,
            envelope: eur(plan.envelope)?,
            zone: plan.zone.to_owned(),
            opens_local: plan.opens,
            closes_local: plan.closes,
            definition,
        };
        self.call_at("desk_officer", UpdateCall { call_id: draft.call.id }, draft.version, &request).await
    }

    /// The Desk writes a call and the Head of Desk publishes it.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn publish_call(&mut self, fund: FundId, plan: &CallPlan<'_>) -> anyhow::Result<CallDetail> {
        let draft = self.draft_call(fund, plan).await?;
        self.call_at("head_of_desk", PublishCall { call_id: draft.call.id }, draft.version, &Nothing {}).await
    }

    /// The head of desk tells the applicants what was decided so far, unless they know.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn release_results(&mut self, call_id: CallId) -> anyhow::Result<()> {
        let detail = self.get("desk_officer", GetCall { call_id }, &Nothing {}).await?;
        if detail.unreleased.is_some_and(|count| count > 0) {
            self.call_at("head_of_desk", ReleaseResults { call_id }, detail.version, &Nothing {}).await?;
        }
        Ok(())
    }

    /// The Desk moves a call on, phase by phase, until it is in `to`.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn move_call(&mut self, call: CallId, to: CallPhase) -> anyhow::Result<()> {
        for phase in [CallPhase::Screening, CallPhase::Review, CallPhase::Deliberation, CallPhase::Decided] {
            let detail = self.get("desk_officer", GetCall { call_id: call }, &Nothing {}).await?;
            if detail.call.state.next() == Some(phase) {
                self.call_at(
                    "desk_officer",
                    MoveCall { call_id: call },
                    detail.version,
                    &MoveCallRequest { to: phase },
                )
                .await?;
            }
            if phase == to {
                break;
            }
        }
        Ok(())
    }

    /// An applicant writes a proposal, as far as `answers` of its questions.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn write(&mut self, call: CallId, plan: &ProposalPlan<'_>, answers: usize) -> anyhow::Result<ProposalId> {
        let request = CreateProposalRequest {
            organisation_id: self.organisation(plan.organisation)?,
            title: plan.title.to_owned(),
            country: plan.country.to_owned(),
            language: plan.language,
            currency: plan.currency,
        };
        let proposal_id = self.call(plan.applicant, CreateProposal { call_id: call }, &request).await?.id;
        let proposal = self.get(plan.applicant, GetProposal { proposal_id }, &Nothing {}).await?;
        let Some(working) = proposal.working else { anyhow::bail!("{}: no working copy", plan.title) };
        let details = UpdateProposalRequest {
            title: plan.title.to_owned(),
            country: plan.country.to_owned(),
            duration_months: Some(plan.months),
            partners: Vec::new(),
        };
        self.call_at(plan.applicant, UpdateProposal { proposal_id }, working.details_version, &details).await?;
        let questions = proposal.definition.sections.iter().flat_map(|section| &section.questions);
        for question in questions.take(answers) {
            self.wait(Duration::minutes(7));
            let body = texts::answer(&question.key, plan.language, plan.country);
            let endpoint = SaveAnswer { proposal_id, question: question.key.clone() };
            self.call_at(plan.applicant, endpoint, 0, &SaveAnswerRequest { body }).await?;
        }
        let lines = budget(plan, &proposal.definition)?;
        self.call_at(plan.applicant, SaveBudget { proposal_id }, working.budget_version, &SaveBudgetRequest { lines })
            .await?;
        Ok(proposal_id)
    }

    /// An applicant writes a whole proposal and submits it.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn submit(&mut self, call: CallId, plan: &ProposalPlan<'_>) -> anyhow::Result<(ProposalId, Receipt)> {
        let proposal_id = self.write(call, plan, usize::MAX).await?;
        let version = self.get(plan.applicant, GetProposal { proposal_id }, &Nothing {}).await?.version;
        let request = SubmitProposalRequest { is_declared: true };
        let receipt = self.call_at(plan.applicant, SubmitProposal { proposal_id }, version, &request).await?;
        Ok((proposal_id, receipt))
    }

    /// The Desk screens a proposal.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn screen(
        &mut self,
        proposal_id: ProposalId,
        outcome: ScreeningOutcome,
        reason: &str,
    ) -> anyhow::Result<()> {
        let version = self.get("desk_officer", GetProposal { proposal_id }, &Nothing {}).await?.version;
        let due_on = (outcome == ScreeningOutcome::MoreInfo).then(|| self.today().plus_days(14));
        let request = ScreenProposalRequest { outcome, reason: reason.to_owned(), due_on };
        self.call_at("desk_officer", ScreenProposal { proposal_id }, version, &request).await?;
        Ok(())
    }

    /// The Desk assigns reviewers to proposals.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn assign(
        &mut self,
        call_id: CallId,
        proposals: &[ProposalId],
        reviewers: &[&str],
    ) -> anyhow::Result<()> {
        let mut reviewer_ids = Vec::new();
        for reviewer in reviewers {
            let person = self.people.get(*reviewer).ok_or_else(|| anyhow::anyhow!("nobody is {reviewer}"))?;
            reviewer_ids.push(person.id);
        }
        let request =
            AssignRequest { proposal_ids: proposals.to_vec(), reviewer_ids, due_on: self.today().plus_days(14) };
        self.call("desk_officer", AssignReviewers { call_id }, &request).await?;
        Ok(())
    }

    /// A person declares that there is no conflict of interest.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn declare(&mut self, who: &str, proposal_id: ProposalId) -> anyhow::Result<()> {
        let request = DeclareRequest { conflict: Conflict::None, explanation: String::new() };
        self.call(who, Declare { proposal_id }, &request).await?;
        Ok(())
    }

    /// The id of a reviewer's sheet on a proposal.
    async fn sheet_of(&mut self, who: &str, proposal_id: ProposalId) -> anyhow::Result<ReviewId> {
        let mut query = MyReviewsQuery::default();
        loop {
            let page = self.get(who, ListMyReviews {}, &query).await?;
            if let Some(found) = page.items.iter().find(|review| review.proposal.id == proposal_id) {
                return Ok(found.id);
            }
            query.after = page.next;
            anyhow::ensure!(query.after.is_some(), "{who} has no sheet on {proposal_id}");
        }
    }

    /// A reviewer declares, fills in a sheet, and submits it if it is complete.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn score(
        &mut self,
        who: &str,
        proposal_id: ProposalId,
        scores: &[i64],
        suggested: &str,
    ) -> anyhow::Result<()> {
        self.declare(who, proposal_id).await?;
        let review_id = self.sheet_of(who, proposal_id).await?;
        let view = self.get(who, GetSheet { review_id }, &Nothing {}).await?;
        let is_complete = scores.len() == view.rubric.criteria.len();
        let (strengths, weaknesses) = texts::judgement(scores.last().copied().unwrap_or_default());
        let sheet = Sheet {
            scores: view
                .rubric
                .criteria
                .iter()
                .zip(scores)
                .map(|(criterion, score)| Score {
                    criterion: criterion.key.clone(),
                    score: Some(*score),
                    comment: texts::comment(*score).to_owned(),
                })
                .collect(),
            strengths: strengths.to_owned(),
            weaknesses: weaknesses.to_owned(),
            light: Some(if scores.iter().sum::<i64>() >= 18 { Light::Green } else { Light::Amber }),
            suggested: Some(eur(suggested)?),
        };
        if is_complete {
            self.call_at(who, SubmitSheet { review_id }, view.version, &sheet).await?;
        } else {
            self.call_at(who, SaveSheet { review_id }, view.version, &sheet).await?;
        }
        Ok(())
    }

    /// The chair unblinds a call.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn unblind(&mut self, call_id: CallId) -> anyhow::Result<()> {
        self.call("steering_facilitator", Unblind { call_id }, &UnblindRequest { reason: String::new() }).await?;
        Ok(())
    }

    /// The facilitator puts a motion before the voters for the shortest time.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn open_motion(
        &mut self,
        proposal_id: ProposalId,
        outcome: Outcome,
        amount: Option<&str>,
        off_rank_reason: &str,
    ) -> anyhow::Result<(MotionId, Timestamp)> {
        let request = MotionRequest {
            proposal_id,
            outcome,
            amount: amount.map(eur).transpose()?,
            conditions: String::new(),
            off_rank_reason: off_rank_reason.to_owned(),
        };
        let motion = self.call("steering_facilitator", CreateMotion {}, &request).await?;
        let motion_id = motion.summary.id;
        let closes_at = plus_business_days(self.app.clock.now(), motion.min_business_days).plus(Duration::hours(1));
        let request = OpenMotionRequest { closes_at };
        self.call_at("steering_facilitator", OpenMotion { motion_id }, motion.version, &request).await?;
        Ok((motion_id, closes_at))
    }

    /// A voter declares and votes.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn vote(
        &mut self,
        who: &str,
        motion_id: MotionId,
        proposal_id: ProposalId,
        choice: Choice,
    ) -> anyhow::Result<()> {
        self.declare(who, proposal_id).await?;
        let reason = if choice == Choice::Yes { String::new() } else { texts::NO_REASON.to_owned() };
        let request = BallotRequest { choice, reason, alternate_note: None };
        self.call(who, CastBallot { motion_id }, &request).await?;
        Ok(())
    }

    /// The clock passes an instant, and what is due by then is done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pass(&self, until: Timestamp) -> anyhow::Result<()> {
        self.app.clock.set(until);
        Ok(crate::jobs::run_due(&self.app).await?)
    }

    /// Both voters say yes to a motion, and its time passes.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn carry(
        &mut self,
        proposal_id: ProposalId,
        outcome: Outcome,
        amount: Option<&str>,
    ) -> anyhow::Result<MotionId> {
        let (motion_id, closes_at) = self.open_motion(proposal_id, outcome, amount, "").await?;
        for voter in ["steering_voter", "steering_voter2"] {
            self.wait(Duration::hours(3));
            self.vote(voter, motion_id, proposal_id, Choice::Yes).await?;
        }
        self.pass(closes_at).await?;
        Ok(motion_id)
    }

    /// The Desk writes the agreement of an approved proposal, the head approves it, it is sent and signed.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn agree(
        &mut self,
        proposal_id: ProposalId,
        recipient: &str,
        number: &str,
        tranches: &[(&str, i64, &str)],
        reporting: Option<Reporting>,
    ) -> anyhow::Result<Grant> {
        let awards = self.get("desk_officer", ListAwards {}, &AwardQuery::default()).await?;
        let award = awards.items.into_iter().find(|award| award.proposal_id == proposal_id);
        let Some(award) = award else { anyhow::bail!("no award for {proposal_id}") };
        let today = self.today();
        let planned = tranches
            .iter()
            .map(|(amount, days, condition)| {
                Ok(PlannedTranche {
                    amount: eur(amount)?,
                    due_on: today.plus_days(*days),
                    condition: (*condition).to_owned(),
                })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let draft = AgreementDraft {
            decision_id: award.decision_id,
            number: number.to_owned(),
            starts_on: today,
            ends_on: today.plus_days(540),
            tranches: planned,
            reporting,
        };
        let key = self.key();
        let grant =
            self.send("desk_officer", CreateAgreement {}, &Nothing {}, &draft, &[("idempotency-key", &key)]).await?;
        let agreement_id = grant.id;
        self.wait(Duration::days(1));
        let grant = self.call_at("head_of_desk", ApproveAgreement { agreement_id }, grant.version, &Nothing {}).await?;
        let grant = self.call_at("desk_officer", SendAgreement { agreement_id }, grant.version, &Nothing {}).await?;
        self.wait(Duration::days(5));
        let (version, key) = (grant.version.to_string(), self.key());
        let headers = [("if-match", version.as_str()), ("idempotency-key", &key)];
        self.send(recipient, SignAgreement { agreement_id }, &Nothing {}, &Nothing {}, &headers).await?;
        self.wait(Duration::days(1));
        self.account(agreement_id, recipient).await
    }

    /// The recipient enters its bank account, finance verifies it by typing the number again.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn account(&mut self, agreement_id: AgreementId, recipient: &str) -> anyhow::Result<Grant> {
        let key = self.key();
        let draft = texts::account();
        let entered = self
            .send(recipient, EnterAccount { agreement_id }, &Nothing {}, &draft, &[("idempotency-key", &key)])
            .await?;
        let Some(account) = entered.accounts.last() else { anyhow::bail!("no account was entered") };
        let (key, check) = (self.key(), AccountCheck { account_id: account.id, number: draft.iban });
        let endpoint = VerifyAccount { agreement_id };
        self.send("finance_approver", endpoint, &Nothing {}, &check, &[("idempotency-key", &key)]).await
    }

    /// A payment is prepared and verified; the approver has not seen it yet.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn prepare_payment(&mut self, grant: &Grant, tranche: usize, amount: &str) -> anyhow::Result<Grant> {
        let Some(tranche) = grant.tranches.get(tranche) else { anyhow::bail!("no such tranche") };
        let draft = DisbursementDraft { tranche_id: tranche.id, amount: eur(amount)? };
        let key = self.key();
        let endpoint = PrepareDisbursement { agreement_id: grant.id };
        let grant = self.send("finance_preparer", endpoint, &Nothing {}, &draft, &[("idempotency-key", &key)]).await?;
        let Some(payment) = grant.disbursements.last() else { anyhow::bail!("nothing was prepared") };
        let endpoint = VerifyDisbursement { disbursement_id: payment.id };
        self.call_at("desk_officer", endpoint, payment.version, &Nothing {}).await
    }

    /// A payment goes all its way: prepared, verified, approved, instructed, paid.
    ///
    /// # Errors
    /// The problem that the service answers.
    pub async fn pay(
        &mut self,
        grant: &Grant,
        tranche: usize,
        amount: &str,
        bank_reference: &str,
    ) -> anyhow::Result<Grant> {
        let grant = self.prepare_payment(grant, tranche, amount).await?;
        let Some(payment) = grant.disbursements.last() else { anyhow::bail!("nothing was prepared") };
        let disbursement_id = payment.id;
        let version =
            |grant: &Grant| grant.disbursements.iter().find(|d| d.id == disbursement_id).map_or(0, |d| d.version);
        self.wait(Duration::hours(20));
        let grant = self
            .call_at("finance_approver", ApproveDisbursement { disbursement_id }, payment.version, &Nothing {})
            .await?;
        let grant = self
            .call_at("finance_preparer", InstructDisbursement { disbursement_id }, version(&grant), &Nothing {})
            .await?;
        self.wait(Duration::days(2));
        let request = Payment { bank_reference: bank_reference.to_owned(), value_date: self.today() };
        let (at, key) = (version(&grant).to_string(), self.key());
        let headers = [("if-match", at.as_str()), ("idempotency-key", &key)];
        self.send("finance_preparer", PayDisbursement { disbursement_id }, &Nothing {}, &request, &headers).await
    }
}

/// A budget whose grant lines sum to the plan's grant and whose own line is the rest.
fn budget(plan: &ProposalPlan<'_>, definition: &Definition) -> anyhow::Result<Vec<BudgetLine>> {
    let grant = money(plan.grant, plan.currency)?;
    let own = money(plan.own, plan.currency)?;
    let mut lines = Vec::new();
    let mut left = grant;
    // In tenths of the grant; the last line takes what rounding leaves.
    for (category, tenths) in [("staff", 4), ("software_adaptation", 3), ("training", 2), ("travel", 1)] {
        anyhow::ensure!(definition.budget.categories.iter().any(|c| c == category), "no category {category}");
        let share = Money::from_minor(grant.minor() / 10 * tenths, plan.currency);
        let amount = if category == "travel" { left } else { share };
        left = left.checked_sub(amount).map_err(|code| anyhow::anyhow!(code.as_str()))?;
        lines.push(line(plan, category, amount, LineSource::Grant)?);
    }
    if own.is_positive() {
        lines.push(line(plan, "local_partners", own, LineSource::OwnCash)?);
    }
    Ok(lines)
}

fn line(plan: &ProposalPlan<'_>, category: &str, amount: Money, source: LineSource) -> anyhow::Result<BudgetLine> {
    let (activity, unit) = texts::activity(category, plan.language);
    // A number of months or sessions that divides the amount; else one lump.
    let count = if amount.minor() % 10 == 0 { 10 } else { 1 };
    let quantity = Quantity::parse(&count.to_string()).map_err(|code| anyhow::anyhow!(code.as_str()))?;
    Ok(BudgetLine {
        category: category.to_owned(),
        activity: activity.to_owned(),
        unit: unit.to_owned(),
        quantity: Some(quantity),
        unit_cost: Some(Money::from_minor(amount.minor() / count, plan.currency)),
        period: "1–12".to_owned(),
        source,
        total: None,
    })
}
