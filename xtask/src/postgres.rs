//! A private PostgreSQL for the tests: made in a temporary folder, gone with us.

use crate::system;
use crate::workspace::{command, find_program};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A running server. Dropping it stops it; so does the end of this process, whatever ends it.
pub struct Postgres {
    url: String,
    keeper: Child,
}

impl Postgres {
    /// Starts a server on a free port of 127.0.0.1, and returns when it takes connections.
    pub fn start() -> Result<Self> {
        let programs = system::postgres_programs().context("PostgreSQL's server programs are missing")?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut keeper = as_server_user()?;
        keeper
            .args(["sh", "-c", include_str!("postgres.sh"), "postgres.sh"])
            .arg(programs)
            .arg(port.to_string())
            // Ours may be closed to the server's user.
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for us; the keeper hears of it when our end of its pipe closes.
            .process_group(0);
        let mut keeper = keeper.spawn().context("PostgreSQL could not be started")?;
        let mut url = String::new();
        let printed = keeper.stdout.take().context("PostgreSQL's keeper has no output")?;
        BufReader::new(printed).read_line(&mut url)?;
        if url.trim().is_empty() {
            keeper.wait()?;
            bail!("PostgreSQL did not start; its own words are above");
        }
        Ok(Self { url: url.trim().to_owned(), keeper })
    }

    /// Where the server listens: the superuser's URL of its database `postgres`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Closing the pipe tells the keeper to stop the server and to remove its folder.
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!("PostgreSQL's keeper (process {}) could not be waited for: {error}", self.keeper.id());
        }
    }
}

/// `env`, or what runs it as the user `postgres` when we are root, whom PostgreSQL refuses.
fn as_server_user() -> Result<Command> {
    if !system::is_root()? {
        return Ok(command("env"));
    }
    for (program, arguments) in [
        ("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", "--"].as_slice()),
        ("runuser", ["-u", "postgres", "--"].as_slice()),
    ] {
        if find_program(program).is_some() {
            let mut command = command(program);
            command.args(arguments);
            return Ok(command);
        }
    }
    bail!("PostgreSQL refuses to run as root, and neither setpriv nor runuser (util-linux) is there to change the user")
}
