//! The page at each address, and the part of the program that it travels in.
//!
//! What everybody needs first comes with the start: the frame, signing in, the open calls. The rest
//! is cut into parts, each fetched when one of its pages is first opened. A build without the
//! feature `split`, as for work on the pages, has everything in one.

use std::future::Future;
use std::pin::Pin;

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use crate::api::ApiError;
use crate::components::{Failure, Page, Skeleton};
use crate::i18n::t;
use crate::routes::Path;
use crate::{
    amendments, audit, bank, batches, calls, concepts, exports, forecast, fund, grants, home, people, periods,
    proposals, rates, reports, reviews, session, votes,
};

/// What comes over the network, or not.
type Fetched<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// A part of the program: how it is fetched, and how it shows its pages once it is there.
struct Part {
    fetch: fn() -> Fetched<()>,
    show: fn(Path) -> Fetched<AnyView>,
}

/// Cuts functions from an address to its page off into parts of their own.
macro_rules! parts {
    ($($part:ident: $pages:ident;)+) => {$(
        mod $part {
            use super::{AnyView, Part, Path, SplitLoaderError};

            pub const PART: Part =
                Part { fetch: || Box::pin(fetch()), show: |path| Box::pin(show(path)) };

            #[cfg(not(feature = "split"))]
            async fn fetch() -> Result<(), SplitLoaderError> {
                Ok(())
            }

            #[cfg(not(feature = "split"))]
            async fn show(path: Path) -> Result<AnyView, SplitLoaderError> {
                Ok(super::$pages(path))
            }

            #[cfg(feature = "split")]
            use cut::{fetch, show};

            // The two sides of the cut call each other by name, as C does.
            #[cfg(feature = "split")]
            #[allow(unsafe_code)]
            mod cut {
                use super::{AnyView, Path, SplitLoaderError};

                #[leptos::wasm_split::wasm_split(
                    $part,
                    wasm_split_path = leptos::wasm_split,
                    preload(fetch),
                    fallible
                )]
                pub fn show(path: Path) -> Result<AnyView, SplitLoaderError> {
                    Ok(super::super::$pages(path))
                }
            }
        }
    )+};
}

parts! {
    arriving: arriving_pages;
    accounts: accounts_pages;
    desk: desk_pages;
    noting: noting_pages;
    listing: listing_pages;
    reading: reading_pages;
    writing: writing_pages;
    budgeting: budgeting_pages;
    reviewing: reviewing_pages;
    ranking: ranking_pages;
    voting: voting_pages;
    money: money_pages;
    booking: booking_pages;
    banking: banking_pages;
    paying: paying_pages;
    converting: converting_pages;
    granting: granting_pages;
    reporting: reporting_pages;
    amending: amending_pages;
    exporting: exporting_pages;
}

/// The page at an address.
pub fn page(path: Path) -> AnyView {
    match path {
        Path::Home if session::person().is_some() => part(&arriving::PART, path),
        Path::Home => calls::public_page(),
        Path::SignIn => people::sign_in_page(),
        Path::SetUp(token) => people::set_up_page(token),
        Path::Calls => calls::list_page(),
        Path::Call(call) => calls::call_page(call),
        Path::CallPrint(call) => calls::print_page(call),
        Path::CallNew | Path::CallEdit(_) => part(&desk::PART, path),
        Path::Concept(_) => part(&noting::PART, path),
        Path::Proposals | Path::ProposalNew | Path::ProposalReceipt(_) => part(&listing::PART, path),
        Path::Reviews | Path::Concepts => part(&listing::PART, path),
        Path::Proposal(_) => part(&reading::PART, path),
        Path::ProposalDetails(_) | Path::ProposalSection(..) | Path::ProposalCheck(_) => part(&writing::PART, path),
        Path::ProposalBudget(_) => part(&budgeting::PART, path),
        Path::Review(_) | Path::ProposalDeclaration(_) => part(&reviewing::PART, path),
        Path::CallRanking(_) | Path::CallReviewers(_) | Path::ProposalScores(_) => part(&ranking::PART, path),
        Path::Motions | Path::Motion(_) | Path::MotionNew(_) | Path::MotionEdit(_) => part(&voting::PART, path),
        Path::Fund | Path::Statement | Path::Forecast => part(&money::PART, path),
        Path::Ledger | Path::LedgerCheck => part(&money::PART, path),
        Path::Contributions | Path::Allocations | Path::Corrections => part(&booking::PART, path),
        Path::Rates | Path::RateUpload | Path::Periods => part(&converting::PART, path),
        Path::Bank => part(&banking::PART, path),
        Path::Payments | Path::Batches => part(&paying::PART, path),
        Path::Grants | Path::Grant(_) => part(&granting::PART, path),
        Path::Report(_) => part(&reporting::PART, path),
        Path::AmendmentNew(_) | Path::Amendment(_) => part(&amending::PART, path),
        Path::Exports | Path::Audit => part(&exporting::PART, path),
        Path::People | Path::Organisations | Path::Bodies => part(&accounts::PART, path),
        #[cfg(debug_assertions)]
        Path::NotFound if crate::browser::at("/gallery") => crate::gallery::page(),
        Path::NotFound => not_found_page(),
    }
}

fn arriving_pages(_: Path) -> AnyView {
    home::page()
}

fn accounts_pages(path: Path) -> AnyView {
    match path {
        Path::People => people::list_page(),
        Path::Organisations => people::organisations_page(),
        Path::Bodies => people::bodies_page(),
        _ => not_found_page(),
    }
}

fn desk_pages(path: Path) -> AnyView {
    match path {
        Path::CallNew => calls::new_page(),
        Path::CallEdit(call) => calls::edit_page(call),
        _ => not_found_page(),
    }
}

