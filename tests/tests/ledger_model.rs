//! Random sequences of money events against a simple model of the fund: the same answers, the same
//! refusals, and a ledger that holds after each step (M20–M25, M31, M43, M61, M71). Three donors, some of
//! whose money may not go to this world's grants (M24); reservations that are signed, released or lapse;
//! payments that come back; receipts and allocations that are reversed; contributions that end.

use catalytic_fund::fund::ledger::{self, Disburse, OnAgreement};
use catalytic_fund::{fund, transact, waitlist};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::corrections::{
    ConfirmCorrection, Correction, CorrectionRequest, PrepareAllocationReversal, PrepareReceiptReversal,
    PrepareTermination,
};
use shared::fund::{
    ConfirmAllocation, Contribution, ContributionDraft, ContributionQuery, ContributionState, CreateContribution,
    Earmark, LineKey, ListContributions, Purpose, SignContribution, SignContributionRequest,
};
use shared::ids::{AgreementId, AllocationId, DecisionId, DisbursementId, OrganisationId, ProposalId, ReceiptId};
use shared::money::{Money, Rate};
use shared::people::OrganisationKind;
use shared::problem::{Code, Problem};
use tests::TestApp;
use tests::money::{World, today};
use uuid::Uuid;

const ENVELOPE: &str = "3000";

/// How many sequences are played, a third of them on PostgreSQL, and how long each is.
const SEEDS: u64 = 12;
const STEPS: usize = 70;

fn eur(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

/// A generator whose seed names a failing sequence: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    fn amount(&mut self, most: i64) -> i64 {
        i64::try_from(self.below(usize::try_from(most.max(1)).unwrap())).unwrap() + 1
    }

    fn pick<'a, T>(&mut self, of: &'a mut [T]) -> Option<&'a mut T> {
        if of.is_empty() {
            None
        } else {
            let at = self.below(of.len());
            of.get_mut(at)
        }
    }
}

/// A signed agreement, in cents.
struct Signed {
    id: AgreementId,
    proposal_id: ProposalId,
    committed: i64,
    disbursed: i64,
    /// Whether some of it was refunded: then a whole payment may not come back.
    is_refunded: bool,
    payments: Vec<(DisbursementId, i64)>,
}

/// The fund, in cents.
#[derive(Default)]
struct Model {
    headroom: i64,
    cash: i64,
    /// Of the cash, what is earmarked for grants elsewhere (M31).
    kept_cash: i64,
    aside: i64,
    /// What arrived, and whether it is earmarked elsewhere.
    receipts: Vec<(ReceiptId, i64, bool)>,
    allocations: Vec<(AllocationId, i64)>,
    lapses: usize,
    reserved: Vec<(DecisionId, i64)>,
    signed: Vec<Signed>,
    contributions: usize,
}

impl Model {
    fn reserved(&self) -> i64 {
        self.reserved.iter().map(|(_, amount)| amount).sum()
    }

    fn committed(&self) -> i64 {
        self.signed.iter().map(|s| s.committed).sum()
    }

    fn disbursed(&self) -> i64 {
        self.signed.iter().map(|s| s.disbursed).sum()
    }

    fn envelope_left(&self) -> i64 {
        Money::parse(ENVELOPE, Currency::EUR).unwrap().minor() - self.reserved() - self.committed()
    }
}

/// Runs one operation of the ledger in the program's name; its problem's code when it is refused.
macro_rules! booked {
    ($world:expr, |$tx:ident, $ctx:ident| $body:expr) => {{
        let $ctx = $world.app.app.system_ctx();
        transact!($world.app.app.db, |$tx| $body.await)
            .map_err(|error| error.code().unwrap_or_else(|| panic!("{error}")))
    }};
}

fn limit(amount: i64, most: i64, code: Code) -> Result<(), Code> {
    if amount > most { Err(code) } else { Ok(()) }
}

async fn contributions(world: &World<'_>) -> Vec<Contribution> {
    let endpoint = ListContributions { fund_id: world.fund_id };
    world.app.get(&world.head, endpoint, &ContributionQuery::default()).await.unwrap().items
}

