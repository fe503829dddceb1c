//! The ledger: every money event as one balanced, append-only journal entry (M25).
//!
//! Each function checks the limits first and answers with what is missing; the database's own
//! constraints stand behind. They run inside the caller's transaction and write no audit entry:
//! the caller's step does. Writers queue, so what was checked still holds at the commit.
//!
//! Every posting belongs to one contribution, and an entry balances per contribution: money never
//! passes from one contribution to another, so what is used of each is known to the cent (M22).

mod contributions;
mod grants;
mod payments;

use shared::currency::Currency;
use shared::fund::{Account, Earmark, EntryKind, GrantUse, Part, Position, Share, SplitMethod, Terms, split_in_turns};
use shared::ids::{AgreementId, CallId, ContributionId, EntryId, FundId, OrganisationId, ProposalId};
use shared::money::Money;
use shared::problem::{Code, Problem};
use shared::time::Date;
use shared::votes::EarmarkUse;
use uuid::Uuid;

pub use contributions::{
    allocate, receive, reverse_allocation, reverse_receipt, sign_contribution, terminate_contribution,
};
pub use grants::{Reserve, accept_expenditure, commit, decommit, release, reserve, reverse_expenditure, write_off};
pub use payments::{Disburse, check_order, disburse, payment_shares, refund, reverse_disbursement};

use super::store::journal::{self, NewEntry, NewPosting};
use super::store::{self, earmarks};
use crate::app::Ctx;
use crate::db::Tx;
use crate::http::error::ApiError;

/// What happens on an agreement besides payments: part of it, by one cause, on one day.
#[derive(Debug, Clone, Copy)]
pub struct OnAgreement {
    /// The agreement.
    pub agreement_id: AgreementId,
    /// The row that causes it: a report, a recovery, the closure. One kind of event books once per cause.
    pub source: Uuid,
    /// In the fund's currency, above zero.
    pub amount: Money,
    /// The posting date.
    pub posted_on: Date,
}

/// What a posting is about, besides its account, contribution and amount.
#[derive(Debug, Clone, Copy, Default)]
struct About {
    call_id: Option<CallId>,
    proposal_id: Option<ProposalId>,
    agreement_id: Option<AgreementId>,
}

/// One side of an entry: the account and what it is about.
#[derive(Debug, Clone, Copy)]
struct Side {
    account: Account,
    about: About,
}

impl Side {
    fn of(account: Account) -> Self {
        Self { account, about: About::default() }
    }
}

/// A whole entry that moves parts from one account to another.
#[derive(Debug, Clone, Copy)]
struct Move {
    kind: EntryKind,
    source: Uuid,
    debit: Account,
    credit: Account,
    about: About,
    posted_on: Date,
    reverses: Option<EntryId>,
}

fn posting(side: Side, part: &Part, amount_minor: i64) -> NewPosting {
    NewPosting {
        account: side.account,
        amount_minor,
        donor_id: part.donor_id,
        contribution_id: part.contribution_id,
        call_id: side.about.call_id,
        proposal_id: side.about.proposal_id,
        agreement_id: side.about.agreement_id,
    }
}

/// Books a move of parts: debits first, so that what is there is checked line by line.
async fn book(tx: &mut Tx, ctx: &Ctx<'_>, fund_id: FundId, this: Move, parts: &[Part]) -> Result<EntryId, ApiError> {
    let Some(first) = parts.first() else { return Err(Code::AmountNotPositive.into()) };
    let [debit, credit] = [this.debit, this.credit].map(|account| Side { account, about: this.about });
    let debits = parts.iter().map(|part| posting(debit, part, part.amount.minor()));
    let credits = parts.iter().map(|part| posting(credit, part, -part.amount.minor()));
    // What is written off goes there before it leaves the commitment: payments stay covered throughout.
    let postings: Vec<NewPosting> = match this.kind {
        EntryKind::WriteOff => credits.chain(debits).collect(),
        _ => debits.chain(credits).collect(),
    };
    let entry = NewEntry {
        fund_id,
        currency: first.amount.currency(),
        kind: this.kind,
        posted_on: this.posted_on,
        source_id: this.source,
        reverses: this.reverses,
    };
    journal::insert_entry(tx, ctx, &entry, &postings).await
}

