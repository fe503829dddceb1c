//! The commands: which steps, in which order.
//!
//! Two cores are shared as follows: never two cargo builds at once (they would wait for one another),
//! but downloads (packages of the system, of npm) beside them.

use crate::postgres::Postgres;
use crate::steps::{Background, Outcome, Steps};
use crate::tools::WASM;
use crate::workspace::{cargo, command, find_program, output, root, run, target_dir};
use crate::{node, system, tools, ui, unused};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::BufRead;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// Crates that must not travel to the browser, by the start of their names: each costs 100 KB or more,
/// and the browser's own `Intl`, `URL` and `fetch` do their work.
const NOT_IN_THE_BROWSER: [&str; 6] = ["regex", "chrono-tz", "icu", "url", "reqwest", "openssl"];

/// The exceptions, as (who brings it, what): leptos names them for its server side, nothing that runs in
/// the browser calls them, and the linker drops them. The size check would notice if it did not.
const IN_LEPTOS_ITSELF: [(&str, &str); 6] = [
    ("leptos_config", "regex"),
    ("leptos_router", "url"),
    ("server_fn", "url"),
    ("idna_adapter", "icu_normalizer"),
    ("idna_adapter", "icu_properties"),
    ("idna_adapter", "icu_locale_core"),
];

/// Builds everything, then becomes the server with the golden scenario.
pub fn demo(arguments: &[String]) -> Result<ExitCode> {
    let mut port = "8080".to_owned();
    let mut data = root().join("demo-data");
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match (word.as_str(), words.next()) {
            ("--port", Some(value)) => {
                value.parse::<u16>().with_context(|| format!("`{value}` is not a port"))?;
                value.clone_into(&mut port);
            }
            ("--data", Some(value)) => data = root().join(value),
            _ => bail!("`demo` takes --port NUMBER and --data DIR, not `{word}`"),
        }
    }
    println!("The first run builds everything: about ten minutes on two cores. Later runs take seconds.");
    let mut steps = Steps::begin();
    let ready = ui_steps(&mut steps)
        && steps.run("server, release build", || {
            passed(run(&mut cargo(&["build", "--release", "--locked", "-p", "catalytic-fund"])))
        });
    if !ready {
        return Ok(steps.finish());
    }
    println!();
    let mut server = command(target_dir().join("release/catalytic-fund"));
    server.arg("demo").arg("--assets").arg(ui::dist());
    server.arg("--data").arg(data).args(["--listen", &format!("127.0.0.1:{port}")]);
    // The server takes our place, so that Ctrl-C reaches it and nothing stands between.
    Err(server.exec()).context("the server could not be started")
}

/// Everything that must hold before a change lands.
pub fn test(arguments: &[String]) -> Result<ExitCode> {
    let with_browser = match arguments {
        [] => true,
        [word] if word == "--no-browser" => false,
        _ => bail!("`test` takes nothing but --no-browser"),
    };
    let missing = system::missing(with_browser);
    if !missing.is_empty() && !system::can_install()? {
        system::ask_for(&missing)?;
    }
    if with_browser {
        node::ensure()?;
    }

    let mut steps = Steps::begin();
    let packages = Background::start("system packages", move || {
        if missing.is_empty() {
            return Ok(Outcome::Passed);
        }
        system::install(&missing)?;
        passed(Ok(()))
    });
    let modules = (with_browser && node::e2e_folder().join("package-lock.json").is_file())
        .then(|| Background::start("browser test packages", || passed(node::install_packages())));

    steps.run("format", format);
    steps.run("lints, native", lints_native);
    steps.run("lints, browser", lints_browser);
    steps.run("browser's dependencies", check_browser_dependencies);
    steps.run("unused dependencies", check_unused_dependencies);

    steps.join(packages);
    let database = postgres_for(&mut steps);
    rust_tests(&mut steps, database.as_ref());

    optional(&mut steps, "cargo-deny", &["deny", "--offline", "check", "bans", "licenses", "sources"]);

    if !with_browser {
        return Ok(steps.finish());
    }
    let has_ui = ui_steps(&mut steps);
    if has_ui {
        steps.run("size of the browser's part", || passed(ui::check_size()));
    }
    match modules.map(|modules| steps.join(modules)) {
        Some(true) => {
            steps.run("browser tests, types", || {
                passed(output(&mut node::in_e2e("npm", &["run", "--silent", "typecheck"])).map(drop))
            });
            if has_ui {
                browser_tests(&mut steps, &[], database.as_ref());
            } else {
                steps.skip("browser tests", "there is no browser's part to test");
            }
        }
        Some(false) => steps.skip("browser tests", "their packages are not installed"),
        None => steps.skip("browser tests", "there are none"),
    }
    Ok(steps.finish())
}

