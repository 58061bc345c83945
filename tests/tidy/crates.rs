//! Crates: who uses whom, and that all keep the same lints.

use super::{entries, none, read};

/// Every arrow there is: a crate, and the crates of the workspace that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("crates/em-api", &[]),
    ("crates/em-sim", &["em-api"]),
    ("crates/runbook-core", &["em-api"]),
    ("crates/runbook-cli", &["em-api", "em-sim", "runbook-core"]),
    ("tests", &["em-api", "em-sim", "runbook-cli", "runbook-core"]),
    ("tests/fuzz", &["runbook-core"]),
];

/// Who may use the client of em-api, which brings sockets and a runtime.
const MAY_CONNECT: &[&str] = &["crates/runbook-cli", "tests"];

/// Complains of the arrows of a `Cargo.toml` that are not in the list.
fn wrong_arrows(allowed: &[&str], may_connect: bool, manifest: &str) -> Vec<String> {
    let ours: Vec<_> = ARROWS.iter().filter_map(|(path, _)| path.strip_prefix("crates/")).collect();
    let mut section = "";
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
        if !section.ends_with("dependencies]") || !ours.contains(&name) {
            continue;
        }
        if !allowed.contains(&name) {
            found.push(format!("uses `{name}`"));
        } else if line.contains("features") && !may_connect {
            found.push(format!("uses `{name}` with features"));
        }
    }
    found
}

fn inherits_lints(manifest: &str) -> bool {
    manifest.contains("\n[lints]\nworkspace = true\n")
}

#[test]
fn crates_use_each_other_along_the_arrows_only() {
    let folders = entries("crates");
    let listed: Vec<_> = ARROWS.iter().map(|(path, _)| *path).collect();
    let unlisted = folders.iter().filter(|folder| !listed.contains(&folder.as_str()));
    none(&unlisted.cloned().collect::<Vec<_>>(), "Add the crate to ARROWS, with whom it may use.");
    let mut found = Vec::new();
    for (path, allowed) in ARROWS {
        let manifest = read(&format!("{path}/Cargo.toml"));
        let wrong = wrong_arrows(allowed, MAY_CONNECT.contains(path), &manifest);
        found.extend(wrong.iter().map(|wrong| format!("{path} {wrong}")));
    }
    none(
        &found,
        "The arrows between crates are few so that each part can be replaced. Hand a value or a \
         trait in from above; a new arrow is a decision for docs/architecture.md.",
    );
}

#[test]
fn a_wrong_arrow_is_found() {
    let manifest = "[package]\nname = \"em-sim\"\n[dependencies]\nem-api.workspace = true\n\
                    [dev-dependencies]\nem-sim = { path = \"x\" }\n";
    assert_eq!(wrong_arrows(&["em-api"], false, manifest), ["uses `em-sim`"]);
    let manifest = "[dependencies]\nem-api = { workspace = true, features = [\"client\"] }\n";
    assert_eq!(wrong_arrows(&["em-api"], false, manifest), ["uses `em-api` with features"]);
    assert!(wrong_arrows(&["em-api"], true, manifest).is_empty());
}

#[test]
fn every_crate_inherits_the_lints() {
    let manifests = ARROWS.iter().map(|(path, _)| (path, read(&format!("{path}/Cargo.toml"))));
    let bare = manifests.filter(|(_, manifest)| !inherits_lints(manifest));
    let bare: Vec<_> = bare.map(|(path, _)| format!("{path}/Cargo.toml")).collect();
    none(&bare, "End the manifest with `[lints]` and `workspace = true`.");
    assert!(!inherits_lints("[package]\n[lints.rust]\nunsafe_code = \"allow\"\n"));
}