/// Books the opposite of an entry, posting by posting (M61). `check` sees what it would put back.
async fn reverse(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    original: (EntryKind, Uuid),
    kind: EntryKind,
    posted_on: Date,
) -> Result<EntryId, ApiError> {
    let rows = journal::open_entry(tx, original.0, original.1).await?;
    let Some(first) = rows.first() else { return Err(Code::WrongState.into()) };
    if posted_on < first.posted_on {
        return Err(Problem::new(Code::DateOrder).with("min", first.posted_on).into());
    }
    let entry = NewEntry {
        fund_id: first.fund_id,
        currency: first.currency,
        kind,
        posted_on,
        source_id: original.1,
        reverses: Some(first.entry_id),
    };
    let mut postings: Vec<NewPosting> = rows.iter().map(journal::EntryRow::opposite).collect();
    postings.sort_by_key(|posting| posting.amount_minor < 0);
    journal::insert_entry(tx, ctx, &entry, &postings).await
}

/// The problem that says how much is missing of `available`, if `amount` is more.
fn within(amount: Money, available: Money, code: Code) -> Result<(), ApiError> {
    let missing = amount.checked_sub(available)?;
    if missing.is_positive() {
        return Err(Problem::new(code).with("remaining", available).with("missing", missing).into());
    }
    Ok(())
}

/// Whose position is asked for.
#[derive(Debug, Clone, Copy)]
pub enum For {
    /// The fund as a whole.
    Fund,
    /// A call: contributions earmarked for other calls or windows do not count.
    Call(CallId),
    /// A proposal: contributions that may not go to it do not count (M24).
    Proposal(ProposalId),
}

/// What the fund can still give on a day: as a whole, to a call, or to a proposal (M20, M21, M24).
///
/// # Errors
/// [`Code::NotFound`] when there is no such fund, or no such call or proposal in it.
pub async fn position(tx: &mut Tx, on: Date, fund_id: FundId, whose: For) -> Result<Position, ApiError> {
    let grant = match whose {
        For::Fund => None,
        For::Call(id) => Some(earmarks::call_use(tx, fund_id, id).await?.ok_or(Code::NotFound)?),
        For::Proposal(id) => Some(earmarks::proposal_use(tx, fund_id, id).await?.ok_or(Code::NotFound)?),
    };
    let holdings = holdings(tx, fund_id, [Account::Reserved, Account::Committed], grant.as_ref(), on).await?;
    position_of(tx, fund_id, grant.map(|grant| grant.call_id), &holdings).await
}

/// The contributions of a fund, and which of them may go to a grant.
struct Holdings {
    /// Those that may.
    open: Vec<(journal::HoldingRow, Earmark)>,
    /// What the others have left, in minor units.
    kept_minor: i64,
    /// In which order they give.
    method: SplitMethod,
}

/// The contributions that may go to a grant on a day (M24); all when none is given.
async fn holdings(
    tx: &mut Tx,
    fund_id: FundId,
    accounts: [Account; 2],
    grant: Option<&GrantUse>,
    on: Date,
) -> Result<Holdings, ApiError> {
    let all = with_terms(tx, fund_id, accounts).await?;
    // What the fund sets aside for itself is everybody's, whatever the order for grants.
    let method = match grant {
        Some(_) => store::fund(tx, fund_id).await?.ok_or(Code::NotFound)?.split_method,
        None => SplitMethod::ProRata,
    };
    Ok(Holdings::of(all, method, |_, terms| grant.is_none_or(|grant| terms.allow(grant, on))))
}

/// The contributions of a fund with what they may be used for.
async fn with_terms(
    tx: &mut Tx,
    fund_id: FundId,
    accounts: [Account; 2],
) -> Result<Vec<(journal::HoldingRow, Terms)>, ApiError> {
    let mut earmarks = earmarks::of_fund(tx, fund_id).await?;
    let rows = journal::holdings(tx, fund_id, accounts).await?.into_iter().map(|row| {
        let earmark = earmarks.remove(&row.contribution_id.0).unwrap_or_default();
        let terms = Terms { earmark, valid_from: row.valid_from, valid_until: row.valid_until };
        (row, terms)
    });
    Ok(rows.collect())
}

/// From which money the approved proposals of a call can be paid: read once for all of them.
pub struct Sources {
    currency: Currency,
    method: SplitMethod,
    any_country: GrantUse,
    call: journal::CallBalanceRow,
    all: Vec<(journal::HoldingRow, Terms)>,
    yes: Vec<earmarks::YesRow>,
}

