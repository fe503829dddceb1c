//! The task runner: everything a person or CI does with this project is one `cargo xtask` command.
//!
//! It depends on `anyhow` alone, so that it compiles in a second and works from a fresh clone.

mod commands;
mod node;
mod postgres;
mod steps;
mod system;
mod tools;
mod ui;
mod unused;
mod workspace;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask <command>

  demo  [--port 8080] [--data DIR]
                     build everything, seed the golden scenario on SQLite and serve it
  test  [--no-browser]
                     every check and every test, on both databases and in the browser
  check              the fast part of `test`: format, lints, unit tests of `shared`
  bench [ARGS…]      the benchmarks, in release

Parts of them, by themselves:

  ui    [--dev]      build the browser's part into frontend/dist and compress it; --dev: quickly, for work on it
  e2e   [ARGS…]      browser tests alone; ARGS go to Playwright
  postgres           start a private, empty PostgreSQL, print its URL, stop it at Enter or Ctrl-C

Environment:

  CATALYTIC_TOOLS    where wasm-bindgen and wasm-split are kept (default: ~/.cache/catalytic-fund/tools)
  CARGO_TARGET_DIR   where everything is built (default: target)
  CHROMIUM           the browser for the tests (default: the first Chromium or Chrome on PATH)
  PG_BINDIR          PostgreSQL's server programs (default: found on PATH and in the usual places)
";

fn main() -> ExitCode {
    match dispatch() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let wants_help = |word: &String| word == "--help" || word == "-h";
    // `bench` and `e2e` hand their arguments on, `--help` among them.
    let passes_on = matches!(command.as_str(), "bench" | "e2e");
    if !passes_on && rest.iter().any(wants_help) {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    match command.as_str() {
        "demo" => commands::demo(&rest),
        "test" => commands::test(&rest),
        "check" => commands::check(&rest),
        "bench" => commands::bench(&rest),
        "ui" => commands::ui(&rest),
        "e2e" => commands::e2e(&rest),
        "postgres" => commands::postgres(&rest),
        "" | "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        unknown => bail!("there is no command `{unknown}`\n\n{HELP}"),
    }
}
