//! A proposal to read, beside the form.

use leptos::prelude::*;
use shared::endpoint::Nothing;
use shared::ids::ProposalId;
use shared::proposals::GetProposal;

use crate::load::load;
use crate::{api, proposals};

/// The proposal's text and budget.
pub fn reading(proposal_id: ProposalId) -> AnyView {
    let proposal = load(move || async move { api::call(&GetProposal { proposal_id }, &Nothing {}, &Nothing {}).await });
    view! { {move || proposal.view(|proposal| untrack(|| proposals::reading(proposal)))} }.into_any()
}
