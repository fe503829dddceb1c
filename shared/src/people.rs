//! People, organisations, bodies, dated memberships, sign-in.

use serde::{Deserialize, Serialize};

use crate::endpoint::Nothing;
use crate::ids::{BodyId, FundId, MembershipId, OrganisationId, PersonId};
use crate::permission::{BodyKind, Permission, Role, Scope, scope};
use crate::problem::{Code, FieldError};
use crate::time::{Date, Timestamp};

/// The shortest password we take, in characters (ASVS 5.0, 6.2.1 asks for 8; 15 without a second factor is better).
pub const PASSWORD_MIN_CHARS: usize = 12;

/// The longest name we take, in characters.
pub const NAME_MAX_CHARS: usize = 200;

crate::words! {
    /// What kind of organisation it is.
    OrganisationKind {
        /// Gives money.
        Funder = "funder",
        /// A ministry.
        Ministry = "ministry",
        /// Runs a scheme.
        SchemeOperator = "scheme_operator",
        /// An implementation partner.
        Partner = "partner",
        /// A non-governmental organisation.
        Ngo = "ngo",
        /// A university.
        University = "university",
        /// A regional or language network.
        Network = "network",
        /// The initiative itself.
        Initiative = "initiative",
    }
}

crate::words! {
    /// The languages that everything is offered in (F7).
    Language {
        /// English.
        En = "en",
        /// French.
        Fr = "fr",
    }
}

/// An organisation, as others name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OrganisationRef {
    /// Its id.
    pub id: OrganisationId,
    /// Its short code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A membership that is valid today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Membership {
    /// Its id.
    pub id: MembershipId,
    /// The role it gives.
    pub role: Role,
    /// The organisation it is held for.
    pub organisation: Option<OrganisationRef>,
    /// The body it is held in.
    pub body: Option<String>,
    /// The kind of that body.
    pub body_kind: Option<BodyKind>,
    /// Whether a steering voter is the alternate (V2).
    pub is_alternate: bool,
    /// First day.
    pub valid_from: Date,
    /// Last day; none while it lasts.
    pub valid_until: Option<Date>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// The person.
    pub person_id: PersonId,
    /// As shown.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// The language they chose.
    pub language: Language,
    /// What they hold today.
    pub memberships: Vec<Membership>,
    /// When the session ends unless used.
    pub session_ends_at: Timestamp,
}

impl SignedIn {
    /// How far a right reaches for this person: what the browser shows or hides by.
    #[must_use]
    pub fn scope(&self, permission: Permission) -> Scope {
        scope(self.memberships.iter().map(|m| m.role), permission)
    }

    /// Whether the person holds the right at all.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.scope(permission) > Scope::Nothing
    }
}

/// The state of the visitor's session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Session {
    /// The server's clock.
    pub now: Timestamp,
    /// The fund, once there is one.
    pub fund: Option<FundRef>,
    /// Who is signed in; none for a visitor.
    pub person: Option<SignedIn>,
}

/// The fund, as every page's header names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FundRef {
    /// Its id.
    pub id: FundId,
    /// Its name.
    pub name: String,
}

/// Sign in with e-mail and password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The address, any case.
    pub email: String,
    /// The password.
    pub password: String,
}

/// What a one-time link is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OneTimeLink {
    /// `set_up` makes the first administrator; `invitation` sets the invited person's password.
    pub purpose: LinkPurpose,
    /// The invited person's address.
    pub email: Option<String>,
    /// The invited person's name.
    pub name: Option<String>,
}

crate::words! {
    /// What a one-time link is for.
    LinkPurpose {
        /// Makes the first administrator.
        SetUp = "set_up",
        /// Sets an invited person's password.
        Invitation = "invitation",
    }
}

/// Use a one-time link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UseLinkRequest {
    /// For `set_up`: the administrator's address.
    pub email: Option<String>,
    /// For `set_up`: the administrator's name.
    pub name: Option<String>,
    /// The password to set.
    pub password: String,
}

/// An account in the list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// As shown.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// The language they chose.
    pub language: Language,
    /// Whether they have set a password yet.
    pub has_password: bool,
    /// All memberships, past ones too.
    pub memberships: Vec<Membership>,
}

/// Make an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePersonRequest {
    /// As shown.
    pub name: String,
    /// The address they will sign in with.
    pub email: String,
    /// The language to greet them in.
    pub language: Language,
}

/// A new account, with the link to hand to the person: it is shown this once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// The account.
    pub person_id: PersonId,
    /// The page's path with the secret in it.
    pub link: String,
    /// Until when the link works.
    pub expires_at: Timestamp,
}

/// Give a person a role for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddMembershipRequest {
    /// The role.
    pub role: Role,
    /// For whom; required for applicants, endorsers and steering voters.
    pub organisation_id: Option<OrganisationId>,
    /// In which body.
    pub body_id: Option<BodyId>,
    /// Whether a steering voter is the alternate (V2).
    pub is_alternate: bool,
    /// First day.
    pub valid_from: Date,
    /// Last day; none while it lasts. Required for an auditor.
    pub valid_until: Option<Date>,
}

