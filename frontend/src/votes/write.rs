//! Writing a motion.

use leptos::prelude::*;
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::ids::{MotionId, ProposalId};
use shared::money::Money;
use shared::problem::{Code, FieldError};
use shared::reviews::{GetScores, Subject};
use shared::votes::{CreateMotion, GetMotion, MotionRequest, Outcome, UpdateMotion};

use crate::components::{Crumb, FormBox, MoneyInput, Page, RadioGroup, TextArea, money_from, toast};
use crate::form::Form;
use crate::i18n::{t, word};
use crate::load::load;
use crate::reviews::{subject_facts, summary};
use crate::routes::Path;
use crate::{api, router};

/// A new motion on a proposal.
pub fn new_page(proposal_id: ProposalId) -> AnyView {
    let scores = load(move || async move { api::call(&GetScores { proposal_id }, &Nothing {}, &Nothing {}).await });
    view! {
        <Page title=t("motion-write") crumbs=vec![Crumb(t("motions-title"), Path::Motions)]>
            {move || scores.view(|scores| untrack(|| {
                let start = MotionRequest {
                    proposal_id,
                    outcome: Outcome::ApprovedContingent,
                    amount: Some(scores.proposal.requested),
                    conditions: String::new(),
                    off_rank_reason: String::new(),
                };
                view! { {summary(&scores.row)}<MotionForm subject=scores.proposal.clone() start edits=None/> }.into_any()
            }))}
        </Page>
    }
    .into_any()
}

/// A draft, written anew.
pub fn edit_page(motion_id: MotionId) -> AnyView {
    let motion = load(move || async move { api::call(&GetMotion { motion_id }, &Nothing {}, &Nothing {}).await });
    view! {
        <Page title=t("motion-edit") crumbs=vec![Crumb(t("motions-title"), Path::Motions), Crumb(t("motion"), Path::Motion(motion_id))]>
            {move || motion.view(|motion| untrack(|| {
                let start = MotionRequest {
                    proposal_id: motion.summary.proposal.id,
                    outcome: motion.summary.outcome,
                    amount: motion.summary.amount,
                    conditions: motion.conditions.clone(),
                    off_rank_reason: motion.off_rank_reason.clone(),
                };
                let edits = Some((motion_id, motion.version));
                let subject = motion.summary.proposal.clone();
                view! { {summary(&motion.row)}<MotionForm subject start edits/> }.into_any()
            }))}
        </Page>
    }
    .into_any()
}

/// The form. An outcome that cannot be proposed stands for none chosen yet.
#[component]
fn MotionForm(subject: Subject, start: MotionRequest, edits: Option<(MotionId, i64)>) -> impl IntoView {
    let form = Form::new();
    let begun = Outcome::PROPOSABLE.contains(&start.outcome).then(|| start.outcome.as_str().to_owned());
    let outcome = RwSignal::new(begun.unwrap_or_default());
    let amount = RwSignal::new(start.amount.map(Money::amount).unwrap_or_default());
    let conditions = RwSignal::new(start.conditions);
    let off_rank_reason = RwSignal::new(start.off_rank_reason);
    let (proposal_id, requested) = (subject.id, subject.requested);
    let gives = move || outcome.with(|o| Outcome::parse(o).is_none_or(Outcome::is_approval));
    let send = Callback::new(move |()| {
        let Some(outcome) = Outcome::parse(&outcome.get_untracked()) else {
            form.check(vec![FieldError::new("/outcome", Code::Required)]);
            return;
        };
        let typed = amount.get_untracked();
        let amount = match (outcome.is_approval(), money_from(&typed, Currency::EUR)) {
            (false, _) => None,
            (true, Ok(amount)) => Some(amount),
            (true, Err(code)) => {
                form.check(vec![FieldError::new("/amount", code)]);
                return;
            }
        };
        let request = MotionRequest {
            proposal_id,
            outcome,
            amount,
            conditions: conditions.get_untracked(),
            off_rank_reason: off_rank_reason.get_untracked(),
        };
        if !form.check(request.errors(requested)) {
            return;
        }
        form.submit(async move {
            let motion = match edits {
                None => api::call(&CreateMotion {}, &Nothing {}, &request).await?,
                Some((motion_id, version)) => {
                    api::call_if_match(&UpdateMotion { motion_id }, &Nothing {}, &request, version).await?
                }
            };
            toast(t("motion-saved"));
            router::replace(&Path::Motion(motion.summary.id));
            Ok(())
        });
    });
    let options = Outcome::PROPOSABLE
        .iter()
        .map(|o| (o.as_str().to_owned(), word("outcome", o.as_str()), Some(word("outcome-hint", o.as_str()))))
        .collect::<Vec<_>>();
    view! {
        <h2>{subject.number.clone()}" · "{subject.title.clone()}</h2>
        {subject_facts(&subject)}
        <FormBox form submit=t("motion-save") on_submit=send>
            <RadioGroup pointer="/outcome" label=t("motion-outcome") value=outcome options/>
            <div hidden=move || !gives()>
                <MoneyInput
                    pointer="/amount"
                    label=t("motion-amount")
                    hint=crate::t!("motion-amount-hint", max = requested)
                    value=amount
                    currency=Signal::derive(|| Currency::EUR)
                />
            </div>
            <TextArea pointer="/conditions" label=t("motion-conditions") hint=t("motion-conditions-hint") value=conditions lines=3 optional=true/>
            <TextArea pointer="/off_rank_reason" label=t("motion-off-rank") hint=t("motion-off-rank-hint") value=off_rank_reason lines=3 optional=true/>
        </FormBox>
    }
}