impl Sources {
    /// Those of a call of the fund.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    pub async fn read(tx: &mut Tx, fund_id: FundId, call_id: CallId) -> Result<Self, ApiError> {
        let fund = store::fund(tx, fund_id).await?.ok_or(Code::NotFound)?;
        // A commitment was a reservation: over both, each contribution gets its share of all that was approved.
        Ok(Self {
            currency: fund.currency,
            method: fund.split_method,
            any_country: earmarks::call_use(tx, fund_id, call_id).await?.ok_or(Code::NotFound)?,
            call: journal::call_balance(tx, fund_id, call_id).await?.ok_or(Code::NotFound)?,
            all: with_terms(tx, fund_id, [Account::Reserved, Account::Committed]).await?,
            yes: earmarks::voted_yes(tx, call_id).await?,
        })
    }

    /// A grant of the call in a country, as an earmark sees it.
    #[must_use]
    pub fn grant(&self, country: &str) -> GrantUse {
        GrantUse { country: Some(country.to_owned()), ..self.any_country.clone() }
    }

    /// The contributions that may go to a proposal on a day (M24). Earmarked money of a donor that did not
    /// vote yes stays where it is (V7).
    fn holdings(&self, grant: &GrantUse, proposal_id: ProposalId, on: Date) -> Holdings {
        let voted_yes = |donor: OrganisationId| {
            self.yes.iter().any(|yes| (yes.proposal_id, yes.organisation_id) == (proposal_id, donor))
        };
        Holdings::of(self.all.clone(), self.method, |row, terms| {
            terms.allow(grant, on) && (!terms.earmark.is_limited() || voted_yes(row.donor_id))
        })
    }

    /// Which contributions an amount for it comes from (M60).
    fn split(&self, amount: Money, grant: &GrantUse, proposal_id: ProposalId, on: Date) -> Result<Vec<Part>, Code> {
        self.holdings(grant, proposal_id, on).split(amount)
    }

    /// What an approved proposal can still get on a day (M21, M24, V7).
    ///
    /// # Errors
    /// When amounts are out of range.
    pub fn position(&self, grant: &GrantUse, proposal_id: ProposalId, on: Date) -> Result<Position, ApiError> {
        position_at(self.currency, Some(self.call), &self.holdings(grant, proposal_id, on))
    }
}

impl Holdings {
    /// Those that `is_open` lets through.
    fn of(
        all: Vec<(journal::HoldingRow, Terms)>,
        method: SplitMethod,
        is_open: impl Fn(&journal::HoldingRow, &Terms) -> bool,
    ) -> Self {
        let mut holdings = Self { open: Vec::with_capacity(all.len()), kept_minor: 0, method };
        for (row, terms) in all {
            if is_open(&row, &terms) {
                holdings.open.push((row, terms.earmark));
            } else {
                holdings.kept_minor += row.headroom_minor;
            }
        }
        holdings
    }

    /// An amount over those that may give it, in the fund's order (M60).
    fn split(&self, amount: Money) -> Result<Vec<Part>, Code> {
        let turn = |row: &journal::HoldingRow, earmark: &Earmark| self.method.turn(earmark.is_limited(), row.signed_on);
        let shares: Vec<_> = self.open.iter().map(|(row, earmark)| (turn(row, earmark), row.share())).collect();
        split_in_turns(amount, &shares)
    }
}

async fn position_of(
    tx: &mut Tx,
    fund_id: FundId,
    call_id: Option<CallId>,
    holdings: &Holdings,
) -> Result<Position, ApiError> {
    let fund = store::fund(tx, fund_id).await?.ok_or(Code::NotFound)?;
    let call = match call_id {
        Some(id) => Some(journal::call_balance(tx, fund_id, id).await?.ok_or(Code::NotFound)?),
        None => None,
    };
    position_at(fund.currency, call, holdings)
}

fn position_at(
    currency: Currency,
    call: Option<journal::CallBalanceRow>,
    holdings: &Holdings,
) -> Result<Position, ApiError> {
    let money = |minor| Money::from_minor(minor, currency);
    let sum =
        |of: fn(&journal::HoldingRow) -> i64| Money::sum(currency, holdings.open.iter().map(|(row, _)| money(of(row))));
    let headroom = sum(|row| row.headroom_minor)?;
    let (reserved, committed) = (sum(|row| row.reserved_minor)?, sum(|row| row.committed_minor)?);
    let allocable = headroom.checked_add(reserved)?.checked_add(committed)?;
    let (mut envelope, mut envelope_left) = (None, None);
    if let Some(call) = call {
        envelope = Some(money(call.envelope_minor));
        envelope_left = Some(money(call.envelope_minor - call.reserved_minor - call.committed_minor));
    }
    let earmarked = money(holdings.kept_minor);
    Ok(Position { allocable, reserved, committed, headroom, earmarked, envelope, envelope_left })
}

