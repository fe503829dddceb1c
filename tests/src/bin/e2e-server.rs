//! The server that browser tests talk to: the real application on a clock that the tests turn.
//!
//! It prints one line of JSON when it takes requests, `{"url", "control", "accounts"}`, and ends by
//! SIGTERM or when its standard input closes. `POST {control}/advance {"to": "…"}` sets the clock
//! and does what is due by then.

use std::io::Read;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use catalytic_fund::app::App;
use catalytic_fund::db::Db;
use catalytic_fund::demo::{World, cast, portfolio};
use catalytic_fund::jobs;
use clap::{Parser, ValueEnum};
use serde::Deserialize;
use shared::time::Timestamp;

#[derive(Parser)]
struct Options {
    /// `sqlite`, or the address of a PostgreSQL server on which a fresh database is made.
    #[arg(long, default_value = "sqlite")]
    database: String,
    /// The folder with the built pages.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../frontend/dist"))]
    assets: PathBuf,
    /// What is there at the start.
    #[arg(long, value_enum, default_value = "people")]
    scenario: Scenario,
    /// The database is there already, filled: it is opened as it is.
    #[arg(long)]
    reopen: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scenario {
    /// The fund, organisations and accounts; no money, no call.
    People,
    /// The whole worked example: the golden scenario and the portfolio around it.
    Demo,
}

#[derive(Deserialize)]
struct Advance {
    to: Timestamp,
}

async fn advance(State(app): State<App>, Json(request): Json<Advance>) -> Result<(), (StatusCode, String)> {
    if request.to < app.clock.now() {
        return Err((StatusCode::CONFLICT, format!("the clock says {} already", app.clock.now())));
    }
    app.clock.set(request.to);
    jobs::run_due(&app).await.map_err(|e| (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let database = match options.database.as_str() {
        there if options.reopen => there.to_owned(),
        "sqlite" => format!("sqlite:{}", folder.path().join("e2e.db").display()),
        server => tests::fresh_postgres(server).await,
    };
    let db = Db::connect(&database).await?;
    let mut world = World::new(db, Timestamp::parse(tests::START)?);
    if !options.reopen {
        let fund = cast::assemble(&mut world).await?;
        if let Scenario::Demo = options.scenario {
            let today = world.app.clock.now().plus(chrono::Duration::days(260));
            portfolio::play(&mut world, fund, today).await?;
        }
    }

    let app = App { assets: options.assets, ..world.app.clone() };
    let pages = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let control = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let accounts: serde_json::Map<_, _> = world
        .people
        .iter()
        .map(|(key, person)| (key.clone(), serde_json::json!({"email": person.email, "password": cast::PASSWORD})))
        .collect();
    let announcement = serde_json::json!({
        "url": format!("http://{}", pages.local_addr()?),
        "control": format!("http://{}", control.local_addr()?),
        "accounts": accounts,
    });
    let turning = Router::new().route("/advance", post(advance)).with_state(app.clone());
    tokio::spawn(async move { axum::serve(control, turning).await });
    let router = app.router().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(pages, router).await });
    println!("{announcement}");

    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        read = closed => { read.context("reading standard input")??; }
    }
    // A blocked read of standard input must not keep the program.
    drop(folder);
    std::process::exit(0);
}
