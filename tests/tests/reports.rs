//! Reports, tranche guards, the final amount and closure (M30, M32, M33, M40–M43, M70).

use shared::batches::{BatchRequest, CreateBatch, ListCandidates, Obstacle};
use shared::endpoint::Nothing;
use shared::grants::*;
use shared::ids::{DisbursementId, RecoveryId, RefundId, ReportId};
use shared::permission::Role;
use shared::problem::{Code, Problem};
use shared::reports::*;
use tests::money::{World, eur, today};
use tests::{Person, both};

const GOLDEN: [&str; 3] = ["40000", "50000", "10000"];

/// Pays an amount on a tranche, all four steps.
async fn pay(world: &World<'_>, grant: &Grant, tranche: usize, amount: &str) -> Grant {
    let app = world.app;
    let grant = approved_payment(world, grant, tranche, amount).await;
    let disbursement_id = grant.disbursements.last().unwrap().id;
    let version = |grant: &Grant| grant.disbursements.iter().find(|d| d.id == disbursement_id).unwrap().version;
    let at = version(&grant);
    let grant = app.call_at(&world.preparer, InstructDisbursement { disbursement_id }, at, &Nothing {}).await.unwrap();
    let payment = Payment { bank_reference: disbursement_id.to_string(), value_date: app.app.clock.now().date() };
    let at = version(&grant);
    world.once(&world.preparer, PayDisbursement { disbursement_id }, Some(at), &payment).await.unwrap()
}

/// Prepares a payment on a tranche, and has it verified and approved: the grant's last one.
async fn approved_payment(world: &World<'_>, grant: &Grant, tranche: usize, amount: &str) -> Grant {
    let app = world.app;
    let draft = DisbursementDraft { tranche_id: grant.tranches[tranche].id, amount: eur(amount) };
    let endpoint = PrepareDisbursement { agreement_id: grant.id };
    let grant = world.once(&world.preparer, endpoint, None, &draft).await.unwrap();
    let disbursement_id = grant.disbursements.last().unwrap().id;
    let version = |grant: &Grant| grant.disbursements.iter().find(|d| d.id == disbursement_id).unwrap().version;
    let at = version(&grant);
    let grant = app.call_at(&world.desk, VerifyDisbursement { disbursement_id }, at, &Nothing {}).await.unwrap();
    let at = version(&grant);
    app.call_at(&world.approver, ApproveDisbursement { disbursement_id }, at, &Nothing {}).await.unwrap()
}

fn spent(lines: &[(&str, &str)]) -> ReportDraft {
    let line = |(category, amount): &(&str, &str)| LineDraft {
        category: (*category).into(),
        reported: eur(amount),
        note: String::new(),
    };
    ReportDraft { narrative: "Work went on.".into(), lines: lines.iter().map(line).collect() }
}

async fn saved(world: &World<'_>, report_id: ReportId, draft: &ReportDraft) -> Result<Report, Problem> {
    let now = world.app.call(&world.lead, GetReport { report_id }, &Nothing {}).await.unwrap();
    world.app.call_at(&world.lead, SaveReport { report_id }, now.version, draft).await
}

async fn submitted(world: &World<'_>, report_id: ReportId, lines: &[(&str, &str)]) -> Report {
    let report = saved(world, report_id, &spent(lines)).await.unwrap();
    world.app.call_at(&world.lead, SubmitReport { report_id }, report.version, &Nothing {}).await.unwrap()
}

async fn checked(world: &World<'_>, report: &Report, disallowed: &[(&str, &str)]) -> Report {
    let item = |(category, amount): &(&str, &str)| Disallowance {
        category: (*category).into(),
        amount: eur(amount),
        reason: "No receipt".into(),
    };
    let request = ReportCheck { disallowances: disallowed.iter().map(item).collect() };
    let report_id = report.summary.id;
    world.app.call_at(&world.preparer, CheckReport { report_id }, report.version, &request).await.unwrap()
}

async fn accept(world: &World<'_>, by: &Person, report: &Report) -> Result<Report, Problem> {
    let endpoint = AcceptReport { report_id: report.summary.id };
    world.once(by, endpoint, Some(report.version), &Nothing {}).await
}

async fn accepted(world: &World<'_>, report_id: ReportId, lines: &[(&str, &str)]) -> Report {
    let report = submitted(world, report_id, lines).await;
    let report = checked(world, &report, &[]).await;
    accept(world, &world.approver, &report).await.unwrap()
}

async fn seen(world: &World<'_>, grant: &Grant) -> Grant {
    world.app.call(&world.head, GetGrant { agreement_id: grant.id }, &Nothing {}).await.unwrap()
}

async fn request(world: &World<'_>, grant: &Grant, tranche: usize) -> Result<Grant, Problem> {
    let endpoint = RequestTranche { tranche_id: grant.tranches[tranche].id };
    world.app.call(&world.lead, endpoint, &Nothing {}).await
}

async fn decide(world: &World<'_>, grant: &Grant, tranche: usize, reduced_to: Option<&str>) -> Result<Grant, Problem> {
    let reason = if reduced_to.is_some() { "Less is needed".into() } else { String::new() };
    let decision = TrancheDecision { is_released: true, reduced_to: reduced_to.map(eur), reason };
    let endpoint = DecideTranche { tranche_id: grant.tranches[tranche].id };
    world.once(&world.desk, endpoint, None, &decision).await
}

/// What the tranches may pay, and what that sums to.
fn payables(grant: &Grant) -> (Vec<String>, i64) {
    let amounts = grant.tranches.iter().map(|tranche| tranche.payable.amount()).collect();
    (amounts, grant.tranches.iter().map(|tranche| tranche.payable.minor()).sum())
}

/// A grant of 100 000 of 125 000 with its first tranche paid.
async fn started(world: &World<'_>) -> Grant {
    let grant = world.active("100000", &GOLDEN).await;
    pay(world, &grant, 0, "40000").await
}