/// A signed contribution; with an earmark it may not go to the proposals of this world, which are in CM.
async fn contribute(world: &World<'_>, donor_id: OrganisationId, reference: &str, amount: i64, is_kept: bool) {
    let countries = if is_kept { vec!["NP".to_owned()] } else { Vec::new() };
    let draft = ContributionDraft {
        donor_id,
        reference: reference.into(),
        signed: eur(amount),
        budget_rate: Rate::ONE,
        rate_source: String::new(),
        rate_id: None,
        pledged_on: today(),
        earmark: Earmark { countries, ..Earmark::default() },
        valid_from: None,
        valid_until: None,
    };
    let endpoint = CreateContribution { fund_id: world.fund_id };
    let pledged = world.once(&world.preparer, endpoint, None, &draft).await.unwrap();
    let endpoint = SignContribution { contribution_id: pledged.id };
    let request = SignContributionRequest { signed_on: today() };
    world.once(&world.approver, endpoint, Some(pledged.version), &request).await.unwrap();
}

/// Another person confirms a correction.
async fn confirmed(world: &World<'_>, prepared: &Correction) -> Result<(), Code> {
    let endpoint = ConfirmCorrection { correction_id: prepared.id };
    let answer = world.once(&world.approver, endpoint, Some(prepared.version), &Nothing {}).await;
    answer.map(|_| ()).map_err(|problem| problem.code)
}

/// A correction is prepared, or was before.
fn prepared(answer: Result<Correction, Problem>) -> Option<Correction> {
    match answer {
        Ok(prepared) => Some(prepared),
        Err(problem) if problem.code == Code::Duplicate => None,
        Err(problem) => panic!("{problem:?}"),
    }
}

fn why() -> CorrectionRequest {
    CorrectionRequest { reason: "The donor decided anew".into() }
}

