//! How a proposal lives (DOMAIN §2).

crate::words! {
    /// The state of a proposal.
    ProposalState {
        /// Being written, never submitted.
        Draft = "draft",
        /// Submitted: a version is locked, hashed and numbered. Until the deadline the applicant may
        /// reopen it and submit again; the last submitted version is the one that counts.
        Submitted = "submitted",
        /// Found eligible by the desk.
        Screened = "screened",
        /// With reviewers.
        InReview = "in_review",
        /// All score sheets are in.
        Scored = "scored",
        /// Before the Steering Group.
        Deliberated = "deliberated",
        /// Decided.
        Decided = "decided",
        /// The desk asks for more, until a date.
        MoreInfo = "more_info",
        /// Found ineligible by the desk.
        Ineligible = "ineligible",
        /// Taken back by the applicant.
        Withdrawn = "withdrawn",
    }
}

impl ProposalState {
    /// The states that may follow this one.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        use ProposalState as S;
        match self {
            S::Draft => &[S::Submitted, S::Withdrawn],
            S::Submitted => &[S::Submitted, S::Screened, S::MoreInfo, S::Ineligible, S::Withdrawn],
            S::MoreInfo => &[S::Submitted, S::Screened, S::Ineligible, S::Withdrawn],
            S::Screened => &[S::InReview, S::Withdrawn],
            S::InReview => &[S::Scored, S::Withdrawn],
            // Recusals that leave too few sheets lead back to review (S11).
            S::Scored => &[S::InReview, S::Deliberated, S::Withdrawn],
            S::Deliberated => &[S::InReview, S::Scored, S::Decided, S::Withdrawn],
            S::Decided | S::Ineligible | S::Withdrawn => &[],
        }
    }

    /// Whether `to` may follow this state.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }
}

crate::words! {
    /// What the desk finds when it screens.
    ScreeningOutcome {
        /// Eligible: goes to review.
        Screened = "screened",
        /// Not eligible, with a reason.
        Ineligible = "ineligible",
        /// More is needed, until a date.
        MoreInfo = "more_info",
    }
}

impl ScreeningOutcome {
    /// The state that the outcome leads to.
    #[must_use]
    pub const fn state(self) -> ProposalState {
        match self {
            Self::Screened => ProposalState::Screened,
            Self::Ineligible => ProposalState::Ineligible,
            Self::MoreInfo => ProposalState::MoreInfo,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_lives_as_the_domain_says() {
        use ProposalState as S;
        let life = [S::Draft, S::Submitted, S::Screened, S::InReview, S::Scored, S::Deliberated, S::Decided];
        for pair in life.windows(2) {
            assert!(pair[0].may_become(pair[1]), "{} → {}", pair[0], pair[1]);
        }
        assert!(S::Submitted.may_become(S::MoreInfo) && S::MoreInfo.may_become(S::Submitted));
        assert!(!S::Draft.may_become(S::Screened), "nothing is screened that was not submitted");
        assert!(!S::Screened.may_become(S::Submitted), "what is screened is locked");
        for end in [S::Decided, S::Ineligible, S::Withdrawn] {
            assert!(end.next().is_empty(), "{end} is an end");
        }
        for state in S::ALL.iter().filter(|s| !s.next().is_empty()) {
            assert!(state.may_become(S::Withdrawn), "{state} can be withdrawn until the vote opens");
        }
    }
}
