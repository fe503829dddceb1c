//! What the finance desk keeps beside the fund: exchange rates, some approved, one waiting; a month
//! that somebody proposes to lock; a reserve that somebody proposes to free.

use anyhow::Context as _;
use shared::bank::{
    AddHouseAccount, ConfirmMatches, ConfirmRequest, Delimiter, GetReconciliation, HouseAccountDraft, ImportStatement,
    MatchDraft, Profile, StatementUpload,
};
use shared::currency::Currency;
use shared::endpoint::Nothing;
use shared::fund::corrections::{CorrectionRequest, PrepareAllocationReversal};
use shared::fund::{AllocationQuery, BookingState, ListAllocations, ListReceipts, Purpose, ReceiptQuery};
use shared::ids::FundId;
use shared::periods::{LockProposal, PeriodKind, ProposeLock};
use shared::rates::{ApproveRates, ListRates, RateApproval, RateQuery, RateUpload, UploadRates};
use shared::upload::DateFormat;

use super::World;

/// Months' averages and the bank's rates of the day; the CFA francs are fixed.
fn rates(world: &World) -> String {
    let today = world.app.clock.now().date();
    let mut text = String::from("currency,date,kind,rate,source\n");
    for (currency, rates) in [("CHF", ["0.9412", "0.9388", "0.9365"]), ("NPR", ["148.20", "147.85", "147.10"])] {
        for (months, rate) in (1_i64..).zip(rates) {
            let day = today.plus_days(-30 * months);
            text.push_str(&format!("{currency},{day},monthly_average,{rate},\"Bank, average of its daily rates\"\n"));
        }
    }
    for (currency, source) in [("XAF", "BEAC, fixed parity"), ("XOF", "BCEAO, fixed parity")] {
        text.push_str(&format!("{currency},{today},bank,655.957,\"{source}\"\n"));
    }
    text
}

/// Enters and approves the rates, then one more that waits.
///
/// # Errors
/// When the application refuses a step.
pub async fn play(world: &mut World, fund: FundId) -> anyhow::Result<()> {
    let upload = RateUpload { text: rates(world) };
    world.call("finance_preparer", UploadRates {}, &upload).await?;
    let entered = world.get("finance_approver", ListRates {}, &RateQuery::default()).await?;
    let approval = RateApproval { rate_ids: entered.items.iter().map(|rate| rate.id).collect() };
    world.call("finance_approver", ApproveRates {}, &approval).await?;
    let day = entered.items.first().context("no rate was entered")?.valid_on;
    let text = format!("currency,date,kind,rate,source\nCHF,{day},bank,0.9370,Bank\n");
    world.call("finance_preparer", UploadRates {}, &RateUpload { text }).await?;
    // A month before the fund's first posting, which nothing keeps open.
    let (first_day, _) = PeriodKind::Month.around(world.app.clock.now().date().plus_days(-290));
    let proposal = LockProposal { kind: PeriodKind::Month, first_day };
    world.call("finance_preparer", ProposeLock { fund_id: fund }, &proposal).await?;
    // Part of the reserve may be freed: another person has to confirm it.
    let set_aside =
        world.get("finance_preparer", ListAllocations { fund_id: fund }, &AllocationQuery::default()).await?;
    let reserve = set_aside.items.iter().find(|a| a.purpose == Purpose::Reserve).context("nothing is in reserve")?;
    let endpoint = PrepareAllocationReversal { allocation_id: reserve.id };
    let request = CorrectionRequest { reason: "The Steering Group asks for a smaller reserve".to_owned() };
    let key = world.key();
    world.send("finance_preparer", endpoint, &Nothing {}, &request, &[("idempotency-key", &key)]).await?;
    bank(world, fund).await
}

/// A statement with the receipts, which are confirmed, and a fee that nobody has explained yet.
async fn bank(world: &mut World, fund_id: FundId) -> anyhow::Result<()> {
    let account = HouseAccountDraft {
        name: "Commerzbank, grants".to_owned(),
        iban: "DE02 1203 0000 0000 2020 51".to_owned(),
        currency: Currency::EUR,
        profile: Profile {
            skipped_lines: 0,
            delimiter: Delimiter::Comma,
            date_format: DateFormat::Iso,
            is_decimal_comma: false,
            date: "date".to_owned(),
            amount: "amount".to_owned(),
            debit: String::new(),
            credit: String::new(),
            reference: "reference".to_owned(),
            end_to_end_id: "end-to-end".to_owned(),
            text: "text".to_owned(),
        },
    };
    let account = world.call("finance_preparer", AddHouseAccount { fund_id }, &account).await?;
    let query = ReceiptQuery { state: Some(BookingState::Confirmed), ..ReceiptQuery::default() };
    let receipts = world.get("finance_preparer", ListReceipts { fund_id }, &query).await?.items;
    let mut text = String::from("date,amount,reference,end-to-end,text\n");
    for receipt in &receipts {
        let (day, amount, reference) = (receipt.received_on, receipt.eur.amount(), &receipt.bank_reference);
        text.push_str(&format!("{day},{amount},{reference},,Contribution of {}\n", receipt.donor.code));
    }
    let first = receipts.iter().map(|receipt| receipt.received_on).min().context("nothing was received")?;
    text.push_str(&format!("{first},-12.50,FEE-1,,Account fee\n"));
    let upload = StatementUpload { file_name: "statement.csv".to_owned(), text };
    world.call("finance_preparer", ImportStatement { account_id: account.id }, &upload).await?;
    let endpoint = GetReconciliation { fund_id, from: first, until: first.plus_days(60) };
    let seen = world.get("finance_preparer", endpoint, &Nothing {}).await?;
    let certain = seen.groups.matched.iter().map(|pair| MatchDraft {
        line_id: Some(pair.line.id),
        entry_id: Some(pair.entry.id),
        reason: String::new(),
    });
    let request = ConfirmRequest { matches: certain.collect() };
    world.call("finance_preparer", ConfirmMatches { fund_id }, &request).await?;
    Ok(())
}
