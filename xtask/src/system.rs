//! What the machine itself must have: PostgreSQL's server programs and a Chromium.

use crate::workspace::{command, find_program, output};
use anyhow::{Result, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Whether we run as root.
pub fn is_root() -> Result<bool> {
    Ok(output(command("id").arg("-u"))?.trim() == "0")
}

/// The folder with `initdb`, `postgres` and `pg_isready`.
pub fn postgres_programs() -> Option<PathBuf> {
    let is_complete =
        |folder: &PathBuf| ["initdb", "postgres", "pg_isready"].iter().all(|program| folder.join(program).is_file());
    if let Some(named) = env::var_os("PG_BINDIR").map(PathBuf::from) {
        return Some(named).filter(is_complete);
    }
    // On PATH there is often only a link to one of them, so look where it leads.
    let on_path = find_program("initdb")
        .and_then(|link| fs::canonicalize(link).ok())
        .and_then(|program| program.parent().map(Path::to_path_buf));
    // Debian and Ubuntu, Fedora's and PostgreSQL's own packages, Homebrew: one folder per version.
    let mut usual: Vec<PathBuf> = ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"]
        .into_iter()
        .filter_map(|parent| fs::read_dir(parent).ok())
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")))
        .filter(is_complete)
        .collect();
    usual.sort_by_key(|folder| version_in(folder));
    on_path.filter(is_complete).or_else(|| usual.pop())
}

/// The number in the name of a version's folder, as 15 in `/usr/lib/postgresql/15/bin`.
fn version_in(programs: &Path) -> u32 {
    let name = programs.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let digits = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    digits.parse().unwrap_or(0)
}

/// The browser for the tests.
pub fn chromium() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM").map(PathBuf::from) {
        return Some(named).filter(|file| file.is_file());
    }
    let on_path = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    on_path.into_iter().find_map(find_program).or_else(|| Some(PathBuf::from(mac)).filter(|file| file.is_file()))
}

/// What is missing for the tests, by Debian's names of the packages.
pub fn missing(with_browser: bool) -> Vec<&'static str> {
    let mut packages = Vec::new();
    if postgres_programs().is_none() {
        packages.push("postgresql");
    }
    if with_browser && chromium().is_none() {
        packages.push("chromium");
    }
    packages
}

/// Whether we may install Debian packages ourselves.
pub fn can_install() -> Result<bool> {
    Ok(Path::new("/etc/debian_version").exists() && find_program("apt-get").is_some() && is_root()?)
}

/// Installs Debian packages.
pub fn install(packages: &[&str]) -> Result<()> {
    // Another package run (a fresh machine's own updates, say) is waited for.
    let patience = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=5"];
    let apt = |arguments: &[&str]| {
        output(command("apt-get").args(patience).args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update"])?;
    apt(&[["install", "--yes", "--no-install-recommends"].as_slice(), packages].concat())?;
    Ok(())
}

/// Tells a person what to install, and how, where we may not do it ourselves.
pub fn ask_for(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let fedora = list.replace("postgresql", "postgresql-server");
    let mac: String = packages
        .iter()
        .map(|package| match *package {
            "chromium" => "\n                    brew install --cask google-chrome",
            _ => "\n                    brew install postgresql@16",
        })
        .collect();
    bail!(
        "the tests need what this machine does not have: {list}\n\n  \
         Debian, Ubuntu:   sudo apt-get update && sudo apt-get install {list}\n  \
         Fedora:           sudo dnf install {fedora}\n  \
         macOS:{mac}\n\n\
         If it is there but not found, name it: PG_BINDIR=<folder of initdb>, CHROMIUM=<the program>."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_known_by_its_number() {
        assert_eq!(version_in(Path::new("/usr/lib/postgresql/15/bin")), 15);
        assert_eq!(version_in(Path::new("/opt/homebrew/opt/postgresql@9/bin")), 9);
        assert_eq!(version_in(Path::new("/usr/local/bin")), 0);
    }

    #[test]
    fn what_is_missing_is_named_with_its_command() {
        let message = ask_for(&["postgresql", "chromium"]).unwrap_err().to_string();
        assert!(message.contains("sudo apt-get install postgresql chromium"), "{message}");
        assert!(message.contains("brew install --cask google-chrome"), "{message}");
    }
}
