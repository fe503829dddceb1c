//! Endpoints of grants.

use axum::Json;
use axum::extract::State;
use shared::grants::{
    ApproveAgreement, ApproveDisbursement, ApproveReversal, CancelDisbursement, CloseGrant, ConfirmCredit,
    ConfirmRefund, CreateAgreement, DecideTranche, EnterAccount, FailDisbursement, GetGrant, InstructDisbursement,
    ListAwards, ListGrants, ListPayments, NotifyRecovery, PayDisbursement, PrepareDisbursement, PrepareRefund,
    PrepareReversal, ProposeWriteOff, RaiseRecovery, RecordCredit, RefuseAccount, RefuseRefund, RefuseReversal,
    RefuseWriteOff, ReplaceTranchePlan, RequestTranche, ResumeAgreement, RetryDisbursement, SecondApproveDisbursement,
    SendAgreement, SignAgreement, SuspendAgreement, TakeBackAgreement, VerifyAccount, VerifyDisbursement,
    WriteOffRecovery,
};
use shared::permission::Permission;

use super::{accounts, closing, payments, service, tranches};
use crate::app::App;
use crate::auth::actor::Actor;
use crate::auth::policy;
use crate::http::Reply;
use crate::http::extract::Call;
use crate::http::routes::Routes;
use crate::{once, transact};

/// Who prepares may drop what is not booked, who confirms may refuse it.
const DROPS: [Permission; 2] = [Permission::ApproveDisbursement, Permission::PrepareDisbursement];

async fn awards(State(app): State<App>, actor: Actor, call: Call<ListAwards>) -> Reply<ListAwards> {
    let granted = policy::grants::everything(&actor)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::awards(&mut tx, granted, call.query.after).await?))
}

async fn grants(State(app): State<App>, actor: Actor, call: Call<ListGrants>) -> Reply<ListGrants> {
    let recipients = policy::grants::listed(&actor)?;
    let mut tx = app.db.read().await?;
    Ok(Json(service::grants(&mut tx, recipients, &call.query).await?))
}

async fn grant(State(app): State<App>, actor: Actor, call: Call<GetGrant>) -> Reply<GetGrant> {
    let ctx = app.ctx(&actor);
    let mut tx = app.db.read().await?;
    let row = policy::grants::agreement(&mut tx, &actor, call.at.agreement_id, Permission::ReadGrant).await?;
    Ok(Json(service::grant(&mut tx, &ctx, row).await?))
}

async fn create(State(app): State<App>, actor: Actor, call: Call<CreateAgreement>) -> Reply<CreateAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let granted = policy::grants::write(tx, &actor, call.body.decision_id).await?;
        service::create(tx, &ctx, granted, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn replace_plan(
    State(app): State<App>,
    actor: Actor,
    call: Call<ReplaceTranchePlan>,
) -> Reply<ReplaceTranchePlan> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::WriteAgreement).await?;
        service::replace_plan(tx, &ctx, row, call.if_match, &call.body.tranches).await
    })?;
    Ok(Json(grant))
}

async fn approve(State(app): State<App>, actor: Actor, call: Call<ApproveAgreement>) -> Reply<ApproveAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::ApproveAgreement).await?;
        service::approve(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn send(State(app): State<App>, actor: Actor, call: Call<SendAgreement>) -> Reply<SendAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::WriteAgreement).await?;
        service::send(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn take_back(State(app): State<App>, actor: Actor, call: Call<TakeBackAgreement>) -> Reply<TakeBackAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::WriteAgreement).await?;
        service::take_back(tx, &ctx, row, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(grant))
}

async fn sign(State(app): State<App>, actor: Actor, call: Call<SignAgreement>) -> Reply<SignAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::SignAgreement).await?;
        service::sign(tx, &ctx, row, call.if_match).await
    }))?;
    Ok(Json(grant))
}

async fn list_payments(State(app): State<App>, actor: Actor, call: Call<ListPayments>) -> Reply<ListPayments> {
    let ctx = app.ctx(&actor);
    let granted = policy::grants::everything(&actor)?;
    let mut tx = app.db.read().await?;
    Ok(Json(payments::payments(&mut tx, &ctx, granted, &call.query).await?))
}