impl AddMembershipRequest {
    /// What is wrong with the request, field by field.
    #[must_use]
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let for_organisation =
            matches!(self.role, Role::ApplicantLead | Role::ApplicantMember | Role::Endorser | Role::SteeringVoter);
        if for_organisation && self.organisation_id.is_none() {
            errors.push(FieldError::new("/organisation_id", Code::Required));
        }
        if self.role == Role::Auditor && self.valid_until.is_none() {
            errors.push(FieldError::new("/valid_until", Code::Required));
        }
        if self.valid_until.is_some_and(|until| until < self.valid_from) {
            errors.push(FieldError::new("/valid_until", Code::DateOrder));
        }
        errors
    }
}

/// End a membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct EndMembershipRequest {
    /// Its last day.
    pub valid_until: Date,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Short and unique; a donor's code decides ties in the donor split (M60).
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// ISO 3166-1 alpha-2; none for an international one.
    pub country: Option<String>,
}

/// Add an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateOrganisationRequest {
    /// Short and unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// ISO 3166-1 alpha-2; none for an international one.
    pub country: Option<String>,
}

/// A body of the initiative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Body {
    /// Its id.
    pub id: BodyId,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: BodyKind,
}

/// Add a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateBodyRequest {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: BodyKind,
}

/// Which rows of a searchable list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Part of the name, any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// Where the last page ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What searching compares: lower case, no surrounding space.
#[must_use]
pub fn search_key(parts: &[&str]) -> String {
    parts.join(" ").trim().to_lowercase()
}

/// Checks that a text is present and not too long.
pub fn check_text(errors: &mut Vec<FieldError>, pointer: &str, text: &str, max_chars: usize) {
    if text.trim().is_empty() {
        errors.push(FieldError::new(pointer, Code::Required));
    } else if text.chars().count() > max_chars {
        errors.push(FieldError::new(pointer, Code::TooLong).with("max", max_chars));
    }
}

/// Checks the shape of an e-mail address: something, an at sign, a name with a dot.
pub fn check_email(errors: &mut Vec<FieldError>, pointer: &str, email: &str) {
    let shaped = email.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.starts_with('.') && !host.ends_with('.') && host.contains('.') && !host.contains('@')
    });
    if email.is_empty() {
        errors.push(FieldError::new(pointer, Code::Required));
    } else if !shaped || email.len() > 254 || email.chars().any(|c| c.is_whitespace() || c.is_control()) {
        errors.push(FieldError::new(pointer, Code::EmailFormat));
    }
}

/// Checks a new password's length.
pub fn check_password(errors: &mut Vec<FieldError>, pointer: &str, password: &str) {
    let chars = password.chars().count();
    if chars < PASSWORD_MIN_CHARS {
        errors.push(FieldError::new(pointer, Code::PasswordTooShort).with("min", PASSWORD_MIN_CHARS));
    } else if chars > 256 {
        errors.push(FieldError::new(pointer, Code::TooLong).with("max", 256));
    }
}

crate::endpoints! {
    /// Who is signed in, the fund's name and the server's clock.
    GetSession {} Get "/session" query Nothing, Nothing => Session, flags [Public], problems [];

    /// Signs in; the session gets a new id.
    SignIn {} Post "/session" query Nothing, SignInRequest => Session, flags [Public], problems [CredentialsWrong];

    /// Signs out on this device.
    SignOut {} Delete "/session" query Nothing, Nothing => Nothing, flags [], problems [];

    /// Signs out on every device.
    SignOutEverywhere {} Delete "/sessions" query Nothing, Nothing => Nothing, flags [], problems [];

    /// What a one-time link is for.
    GetLink { token: String } Get "/links/{token}" query Nothing, Nothing => OneTimeLink, flags [Public], problems [LinkExpired];

    /// Uses a one-time link: makes the first administrator, or sets an invited person's password. Signs in.
    UseLink { token: String } Post "/links/{token}" query Nothing, UseLinkRequest => Session, flags [Public], problems [LinkExpired, Duplicate];

    /// The accounts, by name.
    ListPeople {} Get "/people" query SearchQuery, Nothing => crate::endpoint::Page<Person>, flags [], problems [];

    /// Makes an account and its invitation link.
    CreatePerson {} Post "/people" query Nothing, CreatePersonRequest => Invitation, flags [], problems [Duplicate];

    /// Gives a person a role for a time.
    AddMembership { person_id: PersonId } Post "/people/{person_id}/memberships" query Nothing, AddMembershipRequest => Person, flags [], problems [];

    /// Ends a membership on a day.
    EndMembership { membership_id: MembershipId } Post "/memberships/{membership_id}/end" query Nothing, EndMembershipRequest => Person, flags [], problems [];

    /// The organisations, by name.
    ListOrganisations {} Get "/organisations" query SearchQuery, Nothing => crate::endpoint::Page<Organisation>, flags [], problems [];

    /// Adds an organisation.
    CreateOrganisation {} Post "/organisations" query Nothing, CreateOrganisationRequest => Organisation, flags [], problems [Duplicate];

    /// The bodies of the initiative.
    ListBodies {} Get "/bodies" query Nothing, Nothing => crate::endpoint::Page<Body>, flags [], problems [];

    /// Adds a body.
    CreateBody {} Post "/bodies" query Nothing, CreateBodyRequest => Body, flags [], problems [Duplicate];
}
