//! The OpenAPI 3.1 document, made from the declarations in `shared`. It is made when it changes and committed
//! (a test compares the two): making it at each start would cost a hundred times its size in memory.

use shared::endpoint::{Endpoint, Flag, Info, Nothing};
use shared::problem::{Code, Problem};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref, RefOr, Required};
use utoipa::{PartialSchema, ToSchema};

/// What the server answers when it is asked for the document.
pub const COMMITTED: &str = include_str!("../../../docs/openapi.json");

/// Schemas by name.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// Describes an endpoint, and adds the schemas that the description refers to.
pub type Describe = fn(&mut Schemas) -> PathItem;

/// The problems that any endpoint can have, by its flags.
fn common(info: &Info) -> Vec<Code> {
    let mut codes = vec![Code::NotFound, Code::Internal, Code::Timeout];
    if !info.has(Flag::Public) {
        codes.extend([Code::SignInRequired, Code::Forbidden]);
    }
    if info.method != shared::endpoint::Method::Get {
        codes.extend([Code::BadRequest, Code::Invalid, Code::BodyTooLarge, Code::ContentType, Code::CrossSite]);
    }
    if info.has(Flag::IfMatch) {
        codes.extend([Code::IfMatchRequired, Code::StaleVersion]);
    }
    if info.has(Flag::Idempotent) {
        codes.extend([Code::IdempotencyKeyRequired, Code::IdempotencyKeyReused]);
    }
    codes
}

/// Describes one endpoint, and adds the schemas it refers to.
pub fn describe<E: Endpoint>(schemas: &mut Schemas) -> PathItem {
    let info = E::INFO;
    let mut operation = OperationBuilder::new().operation_id(Some(info.name)).summary(Some(info.summary.trim()));
    for name in info.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(ObjectBuilder::new().schema_type(Type::String))),
        );
    }
    if let RefOr::T(Schema::Object(query)) = E::Query::schema() {
        for (name, schema) in query.properties {
            let required = if query.required.contains(&name) { Required::True } else { Required::False };
            operation = operation.parameter(
                ParameterBuilder::new()
                    .name(name)
                    .parameter_in(ParameterIn::Query)
                    .required(required)
                    .schema(Some(schema)),
            );
        }
    }
    for (flag, header, what) in [
        (Flag::IfMatch, "If-Match", "The version that was read"),
        (Flag::Idempotent, "Idempotency-Key", "Chosen by the caller; a retry with it returns the first result"),
    ] {
        if info.has(flag) {
            operation = operation.parameter(
                ParameterBuilder::new()
                    .name(header)
                    .parameter_in(ParameterIn::Header)
                    .description(Some(what))
                    .required(Required::True)
                    .schema(Some(ObjectBuilder::new().schema_type(Type::String))),
            );
        }
    }
    E::Query::schemas(schemas);
    E::Request::schemas(schemas);
    E::Response::schemas(schemas);
    if E::Request::name() != Nothing::name() {
        operation = operation.request_body(Some(
            RequestBodyBuilder::new()
                .content("application/json", ContentBuilder::new().schema(Some(E::Request::schema())).build())
                .required(Some(Required::True))
                .build(),
        ));
    }
    let content_type = if info.has(Flag::Csv) { "text/csv" } else { "application/json" };
    operation = operation.response(
        "200",
        ResponseBuilder::new()
            .description("Done")
            .content(content_type, ContentBuilder::new().schema(Some(E::Response::schema())).build()),
    );
    let mut by_status: std::collections::BTreeMap<u16, Vec<&str>> = std::collections::BTreeMap::new();
    for code in common(&info).iter().chain(info.problems) {
        let codes = by_status.entry(code.status()).or_default();
        if !codes.contains(&code.as_str()) {
            codes.push(code.as_str());
        }
    }
    for (status, codes) in by_status {
        operation = operation.response(
            status.to_string(),
            ResponseBuilder::new().description(codes.join(" · ")).content(
                "application/problem+json",
                ContentBuilder::new().schema(Some(RefOr::Ref(Ref::from_schema_name("Problem")))).build(),
            ),
        );
    }
    let method = match info.method {
        shared::endpoint::Method::Get => HttpMethod::Get,
        shared::endpoint::Method::Post => HttpMethod::Post,
        shared::endpoint::Method::Put => HttpMethod::Put,
        shared::endpoint::Method::Delete => HttpMethod::Delete,
    };
    PathItem::new(method, operation)
}

/// The whole document.
#[must_use]
pub fn document(routes: &super::routes::Routes) -> OpenApi {
    let mut paths = PathsBuilder::new();
    let mut schemas = Schemas::new();
    for (path, describe) in &routes.described {
        paths = paths.path(path.clone(), describe(&mut schemas));
    }
    Problem::schemas(&mut schemas);
    schemas.push((Problem::name().into_owned(), Problem::schema()));
    let components = schemas
        .into_iter()
        .fold(ComponentsBuilder::new(), |components, (name, schema)| components.schema(name, schema));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Catalytic Fund").version("1").description(Some(
            "From the call to the closed grant. Problems are RFC 9457 with a stable `code`; amounts are strings.",
        )))
        .paths(paths)
        .components(Some(components.build()))
        .build()
}
