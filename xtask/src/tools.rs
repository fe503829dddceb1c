//! The tools that build the browser's part, kept in a folder of the user's that `cargo clean` does not empty
//! and that all clones share.

use crate::workspace::{cargo, command, find_program, output, root, run};
use anyhow::{Context, Result};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Cuts the program into the parts that `frontend/src/pages.rs` declares.
const WASM_SPLIT: &str = "wasm_split_cli_support 0.2.4";
/// The browser's target.
pub const WASM: &str = "wasm32-unknown-unknown";

/// Where the tools are kept.
pub fn folder() -> PathBuf {
    if let Some(folder) = env::var_os("CATALYTIC_TOOLS") {
        return root().join(folder);
    }
    env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("catalytic-fund/tools")
}

/// Makes sure of the WASM target, of the wasm-bindgen that fits Cargo.lock, and of what cuts the program into parts.
pub fn ensure() -> Result<()> {
    ensure_target()?;
    let wasm_bindgen = locked_version(&fs::read_to_string(root().join("Cargo.lock"))?, "wasm-bindgen")
        .context("Cargo.lock names no wasm-bindgen")?;
    if !is_there("wasm-bindgen", &wasm_bindgen) {
        println!("   wasm-bindgen {wasm_bindgen} is missing: installing it into {} (1 minute)", folder().display());
        // Its own lock file does not resolve, so no `--locked`.
        install(&[&format!("wasm-bindgen-cli@{wasm_bindgen}")])?;
    }
    if !is_listed("wasm-split-cli", WASM_SPLIT) {
        println!("   {WASM_SPLIT} is missing: installing it into {} (1 minute)", folder().display());
        install(&["--locked", "--features", "build-binary", &WASM_SPLIT.replace(' ', "@")])?;
    }
    Ok(())
}

/// Makes sure that rustc can compile for the browser.
pub fn ensure_target() -> Result<()> {
    let folder = output(command("rustc").args(["--print", "target-libdir", "--target", WASM]))?;
    if Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    run(command("rustup").args(["target", "add", WASM]))
}

fn install(what: &[&str]) -> Result<()> {
    // A debug build is ready in a third of the time, and these tools are as fast at our work with it.
    let mut install = cargo(&["install", "--debug", "--force", "--root"]);
    install.arg(folder()).args(what).env("CARGO_PROFILE_DEV_DEBUG", "0");
    run(&mut install)
}

fn is_there(program: &str, version: &str) -> bool {
    output(command(program).arg("--version")).is_ok_and(|answer| answer.split_whitespace().nth(1) == Some(version))
}

/// For programs that do not tell their version: whether cargo's list beside them names it.
fn is_listed(program: &str, package: &str) -> bool {
    let list = find_program(program).and_then(|file| Some(file.parent()?.parent()?.join(".crates.toml")));
    list.and_then(|list| fs::read_to_string(list).ok()).is_some_and(|list| list.contains(&format!("\"{package} (")))
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let wanted = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != wanted);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    version.strip_suffix('"').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_tells_a_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "trunk"), None);
    }
}
