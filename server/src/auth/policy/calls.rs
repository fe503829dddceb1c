//! Rights on calls: everybody sees what was published, the fund's own people see drafts too.

use shared::ids::CallId;
use shared::permission::{Permission, Scope};
use shared::problem::Code;

use super::{Granted, require};
use crate::app::Ctx;
use crate::auth::actor::Actor;
use crate::calls::store::{self, CallRow};
use crate::db::Tx;
use crate::http::error::ApiError;

/// Whether the actor may know of calls that were never published.
#[must_use]
pub fn sees_drafts(actor: &Actor) -> bool {
    [Permission::ReadDraftCalls, Permission::WriteCall, Permission::PublishCall]
        .iter()
        .any(|permission| actor.scope(*permission) > Scope::Nothing)
}

/// A call that was published, for anybody.
///
/// # Errors
/// [`Code::NotFound`] for a draft as for no call at all.
pub async fn published(tx: &mut Tx, id: CallId) -> Result<Granted<CallRow>, ApiError> {
    let row = store::get(tx, id).await?.filter(|row| row.published_at.is_some()).ok_or(Code::NotFound)?;
    Ok(Granted::new(row))
}

/// A call that the actor may know of.
///
/// # Errors
/// [`Code::NotFound`] otherwise.
pub async fn read(tx: &mut Tx, ctx: &Ctx<'_>, id: CallId) -> Result<Granted<CallRow>, ApiError> {
    let with_drafts = ctx.actor.is_some_and(sees_drafts);
    let row = store::get(tx, id).await?.filter(|row| with_drafts || row.published_at.is_some());
    Ok(Granted::new(row.ok_or(Code::NotFound)?))
}

/// A call that the actor may change: [`Permission::WriteCall`] for drafts and phases,
/// [`Permission::PublishCall`] for what binds the fund.
///
/// # Errors
/// [`Code::NotFound`] for a call that the actor may not know of, [`Code::Forbidden`] otherwise.
pub async fn change(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    id: CallId,
    permission: Permission,
) -> Result<Granted<CallRow>, ApiError> {
    let row = read(tx, ctx, id).await?;
    require(ctx.actor.ok_or(Code::SignInRequired)?, permission)?;
    Ok(row)
}
