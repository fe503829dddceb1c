//! Node.js: compresses the built files and runs the browser tests.

use crate::workspace::{command, output, root};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const OLDEST_NODE: u32 = 20;

/// Where the browser tests live.
pub fn e2e_folder() -> PathBuf {
    root().join("tests/e2e")
}

/// Makes sure that Node.js is there and new enough.
pub fn ensure() -> Result<()> {
    let version = output(command("node").arg("--version"))
        .with_context(|| format!("Node.js is missing: install version {OLDEST_NODE} or newer (nodejs.org)"))?;
    let major = version.trim().trim_start_matches('v').split('.').next().unwrap_or_default();
    match major.parse::<u32>() {
        Ok(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!("Node.js {} is too old: version {OLDEST_NODE} or newer is needed", version.trim()),
    }
}

/// Installs the browser tests' packages, exactly as locked.
pub fn install_packages() -> Result<()> {
    ensure()?;
    output(&mut in_e2e("npm", &["ci", "--no-audit", "--no-fund"])).map(|_| ())
}

/// A program to be run in the browser tests' folder; browsers are never downloaded.
pub fn in_e2e(program: &str, arguments: &[&str]) -> Command {
    let mut command = command(program);
    command.args(arguments).current_dir(e2e_folder()).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    command
}

/// The browser tests that failed in the last run, each by the folder of what it left.
pub fn failed_tests() -> Vec<String> {
    let folders = fs::read_dir(e2e_folder().join("test-results")).into_iter().flatten().flatten();
    let mut names: Vec<String> = folders
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
