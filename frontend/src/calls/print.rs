//! Everything an applicant wants on paper before starting: questions, limits, criteria.

use leptos::prelude::*;
use shared::calls::{GetCall, GetPublicCall, PublicCall};
use shared::endpoint::Nothing;
use shared::ids::CallId;

use super::show::{criterion, deadline, framed, local, money, scoring, section, under_heading, who};
use crate::components::{Button, ButtonKind, Crumb, Page};
use crate::i18n::t;
use crate::load::load;
use crate::routes::Path;
use crate::{api, session};

/// A call for printing.
pub fn print_page(call_id: CallId) -> AnyView {
    let is_visitor = session::person().is_none();
    let loader = load(move || async move {
        if is_visitor {
            return api::call(&GetPublicCall { call_id }, &Nothing {}, &Nothing {}).await;
        }
        // The fund's own people print drafts too.
        let detail = api::call(&GetCall { call_id }, &Nothing {}, &Nothing {}).await?;
        Ok(PublicCall { call: detail.call, definition: detail.definition })
    });
    framed(loader, |public| {
        let (call, definition) = (&public.call, &public.definition);
        let title = local(&call.title);
        let crumb = Crumb(title.clone(), Path::Call(call.id));
        let print = |()| {
            let _ = window().print();
        };
        let lead = call.clone();
        let body = view! {
            {deadline(call)}
            <p class="prose">{local(&definition.about)}</p>
            <p class="prose">{local(&definition.eligibility)}</p>
            {who(definition)}
            {money(call, definition)}
            <h2>{t("call-questions")}</h2>
            {definition.sections.iter().map(section).collect_view()}
            <h2>{t("call-criteria")}</h2>
            {scoring(definition)}
            {definition.rubric.criteria.iter().map(|c| criterion(c, true)).collect_view()}
        }
        .into_any();
        view! {
            <Page
                title=crate::t!("call-print-title", title = title)
                crumbs=vec![Crumb(t("calls-title"), Path::Calls), crumb]
                action=move || view! { <Button label=t("call-print") kind=ButtonKind::Primary on_press=print/> }
                lead=move || under_heading(&lead)
            >
                {body}
            </Page>
        }
        .into_any()
    })
}
