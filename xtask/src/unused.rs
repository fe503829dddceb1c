//! Finds dependencies that a crate declares and never names: each costs every build time, and someone trust.
//!
//! By plain text search, as cargo-machete does it, since that tool takes longer to build than our tests.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// The dependencies that no source file of this crate names, but for those listed in the manifest under
/// `[package.metadata.unused] needed`, where the line says what for.
pub fn dependencies(crate_folder: &Path) -> Result<Vec<String>> {
    let file = crate_folder.join("Cargo.toml");
    let manifest = fs::read_to_string(&file).with_context(|| format!("{} could not be read", file.display()))?;
    let mut sources = String::new();
    collect(crate_folder, &mut sources)?;
    let needed = section(&manifest, "package.metadata.unused").collect::<Vec<_>>().concat();
    let names = ["dependencies", "dev-dependencies", "build-dependencies"]
        .into_iter()
        .flat_map(|name| section(&manifest, name))
        .filter_map(|line| line.split(['=', '.']).next())
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.starts_with('#'));
    Ok(names
        .filter(|name| !needed.contains(&format!("\"{name}\"")))
        .filter(|name| !is_named(&sources, &name.replace('-', "_")))
        .map(str::to_owned)
        .collect())
}

/// The lines of one section of a manifest that starts a dependency, that is, not those inside brackets.
fn section<'manifest>(manifest: &'manifest str, name: &str) -> impl Iterator<Item = &'manifest str> {
    let header = format!("[{name}]");
    manifest
        .lines()
        .skip_while(move |line| line.trim() != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic() || first == '"'))
}

/// Whether a word stands somewhere in the text by itself.
fn is_named(sources: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    sources.match_indices(word).any(|(at, _)| {
        let before = sources[..at].chars().next_back();
        let after = sources[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn collect(folder: &Path, sources: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} could not be read", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != "node_modules" && name != "dist" {
            collect(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for line in fs::read_to_string(&path)?.lines().filter(|line| !line.trim_start().starts_with("//")) {
                sources.push_str(line);
                sources.push('\n');
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_that_nothing_names_is_found() {
        let folder = std::env::temp_dir().join(format!("xtask-unused-{}", std::process::id()));
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = "[package]\nname = \"x\"\n\n[dependencies]\nanyhow.workspace = true\n\
                        rust_decimal = { version = \"1\" }\nserde-json = \"1\"\ngetrandom = \"0.3\"\n\n\
                        [package.metadata.unused]\nneeded = [\"getrandom\"]\n";
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/lib.rs"), "// anyhow\nuse serde_json::Value;\nfn not_rust_decimals() {}\n").unwrap();
        let unused = dependencies(&folder).unwrap();
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(unused, ["anyhow", "rust_decimal"]);
    }
}