async fn close(world: &World<'_>, grant: &Grant) -> Result<Grant, Problem> {
    let endpoint = CloseGrant { agreement_id: grant.id };
    world.once(&world.head, endpoint, Some(grant.version), &Nothing {}).await
}

both! {
    async fn m33_m42_m43_the_golden_scenario_to_its_last_cent(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = started(&world).await;
        let due: Vec<_> = grant.reports.iter().map(|r| (r.number, r.is_final, r.state)).collect();
        assert_eq!(due, [(1, false, ReportState::Scheduled), (2, true, ReportState::Scheduled)]);
        // Accepted spend 27 999.99 is under 70 %: payable 37 999.99, the rest moves to the retention.
        let report = accepted(&world, grant.reports[0].id, &[("staff", "34999.99")]).await;
        assert_eq!((report.summary.share, report.summary.accepted), (Some(eur("27999.99")), Some(eur("34999.99"))));
        let grant = request(&world, &grant, 1).await.unwrap();
        assert_eq!(grant.tranches[1].burn_payable, Some(eur("37999.99")));
        assert_eq!(grant.tranches[1].blocked, [BlockReason::MilestoneNotAccepted]);
        let grant = decide(&world, &grant, 1, None).await.unwrap();
        assert_eq!((grant.tranches[1].state, grant.tranches[2].carried), (TrancheState::Reduced, eur("12000.01")));
        assert_eq!(payables(&grant), (vec!["40000.00".into(), "37999.99".into(), "22000.01".into()], 10_000_000));
        let above = DisbursementDraft { tranche_id: grant.tranches[1].id, amount: eur("38000") };
        let endpoint = PrepareDisbursement { agreement_id: grant.id };
        let above = world.once(&world.preparer, endpoint, None, &above).await.unwrap_err();
        assert_eq!((above.code, above.params["missing"].as_str()), (Code::AboveRemaining, "EUR 0.01"));
        let grant = pay(&world, &grant, 1, "37999.99").await;
        assert_eq!(grant.disbursed, eur("77999.99"));
        assert_eq!(grant.tranches[2].blocked, [BlockReason::FinalReportNotAccepted]);
        // Accepted total cost in the end 112 500.00: final grant 90 000.00, balance 12 000.01.
        let lines = [("staff", "60000.01"), ("travel", "10000"), ("indirect", "5000"), ("contingency", "2500")];
        let report = accepted(&world, grant.reports[1].id, &lines).await;
        assert_eq!((report.cumulative, report.cumulative_share), (eur("112500"), eur("90000")));
        let grant = seen(&world, &grant).await;
        let closure = grant.closure.clone().unwrap();
        assert_eq!(grant.state, AgreementState::Closing);
        assert_eq!((closure.final_grant, closure.balance, closure.decommitted), (Some(eur("90000")), Some(eur("12000.01")), Some(eur("10000"))));
        assert_eq!(grant.tranches[2].left, eur("12000.01"));
        let early = close(&world, &grant).await.unwrap_err();
        assert_eq!((early.code, early.params["missing"].as_str()), (Code::ClosureBlocked, "balance_settled"));
        let grant = pay(&world, &grant, 2, "12000.01").await;
        assert_eq!(grant.disbursed, eur("90000"));
        let before = world.status().await;
        let grant = close(&world, &grant).await.unwrap();
        let again = grant.clone();
        let after = world.status().await;
        assert_eq!((grant.state, grant.closure.unwrap().balance), (AgreementState::Closed, Some(eur("0"))));
        assert_eq!(grant.undisbursed, eur("0"), "what was given back is not to be paid (M3)");
        let listed = app.get(&world.desk, ListGrants {}, &GrantQuery::default()).await.unwrap();
        assert_eq!(listed.items[0].undisbursed, eur("0"));
        assert_eq!((before.position.committed, after.position.committed), (eur("100000"), eur("90000")));
        let freed = after.position.headroom.checked_sub(before.position.headroom).unwrap();
        assert_eq!(freed, eur("10000"), "decommitted to headroom on that date");
        assert_eq!((after.calls[0].committed, after.calls[0].disbursed), (eur("90000"), eur("90000")));
        let again = close(&world, &seen(&world, &again).await).await.unwrap_err();
        assert_eq!(again.code, Code::WrongState);
    }

    async fn m32_a_tranche_waits_for_request_report_and_milestone_each_with_its_reason(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = started(&world).await;
        // Only once it is due, and not the first or the retention.
        assert_eq!(request(&world, &grant, 0).await.unwrap_err().code, Code::WrongState);
        assert_eq!(request(&world, &grant, 2).await.unwrap_err().code, Code::WrongState);
        let grant = request(&world, &grant, 1).await.unwrap();
        assert_eq!(request(&world, &grant, 1).await.unwrap_err().code, Code::WrongState);
        let blocked = decide(&world, &grant, 1, None).await.unwrap_err();
        assert_eq!((blocked.code, blocked.params["reasons"].as_str()), (Code::TrancheBlocked, "report_not_accepted"));
        accepted(&world, grant.reports[0].id, &[("staff", "40000")]).await;
        // Held back with a reason, then released after all.
        let tranche_id = grant.tranches[1].id;
        let held = TrancheDecision { is_released: false, reduced_to: None, reason: String::new() };
        let silent = world.once(&world.desk, DecideTranche { tranche_id }, None, &held).await.unwrap_err();
        assert_eq!(silent.errors[0].pointer, "/reason");
        let held = TrancheDecision { reason: "The servers are not there".into(), ..held };
        let grant = world.once(&world.desk, DecideTranche { tranche_id }, None, &held).await.unwrap();
        assert_eq!((grant.tranches[1].state, grant.tranches[1].reason.as_str()), (TrancheState::Withheld, "The servers are not there"));
        assert_eq!(grant.tranches[1].blocked, [BlockReason::Withheld]);
        // Reduced: never above what the burn rule leaves; the rest moves on.
        let above = decide(&world, &grant, 1, Some("50000.01")).await.unwrap_err();
        assert_eq!(above.code, Code::AboveRemaining);
        let grant = decide(&world, &grant, 1, Some("45000")).await.unwrap();
        assert_eq!(payables(&grant), (vec!["40000.00".into(), "45000.00".into(), "15000.00".into()], 10_000_000));
        assert_eq!(grant.tranches[1].blocked, []);
        let open = PaymentQuery { view: PaymentView::Open, after: None };
        let page = app.get(&world.preparer, ListPayments {}, &open).await.unwrap();
        let rows: Vec<_> = page.rows.items.iter().map(|row| (row.tranche_number, row.amount, row.blocked.clone())).collect();
        assert_eq!(rows[0], (2, eur("45000"), vec![]));
        assert_eq!(rows[1], (3, eur("15000"), vec![BlockReason::FinalReportNotAccepted]));
        // Nothing goes on while the agreement is suspended.
        let because = Because { reason: "An audit".into() };
        let endpoint = SuspendAgreement { agreement_id: grant.id };
        let grant = app.call_at(&world.head, endpoint, grant.version, &because).await.unwrap();
        assert_eq!(grant.tranches[1].blocked, [BlockReason::AgreementNotActive]);
        let endpoint = ResumeAgreement { agreement_id: grant.id };
        let grant = app.call_at(&world.head, endpoint, grant.version, &because).await.unwrap();
        assert_eq!((grant.state, grant.tranches[1].blocked.len()), (AgreementState::Active, 0));
    }

    async fn m40_shifts_are_free_then_the_desks_then_an_amendment(app: TestApp) {
        let world = World::funded(&app, "500000").await;
        let grant = started(&world).await;
        let report_id = grant.reports[0].id;
        // Travel is planned at 12 500: 13 750.00 is 10 %, 15 625.00 is 25 %.
        let free = checked(&world, &submitted(&world, report_id, &[("travel", "13750")]).await, &[]).await;
        assert_eq!(free.band, ShiftBand::Free);
        let again = app
            .call_at(&world.preparer, AskReport { report_id }, free.version, &Because { reason: "More?".into() })
            .await
            .unwrap();
        assert_eq!((again.summary.state, again.remark.as_str()), (ReportState::Clarification, "More?"));
        let desk = submitted(&world, report_id, &[("travel", "13750.01")]).await;
        assert_eq!((desk.summary.state, desk.band), (ReportState::InCheck, ShiftBand::Desk));
        let desk = checked(&world, &desk, &[]).await;
        let refused = accept(&world, &world.approver, &desk).await.unwrap_err();
        assert_eq!((refused.code, refused.params["category"].as_str()), (Code::ShiftApprovalRequired, "travel"));
        let endpoint = ApproveShift { report_id };
        let approved = app.call_at(&world.desk, endpoint, desk.version, &Nothing {}).await.unwrap();
        let done = accept(&world, &world.approver, &approved).await.unwrap();
        assert_eq!(done.summary.state, ReportState::Accepted);
        // What was accepted before counts: 13 750.01 + 1 875.00 is one cent above 25 %.
        let report_id = grant.reports[1].id;
        let large = checked(&world, &submitted(&world, report_id, &[("travel", "1875")]).await, &[]).await;
        assert_eq!((large.band, large.lines[1].cumulative), (ShiftBand::Amendment, eur("15625.01")));
        let refused = accept(&world, &world.approver, &large).await.unwrap_err();
        assert_eq!(refused.code, Code::ShiftTooLarge);
        // A cent disallowed, and the Desk may approve it.
        let less = checked(&world, &large, &[("travel", "0.01")]).await;
        assert_eq!(less.band, ShiftBand::Desk);
    }

    async fn m40_indirect_and_contingency_never_grow(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        // Planned: indirect 6 250, contingency 3 125.
        for (category, amount) in [("indirect", "6250.01"), ("contingency", "3125.01")] {
            let other = world.active("100000", &GOLDEN).await;
            let report = checked(&world, &submitted(&world, other.reports[0].id, &[(category, amount)]).await, &[]).await;
            assert_eq!(report.band, ShiftBand::Never);
            let refused = accept(&world, &world.approver, &report).await.unwrap_err();
            assert_eq!((refused.code, refused.params["category"].as_str()), (Code::ShiftTooLarge, category));
            let report = checked(&world, &report, &[(category, "0.01")]).await;
            let report = accept(&world, &world.approver, &report).await.unwrap();
            assert_eq!(report.summary.state, ReportState::AcceptedWithDisallowance);
        }
    }

    async fn m41_reported_less_disallowed_is_accepted_by_a_third_person(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = started(&world).await;
        let report_id = grant.reports[0].id;
        let bad = saved(&world, report_id, &spent(&[("catering", "1")])).await.unwrap_err();
        assert_eq!((bad.errors[0].pointer.as_str(), bad.errors[0].code), ("/lines/0/category", Code::CategoryUnknown));
        let report = submitted(&world, report_id, &[("staff", "30000"), ("travel", "2000")]).await;
        assert_eq!(saved(&world, report_id, &spent(&[])).await.unwrap_err().code, Code::WrongState, "handed in");
        let too_much = ReportCheck {
            disallowances: vec![Disallowance { category: "travel".into(), amount: eur("2000.01"), reason: "No".into() }],
        };
        let endpoint = CheckReport { report_id };
        let refused = app.call_at(&world.preparer, endpoint, report.version, &too_much).await.unwrap_err();
        assert_eq!(refused.errors[0].code, Code::AboveReported);
        let unchecked = accept(&world, &world.approver, &report).await.unwrap_err();
        assert_eq!(unchecked.code, Code::WrongState);
        let report = checked(&world, &report, &[("travel", "750.50")]).await;
        for (person, code) in [(&world.preparer, Code::SeparationOfDuties), (&world.lead, Code::ConflictOfInterest)] {
            app.add_role(person.id, Role::FinanceApprover, None, false).await;
            assert_eq!(accept(&world, person, &report).await.unwrap_err().code, code);
        }
        let report = accept(&world, &world.approver, &report).await.unwrap();
        assert_eq!(report.summary.state, ReportState::AcceptedWithDisallowance);
        assert_eq!((report.summary.accepted, report.disallowed), (Some(eur("31249.50")), eur("750.50")));
        assert_eq!(report.summary.share, Some(eur("24999.60")), "31 249.50 × 4/5");
        assert_eq!(accept(&world, &world.approver, &report).await.unwrap_err().code, Code::WrongState);
        // A later report waits for the earlier ones.
        let other = world.active("1000", &["400", "500", "100"]).await;
        let last = checked(&world, &submitted(&world, other.reports[1].id, &[]).await, &[]).await;
        assert_eq!(accept(&world, &world.approver, &last).await.unwrap_err().code, Code::ReportNotAccepted);
    }

    async fn m32_a_report_is_overdue_after_its_day_and_a_rejected_one_is_written_again(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = started(&world).await;
        assert!(!grant.reports[0].is_overdue);
        app.advance(chrono::Duration::days(1));
        let grant = seen(&world, &grant).await;
        assert!(grant.reports[0].is_overdue && !grant.reports[1].is_overdue);
        let report_id = grant.reports[0].id;
        let report = checked(&world, &submitted(&world, report_id, &[("staff", "1")]).await, &[]).await;
        assert!(!report.summary.is_overdue, "it is with finance");
        let endpoint = RejectReport { report_id };
        let because = Because { reason: "Another project".into() };
        let report = app.call_at(&world.approver, endpoint, report.version, &because).await.unwrap();
        assert_eq!((report.summary.state, report.summary.is_overdue), (ReportState::Rejected, true));
        let report = accepted(&world, report_id, &[("staff", "40000")]).await;
        assert_eq!(report.remark, "");
    }

    async fn m43_what_was_paid_above_the_final_grant_comes_back(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let (_, recovery) = owing(&world).await;
        assert_eq!((recovery.amount, recovery.state), (eur("8000"), RecoveryState::Raised));
        let recovery_id = recovery.id;
        let endpoint = NotifyRecovery { recovery_id };
        let grant = app.call_at(&world.preparer, endpoint, recovery.version, &Nothing {}).await.unwrap();
        let due_on = app.app.clock.now().date().plus_days(30);
        assert_eq!(grant.recoveries[0].due_on, Some(due_on));
        let refund = |amount: &str, reference: &str| RefundDraft {
            amount: eur(amount),
            bank_reference: reference.into(),
            received_on: today(),
        };
        let prepare = || PrepareRefund { recovery_id };
        let early = RefundDraft { received_on: today().plus_days(-1), ..refund("1", "BACK-1") };
        let early = world.once(&world.preparer, prepare(), None, &early).await.unwrap_err();
        assert_eq!((early.errors[0].pointer.as_str(), early.errors[0].code), ("/received_on", Code::DateTooEarly));
        let above = world.once(&world.preparer, prepare(), None, &refund("8000.01", "BACK-1")).await.unwrap_err();
        assert_eq!(above.code, Code::AboveRemaining);
        let grant = world.once(&world.preparer, prepare(), None, &refund("3000", "BACK-1")).await.unwrap();
        let used = world.once(&world.preparer, prepare(), None, &refund("1", "BACK-1")).await.unwrap_err();
        assert_eq!(used.code, Code::BankReferenceUsed);
        // M70: who confirms may refuse; then the bank's reference is free again.
        let (refund_id, why) = (grant.recoveries[0].refunds[0].id, Because { reason: "The bank took it back".into() });
        let refused = app.call(&world.approver, RefuseRefund { refund_id }, &why).await.unwrap();
        assert_eq!((refused.recoveries[0].refunds.as_slice(), refused.recoveries[0].left), (&[][..], eur("8000")));
        assert!(refused.history.iter().any(|event| event.reason.as_deref() == Some("The bank took it back")));
        let late = world.once(&world.approver, ConfirmRefund { refund_id }, None, &Nothing {}).await.unwrap_err();
        assert_eq!(late.code, Code::NotFound);
        let grant = world.once(&world.preparer, prepare(), None, &refund("3000", "BACK-1")).await.unwrap();
        let refund_id = grant.recoveries[0].refunds[0].id;
        app.add_role(world.preparer.id, Role::FinanceApprover, None, false).await;
        let own = world.once(&world.preparer, ConfirmRefund { refund_id }, None, &Nothing {}).await.unwrap_err();
        assert_eq!(own.code, Code::SeparationOfDuties);
        let grant = world.once(&world.approver, ConfirmRefund { refund_id }, None, &Nothing {}).await.unwrap();
        assert_eq!((grant.recoveries[0].state, grant.recoveries[0].left, grant.disbursed), (RecoveryState::PartPaid, eur("5000"), eur("37000")));
        // Overdue, it blocks the organisation's other grants (M32).
        let other = world.active("1000", &["400", "500", "100"]).await;
        app.advance(chrono::Duration::days(31));
        let other = seen(&world, &other).await;
        assert!(other.tranches[1].blocked.contains(&BlockReason::RecoveryOverdue));
        assert_eq!(close(&world, &grant).await.unwrap_err().params["missing"], "balance_settled,no_open_recovery");
        let grant = world.once(&world.preparer, prepare(), None, &refund("5000", "BACK-2")).await.unwrap();
        let refund_id = grant.recoveries[0].refunds[1].id;
        let grant = world.once(&world.approver, ConfirmRefund { refund_id }, None, &Nothing {}).await.unwrap();
        assert_eq!((grant.recoveries[0].state, grant.disbursed), (RecoveryState::Settled, eur("32000")));
        let grant = close(&world, &grant).await.unwrap();
        assert_eq!((grant.state, world.status().await.calls[0].committed), (AgreementState::Closed, eur("33000")));
    }

    async fn m43_a_recovery_is_given_up_by_the_steering_group_and_two_persons(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let facilitator = app.person(Role::SteeringFacilitator).await;
        let (grant, recovery) = owing(&world).await;
        let recovery_id = recovery.id;
        let decision = WriteOff { reference: "Minutes of 4 March, item 3".into() };
        let endpoint = || WriteOffRecovery { recovery_id };
        let early = world.once(&facilitator, endpoint(), Some(recovery.version), &decision).await.unwrap_err();
        assert_eq!(early.code, Code::WrongState, "nobody proposed it");
        let because = Because { reason: "The partner is dissolved".into() };
        let propose = ProposeWriteOff { recovery_id };
        let grant_after = app.call_at(&world.preparer, propose, recovery.version, &because).await.unwrap();
        // M70: the Steering Group may say no; then it can be proposed anew.
        let no = Because { reason: "The partner has a successor".into() };
        let refuse = || RefuseWriteOff { recovery_id };
        let kept = app.call_at(&facilitator, refuse(), grant_after.recoveries[0].version, &no).await.unwrap();
        let kept = &kept.recoveries[0];
        assert_eq!((kept.write_off_proposed.is_none(), kept.left), (true, recovery.left));
        assert_eq!(app.call_at(&facilitator, refuse(), kept.version, &no).await.unwrap_err().code, Code::WrongState);
        let propose = ProposeWriteOff { recovery_id };
        let grant_after = app.call_at(&world.preparer, propose, kept.version, &because).await.unwrap();
        let version = grant_after.recoveries[0].version;
        app.add_role(world.preparer.id, Role::SteeringFacilitator, None, false).await;
        let own = world.once(&world.preparer, endpoint(), Some(version), &decision).await.unwrap_err();
        assert_eq!(own.code, Code::SeparationOfDuties);
        let given_up = world.once(&facilitator, endpoint(), Some(version), &decision).await.unwrap();
        assert_eq!(given_up.recoveries[0].state, RecoveryState::WrittenOff);
        let closed = close(&world, &given_up).await.unwrap();
        assert_eq!((closed.state, closed.disbursed), (AgreementState::Closed, eur("40000")));
        assert_eq!(world.status().await.calls[0].committed, eur("32000"));
        assert_eq!(grant.id, closed.id);
    }

    async fn m42_the_final_report_waits_for_payments_on_their_way_and_a_reversal_changes_the_balance(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = started(&world).await;
        accepted(&world, grant.reports[0].id, &[("staff", "40000")]).await;
        let grant = request(&world, &grant, 1).await.unwrap();
        let grant = decide(&world, &grant, 1, None).await.unwrap();
        let draft = DisbursementDraft { tranche_id: grant.tranches[1].id, amount: eur("1000") };
        let grant = world.once(&world.preparer, PrepareDisbursement { agreement_id: grant.id }, None, &draft).await.unwrap();
        let report = checked(&world, &submitted(&world, grant.reports[1].id, &[("staff", "10000")]).await, &[]).await;
        assert_eq!(accept(&world, &world.approver, &report).await.unwrap_err().code, Code::PaymentOpen);
        let disbursement_id: DisbursementId = grant.disbursements[1].id;
        let because = Because { reason: "Too late".into() };
        let version = grant.disbursements[1].version;
        app.call_at(&world.preparer, CancelDisbursement { disbursement_id }, version, &because).await.unwrap();
        accept(&world, &world.approver, &report).await.unwrap();
        let grant = seen(&world, &grant).await;
        // 50 000 × 4/5 = 40 000: all of it is paid.
        assert_eq!(grant.closure.clone().unwrap().balance, Some(eur("0")));
        assert_eq!(payables(&grant), (vec!["40000.00".into(), "0.00".into(), "0.00".into()], 4_000_000));
        let (disbursement_id, version) = (grant.disbursements[0].id, grant.disbursements[0].version);
        let back = ReversalDraft { reason: "Came back".into(), reversed_on: today() };
        let grant = app.call_at(&world.preparer, PrepareReversal { disbursement_id }, version, &back).await.unwrap();
        assert!(close(&world, &grant).await.unwrap_err().params["missing"].contains("no_open_payment"));
        let version = grant.disbursements[0].version;
        let grant = world.once(&world.approver, ApproveReversal { disbursement_id }, Some(version), &Nothing {}).await.unwrap();
        assert_eq!((grant.closure.clone().unwrap().balance, grant.tranches[2].left), (Some(eur("40000")), eur("40000")));
        let grant = pay(&world, &grant, 2, "40000").await;
        assert_eq!(close(&world, &grant).await.unwrap().state, AgreementState::Closed);
    }

    async fn m33_what_is_still_to_be_paid_of_an_earlier_tranche_counts_as_unspent(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        // All of the first tranche is on its way, none of it spent.
        let grant = world.active("100000", &GOLDEN).await;
        let grant = approved_payment(&world, &grant, 0, "40000").await;
        accepted(&world, grant.reports[0].id, &[]).await;
        let grant = request(&world, &grant, 1).await.unwrap();
        assert_eq!(grant.tranches[1].burn_payable, Some(eur("10000")));
        let grant = decide(&world, &grant, 1, None).await.unwrap();
        assert_eq!(payables(&grant), (vec!["40000.00".into(), "10000.00".into(), "50000.00".into()], 10_000_000));
        // One euro of it is paid and spent to 70 %, the rest follows later.
        let grant = world.active("100000", &GOLDEN).await;
        let grant = pay(&world, &grant, 0, "1").await;
        let report = accepted(&world, grant.reports[0].id, &[("staff", "0.88")]).await;
        assert_eq!(report.summary.share, Some(eur("0.70")));
        request(&world, &grant, 1).await.unwrap();
        let grant = decide(&world, &grant, 1, None).await.unwrap();
        assert_eq!(payables(&grant), (vec!["40000.00".into(), "10000.70".into(), "49999.30".into()], 10_000_000));
    }

    async fn m33_a_tranche_waits_until_the_earlier_ones_are_released(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = world.active("100000", &["40000", "30000", "20000", "10000"]).await;
        let grant = pay(&world, &grant, 0, "40000").await;
        let earlier = BlockReason::EarlierTrancheOpen;
        assert!(grant.tranches[2].blocked.contains(&earlier) && !grant.tranches[1].blocked.contains(&earlier));
        let early = async |grant: &Grant| {
            let refused = request(&world, grant, 2).await.unwrap_err();
            assert_eq!((refused.code, refused.params["reasons"].as_str()), (Code::TrancheBlocked, "earlier_tranche_open"));
        };
        early(&grant).await;
        let grant = request(&world, &grant, 1).await.unwrap();
        early(&grant).await;
        let open = PaymentQuery { view: PaymentView::Open, after: None };
        let page = app.get(&world.preparer, ListPayments {}, &open).await.unwrap();
        assert!(page.rows.items.iter().find(|row| row.tranche_number == 3).unwrap().blocked.contains(&earlier));
        accepted(&world, grant.reports[0].id, &[("staff", "31250")]).await;
        accepted(&world, grant.reports[1].id, &[]).await;
        // 25 000 of 40 000 spent: 15 000 move on, and are payable with the next one.
        let grant = decide(&world, &grant, 1, None).await.unwrap();
        assert_eq!((grant.tranches[1].payable, grant.tranches[2].carried), (eur("15000"), eur("15000")));
        request(&world, &grant, 2).await.unwrap();
        let grant = decide(&world, &grant, 2, None).await.unwrap();
        let expected = vec!["40000.00".into(), "15000.00".into(), "5000.00".into(), "40000.00".into()];
        assert_eq!(payables(&grant), (expected, 10_000_000));
    }

    async fn m43_a_write_off_waits_for_money_that_came_back(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let facilitator = app.person(Role::SteeringFacilitator).await;
        let (_, recovery) = owing(&world).await;
        let recovery_id = recovery.id;
        let because = Because { reason: "The partner is dissolved".into() };
        let propose = || ProposeWriteOff { recovery_id };
        let first = refund_waits(&world, recovery_id, "3000").await;
        let early = app.call_at(&world.preparer, propose(), recovery.version, &because).await.unwrap_err();
        assert_eq!(early.code, Code::RefundWaits);
        world.once(&world.approver, ConfirmRefund { refund_id: first }, None, &Nothing {}).await.unwrap();
        let grant = app.call_at(&world.preparer, propose(), recovery.version + 1, &because).await.unwrap();
        let second = refund_waits(&world, recovery_id, "2000").await;
        let decision = WriteOff { reference: "Minutes of 4 March, item 3".into() };
        let write_off = || WriteOffRecovery { recovery_id };
        let version = grant.recoveries[0].version;
        let early = world.once(&facilitator, write_off(), Some(version), &decision).await.unwrap_err();
        assert_eq!(early.code, Code::RefundWaits);
        let grant = world.once(&world.approver, ConfirmRefund { refund_id: second }, None, &Nothing {}).await.unwrap();
        let version = grant.recoveries[0].version;
        let given_up = world.once(&facilitator, write_off(), Some(version), &decision).await.unwrap();
        let recovery = &given_up.recoveries[0];
        assert_eq!((recovery.state, recovery.refunded, recovery.left), (RecoveryState::WrittenOff, eur("5000"), eur("3000")));
        assert_eq!(close(&world, &given_up).await.unwrap().disbursed, eur("35000"));
    }

    async fn m70_a_write_off_is_proposed_once(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let (_, recovery) = owing(&world).await;
        let because = Because { reason: "The partner is dissolved".into() };
        let propose = || ProposeWriteOff { recovery_id: recovery.id };
        let grant = app.call_at(&world.preparer, propose(), recovery.version, &because).await.unwrap();
        // Else the first could record the decision on what another has proposed again.
        let other = app.person(Role::FinancePreparer).await;
        let again = app.call_at(&other, propose(), grant.recoveries[0].version, &because).await.unwrap_err();
        assert_eq!(again.code, Code::WrongState);
    }

    async fn m43_nothing_is_recovered_while_a_payment_comes_back(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = overpaid(&world, &["50000"]).await;
        let grant = returned(&world, &grant, 1, false).await;
        let raise = RaiseRecovery { agreement_id: grant.id };
        let early = world.once(&world.preparer, raise, Some(grant.version), &Nothing {}).await.unwrap_err();
        assert_eq!(early.code, Code::PaymentOpen);
    }

    async fn m43_a_payment_that_comes_back_ends_the_recovery(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = raised(&world, &overpaid(&world, &["50000"]).await).await;
        let grant = returned(&world, &grant, 1, true).await;
        let recovery = &grant.recoveries[0];
        assert_eq!((recovery.state, recovery.amount, recovery.is_overdue), (RecoveryState::Cancelled, eur("20000"), false));
        assert!(grant.history.iter().any(|event| event.kind == EventKind::RecoveryAdjusted));
        app.advance(chrono::Duration::days(31));
        let grant = seen(&world, &grant).await;
        assert_eq!((grant.tranches[2].left, grant.tranches[2].blocked.as_slice()), (eur("30000"), &[][..]));
        let grant = pay(&world, &grant, 2, "30000").await;
        assert_eq!(close(&world, &grant).await.unwrap().disbursed, eur("70000"));
    }

    async fn m43_a_payment_that_comes_back_lowers_the_recovery(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = raised(&world, &overpaid(&world, &["40000", "10000"]).await).await;
        let recovery_id = grant.recoveries[0].id;
        // A refund that waits is decided on first: else it might not fit any more.
        let refund_id = refund_waits(&world, recovery_id, "4000").await;
        let back = returned(&world, &grant, 2, false).await;
        let (disbursement_id, version) = (back.disbursements[2].id, back.disbursements[2].version);
        let endpoint = || ApproveReversal { disbursement_id };
        let early = world.once(&world.approver, endpoint(), Some(version), &Nothing {}).await.unwrap_err();
        assert_eq!(early.code, Code::RefundWaits);
        world.once(&world.approver, ConfirmRefund { refund_id }, None, &Nothing {}).await.unwrap();
        let grant = world.once(&world.approver, endpoint(), Some(version), &Nothing {}).await.unwrap();
        let recovery = &grant.recoveries[0];
        assert_eq!((recovery.state, recovery.amount, recovery.left), (RecoveryState::PartPaid, eur("10000"), eur("6000")));
        assert_eq!(grant.closure.clone().unwrap().balance, Some(eur("-6000")));
        // What is left of it comes back with another payment: all that was refunded was owed.
        let grant = returned(&world, &grant, 1, true).await;
        let recovery = &grant.recoveries[0];
        assert_eq!((recovery.state, recovery.amount, recovery.left), (RecoveryState::Settled, eur("4000"), eur("0")));
        assert_eq!((grant.closure.clone().unwrap().balance, grant.tranches[2].left), (Some(eur("34000")), eur("34000")));
    }

    async fn m43_the_balance_knows_what_was_refunded_and_written_off(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let facilitator = app.person(Role::SteeringFacilitator).await;
        let grant = raised(&world, &overpaid(&world, &["50000"]).await).await;
        let recovery_id = grant.recoveries[0].id;
        let refund_id = refund_waits(&world, recovery_id, "15000").await;
        let grant = world.once(&world.approver, ConfirmRefund { refund_id }, None, &Nothing {}).await.unwrap();
        let because = Because { reason: "The partner is dissolved".into() };
        let version = grant.recoveries[0].version;
        let grant = app.call_at(&world.preparer, ProposeWriteOff { recovery_id }, version, &because).await.unwrap();
        let decision = WriteOff { reference: "Minutes of 4 March, item 3".into() };
        let version = grant.recoveries[0].version;
        world.once(&facilitator, WriteOffRecovery { recovery_id }, Some(version), &decision).await.unwrap();
        let grant = returned(&world, &seen(&world, &grant).await, 1, true).await;
        // 90 000 − 15 000 − 50 000 is out, 5 000 of it given up: 20 000 of the final 70 000.
        assert_eq!((grant.closure.clone().unwrap().balance, grant.tranches[2].left), (Some(eur("50000")), eur("50000")));
        let grant = pay(&world, &grant, 2, "50000").await;
        let closed = close(&world, &grant).await.unwrap();
        assert_eq!((closed.disbursed, closed.undisbursed), (eur("75000"), eur("0")));
    }

    async fn m32_the_bank_gets_no_order_for_a_tranche_that_is_blocked_since(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = started(&world).await;
        accepted(&world, grant.reports[0].id, &[("staff", "40000")]).await;
        request(&world, &grant, 1).await.unwrap();
        let grant = decide(&world, &grant, 1, None).await.unwrap();
        let grant = approved_payment(&world, &grant, 1, "50000").await;
        let other = raised(&world, &overpaid(&world, &["50000"]).await).await;
        app.advance(chrono::Duration::days(31));
        let (disbursement_id, version) = (grant.disbursements[1].id, grant.disbursements[1].version);
        let order = async || {
            let endpoint = InstructDisbursement { disbursement_id };
            let refused = app.call_at(&world.preparer, endpoint, version, &Nothing {}).await.unwrap_err();
            (refused.code, refused.params["reasons"].clone())
        };
        assert_eq!(order().await, (Code::TrancheBlocked, "recovery_overdue".into()));
        // The payments page and the file for the bank say the same.
        let open = PaymentQuery { view: PaymentView::Open, after: None };
        let page = app.get(&world.preparer, ListPayments {}, &open).await.unwrap();
        let row = page.rows.items.iter().find(|row| row.disbursement_id == Some(disbursement_id)).unwrap();
        assert_eq!((row.next, row.blocked.as_slice()), (PaymentStep::Instruct, &[BlockReason::RecoveryOverdue][..]));
        let listed = app.get(&world.preparer, ListCandidates {}, &Nothing {}).await.unwrap();
        assert_eq!(listed.items[0].obstacles, [Obstacle::Recovery]);
        let request = BatchRequest { disbursement_ids: vec![disbursement_id] };
        let refused = world.once(&world.preparer, CreateBatch {}, None, &request).await.unwrap_err();
        assert_eq!((refused.errors[0].code, refused.errors[0].params["reasons"].as_str()), (Code::NotPayable, "recovery"));
        returned(&world, &other, 1, true).await;
        // A year on, the final report is due as well, and the agreement has ended.
        app.advance(chrono::Duration::days(500));
        assert_eq!(order().await, (Code::TrancheBlocked, "report_not_accepted".into()));
        let listed = app.get(&world.preparer, ListCandidates {}, &Nothing {}).await.unwrap();
        assert_eq!(listed.items[0].obstacles, [Obstacle::Report]);
        catalytic_fund::jobs::run_due(&app.app).await.unwrap();
        assert_eq!(order().await, (Code::TrancheBlocked, "agreement_not_active,report_not_accepted".into()));
    }

    async fn m43_the_final_report_is_not_accepted_while_the_agreement_is_suspended(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = started(&world).await;
        accepted(&world, grant.reports[0].id, &[("staff", "40000")]).await;
        let because = Because { reason: "An audit".into() };
        let grant = seen(&world, &grant).await;
        let endpoint = SuspendAgreement { agreement_id: grant.id };
        app.call_at(&world.head, endpoint, grant.version, &because).await.unwrap();
        let report = checked(&world, &submitted(&world, grant.reports[1].id, &[]).await, &[]).await;
        let refused = accept(&world, &world.approver, &report).await.unwrap_err();
        assert_eq!((refused.code, refused.params["state"].as_str()), (Code::WrongState, "suspended"));
        let report_id = report.summary.id;
        let shown = app.call(&world.approver, GetReport { report_id }, &Nothing {}).await.unwrap();
        assert_eq!(shown.actions, [ReportAction::Reject]);
        let grant = seen(&world, &grant).await;
        assert_eq!((grant.state, grant.closure.clone().unwrap().final_grant), (AgreementState::Suspended, None));
        let endpoint = ResumeAgreement { agreement_id: grant.id };
        app.call_at(&world.head, endpoint, grant.version, &because).await.unwrap();
        accept(&world, &world.approver, &report).await.unwrap();
        assert_eq!(seen(&world, &grant).await.state, AgreementState::Closing);
    }

    async fn an_agreement_ends_by_the_clock(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = started(&world).await;
        app.advance(chrono::Duration::days(365));
        catalytic_fund::jobs::run_due(&app.app).await.unwrap();
        assert_eq!(seen(&world, &grant).await.state, AgreementState::Active, "its last day is not over");
        app.advance(chrono::Duration::days(1));
        catalytic_fund::jobs::run_due(&app.app).await.unwrap();
        catalytic_fund::jobs::run_due(&app.app).await.unwrap();
        let grant = seen(&world, &grant).await;
        assert_eq!(grant.state, AgreementState::Ended);
        assert_eq!(grant.history.iter().filter(|event| event.kind == EventKind::AgreementEnded).count(), 1);
    }

    async fn recipients_write_their_own_reports_and_nobody_elses(app: TestApp) {
        let world = World::funded(&app, "200000").await;
        let grant = started(&world).await;
        let report_id = grant.reports[0].id;
        let other = app.organisation("OTHER", shared::people::OrganisationKind::Ngo).await;
        let stranger = app.person_of(Role::ApplicantLead, Some(other)).await;
        let member = app.person_of(Role::ApplicantMember, Some(world.applicant)).await;
        let hidden = app.call(&stranger, GetReport { report_id }, &Nothing {}).await.unwrap_err();
        assert_eq!(hidden.code, Code::NotFound);
        let draft = spent(&[("staff", "1")]);
        assert_eq!(app.call_at(&world.desk, SaveReport { report_id }, 1, &draft).await.unwrap_err().code, Code::Forbidden);
        let report = app.call_at(&member, SaveReport { report_id }, 1, &draft).await.unwrap();
        assert_eq!(report.actions, [ReportAction::Edit, ReportAction::Submit]);
        let stale = app.call_at(&world.lead, SaveReport { report_id }, 1, &draft).await.unwrap_err();
        assert_eq!(stale.code, Code::StaleVersion);
        let shown = app.call(&world.preparer, GetReport { report_id }, &Nothing {}).await.unwrap();
        assert_eq!(shown.actions, []);
    }
}