/// The earmarked money that a grant to a proposal may use, each with what an amount would take of it if
/// its donor votes yes (V7).
///
/// # Errors
/// [`Code::NotFound`] when there is no such proposal in the fund.
pub async fn earmark_uses(
    tx: &mut Tx,
    on: Date,
    fund_id: FundId,
    proposal_id: ProposalId,
    amount: Option<Money>,
) -> Result<Vec<EarmarkUse>, ApiError> {
    let grant = earmarks::proposal_use(tx, fund_id, proposal_id).await?.ok_or(Code::NotFound)?;
    let accounts = [Account::Reserved, Account::Committed];
    let holdings = holdings(tx, fund_id, accounts, Some(&grant), on).await?;
    // What does not fit is split over nothing: then only what there is is told.
    let parts = amount.and_then(|amount| holdings.split(amount).ok());
    let donors = store::donors(tx, fund_id).await?;
    let currency = store::fund(tx, fund_id).await?.ok_or(Code::NotFound)?.currency;
    let mut uses = Vec::new();
    for (row, _) in holdings.open.iter().filter(|(row, earmark)| earmark.is_limited() && row.headroom_minor > 0) {
        let Some(donor) = donors.iter().find(|donor| donor.id == row.donor_id) else { continue };
        let headroom = Money::from_minor(row.headroom_minor, currency);
        let taken = parts.as_ref().map(|parts| {
            let own = parts.iter().find(|part| part.contribution_id == row.contribution_id);
            own.map_or(Money::zero(currency), |part| part.amount)
        });
        uses.push(EarmarkUse {
            donor: donor.clone(),
            contribution_id: row.contribution_id,
            reference: row.reference.clone(),
            headroom,
            uses: taken,
            left: taken.map_or(Ok(headroom), |taken| headroom.checked_sub(taken))?,
        });
    }
    Ok(uses)
}

/// A contribution alone, as the only part of an entry.
fn whole(contribution: &store::ContributionRow, amount: Money) -> Part {
    Part { donor_id: contribution.donor_id, contribution_id: contribution.id, amount }
}

/// What one contribution still has, as people say it (M22).
async fn own_headroom(tx: &mut Tx, id: ContributionId, like: Money) -> Result<Money, ApiError> {
    let minor = journal::contribution_balance(tx, id, Account::Headroom).await?;
    Ok(Money::from_minor(Account::Headroom.natural(minor), like.currency()))
}

/// What each contribution carries of an agreement.
async fn carried(
    tx: &mut Tx,
    agreement_id: AgreementId,
) -> Result<(FundId, About, Vec<journal::CarriedRow>), ApiError> {
    let on = journal::agreement_ref(tx, agreement_id).await?.ok_or(Code::NotFound)?;
    let about =
        About { call_id: Some(on.call_id), proposal_id: Some(on.proposal_id), agreement_id: Some(agreement_id) };
    Ok((on.fund_id, about, journal::carried(tx, agreement_id).await?))
}

/// Shares in proportion to what each contribution carries.
fn shares(
    rows: &[journal::CarriedRow],
    weight: impl Fn(&journal::CarriedRow) -> i64,
    cumulative: impl Fn(&journal::CarriedRow) -> i64,
    limit: impl Fn(&journal::CarriedRow) -> i64,
) -> Vec<Share> {
    rows.iter()
        .map(|row| Share {
            donor_id: row.donor_id,
            donor_code: row.donor_code.clone(),
            contribution_id: row.contribution_id,
            reference: row.reference.clone(),
            weight_minor: weight(row),
            cumulative_minor: cumulative(row),
            limit_minor: limit(row),
        })
        .collect()
}

/// What all shares together can bear.
fn limit_of(shares: &[Share], like: Money) -> Result<Money, ApiError> {
    let all = shares.iter().map(|share| Money::from_minor(share.limit_minor.max(0), like.currency()));
    Ok(Money::sum(like.currency(), all)?)
}
