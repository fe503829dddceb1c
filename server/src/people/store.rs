//! SQL of people, organisations, bodies and memberships.

use shared::ids::{BodyId, MembershipId, OrganisationId, PersonId};
use shared::people::{
    Body, FundRef, Language, LinkPurpose, Membership, Organisation, OrganisationKind, OrganisationRef, Person,
};
use shared::permission::{BodyKind, Role};
use shared::time::{Date, Timestamp};

use crate::db::paging::{contains, next_page};
use crate::db::{Tx, exactly_one};
use crate::http::error::ApiError;
use crate::{execute, on};

/// An account.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PersonRow {
    /// Its id.
    pub id: PersonId,
    /// Lower case.
    pub email: String,
    /// As shown.
    pub name: String,
    /// Chosen language.
    pub language: Language,
    /// argon2id; none until the invitation is used.
    pub password_hash: Option<String>,
    /// Grows with every change of rights.
    pub rights_version: i64,
}

/// A one-time link that can still be used.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LinkRow {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whom it invites.
    pub person_id: Option<PersonId>,
}

#[derive(Debug, sqlx::FromRow)]
struct MembershipRow {
    id: MembershipId,
    person_id: PersonId,
    role: Role,
    organisation_id: Option<OrganisationId>,
    organisation_code: Option<String>,
    organisation_name: Option<String>,
    body_name: Option<String>,
    body_kind: Option<BodyKind>,
    is_alternate: bool,
    valid_from: Date,
    valid_until: Option<Date>,
}

impl From<MembershipRow> for Membership {
    fn from(row: MembershipRow) -> Self {
        let organisation = match (row.organisation_id, row.organisation_code, row.organisation_name) {
            (Some(id), Some(code), Some(name)) => Some(OrganisationRef { id, code, name }),
            _ => None,
        };
        Self {
            id: row.id,
            role: row.role,
            organisation,
            body: row.body_name,
            body_kind: row.body_kind,
            is_alternate: row.is_alternate,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
        }
    }
}

/// The fund, once there is one.
///
/// # Errors
/// When the database fails.
pub async fn fund(tx: &mut Tx) -> Result<Option<FundRef>, ApiError> {
    let row: Option<(shared::ids::FundId, String)> =
        on!(tx, |c| sqlx::query_as("SELECT id, name FROM funds ORDER BY created_at LIMIT 1").fetch_optional(c).await)?;
    Ok(row.map(|(id, name)| FundRef { id, name }))
}

/// An open account by its address.
///
/// # Errors
/// When the database fails.
pub async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<PersonRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT id, email, name, language, password_hash, rights_version FROM people WHERE email = $1 AND disabled_at IS NULL"
    )
    .bind(email)
    .fetch_optional(c)
    .await
    })?)
}

/// An open account.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx, id: PersonId) -> Result<Option<PersonRow>, ApiError> {
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "SELECT id, email, name, language, password_hash, rights_version FROM people WHERE id = $1 AND disabled_at IS NULL"
    )
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// The version of an open account's rights.
///
/// # Errors
/// When the database fails.
pub async fn rights_version(tx: &mut Tx, id: PersonId) -> Result<Option<i64>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT rights_version FROM people WHERE id = $1 AND disabled_at IS NULL")
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// How many accounts there are.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx) -> Result<i64, ApiError> {
    Ok(on!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM people").fetch_one(c).await)?)
}

