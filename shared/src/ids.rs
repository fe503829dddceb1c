//! Typed ids, so that a proposal's id cannot stand where a call's should.

/// Implements the OpenAPI schema of a type that is a string in JSON.
#[cfg(feature = "server")]
macro_rules! string_schema {
    ($type:ty, $description:expr, $example:expr) => {
        impl utoipa::PartialSchema for $type {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some($description))
                    .examples([serde_json::Value::String($example.into())])
                    .into()
            }
        }
        impl utoipa::ToSchema for $type {}
    };
}
#[cfg(feature = "server")]
pub(crate) use string_schema;

/// Stores a type as text in either database, through `as_str` or `code` and a parser.
#[cfg(feature = "server")]
#[doc(hidden)]
#[macro_export]
macro_rules! stored_as_text {
    ($type:ty, $text:expr, $parse:expr) => {
        impl<DB: sqlx::Database> sqlx::Type<DB> for $type
        where
            String: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as sqlx::Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as sqlx::Type<DB>>::compatible(ty)
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $type
        where
            String: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buf: &mut DB::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                let text: fn(&$type) -> &'static str = $text;
                sqlx::Encode::<DB>::encode(text(self).to_owned(), buf)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $type
        where
            String: sqlx::Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let text = <String as sqlx::Decode<DB>>::decode(value)?;
                let parse: fn(&str) -> Option<$type> = $parse;
                parse(&text).ok_or_else(|| format!("{text:?} is not a {}", stringify!($type)).into())
            }
        }
    };
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(transparent))]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        #[cfg(feature = "server")]
        string_schema!($name, "UUID", "0197a1b2-0000-7000-8000-000000000000");
    )+};
}

ids! {
    /// A person with an account.
    PersonId,
    /// An organisation: ministry, funder, partner, NGO, …
    OrganisationId,
    /// A body of the initiative: Steering Group, Coordination Desk, TAG, …
    BodyId,
    /// A dated membership of a person in a body or an organisation, with a role.
    MembershipId,
    /// A fund.
    FundId,
    /// A donor's contribution to a fund.
    ContributionId,
    /// Money received on a contribution.
    ReceiptId,
    /// Money set aside for administration or as reserve.
    AllocationId,
    /// The correction of something booked.
    CorrectionId,
    /// A call for proposals.
    CallId,
    /// A concept note.
    ConceptId,
    /// A proposal.
    ProposalId,
    /// A line of a proposal's budget.
    BudgetLineId,
    /// An immutable submitted version of a proposal.
    VersionId,
    /// The assignment of a reviewer to a proposal, with its score sheet.
    ReviewId,
    /// A conflict-of-interest declaration.
    DeclarationId,
    /// A motion put to the vote.
    MotionId,
    /// One organisation's vote on a motion.
    BallotId,
    /// The decision record that follows a vote.
    DecisionId,
    /// A grant agreement.
    AgreementId,
    /// A planned tranche of an agreement.
    TrancheId,
    /// A payment on a tranche.
    DisbursementId,
    /// A recipient's bank account.
    RecipientAccountId,
    /// A report on an agreement.
    ReportId,
    /// An amendment of an agreement.
    AmendmentId,
    /// What a recipient owes back.
    RecoveryId,
    /// Money that came back on a recovery.
    RefundId,
    /// A journal entry.
    EntryId,
    /// An exchange rate.
    RateId,
    /// A month or year of the fund that can be locked.
    PeriodId,
    /// A bank account of the fund.
    AccountId,
    /// A line of a bank statement.
    LineId,
    /// A line and an entry that belong together.
    MatchId,
    /// A file of payments for the bank.
    BatchId,
}