/// A grant that was paid 40 000 and ends at 32 000, with the recovery raised.
async fn owing(world: &World<'_>) -> (Grant, Recovery) {
    let grant = started(world).await;
    accepted(world, grant.reports[0].id, &[("staff", "30000")]).await;
    accepted(world, grant.reports[1].id, &[("staff", "10000")]).await;
    let grant = seen(world, &grant).await;
    assert_eq!(grant.closure.clone().unwrap().balance, Some(eur("-8000")));
    let endpoint = RaiseRecovery { agreement_id: grant.id };
    let grant = world.once(&world.preparer, endpoint, Some(grant.version), &Nothing {}).await.unwrap();
    let recovery = grant.recoveries[0].clone();
    (grant, recovery)
}

/// A grant that ends at 70 000 and was paid 40 000 and these, 50 000 in all.
async fn overpaid(world: &World<'_>, second: &[&str]) -> Grant {
    let grant = started(world).await;
    accepted(world, grant.reports[0].id, &[("staff", "40000")]).await;
    request(world, &grant, 1).await.unwrap();
    let mut grant = decide(world, &grant, 1, None).await.unwrap();
    for amount in second {
        grant = pay(world, &grant, 1, amount).await;
    }
    accepted(world, grant.reports[1].id, &[("staff", "47500")]).await;
    let grant = seen(world, &grant).await;
    assert_eq!(grant.closure.clone().unwrap().balance, Some(eur("-20000")));
    grant
}

