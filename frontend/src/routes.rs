//! Every address, once: as a type to link to, as text in the browser.

use std::fmt;

use shared::ids::{AgreementId, AmendmentId, CallId, ConceptId, MotionId, ProposalId, ReportId, ReviewId};

/// Declares the addresses; `{}` stands for a parameter. The first that fits wins.
macro_rules! paths {
    ($($(#[doc = $doc:literal])+ $name:ident $(($($param:ident: $type:ty),+))? = $text:literal;)+) => {
        /// An address of the application: `Path::Call(id)` is `/calls/<id>`.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Path {
            $($(#[doc = $doc])+ $name $(($($type),+))?,)+
            /// Anything else.
            NotFound,
        }

        impl Path {
            /// Reads an address without its query.
            #[must_use]
            pub fn parse(text: &str) -> Self {
                $(
                    if let Some(found) = capture($text, text) {
                        #[allow(unused_mut, unused_variables, reason = "an address without parameters takes none")]
                        let mut found = found.into_iter();
                        $($(let $param = found.next().and_then(|p| p.parse::<$type>().ok());)+)?
                        #[allow(irrefutable_let_patterns, unused_parens, reason = "an address without parameters always fits")]
                        if let ($($(Some($param)),+)?) = ($($($param),+)?) {
                            return Self::$name $(($($param),+))?;
                        }
                    }
                )+
                Self::NotFound
            }
        }

        impl fmt::Display for Path {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name $(($($param),+))? => fill(f, $text, &[$($(&$param),+)?]),)+
                    Self::NotFound => f.write_str("/not-found"),
                }
            }
        }
    };
}

paths! {
    /// Open calls for visitors, what waits for them for those signed in.
    Home = "/";
    /// Sign in.
    SignIn = "/sign-in";
    /// Choose a password by the link of an invitation or reset.
    SetUp(token: String) = "/set-up/{}";
    /// Calls.
    Calls = "/calls";
    /// Write a new call.
    CallNew = "/calls/new";
    /// One call.
    Call(call: CallId) = "/calls/{}";
    /// Edit a call.
    CallEdit(call: CallId) = "/calls/{}/edit";
    /// Questions, limits and criteria of a call, for printing.
    CallPrint(call: CallId) = "/calls/{}/print";
    /// Ranking of a call's proposals.
    CallRanking(call: CallId) = "/calls/{}/ranking";
    /// Who reviews what in a call.
    CallReviewers(call: CallId) = "/calls/{}/reviewers";
    /// Concept notes, of the call in `?call=` or of all.
    Concepts = "/concept-notes";
    /// One concept note.
    Concept(concept: ConceptId) = "/concept-notes/{}";
    /// Proposals.
    Proposals = "/proposals";
    /// Start a proposal, for the call in `?call=`.
    ProposalNew = "/proposals/new";
    /// One proposal: the task list, or the whole to read.
    Proposal(proposal: ProposalId) = "/proposals/{}";
    /// A proposal's title, country, duration and partners.
    ProposalDetails(proposal: ProposalId) = "/proposals/{}/details";
    /// One section of a proposal's form.
    ProposalSection(proposal: ProposalId, section: String) = "/proposals/{}/sections/{}";
    /// A proposal's budget.
    ProposalBudget(proposal: ProposalId) = "/proposals/{}/budget";
    /// Check the answers and submit.
    ProposalCheck(proposal: ProposalId) = "/proposals/{}/check";
    /// The receipt of a submission.
    ProposalReceipt(proposal: ProposalId) = "/proposals/{}/receipt";
    /// Declare conflicts of interest on a proposal.
    ProposalDeclaration(proposal: ProposalId) = "/proposals/{}/declaration";
    /// A proposal's score sheets, once unblinded.
    ProposalScores(proposal: ProposalId) = "/proposals/{}/scores";
    /// Write a motion on a proposal.
    MotionNew(proposal: ProposalId) = "/proposals/{}/motion/new";
    /// My reviews.
    Reviews = "/reviews";
    /// One review.
    Review(review: ReviewId) = "/reviews/{}";
    /// Motions.
    Motions = "/motions";
    /// One motion, its vote and decision.
    Motion(motion: MotionId) = "/motions/{}";
    /// Write a draft motion anew.
    MotionEdit(motion: MotionId) = "/motions/{}/edit";
    /// The fund's status.
    Fund = "/fund";
    /// What became of each donor's money.
    Statement = "/fund/statement";
    /// What is still to be paid, by quarter.
    Forecast = "/fund/forecast";
    /// Contributions and their receipts.
    Contributions = "/fund/contributions";
    /// Money set aside for administration or as reserve.
    Allocations = "/fund/allocations";
    /// The journal.
    Ledger = "/fund/ledger";
    /// What the ledger's check found.
    LedgerCheck = "/fund/ledger/check";
    /// What ends or was booked wrongly.
    Corrections = "/fund/corrections";
    /// Exchange rates.
    Rates = "/fund/rates";
    /// Exchange rates from a file.
    RateUpload = "/fund/rates/upload";
    /// Months and years that lock.
    Periods = "/fund/periods";
    /// The bank's statements and their reconciliation.
    Bank = "/fund/bank";
    /// Agreements.
    Grants = "/grants";
    /// One agreement.
    Grant(agreement: AgreementId) = "/grants/{}";
    /// A new amendment of an agreement.
    AmendmentNew(agreement: AgreementId) = "/grants/{}/amendments/new";
    /// One amendment of an agreement.
    Amendment(amendment: AmendmentId) = "/amendments/{}";
    /// One report on an agreement.
    Report(report: ReportId) = "/reports/{}";
    /// Payments.
    Payments = "/payments";
    /// Files of payments for the bank.
    Batches = "/payments/files";
    /// Exports.
    Exports = "/exports";
    /// People and their roles.
    People = "/people";
    /// Organisations.
    Organisations = "/organisations";
    /// Bodies of the initiative.
    Bodies = "/bodies";
    /// The audit log.
    Audit = "/audit";
}

/// The parts of an address that stand where the pattern has `{}`; none when it does not fit.
fn capture<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut found = Vec::new();
    let mut parts = text.trim_end_matches('/').split('/');
    for expected in pattern.trim_end_matches('/').split('/') {
        let part = parts.next()?;
        if expected == "{}" {
            found.push(part);
        } else if expected != part {
            return None;
        }
    }
    parts.next().is_none().then_some(found)
}

fn fill(f: &mut fmt::Formatter<'_>, pattern: &str, params: &[&dyn fmt::Display]) -> fmt::Result {
    let mut params = params.iter();
    for (n, part) in pattern.split("{}").enumerate() {
        if n > 0
            && let Some(param) = params.next()
        {
            write!(f, "{param}")?;
        }
        f.write_str(part)?;
    }
    Ok(())
}
