//! Builds the browser's part into `frontend/dist`, compressed, and only when something it is made of changed.

use crate::workspace::{cargo, command, root, run};
use crate::{node, tools};
use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

/// What all built files together may weigh, compressed, in bytes: a first visit on a slow link carries all of it.
pub const BUDGET_BYTES: u32 = 400_000;

/// Everything `frontend/dist` is made of.
const INPUTS: [&str; 9] = [
    "frontend",
    "shared",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    "xtask/compress.mjs",
    "xtask/src/tools.rs",
];

/// The folder with the built files.
pub fn dist() -> PathBuf {
    root().join("frontend/dist")
}

/// Whether there is a browser's part to build.
pub fn exists() -> bool {
    root().join("frontend/index.html").is_file()
}

/// Whether `frontend/dist` is what a build would make now.
pub fn is_fresh() -> Result<bool> {
    let built_from = fs::read_to_string(stamp()).unwrap_or_default();
    Ok(built_from == fingerprint()?)
}

/// Builds and compresses the browser's part unless it is there already; needs the tools.
pub fn build() -> Result<()> {
    let fingerprint = fingerprint()?;
    if fs::read_to_string(stamp()).is_ok_and(|built_from| built_from == fingerprint) {
        println!("   frontend/dist is up to date");
        return Ok(());
    }
    node::ensure()?;
    tools::ensure()?;
    // Trunk may not download anything (see Trunk.toml), and hands that on to cargo.
    run(&mut cargo(&["fetch", "--quiet", "--locked"]))?;
    let mut trunk = command("trunk");
    // index.html names the cargo profile.
    trunk.args(["build", "--release"]);
    // Trunk reads NO_COLOR as a value it wants to be "true" or "false"; others only ask whether it is set.
    trunk.env_remove("NO_COLOR");
    run(&mut trunk)?;
    run(command("node").arg("xtask/compress.mjs").arg(dist()))?;
    // Inside the folder it vouches for: who deletes the folder deletes the claim.
    fs::write(stamp(), fingerprint).context("the build's stamp could not be written")
}

/// Fails when the built files weigh more than [`BUDGET_BYTES`].
pub fn check_size() -> Result<()> {
    let mut check = command("node");
    check.arg("xtask/compress.mjs").arg(dist()).arg("--budget").arg(BUDGET_BYTES.to_string());
    run(&mut check)
}

fn stamp() -> PathBuf {
    dist().join(".stamp")
}

/// A hash over names and contents: times of change say nothing after a checkout.
fn fingerprint() -> Result<String> {
    let top = root();
    let mut files = Vec::new();
    for input in INPUTS {
        collect(&top.join(input), &mut files)?;
    }
    files.sort();
    let mut hash = DefaultHasher::new();
    for file in files {
        hash.write(file.strip_prefix(&top).unwrap_or(&file).as_os_str().as_encoded_bytes());
        hash.write(&fs::read(&file).with_context(|| format!("{} could not be read", file.display()))?);
        // Keeps "a" + "bc" apart from "ab" + "c".
        hash.write_u8(0xff);
    }
    Ok(format!("{:016x}\n", hash.finish()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
    } else if path.is_dir() && path != dist() {
        for entry in fs::read_dir(path).with_context(|| format!("{} could not be read", path.display()))? {
            collect(&entry?.path(), files)?;
        }
    }
    Ok(())
}