/// The memberships of a person that are valid on a day.
///
/// # Errors
/// When the database fails.
pub async fn memberships_on(tx: &mut Tx, id: PersonId, day: Date) -> Result<Vec<Membership>, ApiError> {
    let rows: Vec<MembershipRow> = on!(tx, |c| {
        sqlx::query_as(
        "SELECT m.id, m.person_id, m.role, m.organisation_id, o.code AS organisation_code, o.name AS organisation_name,
                b.name AS body_name, b.kind AS body_kind, m.is_alternate, m.valid_from, m.valid_until
         FROM memberships m LEFT JOIN organisations o ON o.id = m.organisation_id LEFT JOIN bodies b ON b.id = m.body_id
         WHERE m.person_id = $1 AND m.valid_from <= $2 AND (m.valid_until IS NULL OR m.valid_until >= $2)
         ORDER BY m.role, m.id"
    )
    .bind(id)
    .bind(day)
    .fetch_all(c)
    .await
    })?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// All memberships of a person, past ones too.
///
/// # Errors
/// When the database fails.
pub async fn memberships(tx: &mut Tx, id: PersonId) -> Result<Vec<Membership>, ApiError> {
    let rows: Vec<MembershipRow> = on!(tx, |c| {
        sqlx::query_as(
        "SELECT m.id, m.person_id, m.role, m.organisation_id, o.code AS organisation_code, o.name AS organisation_name,
                b.name AS body_name, b.kind AS body_kind, m.is_alternate, m.valid_from, m.valid_until
         FROM memberships m LEFT JOIN organisations o ON o.id = m.organisation_id LEFT JOIN bodies b ON b.id = m.body_id
         WHERE m.person_id = $1 ORDER BY m.valid_from, m.id"
    )
    .bind(id)
    .fetch_all(c)
    .await
    })?;
    Ok(rows.into_iter().map(Into::into).collect())
}

#[derive(Debug, sqlx::FromRow)]
struct ListedRow {
    id: PersonId,
    name: String,
    email: String,
    language: Language,
    has_password: bool,
    search_key: String,
}

/// Accounts by name, with all their memberships; and where the next page begins.
///
/// # Errors
/// When the database fails.
pub async fn list(
    tx: &mut Tx,
    search: &str,
    after: &str,
    limit: i64,
) -> Result<(Vec<Person>, Option<String>), ApiError> {
    let mut rows: Vec<ListedRow> = on!(tx, |c| sqlx::query_as(
        "SELECT id, name, email, language, password_hash IS NOT NULL AS has_password, search_key
         FROM people WHERE disabled_at IS NULL AND search_key > $1 AND search_key LIKE $2 ESCAPE '!'
         ORDER BY search_key LIMIT $3"
    )
    .bind(after)
    .bind(contains(search))
    .bind(limit + 1)
    .fetch_all(c)
    .await)?;
    let next = next_page(&mut rows, limit, |row| row.search_key.clone());
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok((Vec::new(), None)) };
    let memberships: Vec<MembershipRow> = on!(tx, |c| {
        sqlx::query_as(
        "SELECT m.id, m.person_id, m.role, m.organisation_id, o.code AS organisation_code, o.name AS organisation_name,
                b.name AS body_name, b.kind AS body_kind, m.is_alternate, m.valid_from, m.valid_until
         FROM memberships m JOIN people p ON p.id = m.person_id
         LEFT JOIN organisations o ON o.id = m.organisation_id LEFT JOIN bodies b ON b.id = m.body_id
         WHERE p.search_key >= $1 AND p.search_key <= $2 ORDER BY m.valid_from, m.id"
    )
    .bind(&first.search_key)
    .bind(&last.search_key)
    .fetch_all(c)
    .await
    })?;
    let mut people: Vec<Person> = rows
        .into_iter()
        .map(|row| Person {
            id: row.id,
            name: row.name,
            email: row.email,
            language: row.language,
            has_password: row.has_password,
            memberships: Vec::new(),
        })
        .collect();
    for membership in memberships {
        if let Some(person) = people.iter_mut().find(|p| p.id == membership.person_id) {
            person.memberships.push(membership.into());
        }
    }
    Ok((people, next))
}

/// Adds an account.
///
/// # Errors
/// A unique violation when the address is taken.
pub async fn insert(tx: &mut Tx, person: &PersonRow, now: Timestamp) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO people (id, email, name, language, password_hash, rights_version, search_key, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        person.id,
        &person.email,
        &person.name,
        person.language,
        &person.password_hash,
        person.rights_version,
        // The address makes the key unique, which paging needs.
        shared::people::search_key(&[&person.name, &person.email]),
        now
    )?;
    Ok(())
}

/// Sets a password.
///
/// # Errors
/// When the account is gone.
pub async fn set_password(tx: &mut Tx, id: PersonId, hash: &str) -> Result<(), ApiError> {
    exactly_one(execute!(tx, "UPDATE people SET password_hash = $2 WHERE id = $1", id, hash)?)
}

/// Lets sessions notice that rights changed.
///
/// # Errors
/// When the account is gone.
pub async fn bump_rights(tx: &mut Tx, id: PersonId) -> Result<(), ApiError> {
    exactly_one(execute!(tx, "UPDATE people SET rights_version = rights_version + 1 WHERE id = $1", id)?)
}

/// Adds a membership.
///
/// # Errors
/// A foreign key violation when the organisation or body does not exist.
pub async fn insert_membership(
    tx: &mut Tx,
    id: MembershipId,
    person: PersonId,
    m: &shared::people::AddMembershipRequest,
) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO memberships (id, person_id, role, organisation_id, body_id, is_alternate, valid_from, valid_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        person,
        m.role,
        m.organisation_id,
        m.body_id,
        m.is_alternate,
        m.valid_from,
        m.valid_until
    )?;
    Ok(())
}

