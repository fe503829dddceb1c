//! Accounts, organisations, bodies and memberships: what changes them.

use shared::ids::{MembershipId, PersonId};
use shared::people::{
    AddMembershipRequest, Body, CreateBodyRequest, CreateOrganisationRequest, CreatePersonRequest,
    EndMembershipRequest, Invitation, Language, LinkPurpose, NAME_MAX_CHARS, Organisation, Person, check_email,
    check_text,
};
use shared::permission::Role;
use shared::problem::{Code, FieldError, Problem, check};
use shared::time::Timestamp;

use super::store::{self, PersonRow};
use crate::app::Ctx;
use crate::audit;
use crate::auth::policy::Granted;
use crate::auth::session_store;
use crate::db::Tx;
use crate::http::error::ApiError;

/// How long an invitation works.
const INVITATION_DAYS: i64 = 7;

/// How long the set-up link works.
const SET_UP_HOURS: i64 = 24;

/// A secret for a link: 256 random bits in hexadecimal.
fn secret() -> String {
    let bytes: [u8; 32] = rand::random();
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// The form in which a link's secret is kept.
#[must_use]
pub fn link_hash(token: &str) -> String {
    audit::sha256_hex(&[token.as_bytes()])
}

/// Makes a set-up link when there is no account yet, in place of an earlier one.
///
/// # Errors
/// When the database fails.
pub async fn set_up_link(tx: &mut Tx, ctx: &Ctx<'_>) -> Result<Option<String>, ApiError> {
    if store::count(tx).await? > 0 {
        return Ok(None);
    }
    let token = secret();
    store::remove_set_up_links(tx).await?;
    let expires_at = ctx.now.plus(chrono::Duration::hours(SET_UP_HOURS));
    store::insert_link(tx, &link_hash(&token), LinkPurpose::SetUp, None, expires_at).await?;
    Ok(Some(format!("/set-up/{token}")))
}

/// Adds an account, with or without a password.
///
/// # Errors
/// Field errors; [`Code::Duplicate`] when the address is taken.
pub async fn add_person(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    request: &CreatePersonRequest,
    password_hash: Option<String>,
) -> Result<PersonId, ApiError> {
    let email = request.email.trim().to_lowercase();
    let mut errors = Vec::new();
    check_text(&mut errors, "/name", &request.name, NAME_MAX_CHARS);
    check_email(&mut errors, "/email", &email);
    check(errors)?;
    let person = PersonRow {
        id: ctx.id(),
        email,
        name: request.name.trim().to_owned(),
        language: request.language,
        password_hash,
        rights_version: 1,
    };
    let taken = Problem { errors: vec![FieldError::new("/email", Code::Duplicate)], ..Problem::new(Code::Duplicate) };
    store::insert(tx, &person, ctx.now).await.map_err(|e| e.duplicate_as(taken))?;
    audit::record(
        tx,
        ctx,
        audit::Entry {
            action: "person.created",
            kind: "person",
            id: person.id.0,
            before: None::<()>,
            after: Some(request),
            reason: None,
        },
    )
    .await?;
    Ok(person.id)
}

/// Makes an account and its invitation link.
///
/// # Errors
/// As [`add_person`].
pub async fn invite(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    _may: &Granted<()>,
    request: &CreatePersonRequest,
) -> Result<Invitation, ApiError> {
    let person_id = add_person(tx, ctx, request, None).await?;
    let token = secret();
    let expires_at = ctx.now.plus(chrono::Duration::days(INVITATION_DAYS));
    store::insert_link(tx, &link_hash(&token), LinkPurpose::Invitation, Some(person_id), expires_at).await?;
    Ok(Invitation { person_id, link: format!("/set-up/{token}"), expires_at })
}

/// Uses a link: makes the first administrator, or sets the invited person's password.
///
/// # Errors
/// [`Code::LinkExpired`]; field errors for a set-up without name or address.
pub async fn use_link(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    token: &str,
    name: Option<&str>,
    email: Option<&str>,
    password_hash: &str,
) -> Result<PersonId, ApiError> {
    let hash = link_hash(token);
    let link = store::usable_link(tx, &hash, ctx.now).await?.ok_or(Code::LinkExpired)?;
    store::use_link(tx, &hash, ctx.now).await?;
    if let Some(person_id) = link.person_id {
        store::set_password(tx, person_id, password_hash).await?;
        audit::record(
            tx,
            ctx,
            audit::Entry {
                action: "person.password_set",
                kind: "person",
                id: person_id.0,
                before: None::<()>,
                after: None::<()>,
                reason: None,
            },
        )
        .await?;
        return Ok(person_id);
    }
    let request = CreatePersonRequest {
        name: name.unwrap_or_default().to_owned(),
        email: email.unwrap_or_default().to_owned(),
        language: Language::En,
    };
    let person_id = add_person(tx, ctx, &request, Some(password_hash.to_owned())).await?;
    add_membership(
        tx,
        ctx,
        person_id,
        &AddMembershipRequest {
            role: Role::Admin,
            organisation_id: None,
            body_id: None,
            is_alternate: false,
            valid_from: ctx.now.date(),
            valid_until: None,
        },
    )
    .await?;
    Ok(person_id)
}

/// Gives a person a role; the caller has checked the right, or is the program itself.
///
/// # Errors
/// Field errors; [`Code::NotFound`] for an unknown person.
pub async fn add_membership(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    person: PersonId,
    request: &AddMembershipRequest,
) -> Result<MembershipId, ApiError> {
    check(request.errors())?;
    store::get(tx, person).await?.ok_or(Code::NotFound)?;
    let id: MembershipId = ctx.id();
    store::insert_membership(tx, id, person, request).await.map_err(|error| match &error {
        ApiError::Database(sqlx::Error::Database(e)) if e.is_foreign_key_violation() => {
            FieldError::new("/organisation_id", Code::NotFound).into()
        }
        _ => error,
    })?;
    store::bump_rights(tx, person).await?;
    audit::record(
        tx,
        ctx,
        audit::Entry {
            action: "membership.added",
            kind: "person",
            id: person.0,
            before: None::<()>,
            after: Some(request),
            reason: None,
        },
    )
    .await?;
    Ok(id)
}

/// Ends a membership on a day.
///
/// # Errors
/// [`Code::NotFound`]; [`Code::DateOrder`] for a day before its first.
pub async fn end_membership(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    _may: &Granted<()>,
    id: MembershipId,
    request: &EndMembershipRequest,
) -> Result<PersonId, ApiError> {
    let (person, valid_from) = store::membership_owner(tx, id).await?.ok_or(Code::NotFound)?;
    if request.valid_until < valid_from {
        return Err(Problem::field("/valid_until", Code::DateOrder).into());
    }
    store::end_membership(tx, id, request.valid_until).await?;
    store::bump_rights(tx, person).await?;
    audit::record(
        tx,
        ctx,
        audit::Entry {
            action: "membership.ended",
            kind: "person",
            id: person.0,
            before: None::<()>,
            after: Some(request),
            reason: None,
        },
    )
    .await?;
    Ok(person)
}

/// One account, as the list shows it.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn person(tx: &mut Tx, id: PersonId) -> Result<Person, ApiError> {
    let row = store::get(tx, id).await?.ok_or(Code::NotFound)?;
    let memberships = store::memberships(tx, id).await?;
    Ok(Person {
        id: row.id,
        name: row.name,
        email: row.email,
        language: row.language,
        has_password: row.password_hash.is_some(),
        memberships,
    })
}