/// One random step on the fund and on the model; what was done, for the failing sequence.
async fn step(world: &World<'_>, donors: &[OrganisationId; 3], model: &mut Model, dice: &mut Dice) -> String {
    let now = world.app.app.clock.now().date();
    match dice.below(15) {
        0 | 1 if model.contributions < 8 => {
            let (amount, donor, is_kept) = (dice.amount(100_000), donors[dice.below(3)], dice.below(4) == 0);
            model.contributions += 1;
            contribute(world, donor, &format!("K-{}", model.contributions), amount, is_kept).await;
            model.headroom += amount;
            format!("contribute {amount}, earmarked elsewhere: {is_kept}")
        }
        0..=2 => {
            let mut open: Vec<_> =
                contributions(world).await.into_iter().filter(|c| c.receivable.is_positive()).collect();
            let Some(on) = dice.pick(&mut open) else { return "nothing to receive".into() };
            let amount = dice.amount(on.receivable.minor());
            let (receipt, is_kept) = (world.received(on, eur(amount), "1").await.id, on.earmark.is_any());
            model.cash += amount;
            model.kept_cash += if is_kept { amount } else { 0 };
            model.receipts.push((receipt, amount, is_kept));
            format!("receive {amount}")
        }
        3 => {
            let amount = dice.amount(model.headroom / 3 + 50);
            let prepared = world.allocation(Purpose::Reserve, &eur(amount).amount()).await;
            let endpoint = ConfirmAllocation { allocation_id: prepared.id };
            let answer = world.once(&world.approver, endpoint, Some(prepared.version), &Nothing {}).await;
            let expected = limit(amount, model.headroom, Code::InsufficientHeadroom);
            assert_eq!(answer.map(|_| ()).map_err(|problem| problem.code), expected, "allocate {amount}");
            if expected.is_ok() {
                model.headroom -= amount;
                model.aside += amount;
                model.allocations.push((prepared.id, amount));
            }
            format!("allocate {amount}: {expected:?}")
        }
        4 | 5 => {
            let amount = dice.amount(60_000) + 10;
            let decided = world.decided(eur(amount)).await;
            let answer = world.reserve(decided, eur(amount)).await;
            // M24: what is earmarked elsewhere is not there for it.
            let listed = contributions(world).await;
            let signed = listed.iter().filter(|c| c.signed_on.is_some() && c.earmark.is_any());
            let kept: i64 = signed.map(|c| c.headroom.minor()).sum();
            let most = (model.headroom - kept).min(model.envelope_left());
            assert_eq!(
                answer.map_err(|short| short.missing.minor()),
                if amount > most { Err(amount - most) } else { Ok(()) }
            );
            if amount <= most {
                model.headroom -= amount;
                model.reserved.push((decided.1, amount));
            }
            format!("reserve {amount} of {most}")
        }
        6 => {
            if model.reserved.is_empty() {
                return "nothing to release".into();
            }
            let (decision, amount) = model.reserved.swap_remove(dice.below(model.reserved.len()));
            booked!(world, |tx, ctx| ledger::release(tx, &ctx, decision)).unwrap();
            assert_eq!(booked!(world, |tx, ctx| ledger::release(tx, &ctx, decision)), Err(Code::WrongState));
            model.headroom += amount;
            format!("release {amount}")
        }
        7 => {
            if model.reserved.is_empty() {
                return "nothing to sign".into();
            }
            let (decision, amount) = model.reserved.swap_remove(dice.below(model.reserved.len()));
            let (first, last) = (amount * 4 / 10, (amount + 9) / 10);
            let plan = [first, amount - first - last, last].map(|part| eur(part).amount());
            let grant = world.signed_agreement(decision, &plan.each_ref().map(String::as_str)).await;
            model.signed.push(Signed {
                id: grant.id,
                proposal_id: grant.proposal_id,
                committed: amount,
                disbursed: 0,
                is_refunded: false,
                payments: Vec::new(),
            });
            format!("sign {amount}")
        }
        8 => {
            // M31: earmarked cash pays for nothing else.
            let cash = model.cash - model.kept_cash;
            let Some(on) = dice.pick(&mut model.signed) else { return "nothing to pay".into() };
            let left = on.committed - on.disbursed;
            let amount = dice.amount(left + left / 10 + 10);
            let disbursement_id = DisbursementId(Uuid::now_v7());
            let pay = Disburse {
                fund_id: world.fund_id,
                call_id: world.call_id,
                proposal_id: on.proposal_id,
                agreement_id: on.id,
                disbursement_id,
                amount: eur(amount),
                posted_on: now,
            };
            let expected = limit(amount, left, Code::AboveRemaining).and(limit(amount, cash, Code::InsufficientCash));
            assert_eq!(booked!(world, |tx, ctx| ledger::disburse(tx, &ctx, pay)), expected, "pay {amount}");
            if expected.is_ok() {
                on.disbursed += amount;
                on.payments.push((disbursement_id, amount));
                model.cash -= amount;
            }
            format!("pay {amount}: {expected:?}")
        }
        9 => {
            let Some(on) = dice.pick(&mut model.signed) else { return "nothing to reverse".into() };
            if on.payments.is_empty() || on.is_refunded {
                return "nothing to reverse".into();
            }
            let (payment, amount) = on.payments.swap_remove(dice.below(on.payments.len()));
            booked!(world, |tx, ctx| ledger::reverse_disbursement(tx, &ctx, payment, now)).unwrap();
            let again = booked!(world, |tx, ctx| ledger::reverse_disbursement(tx, &ctx, payment, now));
            assert_eq!(again, Err(Code::WrongState));
            on.disbursed -= amount;
            model.cash += amount;
            format!("reverse {amount}")
        }
        10 => {
            let is_refund = dice.below(2) == 0;
            let Some(on) = dice.pick(&mut model.signed) else { return "nothing to close".into() };
            let most = if is_refund { on.disbursed } else { on.committed - on.disbursed };
            let amount = dice.amount(most + 5);
            let this = OnAgreement { agreement_id: on.id, source: Uuid::now_v7(), amount: eur(amount), posted_on: now };
            let answer = if is_refund {
                booked!(world, |tx, ctx| ledger::refund(tx, &ctx, this))
            } else {
                booked!(world, |tx, ctx| ledger::decommit(tx, &ctx, this))
            };
            let expected = limit(amount, most, Code::AboveRemaining);
            assert_eq!(answer.map(|_| ()), expected, "refund: {is_refund}, {amount} of {most}");
            if expected.is_ok() && is_refund {
                on.disbursed -= amount;
                on.is_refunded = true;
                model.cash += amount;
            } else if expected.is_ok() {
                on.committed -= amount;
                model.headroom += amount;
            }
            format!("refund: {is_refund}, {amount} of {most}")
        }
        11 => {
            if model.receipts.is_empty() {
                return "no receipt to reverse".into();
            }
            let at = dice.below(model.receipts.len());
            let (receipt_id, amount, is_kept) = model.receipts[at];
            let answer = world.once(&world.preparer, PrepareReceiptReversal { receipt_id }, None, &why()).await;
            let Some(correction) = prepared(answer) else { return "prepared already".into() };
            let pool = if is_kept { model.kept_cash } else { model.cash - model.kept_cash };
            let answer = confirmed(world, &correction).await;
            if answer == Err(Code::WrongState) {
                // Of what has ended nothing is reversed.
                return "its contribution has ended".into();
            }
            let expected = limit(amount, pool, Code::InsufficientCash);
            assert_eq!(answer, expected, "reverse a receipt of {amount}, there are {pool}");
            if expected.is_ok() {
                model.receipts.swap_remove(at);
                model.cash -= amount;
                model.kept_cash -= if is_kept { amount } else { 0 };
            }
            format!("reverse a receipt of {amount}: {expected:?}")
        }
        12 => {
            if model.allocations.is_empty() {
                return "nothing to free".into();
            }
            let (allocation_id, amount) = model.allocations.swap_remove(dice.below(model.allocations.len()));
            let answer = world.once(&world.preparer, PrepareAllocationReversal { allocation_id }, None, &why()).await;
            confirmed(world, &prepared(answer).unwrap()).await.unwrap();
            model.headroom += amount;
            model.aside -= amount;
            format!("free {amount}")
        }
        13 => {
            // Agreements of this world run for a year.
            if model.lapses == 2 || model.reserved.is_empty() {
                return "nothing lapses".into();
            }
            model.lapses += 1;
            world.app.advance(chrono::Duration::days(91));
            waitlist::service::lapse_due(&world.app.app).await.unwrap();
            let lapsed = model.reserved();
            model.reserved.clear();
            model.headroom += lapsed;
            format!("{lapsed} lapse")
        }
        _ => {
            let states = [ContributionState::Signed, ContributionState::PartlyReceived];
            let mut open: Vec<_> =
                contributions(world).await.into_iter().filter(|c| states.contains(&c.state)).collect();
            let Some(on) = dice.pick(&mut open) else { return "nothing to end".into() };
            let endpoint = PrepareTermination { contribution_id: on.id };
            let answer = world.once(&world.preparer, endpoint, None, &why()).await;
            let Some(correction) = prepared(answer) else { return "prepared already".into() };
            let answer = confirmed(world, &correction).await;
            let (ends, own) = (on.receivable.minor(), on.headroom.minor());
            let expected = limit(ends, own, Code::InsufficientHeadroom);
            assert_eq!(answer, expected, "end {ends} of {own}");
            if expected.is_ok() {
                model.headroom -= ends;
            }
            format!("end {ends}: {expected:?}")
        }
    }
}

