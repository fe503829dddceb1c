//! Where things are, and how a program is run from here.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The clone's top folder. Asked at run time: two clones may share one target folder and so one binary.
pub fn root() -> PathBuf {
    let here =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or_else(|| here.clone(), Path::to_path_buf)
}

/// The folder that cargo builds into.
pub fn target_dir() -> PathBuf {
    // A relative CARGO_TARGET_DIR is relative to where cargo runs, and all of ours run at the top.
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// A program to be run at the top of the clone, with our own tools first on its path.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env("PATH", path_with_tools());
    // `cargo run` describes xtask's own package in the environment. Build scripts that watch these
    // names (ring's does) would be run again, with all that depends on them, each time a person
    // changes between plain cargo and xtask.
    for (name, _) in env::vars_os() {
        let own =
            name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if own {
            command.env_remove(&name);
        }
    }
    // A registry's short hiccup should not cost a whole run.
    if env::var_os("CARGO_NET_RETRY").is_none() {
        command.env("CARGO_NET_RETRY", "10");
    }
    command
}

/// `cargo` itself, the one that runs us.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).env_remove("CARGO");
    command
}

fn path_with_tools() -> OsString {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(crate::tools::folder().join("bin")).chain(env::split_paths(&inherited));
    // Only a folder name with a colon in it cannot be joined; then the inherited path must do.
    env::join_paths(folders).unwrap_or(inherited)
}

/// The first file of that name on PATH, our own tools included.
pub fn find_program(name: &str) -> Option<PathBuf> {
    env::split_paths(&path_with_tools()).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Runs a program, its output shown as it comes; an error unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = describe(command);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("`{shown}` could not be started"))?;
    if status.success() {
        return Ok(());
    }
    bail!("`{shown}` failed ({status})")
}

/// Runs a program in silence and returns what it printed; an error that holds all of it unless it succeeds.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = describe(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("`{shown}` could not be started"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        return Ok(printed.into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    bail!("`{shown}` failed ({})\n{printed}{complaint}", output.status)
}

/// A command as a person would type it.
fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or(command.get_program()).to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    words.join(" ")
}
