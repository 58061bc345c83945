//! The house rules that a script can hold.
//!
//! Each rule is a function from texts to complaints, tried once on a text that breaks it and once
//! on the workspace. A complaint names the place; the assertion says what to do about it.

mod crates;
mod docs;
mod files;
mod floors;
mod homes;
mod law;
mod rust;
mod steps;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rust::RustFile;

/// Returns the top level of the workspace.
fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests are one level below the top").to_owned()
}

/// Returns the files below a folder that end in `.ext`, as paths from the top with `/` and texts,
/// in order. What is hidden, and what cargo builds, is left out.
fn files(under: &str, ext: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in entries(under) {
        if root().join(&path).is_dir() {
            found.extend(files(&path, ext));
        } else if Path::new(&path).extension().is_some_and(|of| of == ext) {
            let text = read(&path);
            found.push((path, text));
        }
    }
    found
}

/// Returns what is in a folder, as paths from the top, in order.
fn entries(folder: &str) -> Vec<String> {
    let listed = std::fs::read_dir(root().join(folder));
    let listed = listed.unwrap_or_else(|error| panic!("{folder}: {error}"));
    let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<_> = listed.map(|entry| name(entry.expect("an entry"))).collect();
    let is_built = |name: &str| folder.is_empty() && name == "target";
    names.retain(|name| !name.starts_with('.') && !is_built(name));
    names.sort();
    let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    names.into_iter().map(|name| format!("{prefix}{name}")).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns every Rust file of the workspace; read once.
fn rust_files() -> &'static [RustFile] {
    static FILES: OnceLock<Vec<RustFile>> = OnceLock::new();
    let texts = || ["crates", "tests"].into_iter().flat_map(|folder| files(folder, "rs"));
    FILES.get_or_init(|| rust::all(texts()))
}

/// Passes where nothing is complained of, and says what to do where something is.
#[track_caller]
fn none(complaints: &[String], advice: &str) {
    assert!(complaints.is_empty(), "\n  {}\n\n{advice}\n", complaints.join("\n  "));
}
