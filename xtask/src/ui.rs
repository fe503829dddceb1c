//! Builds the browser's part into `frontend/dist`, compressed, and only when something it is made of changed.

use crate::node;
use crate::tools::{self, WASM};
use crate::workspace::{cargo, command, root, run, target_dir};
use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

/// What a first visit may weigh, compressed, in bytes, on a slow link: to a public page, to the home page, and straight
/// to any other page, which should fit 400 000 too and does not yet (`docs/adr/0007`): it must not grow.
pub const BUDGET_BYTES: [u32; 3] = [300_000, 400_000, 425_000];

/// Everything `frontend/dist` is made of.
const INPUTS: [&str; 10] = [
    "frontend",
    "shared",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    "xtask/bundle.mjs",
    "xtask/compress.mjs",
    "xtask/src/tools.rs",
    "xtask/src/ui.rs",
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
    let mut build = cargo(&["build", "--locked", "-p", "frontend", "--target", WASM]);
    run(build.args(["--profile", "wasm", "--features", "split"]))?;
    let parts = target_dir().join(WASM).join("parts");
    empty(&parts)?;
    run(command("wasm-split-cli")
        .args(["--target", "web", "--out-name", "frontend"])
        .arg(target_dir().join(WASM).join("wasm/frontend.wasm"))
        .arg(&parts))?;
    let app = begin(fingerprint.trim())?;
    bind(&parts.join("frontend.wasm"), &app, &["--keep-lld-exports", "--remove-name-section"])?;
    for file in fs::read_dir(&parts)? {
        let file = file?;
        if file.file_name() != "frontend.wasm" {
            fs::copy(file.path(), app.join(file.file_name()))?;
        }
    }
    run(command("node").arg("xtask/bundle.mjs").arg(&app))?;
    finish(&app)?;
    run(command("node").arg("xtask/compress.mjs").arg(dist()))?;
    // Inside the folder it vouches for: who deletes the folder deletes the claim.
    fs::write(stamp(), fingerprint).context("the build's stamp could not be written")
}

/// Builds the browser's part for work on it: unoptimized, in one, uncompressed, in half a minute.
pub fn build_dev() -> Result<()> {
    tools::ensure()?;
    run(&mut cargo(&["build", "--locked", "-p", "frontend", "--target", WASM]))?;
    let app = begin("dev")?;
    bind(&target_dir().join(WASM).join("debug/frontend.wasm"), &app, &[])?;
    // What index.html asks for beforehand; here everything is in one.
    fs::write(app.join("__wasm_split.js"), "")?;
    finish(&app)
}

/// Makes the folder that everything but the page lies in. Its name changes with its content, so that browsers may keep
/// it for ever.
fn begin(version: &str) -> Result<PathBuf> {
    empty(&dist())?;
    let app = dist().join(format!("app-{version}"));
    fs::create_dir(&app)?;
    Ok(app)
}

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} could not be emptied", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))
}

fn bind(program: &Path, app: &Path, options: &[&str]) -> Result<()> {
    let mut bind = command("wasm-bindgen");
    bind.args(["--target", "web", "--no-typescript", "--out-name", "frontend", "--out-dir"]).arg(app);
    run(bind.args(options).arg(program))
}

/// A language's texts in one, without the comments for those who write them.
fn texts(folder: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut all = String::new();
    for file in files {
        let text = fs::read_to_string(&file).with_context(|| format!("{} could not be read", file.display()))?;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            all.push_str(line);
            all.push('\n');
        }
    }
    Ok(all)
}

/// Adds style, start and texts, and the page that names them.
fn finish(app: &Path) -> Result<()> {
    let source = root().join("frontend");
    for file in ["style.css", "start.js"] {
        fs::copy(source.join(file), app.join(file)).with_context(|| format!("{file} could not be copied"))?;
    }
    for language in ["en", "fr"] {
        fs::write(app.join(format!("{language}.ftl")), texts(&source.join("locales").join(language))?)?;
    }
    let name = app.file_name().and_then(|name| name.to_str()).context("the folder has no name")?;
    let page = fs::read_to_string(source.join("index.html"))?.replace("/app/", &format!("/{name}/"));
    fs::write(dist().join("index.html"), page).context("index.html could not be written")
}

/// Fails when a first visit weighs more than [`BUDGET_BYTES`].
pub fn check_size() -> Result<()> {
    let mut check = command("node");
    check.arg("xtask/compress.mjs").arg(dist()).arg("--budget").args(BUDGET_BYTES.map(|b| b.to_string()));
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
