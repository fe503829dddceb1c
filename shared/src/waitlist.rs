//! What waits for money: contingent decisions in rank order, and reservations that lapse (M23).

use serde::{Deserialize, Serialize};

use crate::endpoint::Nothing;
use crate::fund::{Position, REASON_MAX_CHARS, Shortfall};
use crate::ids::{CallId, DecisionId, ProposalId};
use crate::money::Money;
use crate::problem::{Code, FieldError};
use crate::rates::ReasonRequest;
use crate::time::Timestamp;

/// When a reservation lapses unless the agreement is signed: so many days after it was made (M23).
#[must_use]
pub fn lapses_at(reserved_at: Timestamp, days: u32) -> Timestamp {
    reserved_at.plus(chrono::Duration::days(i64::from(days)))
}

/// A decision that has no money yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// The decision.
    pub decision_id: DecisionId,
    /// The proposal.
    pub proposal_id: ProposalId,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// The applicant.
    pub applicant: String,
    /// Its place in the ranking.
    pub rank: Option<i64>,
    /// What was approved, in the fund's currency.
    pub amount: Money,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When a reservation for it lapsed or was given back; then it comes after those that had none yet.
    pub given_back_at: Option<Timestamp>,
    /// What is missing of the money that may go to it (M24, V7); none when it fits.
    pub shortfall: Option<Shortfall>,
    /// Whether it is the next in rank order that fits: another needs a reason.
    pub is_next: bool,
}

/// A reservation whose agreement is not signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Reserved {
    /// The decision.
    pub decision_id: DecisionId,
    /// The proposal.
    pub proposal_id: ProposalId,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// The applicant.
    pub applicant: String,
    /// In the fund's currency.
    pub amount: Money,
    /// When it was made.
    pub reserved_at: Timestamp,
    /// When it lapses unless the agreement is signed.
    pub lapses_at: Timestamp,
}

/// A call's reservations, and who is next when money frees up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Waitlist {
    /// What the fund and the call can still give.
    pub position: Position,
    /// Reserved, not signed; the one that lapses first comes first.
    pub reserved: Vec<Reserved>,
    /// Decided without money, in rank order; then those whose reservation lapsed or was given back.
    pub waiting: Vec<Waiting>,
}

/// Reserve for a decision that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReserveRequest {
    /// Why not the next in rank order; empty for the next.
    pub reason: String,
}

impl ReserveRequest {
    /// What is wrong with the request, field by field (V1).
    #[must_use]
    pub fn errors(&self, is_next: bool) -> Vec<FieldError> {
        if self.reason.chars().count() > REASON_MAX_CHARS {
            vec![FieldError::new("/reason", Code::TooLong).with("max", REASON_MAX_CHARS)]
        } else if !is_next && self.reason.trim().is_empty() {
            vec![FieldError::new("/reason", Code::ReasonRequired)]
        } else {
            Vec::new()
        }
    }
}

crate::endpoints! {
    /// A call's unsigned reservations and its waitlist in rank order (M23).
    GetWaitlist { call_id: CallId } Get "/calls/{call_id}/waitlist" query Nothing, Nothing => Waitlist, flags [], problems [];

    /// Reserves money for a decision that waits; another than the next in rank order needs a reason (M23).
    ReserveWaiting { decision_id: DecisionId } Post "/decisions/{decision_id}/reservation" query Nothing, ReserveRequest => Waitlist, flags [Idempotent], problems [WrongState, InsufficientHeadroom, EnvelopeExceeded];

    /// Gives an unsigned reservation back, because the applicant withdrew or refused; an agreement on it becomes void (M23).
    ReleaseReservation { decision_id: DecisionId } Post "/decisions/{decision_id}/release" query Nothing, ReasonRequest => Waitlist, flags [Idempotent], problems [WrongState];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m23_a_reservation_lapses_after_the_calls_days_to_the_instant() {
        let made = Timestamp::parse("2026-03-09T09:00:00Z").unwrap();
        assert_eq!(lapses_at(made, 90).to_string(), "2026-06-07T09:00:00Z");
        assert_eq!(ReserveRequest { reason: " ".into() }.errors(false)[0].code, Code::ReasonRequired);
        assert!(ReserveRequest { reason: String::new() }.errors(true).is_empty());
    }
}