/// What was paid too much is claimed, and the recipient knows.
async fn raised(world: &World<'_>, grant: &Grant) -> Grant {
    let endpoint = RaiseRecovery { agreement_id: grant.id };
    let grant = world.once(&world.preparer, endpoint, Some(grant.version), &Nothing {}).await.unwrap();
    let recovery = &grant.recoveries[0];
    let endpoint = NotifyRecovery { recovery_id: recovery.id };
    world.app.call_at(&world.preparer, endpoint, recovery.version, &Nothing {}).await.unwrap()
}

/// A refund that was recorded and waits for another person.
async fn refund_waits(world: &World<'_>, recovery_id: RecoveryId, amount: &str) -> RefundId {
    let draft = RefundDraft {
        amount: eur(amount),
        bank_reference: format!("BACK-{amount}"),
        received_on: world.app.app.clock.now().date(),
    };
    let grant = world.once(&world.preparer, PrepareRefund { recovery_id }, None, &draft).await.unwrap();
    let recovery = grant.recoveries.iter().find(|recovery| recovery.id == recovery_id).unwrap();
    recovery.refunds.last().unwrap().id
}

/// A payment came back: recorded, and approved by another person when asked for.
async fn returned(world: &World<'_>, grant: &Grant, payment: usize, is_approved: bool) -> Grant {
    let app = world.app;
    let (disbursement_id, version) = (grant.disbursements[payment].id, grant.disbursements[payment].version);
    let back = ReversalDraft { reason: "Came back".into(), reversed_on: app.app.clock.now().date() };
    let grant = app.call_at(&world.preparer, PrepareReversal { disbursement_id }, version, &back).await.unwrap();
    if !is_approved {
        return grant;
    }
    let version = grant.disbursements[payment].version;
    world.once(&world.approver, ApproveReversal { disbursement_id }, Some(version), &Nothing {}).await.unwrap()
}
