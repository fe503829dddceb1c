//! The ranking of a call, read once and shown everywhere: ranking page, scores, motions, exports.

use shared::calls::Definition;
use shared::fraction::Fraction;
use shared::ids::{CallId, ProposalId};
use shared::money::Money;
use shared::problem::Code;
use shared::proposals::ProposalState;
use shared::reviews::{CriterionMean, Place, RankRow, Readiness, Standing, rank};

use super::store::{self, CallHead, StandingRow};
use crate::db::Tx;
use crate::http::error::ApiError;

/// The proposals of a call from review on, with their standings and places.
pub struct Ranked {
    /// The call.
    pub call: CallHead,
    /// What it scores and allows.
    pub definition: Definition,
    entries: Vec<(StandingRow, Standing)>,
    places: Vec<Place>,
}

/// Reads and ranks a call.
///
/// # Errors
/// [`Code::NotFound`] for an unknown call.
pub async fn read(tx: &mut Tx, call_id: CallId) -> Result<Ranked, ApiError> {
    let call = store::call(tx, call_id).await?.ok_or(Code::NotFound)?;
    let definition = call.definition()?;
    let rows = store::standings(tx, call_id).await?;
    let mut sums = store::criterion_sums(tx, call_id).await?;
    let entry = |row: StandingRow| {
        let of = sums.remove(&row.on.proposal_id).unwrap_or_default();
        let criteria = definition.rubric.criteria.iter().map(|c| of.get(&c.key).copied().unwrap_or(0)).collect();
        let standing = row.standing(criteria);
        (row, standing)
    };
    let entries: Vec<_> = rows.into_iter().map(entry).collect();
    let standings: Vec<Standing> = entries.iter().map(|(_, standing)| standing.clone()).collect();
    let places = rank(&standings, &definition.rubric);
    Ok(Ranked { call, definition, entries, places })
}

impl Ranked {
    /// Whether the sheets are still hidden (S8).
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.call.unblinded_at.is_none()
    }

    /// What unblinding would need (S9).
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let mut readiness = Readiness { proposals: 0, with_minimum: 0, pending: 0 };
        for (row, standing) in self.entries.iter().filter(|(row, _)| row.on.state == ProposalState::InReview) {
            readiness.proposals += 1;
            readiness.with_minimum += i64::from(standing.has_minimum(&self.definition.review));
            readiness.pending += row.pending;
        }
        readiness
    }

    /// The rows in rank order; while blind by number and without anything that follows from scores.
    ///
    /// # Errors
    /// When the requests sum to more than an amount can be.
    pub fn rows(&self) -> Result<Vec<RankRow>, ApiError> {
        if self.is_blind() {
            return Ok(self.entries.iter().map(|(row, standing)| blind(row, standing)).collect());
        }
        let (rubric, rules) = (&self.definition.rubric, &self.definition.review);
        let envelope = self.call.envelope();
        let mut cumulative = Money::zero(envelope.currency());
        let mut rows = Vec::with_capacity(self.places.len());
        for place in &self.places {
            let Some((row, standing)) = self.entries.get(place.index) else { continue };
            let mean = standing.mean(rubric);
            let is_fundable = standing.is_fundable(rubric, rules);
            if is_fundable {
                cumulative = cumulative.checked_add(row.on.requested())?;
            }
            rows.push(RankRow {
                rank: place.rank,
                is_tied: place.is_tied,
                score: mean,
                shown: mean.map(Fraction::two_decimals),
                lowest: mean.and_then(|_| Fraction::new(standing.lowest, rubric.scale_max)),
                highest: mean.and_then(|_| Fraction::new(standing.highest, rubric.scale_max)),
                is_fundable: Some(is_fundable),
                is_divergent: mean.map(|_| standing.is_divergent(rules)),
                cumulative: is_fundable.then_some(cumulative),
                is_within: is_fundable.then_some(cumulative.minor() <= envelope.minor()),
                ..blind(row, standing)
            });
        }
        Ok(rows)
    }

    /// One proposal's row and its means by criterion.
    ///
    /// # Errors
    /// [`Code::WrongState`] when the proposal is not under review or further.
    pub fn row(&self, id: ProposalId) -> Result<(RankRow, Vec<CriterionMean>), ApiError> {
        let row = self.rows()?.into_iter().find(|row| row.proposal.id == id).ok_or(Code::WrongState)?;
        if self.is_blind() {
            return Ok((row, Vec::new()));
        }
        let standing = self.entries.iter().find(|(row, _)| row.on.proposal_id == id).map(|(_, standing)| standing);
        let mean = |(i, criterion): (usize, &shared::calls::Criterion)| {
            let mean = standing?.criterion_mean(i)?;
            Some(CriterionMean { criterion: criterion.key.clone(), mean, shown: mean.two_decimals() })
        };
        let means = self.definition.rubric.criteria.iter().enumerate().filter_map(mean).collect();
        Ok((row, means))
    }

    /// Whether a proposal has enough valid sheets (S4, S11).
    #[must_use]
    pub fn has_minimum(&self, id: ProposalId) -> bool {
        let entry = self.entries.iter().find(|(row, _)| row.on.proposal_id == id);
        entry.is_some_and(|(_, standing)| standing.has_minimum(&self.definition.review))
    }
}

/// A row without anything that follows from scores.
fn blind(row: &StandingRow, standing: &Standing) -> RankRow {
    RankRow {
        proposal: row.on.subject(),
        state: row.on.state,
        rank: None,
        is_tied: false,
        score: None,
        shown: None,
        lowest: None,
        highest: None,
        sheets: standing.sheets,
        tag_sheets: standing.tag_sheets,
        pending: row.pending,
        is_fundable: None,
        is_divergent: None,
        cumulative: None,
        is_within: None,
    }
}
