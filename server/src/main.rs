//! The program `catalytic-fund`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use catalytic_fund::app::App;
use catalytic_fund::audit;
use catalytic_fund::auth::session_store::Sessions;
use catalytic_fund::clock::Clock;
use catalytic_fund::db::Db;
use catalytic_fund::demo::{World, cast, portfolio};
use catalytic_fund::http::error::ApiError;
use catalytic_fund::{fund, jobs, people, transact};
use clap::{Args, Parser, Subcommand};
use shared::audit::{AuditFinding, NotedHead};
use shared::fund::corrections::Finding;
use shared::people::{AddMembershipRequest, CreatePersonRequest, Language, check_password};
use shared::permission::Role;
use shared::problem::check;
use tracing_subscriber::EnvFilter;

/// How often the program looks for what is due by the clock.
const JOBS_EVERY: Duration = Duration::from_secs(5);

/// How often it removes sessions that have ended.
const TIDY_EVERY: Duration = Duration::from_secs(3600);

#[derive(Parser)]
#[command(name = "catalytic-fund", version, about = "The system that a fund for public goods runs on")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the pages.
    Serve(Serve),
    /// Serve a worked example, made at the first start, with an account for each role.
    Demo(Demo),
    /// Bring the database's schema up to date.
    Migrate(Database),
    /// Look after accounts.
    #[command(subcommand)]
    Admin(Admin),
    /// Look after the audit log.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look after the ledger.
    #[command(subcommand)]
    Ledger(LedgerCommand),
}

#[derive(Args)]
struct Database {
    /// Where the data is: `sqlite:PATH` or `postgres://…`.
    #[arg(long, env = "CATALYTIC_DATABASE", default_value = "sqlite:data/catalytic-fund.db")]
    database: String,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    database: Database,
    /// The address to listen on.
    #[arg(long, env = "CATALYTIC_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The folder with the built pages.
    #[arg(long, env = "CATALYTIC_ASSETS", default_value = "frontend/dist")]
    assets: PathBuf,
}

#[derive(Args)]
struct Demo {
    /// The folder for the example's database.
    #[arg(long, env = "CATALYTIC_DEMO_DATA", default_value = "demo-data")]
    data: PathBuf,
    /// The address to listen on.
    #[arg(long, env = "CATALYTIC_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The folder with the built pages.
    #[arg(long, env = "CATALYTIC_ASSETS", default_value = "frontend/dist")]
    assets: PathBuf,
}

