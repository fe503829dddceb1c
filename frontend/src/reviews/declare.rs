//! The declaration of conflicts of interest, before any content (K1).

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::ids::ProposalId;
use shared::problem::{Code, FieldError};
use shared::reviews::{CheckConflict, Conflict, ConflictCheck, Declare, DeclareRequest};

use super::subject_facts;
use crate::components::{Crumb, FormBox, Notice, Page, RadioGroup, TextArea, Tone, toast};
use crate::form::Form;
use crate::i18n::{t, word};
use crate::load::{Loader, load};
use crate::routes::Path;
use crate::{api, router};

/// Declaring on a proposal; `?next=` says where to go on.
pub fn declaration_page(proposal_id: ProposalId) -> AnyView {
    let check = load(move || async move { api::call(&CheckConflict { proposal_id }, &Nothing {}, &Nothing {}).await });
    view! {
        <Page title=t("declare-title") crumbs=vec![Crumb(t("reviews-title"), Path::Reviews)]>
            {move || check.view(|known| untrack(|| show(known, check)))}
        </Page>
    }
    .into_any()
}

fn show(known: &ConflictCheck, check: Loader<ConflictCheck>) -> AnyView {
    let partners = (!known.partners.is_empty()).then(|| {
        let names = known.partners.iter().map(|p| p.name.clone()).collect::<Vec<_>>().join(" · ");
        view! { <p>{crate::t!("declare-partners", names = names)}</p> }.into_any()
    });
    let stands = known.is_found
        || known.own.as_ref().is_some_and(|d| {
            d.conflict == Conflict::Hard || d.resolution == Some(shared::reviews::Resolution::Recused)
        });
    let form = if stands {
        let text = if known.is_found { t("declare-found") } else { t("declare-stands") };
        view! {
            <Notice tone=Tone::Attention title=t("declare-shut")><p>{text}</p></Notice>
            <p><a href=Path::Reviews.to_string()>{t("declare-back")}</a></p>
        }
        .into_any()
    } else {
        view! { <DeclareForm known=known.clone() check/> }.into_any()
    };
    view! {
        <h2>{known.proposal.number.clone()}" · "{known.proposal.title.clone()}</h2>
        {subject_facts(&known.proposal)}
        {partners}
        <p>{t("declare-why")}</p>
        {form}
    }
    .into_any()
}

#[component]
fn DeclareForm(known: ConflictCheck, check: Loader<ConflictCheck>) -> impl IntoView {
    let form = Form::new();
    let own = known.own.as_ref();
    let conflict = RwSignal::new(own.map(|d| d.conflict.as_str().to_owned()).unwrap_or_default());
    let explanation = RwSignal::new(own.map(|d| d.explanation.clone()).unwrap_or_default());
    let (proposal_id, review_id) = (known.proposal.id, known.review_id);
    let send = Callback::new(move |()| {
        let Some(conflict) = Conflict::parse(&conflict.get_untracked()) else {
            form.check(vec![FieldError::new("/conflict", Code::Required)]);
            return;
        };
        let request = DeclareRequest { conflict, explanation: explanation.get_untracked() };
        if !form.check(request.errors()) {
            return;
        }
        form.submit(async move {
            let after = api::call(&Declare { proposal_id }, &Nothing {}, &request).await?;
            toast(t("declare-done"));
            if conflict == Conflict::Hard {
                check.set(after);
                return Ok(());
            }
            let next =
                untrack(|| router::query("next")).filter(|next| next.starts_with('/') && !next.starts_with("//"));
            match (next, review_id) {
                (Some(next), _) => router::go_to(&next),
                (None, Some(review)) => router::replace(&Path::Review(review)),
                (None, None) => router::replace(&Path::Proposal(proposal_id)),
            }
            Ok(())
        });
    });
    let options = [
        (Conflict::None, t("declare-none-hint")),
        (Conflict::Soft, t("declare-soft-hint")),
        (Conflict::Hard, t("declare-hard-hint")),
    ];
    let options = options.map(|(c, hint)| (c.as_str().to_owned(), word("conflict", c.as_str()), Some(hint))).into();
    let needs_words = move || conflict.with(|c| c == "soft" || c == "hard");
    view! {
        <FormBox form submit=t("declare-send") on_submit=send>
            <RadioGroup pointer="/conflict" label=t("declare-question") value=conflict options/>
            <div hidden=move || !needs_words()>
                <TextArea pointer="/explanation" label=t("declare-explanation") hint=t("declare-explanation-hint") value=explanation lines=4/>
            </div>
        </FormBox>
    }
}
