//! From a list to its file: the list's filter is the export's.

use leptos::prelude::*;
use shared::exports::{ExportName, ExportQuery};
use shared::permission::{Permission, Role, Scope};

use crate::components::button::ButtonKind;
use crate::i18n::t;
use crate::routes::Path;
use crate::session;

/// Leads to the export of what a list shows, with its filter; only for those who may export it.
#[component]
pub fn ExportLink(
    /// Which file.
    name: ExportName,
    /// The list's filter.
    #[prop(optional, into)]
    query: Signal<ExportQuery>,
) -> impl IntoView {
    let href = move || format!("{}?{}", Path::Exports, query.get().address(name));
    // Voters take their own donor's part and totals: not every file can hide the rest.
    let has_all = session::person().is_some_and(|person| {
        let mut others = person.memberships.iter().filter(|m| m.role != Role::SteeringVoter);
        others.any(|m| m.role.scope(Permission::Export) == Scope::All)
    });
    let reaches = has_all || name.is_by_donor() || name.is_by_recipient();
    (reaches && session::may(Permission::Export) && session::may(name.shows()))
        .then(|| view! { <a class=ButtonKind::Secondary.class() href=href>{t("export-list")}</a> }.into_any())
}