/// The fast part, for every save.
pub fn check(arguments: &[String]) -> Result<ExitCode> {
    takes_nothing("check", arguments)?;
    let mut steps = Steps::begin();
    steps.run("format", format);
    steps.run("lints, native", lints_native);
    steps.run("lints, browser", lints_browser);
    steps.run("tests of shared", || passed(run(&mut cargo(&["test", "--quiet", "--locked", "-p", "shared"]))));
    Ok(steps.finish())
}

/// The benchmarks, in release.
pub fn bench(arguments: &[String]) -> Result<ExitCode> {
    // It starts the program that is built beside it, to see how long that takes.
    let mut program = cargo(&[
        "build",
        "--release",
        "--locked",
        "-p",
        "catalytic-fund",
        "-p",
        "tests",
        "--bin",
        "catalytic-fund",
        "--bin",
        "bench",
    ]);
    if !program.status().context("the build could not be started")?.success() {
        return Ok(ExitCode::FAILURE);
    }
    let mut bench = cargo(&["run", "--release", "--locked", "-p", "tests", "--bin", "bench", "--"]);
    Ok(exit_like(bench.args(arguments).status().context("the benchmarks could not be started")?))
}

/// The browser's part alone.
pub fn ui(arguments: &[String]) -> Result<ExitCode> {
    let mut steps = Steps::begin();
    match arguments {
        [] => drop(ui_steps(&mut steps)),
        [word] if word == "--dev" => drop(steps.run("browser's part, for work on it", || passed(ui::build_dev()))),
        _ => bail!("`ui` takes nothing but --dev"),
    }
    Ok(steps.finish())
}

/// The browser tests alone.
pub fn e2e(arguments: &[String]) -> Result<ExitCode> {
    if system::chromium().is_none() {
        system::ask_for(&["chromium"])?;
    }
    let mut steps = Steps::begin();
    let modules = node::e2e_folder().join("node_modules/.package-lock.json");
    let ready = ui_steps(&mut steps)
        && (modules.is_file() || steps.run("browser test packages", || passed(node::install_packages())));
    if ready {
        let database = if system::postgres_programs().is_some() { postgres_for(&mut steps) } else { None };
        browser_tests(&mut steps, arguments, database.as_ref());
    }
    Ok(steps.finish())
}

/// A private PostgreSQL for work by hand.
pub fn postgres(arguments: &[String]) -> Result<ExitCode> {
    takes_nothing("postgres", arguments)?;
    if system::postgres_programs().is_none() {
        system::ask_for(&["postgresql"])?;
    }
    let server = Postgres::start()?;
    println!("export TEST_POSTGRES_URL={}", server.url());
    eprintln!("Enter or Ctrl-C stops it.");
    std::io::stdin().lock().read_line(&mut String::new())?;
    Ok(ExitCode::SUCCESS)
}

fn format() -> Result<Outcome> {
    passed(run(&mut cargo(&["fmt", "--all", "--check"])))
}

fn lints_native() -> Result<Outcome> {
    passed(run(&mut cargo(&["clippy", "--locked", "--all-targets", "--", "-D", "warnings"])))
}

fn lints_browser() -> Result<Outcome> {
    tools::ensure_target()?;
    passed(run(&mut cargo(&["clippy", "--locked", "-p", "frontend", "--target", WASM, "--", "-D", "warnings"])))
}

/// Keeps heavy crates out of what the browser downloads.
fn check_browser_dependencies() -> Result<Outcome> {
    // What a macro depends on runs in the compiler and never travels.
    let tree = output(&mut cargo(&[
        "tree",
        "--locked",
        "-p",
        "frontend",
        "--target",
        WASM,
        "-e",
        "normal,no-proc-macro",
        "--prefix",
        "depth",
        "--format",
        " {p}",
    ]))?;
    let unwanted = unwanted(&tree);
    if unwanted.is_empty() {
        return Ok(Outcome::Passed);
    }
    bail!("these must not travel to the browser (see NOT_IN_THE_BROWSER in xtask):\n  {}", unwanted.join("\n  "))
}

/// What brings a crate that must not travel to the browser, as `parent -> crate`, from a tree whose lines
/// are `DEPTH NAME VERSION`.
fn unwanted(tree: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut above: Vec<&str> = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let depth = words.next().and_then(|depth| depth.parse().ok());
        let (Some(depth), Some(name)) = (depth, words.next()) else {
            continue;
        };
        above.truncate(depth);
        let parent = above.last().copied().unwrap_or_default();
        above.push(name);
        // Of a whole family only the one that opens the door is named.
        if is_heavy(name) && !is_heavy(parent) && !IN_LEPTOS_ITSELF.contains(&(parent, name)) {
            found.push(format!("{parent} -> {name}"));
        }
    }
    found
}

