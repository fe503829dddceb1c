//! Every endpoint, declared once: the router, the OpenAPI document, the browser's client and the
//! tests all read the same declaration.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::problem::Code;

/// Where the API lives.
pub const BASE: &str = "/api/v1";

/// The methods that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or makes something happen.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// As HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What a caller must bring, and what is special about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Needs no account.
    Public,
    /// Needs `If-Match` with the version that was read.
    IfMatch,
    /// Needs `Idempotency-Key`; a retry returns the first result (M34).
    Idempotent,
    /// Answers with `text/csv`.
    Csv,
}

/// A declaration as data.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// The declaring type's name, the operation's id.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// The path below [`BASE`], with `{names}`.
    pub path: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// What is special about it.
    pub flags: &'static [Flag],
    /// The problems of its own, besides those that any endpoint can have.
    pub problems: &'static [Code],
}

impl Info {
    /// Whether a flag is set.
    #[must_use]
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }
}

/// A type that travels as JSON.
#[cfg(feature = "server")]
pub trait Body: Serialize + DeserializeOwned + Send + 'static + utoipa::ToSchema {}
#[cfg(feature = "server")]
impl<T: Serialize + DeserializeOwned + Send + 'static + utoipa::ToSchema> Body for T {}

/// A type that travels as JSON.
#[cfg(not(feature = "server"))]
pub trait Body: Serialize + DeserializeOwned + Send + 'static {}
#[cfg(not(feature = "server"))]
impl<T: Serialize + DeserializeOwned + Send + 'static> Body for T {}

/// An endpoint: its value holds the path's parameters.
pub trait Endpoint: DeserializeOwned + Send + 'static {
    /// The declaration as data.
    const INFO: Info;
    /// Query parameters; [`Nothing`] when there are none.
    type Query: Body;
    /// The JSON body; [`Nothing`] when there is none (a POST then sends `{}`).
    type Request: Body;
    /// The JSON answer.
    type Response: Body;
    /// The path with its parameters filled in, without the query.
    fn path(&self) -> String;

    /// The address with a query.
    fn url(&self, query: &Self::Query) -> String {
        let query = serde_urlencoded::to_string(query).unwrap_or_default();
        if query.is_empty() { self.path() } else { format!("{}?{query}", self.path()) }
    }
}

/// No parameters, no body, or nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// One page of a list, and where the next begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// What to pass as `after` for the next page; none at the end.
    pub next: Option<String>,
}

#[cfg(feature = "server")]
mod server {
    use super::Page;
    use utoipa::__dev::ComposeSchema;
    use utoipa::ToSchema;
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
    use utoipa::openapi::{Ref, RefOr};

    // Written by hand, since the derived one inlines the rows and forgets to list their schema.
    impl<T: ToSchema> ComposeSchema for Page<T> {
        fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
            ObjectBuilder::new()
                .description(Some("One page of a list, and where the next begins"))
                .property("items", ArrayBuilder::new().items(Ref::from_schema_name(T::name())))
                .required("items")
                .property(
                    "next",
                    ObjectBuilder::new()
                        .schema_type(Type::String)
                        .description(Some("What to pass as `after` for the next page; none at the end")),
                )
                .into()
        }
    }

    impl<T: ToSchema> ToSchema for Page<T> {
        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            schemas.push((T::name().into_owned(), T::schema()));
            T::schemas(schemas);
        }
    }
}

/// The most rows a page has.
pub const PAGE_MAX: u32 = 100;

/// Declares endpoints. Each becomes a struct of its path's parameters that implements
/// [`Endpoint`]; `ENDPOINTS` lists them all.
///
/// ```ignore
/// endpoints! {
///     /// Submits the proposal: locks, hashes and numbers a version.
///     SubmitProposal { proposal_id: ProposalId }
///         Post "/proposals/{proposal_id}/submission" query Nothing, SubmitRequest => Receipt,
///         flags [IfMatch], problems [DeadlinePassed, WrongState];
/// }
/// ```
#[macro_export]
macro_rules! endpoints {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident { $($param:ident : $type:ty),* $(,)? }
        $method:ident $path:literal query $query:ty, $request:ty => $response:ty,
        flags [$($flag:ident),*], problems [$($code:ident),* $(,)?];
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, serde::Deserialize)]
            pub struct $name {
                $(
                    /// A parameter of the path.
                    pub $param: $type,
                )*
            }

            impl $crate::endpoint::Endpoint for $name {
                const INFO: $crate::endpoint::Info = $crate::endpoint::Info {
                    name: stringify!($name),
                    method: $crate::endpoint::Method::$method,
                    path: $path,
                    summary: concat!($($doc),+),
                    flags: &[$($crate::endpoint::Flag::$flag),*],
                    problems: &[$($crate::problem::Code::$code),*],
                };
                type Query = $query;
                type Request = $request;
                type Response = $response;

                fn path(&self) -> String {
                    let path = format!("{}{}", $crate::endpoint::BASE, $path);
                    $(let path = path.replace(concat!("{", stringify!($param), "}"), &self.$param.to_string());)*
                    path
                }
            }
        )+

        /// Every endpoint of this feature.
        pub const ENDPOINTS: &[$crate::endpoint::Info] = &[$(<$name as $crate::endpoint::Endpoint>::INFO),+];
    };
}

/// Every endpoint of the API.
#[must_use]
pub fn all() -> Vec<Info> {
    [
        crate::people::ENDPOINTS,
        crate::home::ENDPOINTS,
        crate::fund::ENDPOINTS,
        crate::fund::corrections::ENDPOINTS,
        crate::calls::ENDPOINTS,
        crate::concepts::ENDPOINTS,
        crate::proposals::ENDPOINTS,
        crate::reviews::ENDPOINTS,
        crate::votes::ENDPOINTS,
        crate::waitlist::ENDPOINTS,
        crate::forecast::ENDPOINTS,
        crate::grants::ENDPOINTS,
        crate::rates::ENDPOINTS,
        crate::periods::ENDPOINTS,
        crate::bank::ENDPOINTS,
        crate::batches::ENDPOINTS,
        crate::audit::ENDPOINTS,
        crate::grants::closing::ENDPOINTS,
        crate::grants::credit::ENDPOINTS,
        crate::reports::ENDPOINTS,
        crate::amendments::ENDPOINTS,
        crate::exports::ENDPOINTS,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_unique_and_their_parameters_match_their_paths() {
        let mut seen = std::collections::BTreeSet::new();
        let mut names = std::collections::BTreeSet::new();
        for info in all() {
            assert!(seen.insert((info.method.as_str(), info.path)), "{} {} twice", info.method.as_str(), info.path);
            assert!(names.insert(info.name), "{} twice", info.name);
            assert!(info.path.starts_with('/') && !info.path.ends_with('/'), "{}", info.path);
        }
    }
}
