//! What the finance desk keeps beside the fund: exchange rates, some approved, one waiting; a month
//! that somebody proposes to lock.

use anyhow::Context as _;
use shared::ids::FundId;
use shared::periods::{LockProposal, PeriodKind, ProposeLock};
use shared::rates::{ApproveRates, ListRates, RateApproval, RateQuery, RateUpload, UploadRates};

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
    Ok(())
}