fn is_heavy(name: &str) -> bool {
    NOT_IN_THE_BROWSER
        .iter()
        .any(|family| name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_'])))
}

/// Keeps out dependencies that nothing uses.
fn check_unused_dependencies() -> Result<Outcome> {
    let mut found = Vec::new();
    for member in ["shared", "server", "frontend", "tests", "xtask"] {
        let names = unused::dependencies(&root().join(member))?;
        found.extend(names.into_iter().map(|name| format!("{member}: {name}")));
    }
    if found.is_empty() {
        return Ok(Outcome::Passed);
    }
    bail!("declared, but named in no source file (xtask/src/unused.rs says how to keep one):\n  {}", found.join("\n  "))
}

/// A private PostgreSQL, which ends when it is dropped.
fn postgres_for(steps: &mut Steps) -> Option<Postgres> {
    let mut server = None;
    steps.run("PostgreSQL", || {
        server = Some(Postgres::start()?);
        Ok(Outcome::Passed)
    });
    server
}

/// Names the PostgreSQL to test on, and no other than ours.
fn tested_on(command: &mut Command, server: Option<&Postgres>) {
    match server {
        Some(server) => command.env("TEST_POSTGRES_URL", server.url()),
        None => command.env_remove("TEST_POSTGRES_URL"),
    };
}

/// Unit, rule, API and authorization tests, on both databases.
fn rust_tests(steps: &mut Steps, server: Option<&Postgres>) {
    let for_tests = |arguments: &[&str]| {
        let mut command = cargo(arguments);
        tested_on(&mut command, server);
        // A snapshot that changed is a failure to look at, not a file to write.
        command.env("INSTA_UPDATE", "no");
        command
    };
    if find_program("cargo-nextest").is_some() {
        steps.run("tests", || passed(run(&mut for_tests(&["nextest", "run", "--locked", "--no-fail-fast"]))));
        // Nextest does not run the examples in doc comments.
        steps.run("examples in the docs", || {
            passed(run(&mut for_tests(&["test", "--quiet", "--locked", "--doc", "-p", "shared"])))
        });
    } else {
        steps.run("tests", || passed(run(&mut for_tests(&["test", "--locked", "--no-fail-fast"]))));
    }
}

/// A check that counts where its tool is installed: building it would cost more than all our tests.
fn optional(steps: &mut Steps, program: &'static str, arguments: &[&str]) {
    if find_program(program).is_some() {
        steps.run(program, || passed(run(&mut cargo(arguments))));
    } else {
        steps.skip(program, "not installed");
    }
}

/// The browser's part, built; true if it is there.
fn ui_steps(steps: &mut Steps) -> bool {
    if !ui::exists() {
        steps.skip("browser's part", "there is no frontend/index.html");
        return false;
    }
    // Whoever has it built needs no tools to go on.
    if !ui::is_fresh().unwrap_or(false) && !steps.run("tools", || passed(tools::ensure())) {
        return false;
    }
    steps.run("browser's part, release build", || passed(ui::build()))
}

/// Builds the server that the browser tests start, and runs them: the stories on both databases.
fn browser_tests(steps: &mut Steps, arguments: &[String], server: Option<&Postgres>) {
    let manifest = fs::read_to_string(root().join("tests/Cargo.toml")).unwrap_or_default();
    let declared = manifest.contains("\"e2e-server\"") || root().join("tests/src/bin/e2e-server.rs").is_file();
    if !declared {
        steps.skip("browser tests", "the crate `tests` has no binary `e2e-server`");
        return;
    }
    let build = ["build", "--locked", "-p", "tests", "--bin", "e2e-server"];
    if !steps.run("server for browser tests", || passed(run(&mut cargo(&build)))) {
        return;
    }
    steps.run("browser tests", || {
        let chromium = system::chromium().context("no Chromium was found")?;
        let mut playwright = node::in_e2e("npx", &["--no-install", "playwright", "test"]);
        playwright
            .args(arguments)
            .env("CHROMIUM", chromium)
            .env("E2E_SERVER", target_dir().join("debug/e2e-server"))
            .env("CATALYTIC_ASSETS", ui::dist());
        tested_on(&mut playwright, server);
        // Named again at the end, where a log's reader looks first.
        passed(run(&mut playwright).with_context(|| format!("failed: {}", node::failed_tests().join(", "))))
    });
}

fn passed(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Passed)
}

fn takes_nothing(command: &str, arguments: &[String]) -> Result<()> {
    match arguments {
        [] => Ok(()),
        [word, ..] => bail!("`{command}` takes no `{word}`"),
    }
}

fn exit_like(status: std::process::ExitStatus) -> ExitCode {
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heavy_crate_is_named_with_who_brings_it() {
        let tree = "0 frontend v0.1.0 (/x)\n1 leptos v0.8.23\n2 leptos_config v0.8.10\n3 regex v1.13.2\n\
                    4 regex-automata v0.4.19\n1 parser v1.0.0\n2 regex v1.13.2 (*)\n1 urlencoding v2.1.3\n\
                    1 icu_properties v2.4.0\n";
        assert_eq!(unwanted(tree), ["parser -> regex", "frontend -> icu_properties"]);
    }
}