async fn prepare(State(app): State<App>, actor: Actor, call: Call<PrepareDisbursement>) -> Reply<PrepareDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let right = Permission::PrepareDisbursement;
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, right).await?;
        payments::prepare(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn verify(State(app): State<App>, actor: Actor, call: Call<VerifyDisbursement>) -> Reply<VerifyDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let right = Permission::VerifyDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        payments::verify(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn approve_payment(
    State(app): State<App>,
    actor: Actor,
    call: Call<ApproveDisbursement>,
) -> Reply<ApproveDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let right = Permission::ApproveDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        payments::approve_payment(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn approve_second(
    State(app): State<App>,
    actor: Actor,
    call: Call<SecondApproveDisbursement>,
) -> Reply<SecondApproveDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let right = Permission::ApproveLargeDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        payments::approve_second(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn instruct(
    State(app): State<App>,
    actor: Actor,
    call: Call<InstructDisbursement>,
) -> Reply<InstructDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let right = Permission::PrepareDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        payments::instruct(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn pay(State(app): State<App>, actor: Actor, call: Call<PayDisbursement>) -> Reply<PayDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let right = Permission::PrepareDisbursement;
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        payments::pay(tx, &ctx, row, call.if_match, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn enter_account(State(app): State<App>, actor: Actor, call: Call<EnterAccount>) -> Reply<EnterAccount> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::EnterAccount).await?;
        accounts::enter(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn verify_account(State(app): State<App>, actor: Actor, call: Call<VerifyAccount>) -> Reply<VerifyAccount> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::VerifyAccount).await?;
        accounts::verify(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn refuse_account(State(app): State<App>, actor: Actor, call: Call<RefuseAccount>) -> Reply<RefuseAccount> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::VerifyAccount).await?;
        accounts::refuse(tx, &ctx, row, &call.body).await
    })?;
    Ok(Json(grant))
}

async fn request_tranche(State(app): State<App>, actor: Actor, call: Call<RequestTranche>) -> Reply<RequestTranche> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row =
            policy::grants::tranche(tx, &actor, call.at.tranche_id, ctx.now.date(), Permission::RequestTranche).await?;
        tranches::request(tx, &ctx, row).await
    })?;
    Ok(Json(grant))
}

async fn decide_tranche(State(app): State<App>, actor: Actor, call: Call<DecideTranche>) -> Reply<DecideTranche> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row =
            policy::grants::tranche(tx, &actor, call.at.tranche_id, ctx.now.date(), Permission::DecideTranche).await?;
        tranches::decide(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn suspend(State(app): State<App>, actor: Actor, call: Call<SuspendAgreement>) -> Reply<SuspendAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::CloseGrant).await?;
        service::suspend(tx, &ctx, row, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(grant))
}

async fn resume(State(app): State<App>, actor: Actor, call: Call<ResumeAgreement>) -> Reply<ResumeAgreement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::CloseGrant).await?;
        service::resume(tx, &ctx, row, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(grant))
}

async fn cancel(State(app): State<App>, actor: Actor, call: Call<CancelDisbursement>) -> Reply<CancelDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row =
            policy::grants::disbursement(tx, &actor, call.at.disbursement_id, Permission::CancelDisbursement).await?;
        payments::cancel(tx, &ctx, row, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(grant))
}

async fn fail(State(app): State<App>, actor: Actor, call: Call<FailDisbursement>) -> Reply<FailDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row =
            policy::grants::disbursement(tx, &actor, call.at.disbursement_id, Permission::PrepareDisbursement).await?;
        payments::fail(tx, &ctx, row, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(grant))
}

async fn retry(State(app): State<App>, actor: Actor, call: Call<RetryDisbursement>) -> Reply<RetryDisbursement> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row =
            policy::grants::disbursement(tx, &actor, call.at.disbursement_id, Permission::PrepareDisbursement).await?;
        payments::retry(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn prepare_reversal(State(app): State<App>, actor: Actor, call: Call<PrepareReversal>) -> Reply<PrepareReversal> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row =
            policy::grants::disbursement(tx, &actor, call.at.disbursement_id, Permission::PrepareDisbursement).await?;
        payments::prepare_reversal(tx, &ctx, row, call.if_match, &call.body).await
    })?;
    Ok(Json(grant))
}

async fn approve_reversal(State(app): State<App>, actor: Actor, call: Call<ApproveReversal>) -> Reply<ApproveReversal> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row =
            policy::grants::disbursement(tx, &actor, call.at.disbursement_id, Permission::ApproveDisbursement).await?;
        payments::approve_reversal(tx, &ctx, row, call.if_match).await
    }))?;
    Ok(Json(grant))
}

async fn record_credit(State(app): State<App>, actor: Actor, call: Call<RecordCredit>) -> Reply<RecordCredit> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, Permission::RecordCredit).await?;
        payments::record_credit(tx, &ctx, row, call.if_match, &call.body).await
    })?;
    Ok(Json(grant))
}

async fn confirm_credit(State(app): State<App>, actor: Actor, call: Call<ConfirmCredit>) -> Reply<ConfirmCredit> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row =
            policy::grants::disbursement(tx, &actor, call.at.disbursement_id, Permission::ApproveDisbursement).await?;
        payments::confirm_credit(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn refuse_reversal(State(app): State<App>, actor: Actor, call: Call<RefuseReversal>) -> Reply<RefuseReversal> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let right = policy::either(&actor, DROPS);
        let row = policy::grants::disbursement(tx, &actor, call.at.disbursement_id, right).await?;
        payments::refuse_reversal(tx, &ctx, row, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(grant))
}

async fn raise_recovery(State(app): State<App>, actor: Actor, call: Call<RaiseRecovery>) -> Reply<RaiseRecovery> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::PrepareDisbursement).await?;
        closing::raise(tx, &ctx, row, call.if_match).await
    }))?;
    Ok(Json(grant))
}