#[derive(Subcommand)]
enum Admin {
    /// Make an account; the password is read from the environment, not from the command line.
    CreateUser {
        #[command(flatten)]
        database: Database,
        /// The address to sign in with.
        #[arg(long)]
        email: String,
        /// As shown.
        #[arg(long)]
        name: String,
        /// A role that needs no organisation, such as `admin` or `desk_officer`.
        #[arg(long, value_parser = parse_role)]
        role: Role,
        /// `en` or `fr`.
        #[arg(long, default_value = "en", value_parser = parse_language)]
        language: Language,
        /// The password.
        #[arg(long, env = "CATALYTIC_PASSWORD", hide_env_values = true)]
        password: String,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk the chain and name the first entry that does not fit.
    Verify {
        #[command(flatten)]
        database: Database,
        /// A head that was noted earlier, `SEQ:HASH`: shows a tail that was cut and a chain that was written anew.
        #[arg(long, value_parser = parse_head)]
        head: Option<NotedHead>,
    },
    /// Print the chain's head, to be noted elsewhere: `SEQ:HASH` and when it was written.
    Head(Database),
}

fn parse_head(text: &str) -> Result<NotedHead, String> {
    NotedHead::parse(text).map_err(|_| "SEQ:HASH, as `audit head` prints it".to_owned())
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Derive every balance and rule again from the journal; exit with 1 when one does not hold.
    Check(Database),
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::parse(text)
        .ok_or_else(|| format!("one of {}", Role::ALL.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(", ")))
}

fn parse_language(text: &str) -> Result<Language, String> {
    Language::parse(text).ok_or_else(|| "en or fr".to_owned())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,tower_http=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match Cli::parse().command {
        Command::Serve(options) => {
            let db = Db::connect(&options.database.database).await?;
            serve(App::new(db, Clock::System, options.assets), options.listen).await
        }
        Command::Demo(options) => demo(options).await,
        Command::Migrate(database) => {
            Db::connect(&database.database).await?.close().await;
            println!("The schema is up to date.");
            Ok(())
        }
        Command::Admin(Admin::CreateUser { database, email, name, role, language, password }) => {
            let db = Db::connect(&database.database).await?;
            let app = App::new(db, Clock::System, PathBuf::new());
            create_user(&app, CreatePersonRequest { name, email, language }, role, &password).await?;
            println!("The account is made.");
            Ok(())
        }
        Command::Audit(AuditCommand::Verify { database, head }) => {
            let db = Db::connect(&database.database).await?;
            let found = audit::verify(&db, head.as_ref()).await?;
            let at = found.seq.unwrap_or_default();
            match found.finding {
                AuditFinding::Whole => println!("The chain holds: {} entries.", found.entries),
                AuditFinding::Broken => anyhow::bail!("the chain breaks at entry {at}"),
                AuditFinding::Cut => anyhow::bail!("the chain's tail is cut: entry {at} is missing"),
                AuditFinding::Rewritten => anyhow::bail!("the chain is another one: entry {at} is not the noted head"),
            }
            Ok(())
        }
        Command::Audit(AuditCommand::Head(database)) => {
            let db = Db::connect(&database.database).await?;
            let head = audit::head(&mut db.read().await?).await?;
            let at = head.at.map(|at| at.to_string()).unwrap_or_default();
            println!("{head} {at}");
            Ok(())
        }
        Command::Ledger(LedgerCommand::Check(database)) => {
            let db = Db::connect(&database.database).await?;
            let check = fund::check::examine(&db).await?;
            for finding in &check.findings {
                let Finding { rule, check, id, about, expected, found } = finding;
                println!("{rule} {check}: {id} {about}: expected {expected}, found {found}");
            }
            let (postings, millis) = (check.postings, check.millis);
            println!("{postings} postings in {}.{:03} s.", millis / 1000, millis % 1000);
            anyhow::ensure!(check.findings.is_empty(), "the ledger does not hold: {} findings", check.findings.len());
            println!("The ledger holds.");
            Ok(())
        }
    }
}

/// Makes the example in one go: an interrupted one leaves nothing behind that looks whole.
async fn demo(options: Demo) -> anyhow::Result<()> {
    let file = options.data.join("demo.db");
    if !file.exists() {
        println!("Making the example: the golden scenario and a portfolio around it …");
        let unfinished = options.data.join("unfinished");
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished).with_context(|| format!("removing {}", unfinished.display()))?;
        }
        let db = Db::connect(&format!("sqlite:{}", unfinished.join("demo.db").display())).await?;
        let today = Clock::System.now();
        let mut world = World::new(db, today.plus(chrono::Duration::days(-260)));
        let fund = cast::assemble(&mut world).await?;
        portfolio::play(&mut world, fund, today).await?;
        world.app.db.close().await;
        std::fs::rename(unfinished.join("demo.db"), &file).with_context(|| format!("keeping {}", file.display()))?;
        std::fs::remove_dir_all(&unfinished)?;
    }
    println!("Accounts, all with the password {}:", cast::PASSWORD);
    for (key, name, ..) in cast::ACCOUNTS {
        println!("  {:<34} {name}", cast::email(key));
    }
    let db = Db::connect(&format!("sqlite:{}", file.display())).await?;
    serve(App::new(db, Clock::System, options.assets), options.listen).await
}

async fn serve(app: App, listen: SocketAddr) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
    let ctx = app.system_ctx();
    if let Some(path) = transact!(app.db, |tx| people::service::set_up_link(tx, &ctx).await)? {
        println!(
            "There is no account yet. Make the first administrator here, within 24 hours:\n  http://{listen}{path}"
        );
    }
    println!("Serving on http://{listen}");
    tokio::spawn(run_jobs(app.clone()));
    let router = app.router().into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router).with_graceful_shutdown(stop_signal()).await?;
    app.db.close().await;
    Ok(())
}

async fn run_jobs(app: App) {
    let sessions = Sessions::new(app.db.clone());
    let mut due = tokio::time::interval(JOBS_EVERY);
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    loop {
        tokio::select! {
            _ = due.tick() => {
                if let Err(error) = jobs::run_due(&app).await {
                    tracing::error!(%error, "what is due was not done");
                }
            }
            _ = tidy.tick() => {
                if let Err(error) = sessions.tidy().await {
                    tracing::error!(%error, "ended sessions were not removed");
                }
            }
        }
    }
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}

async fn create_user(app: &App, request: CreatePersonRequest, role: Role, password: &str) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    check_password(&mut errors, "/password", password);
    check(errors)?;
    let hash = app.passwords.hash(password).await?;
    let ctx = app.system_ctx();
    transact!(app.db, |tx| {
        let person = people::service::add_person(tx, &ctx, &request, Some(hash.clone())).await?;
        let membership = AddMembershipRequest {
            role,
            organisation_id: None,
            body_id: None,
            is_alternate: false,
            valid_from: ctx.now.date(),
            valid_until: None,
        };
        people::service::add_membership(tx, &ctx, person, &membership).await
    })?;
    Ok(())
}