fn noting_pages(path: Path) -> AnyView {
    match path {
        Path::Concept(concept) => concepts::concept_page(concept),
        _ => not_found_page(),
    }
}

fn listing_pages(path: Path) -> AnyView {
    match path {
        Path::Proposals => proposals::list_page(),
        Path::ProposalNew => proposals::new_page(),
        Path::ProposalReceipt(proposal) => proposals::receipt_page(proposal),
        Path::Reviews => reviews::list_page(),
        Path::Concepts => concepts::list_page(),
        _ => not_found_page(),
    }
}

fn reading_pages(path: Path) -> AnyView {
    match path {
        Path::Proposal(proposal) => proposals::proposal_page(proposal),
        _ => not_found_page(),
    }
}

fn writing_pages(path: Path) -> AnyView {
    match path {
        Path::ProposalDetails(proposal) => proposals::details_page(proposal),
        Path::ProposalSection(proposal, section) => proposals::section_page(proposal, section),
        Path::ProposalCheck(proposal) => proposals::check_page(proposal),
        _ => not_found_page(),
    }
}

fn budgeting_pages(path: Path) -> AnyView {
    match path {
        Path::ProposalBudget(proposal) => proposals::budget_page(proposal),
        _ => not_found_page(),
    }
}

fn reviewing_pages(path: Path) -> AnyView {
    match path {
        Path::Review(review) => reviews::review_page(review),
        Path::ProposalDeclaration(proposal) => reviews::declaration_page(proposal),
        _ => not_found_page(),
    }
}

fn ranking_pages(path: Path) -> AnyView {
    match path {
        Path::CallRanking(call) => reviews::ranking_page(call),
        Path::CallReviewers(call) => reviews::assign_page(call),
        Path::ProposalScores(proposal) => reviews::scores_page(proposal),
        _ => not_found_page(),
    }
}

fn voting_pages(path: Path) -> AnyView {
    match path {
        Path::Motions => votes::list_page(),
        Path::Motion(motion) => votes::motion_page(motion),
        Path::MotionNew(proposal) => votes::new_page(proposal),
        Path::MotionEdit(motion) => votes::edit_page(motion),
        _ => not_found_page(),
    }
}

fn money_pages(path: Path) -> AnyView {
    match path {
        Path::Fund => fund::status_page(),
        Path::Statement => fund::statement_page(),
        Path::Forecast => forecast::forecast_page(),
        Path::Ledger => fund::ledger_page(),
        Path::LedgerCheck => fund::check_page(),
        _ => not_found_page(),
    }
}

fn booking_pages(path: Path) -> AnyView {
    match path {
        Path::Contributions => fund::contributions_page(),
        Path::Allocations => fund::allocations_page(),
        Path::Corrections => fund::corrections_page(),
        _ => not_found_page(),
    }
}

fn converting_pages(path: Path) -> AnyView {
    match path {
        Path::Rates => rates::list_page(),
        Path::RateUpload => rates::upload_page(),
        Path::Periods => periods::periods_page(),
        _ => not_found_page(),
    }
}

fn banking_pages(_: Path) -> AnyView {
    bank::bank_page()
}

fn paying_pages(path: Path) -> AnyView {
    match path {
        Path::Payments => grants::payments_page(),
        Path::Batches => batches::batches_page(),
        _ => not_found_page(),
    }
}

fn granting_pages(path: Path) -> AnyView {
    match path {
        Path::Grants => grants::list_page(),
        Path::Grant(agreement) => grants::agreement_page(agreement),
        _ => not_found_page(),
    }
}

fn reporting_pages(path: Path) -> AnyView {
    match path {
        Path::Report(report) => reports::report_page(report),
        _ => not_found_page(),
    }
}

fn amending_pages(path: Path) -> AnyView {
    match path {
        Path::AmendmentNew(agreement) => amendments::new_page(agreement),
        Path::Amendment(amendment) => amendments::amendment_page(amendment),
        _ => not_found_page(),
    }
}

fn exporting_pages(path: Path) -> AnyView {
    match path {
        Path::Exports => exports::page(),
        Path::Audit => audit::audit_page(),
        _ => not_found_page(),
    }
}

fn not_found_page() -> AnyView {
    view! {
        <Page title=t("not-found-title")>
            <p>{t("not-found-text")}</p>
            <p><a href=Path::Home.to_string()>{t("not-found-home")}</a></p>
        </Page>
    }
    .into_any()
}

/// A page of a part: a skeleton while the part is on its way, then the page, made in place so that
/// its signals belong to it.
fn part(part: &'static Part, path: Path) -> AnyView {
    // One that is there already answers at once: then nothing flashes.
    let fetched = RwSignal::new((part.fetch)().now_or_never().map(|r| r.is_ok()));
    let fetch = move || {
        fetched.set(None);
        spawn_local(async move {
            let is_there = (part.fetch)().await.is_ok();
            let _ = fetched.try_set(Some(is_there));
        });
    };
    if fetched.with_untracked(Option::is_none) {
        fetch();
    }
    let show = move || match fetched.get() {
        None => view! { <div class="page"><Skeleton/></div> }.into_any(),
        // Made once: what it reads while it is made must not make it anew, and lose what was typed since.
        Some(true) => match untrack(|| (part.show)(path.clone()).now_or_never()) {
            Some(Ok(view)) => view,
            _ => ().into_any(),
        },
        Some(false) => {
            let retry = Callback::new(move |()| fetch());
            view! { <div class="page"><Failure error=ApiError::Offline retry/></div> }.into_any()
        }
    };
    show.into_any()
}