async fn notify_recovery(State(app): State<App>, actor: Actor, call: Call<NotifyRecovery>) -> Reply<NotifyRecovery> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::recovery(tx, &actor, call.at.recovery_id, Permission::PrepareDisbursement).await?;
        closing::notify(tx, &ctx, row, call.if_match).await
    })?;
    Ok(Json(grant))
}

async fn prepare_refund(State(app): State<App>, actor: Actor, call: Call<PrepareRefund>) -> Reply<PrepareRefund> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::grants::recovery(tx, &actor, call.at.recovery_id, Permission::PrepareDisbursement).await?;
        closing::prepare_refund(tx, &ctx, row, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn confirm_refund(State(app): State<App>, actor: Actor, call: Call<ConfirmRefund>) -> Reply<ConfirmRefund> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::grants::refund(tx, &actor, call.at.refund_id, Permission::ApproveDisbursement).await?;
        closing::confirm_refund(tx, &ctx, row).await
    }))?;
    Ok(Json(grant))
}

async fn refuse_refund(State(app): State<App>, actor: Actor, call: Call<RefuseRefund>) -> Reply<RefuseRefund> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::refund(tx, &actor, call.at.refund_id, policy::either(&actor, DROPS)).await?;
        closing::refuse_refund(tx, &ctx, row, &call.body.reason).await
    })?;
    Ok(Json(grant))
}

async fn refuse_write_off(State(app): State<App>, actor: Actor, call: Call<RefuseWriteOff>) -> Reply<RefuseWriteOff> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::recovery(tx, &actor, call.at.recovery_id, Permission::WriteOff).await?;
        closing::refuse_write_off(tx, &ctx, row, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(grant))
}

async fn propose_write_off(
    State(app): State<App>,
    actor: Actor,
    call: Call<ProposeWriteOff>,
) -> Reply<ProposeWriteOff> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| {
        let row = policy::grants::recovery(tx, &actor, call.at.recovery_id, Permission::PrepareDisbursement).await?;
        closing::propose_write_off(tx, &ctx, row, call.if_match, &call.body.reason).await
    })?;
    Ok(Json(grant))
}

async fn write_off(State(app): State<App>, actor: Actor, call: Call<WriteOffRecovery>) -> Reply<WriteOffRecovery> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::grants::recovery(tx, &actor, call.at.recovery_id, Permission::WriteOff).await?;
        closing::write_off(tx, &ctx, row, call.if_match, &call.body).await
    }))?;
    Ok(Json(grant))
}

async fn close(State(app): State<App>, actor: Actor, call: Call<CloseGrant>) -> Reply<CloseGrant> {
    let ctx = app.ctx(&actor);
    let grant = transact!(app.db, |tx| once!(tx, &ctx, call, {
        let row = policy::grants::agreement(tx, &actor, call.at.agreement_id, Permission::CloseGrant).await?;
        closing::close(tx, &ctx, row, call.if_match).await
    }))?;
    Ok(Json(grant))
}

/// What this feature serves.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .on::<ListAwards, _>(awards)
        .on::<ListGrants, _>(grants)
        .on::<CreateAgreement, _>(create)
        .on::<GetGrant, _>(grant)
        .on::<ReplaceTranchePlan, _>(replace_plan)
        .on::<ApproveAgreement, _>(approve)
        .on::<SendAgreement, _>(send)
        .on::<TakeBackAgreement, _>(take_back)
        .on::<SignAgreement, _>(sign)
        .on::<ListPayments, _>(list_payments)
        .on::<PrepareDisbursement, _>(prepare)
        .on::<VerifyDisbursement, _>(verify)
        .on::<ApproveDisbursement, _>(approve_payment)
        .on::<SecondApproveDisbursement, _>(approve_second)
        .on::<InstructDisbursement, _>(instruct)
        .on::<PayDisbursement, _>(pay)
        .on::<EnterAccount, _>(enter_account)
        .on::<VerifyAccount, _>(verify_account)
        .on::<RefuseAccount, _>(refuse_account)
        .on::<RequestTranche, _>(request_tranche)
        .on::<DecideTranche, _>(decide_tranche)
        .on::<SuspendAgreement, _>(suspend)
        .on::<ResumeAgreement, _>(resume)
        .on::<CancelDisbursement, _>(cancel)
        .on::<FailDisbursement, _>(fail)
        .on::<RetryDisbursement, _>(retry)
        .on::<PrepareReversal, _>(prepare_reversal)
        .on::<ApproveReversal, _>(approve_reversal)
        .on::<RecordCredit, _>(record_credit)
        .on::<ConfirmCredit, _>(confirm_credit)
        .on::<RefuseReversal, _>(refuse_reversal)
        .on::<RaiseRecovery, _>(raise_recovery)
        .on::<NotifyRecovery, _>(notify_recovery)
        .on::<PrepareRefund, _>(prepare_refund)
        .on::<ConfirmRefund, _>(confirm_refund)
        .on::<RefuseRefund, _>(refuse_refund)
        .on::<RefuseWriteOff, _>(refuse_write_off)
        .on::<ProposeWriteOff, _>(propose_write_off)
        .on::<WriteOffRecovery, _>(write_off)
        .on::<CloseGrant, _>(close)
}