/// The fund says what the model says, and the ledger holds.
async fn compare(world: &World<'_>, model: &Model) -> Result<(), String> {
    let status = world.status().await;
    let of = |key| {
        let line = status.uses.iter().chain(&status.cash).find(|line| line.key == key);
        line.map_or(0, |line| line.amount.minor())
    };
    let keys =
        [LineKey::Headroom, LineKey::Reserve, LineKey::Reserved, LineKey::Committed, LineKey::Disbursed, LineKey::Cash];
    let found = keys.map(of);
    let expected = [model.headroom, model.aside, model.reserved(), model.committed(), model.disbursed(), model.cash];
    let findings = fund::check::examine(&world.app.app.db).await.unwrap().findings;
    if found == expected && findings.is_empty() {
        return Ok(());
    }
    Err(format!("{keys:?}: the fund has {found:?}, the model {expected:?}; {findings:?}"))
}

async fn play(app: &TestApp, seed: u64, steps: usize) {
    let world = World::new(app, ENVELOPE).await;
    let donors = [world.bmz, world.sdc, app.organisation("EU", OrganisationKind::Funder).await];
    let (mut model, mut dice, mut done) = (Model::default(), Dice(seed), Vec::new());
    for _ in 0..steps {
        done.push(step(&world, &donors, &mut model, &mut dice).await);
        if let Err(difference) = compare(&world, &model).await {
            panic!("seed {seed}: {difference}\n{}", done.join("\n"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m25_random_sequences_agree_with_the_model_on_sqlite() {
    for seed in 0..SEEDS {
        play(&TestApp::sqlite().await, seed, STEPS).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn m25_random_sequences_agree_with_the_model_on_postgres() {
    for seed in 100..100 + SEEDS / 3 {
        let Some(app) = TestApp::postgres().await else {
            println!("skipped: TEST_POSTGRES_URL is not set");
            return;
        };
        play(&app, seed, STEPS).await;
    }
}