/// Whose membership it is, and its first day.
///
/// # Errors
/// When the database fails.
pub async fn membership_owner(tx: &mut Tx, id: MembershipId) -> Result<Option<(PersonId, Date)>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as("SELECT person_id, valid_from FROM memberships WHERE id = $1")
        .bind(id)
        .fetch_optional(c)
        .await)?)
}

/// Sets a membership's last day.
///
/// # Errors
/// When the membership is gone.
pub async fn end_membership(tx: &mut Tx, id: MembershipId, until: Date) -> Result<(), ApiError> {
    exactly_one(execute!(tx, "UPDATE memberships SET valid_until = $2 WHERE id = $1", id, until)?)
}

/// Adds a one-time link.
///
/// # Errors
/// When the database fails.
pub async fn insert_link(
    tx: &mut Tx,
    token_hash: &str,
    purpose: LinkPurpose,
    person: Option<PersonId>,
    expires_at: Timestamp,
) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO one_time_links (token_hash, purpose, person_id, expires_at) VALUES ($1, $2, $3, $4)",
        token_hash,
        purpose,
        person,
        expires_at
    )?;
    Ok(())
}

/// A link that can still be used.
///
/// # Errors
/// When the database fails.
pub async fn usable_link(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<Option<LinkRow>, ApiError> {
    Ok(on!(tx, |c| sqlx::query_as(
        "SELECT purpose, person_id FROM one_time_links WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2"
    )
    .bind(token_hash)
    .bind(now)
    .fetch_optional(c)
    .await)?)
}

/// Marks a link as used.
///
/// # Errors
/// When it was used meanwhile.
pub async fn use_link(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<(), ApiError> {
    exactly_one(execute!(
        tx,
        "UPDATE one_time_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL",
        token_hash,
        now
    )?)
}

/// Removes set-up links: at most one works at a time.
///
/// # Errors
/// When the database fails.
pub async fn remove_set_up_links(tx: &mut Tx) -> Result<(), ApiError> {
    execute!(tx, "DELETE FROM one_time_links WHERE purpose = 'set_up' AND used_at IS NULL")?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
struct OrganisationRow {
    id: OrganisationId,
    code: String,
    name: String,
    kind: OrganisationKind,
    country: Option<String>,
    search_key: String,
}

/// Organisations by name; and where the next page begins.
///
/// # Errors
/// When the database fails.
pub async fn organisations(
    tx: &mut Tx,
    search: &str,
    after: &str,
    limit: i64,
) -> Result<(Vec<Organisation>, Option<String>), ApiError> {
    let mut rows: Vec<OrganisationRow> = on!(tx, |c| sqlx::query_as(
        "SELECT id, code, name, kind, country, search_key FROM organisations
         WHERE search_key > $1 AND search_key LIKE $2 ESCAPE '!' ORDER BY search_key LIMIT $3"
    )
    .bind(after)
    .bind(contains(search))
    .bind(limit + 1)
    .fetch_all(c)
    .await)?;
    let next = next_page(&mut rows, limit, |row| row.search_key.clone());
    let items = rows
        .into_iter()
        .map(|r| Organisation { id: r.id, code: r.code, name: r.name, kind: r.kind, country: r.country })
        .collect();
    Ok((items, next))
}

/// Adds an organisation.
///
/// # Errors
/// A unique violation when the code is taken.
pub async fn insert_organisation(tx: &mut Tx, o: &Organisation, now: Timestamp) -> Result<(), ApiError> {
    execute!(
        tx,
        "INSERT INTO organisations (id, code, name, kind, country, search_key, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        o.id,
        &o.code,
        &o.name,
        o.kind,
        &o.country,
        // The code makes the key unique, which paging needs.
        shared::people::search_key(&[&o.name, &o.code]),
        now
    )?;
    Ok(())
}

/// The bodies, at most a page of them.
///
/// # Errors
/// When the database fails.
pub async fn bodies(tx: &mut Tx) -> Result<Vec<Body>, ApiError> {
    let rows: Vec<(BodyId, String, BodyKind)> =
        on!(tx, |c| sqlx::query_as("SELECT id, name, kind FROM bodies ORDER BY name LIMIT 100").fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(id, name, kind)| Body { id, name, kind }).collect())
}

/// Adds a body.
///
/// # Errors
/// A unique violation when the name is taken.
pub async fn insert_body(tx: &mut Tx, body: &Body) -> Result<(), ApiError> {
    execute!(tx, "INSERT INTO bodies (id, name, kind) VALUES ($1, $2, $3)", body.id, &body.name, body.kind)?;
    Ok(())
}