/// Adds an organisation.
///
/// # Errors
/// Field errors; [`Code::Duplicate`] when the code is taken.
pub async fn add_organisation(
    tx: &mut Tx,
    ctx: &Ctx<'_>,
    request: &CreateOrganisationRequest,
) -> Result<Organisation, ApiError> {
    let mut errors = Vec::new();
    check_text(&mut errors, "/code", &request.code, 20);
    check_text(&mut errors, "/name", &request.name, NAME_MAX_CHARS);
    if request.country.as_ref().is_some_and(|c| c.len() != 2 || !c.bytes().all(|b| b.is_ascii_uppercase())) {
        errors.push(FieldError::new("/country", Code::NotAChoice));
    }
    check(errors)?;
    let organisation = Organisation {
        id: ctx.id(),
        code: request.code.trim().to_owned(),
        name: request.name.trim().to_owned(),
        kind: request.kind,
        country: request.country.clone(),
    };
    let taken = Problem { errors: vec![FieldError::new("/code", Code::Duplicate)], ..Problem::new(Code::Duplicate) };
    store::insert_organisation(tx, &organisation, ctx.now).await.map_err(|e| e.duplicate_as(taken))?;
    audit::record(
        tx,
        ctx,
        audit::Entry {
            action: "organisation.added",
            kind: "organisation",
            id: organisation.id.0,
            before: None::<()>,
            after: Some(&organisation),
            reason: None,
        },
    )
    .await?;
    Ok(organisation)
}

/// Adds a body.
///
/// # Errors
/// Field errors; [`Code::Duplicate`] when the name is taken.
pub async fn add_body(tx: &mut Tx, ctx: &Ctx<'_>, request: &CreateBodyRequest) -> Result<Body, ApiError> {
    let mut errors = Vec::new();
    check_text(&mut errors, "/name", &request.name, NAME_MAX_CHARS);
    check(errors)?;
    let body = Body { id: ctx.id(), name: request.name.trim().to_owned(), kind: request.kind };
    let taken = Problem { errors: vec![FieldError::new("/name", Code::Duplicate)], ..Problem::new(Code::Duplicate) };
    store::insert_body(tx, &body).await.map_err(|e| e.duplicate_as(taken))?;
    audit::record(
        tx,
        ctx,
        audit::Entry {
            action: "body.added",
            kind: "body",
            id: body.id.0,
            before: None::<()>,
            after: Some(&body),
            reason: None,
        },
    )
    .await?;
    Ok(body)
}

/// Ends every session of a person.
///
/// # Errors
/// When the database fails.
pub async fn end_sessions(tx: &mut Tx, ctx: &Ctx<'_>, person: PersonId) -> Result<(), ApiError> {
    session_store::end_all(tx, person).await?;
    audit::record(
        tx,
        ctx,
        audit::Entry {
            action: "person.signed_out_everywhere",
            kind: "person",
            id: person.0,
            before: None::<()>,
            after: None::<()>,
            reason: None,
        },
    )
    .await
}

/// When a session that is used now ends.
#[must_use]
pub fn session_ends_at(now: Timestamp) -> Timestamp {
    now.plus(chrono::Duration::hours(crate::app::SESSION_HOURS))
}
