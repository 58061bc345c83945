//! What holds of every text, tried on those that the fuzzer has found to matter, and on all we ship.
//!
//! So a text that has once been read wrongly is read on every machine, with or without a fuzzer.

use std::path::{Path, PathBuf};

use runbook_fuzz::Law;

/// The most files that all corpora have together, and the most bytes.
const FILES: usize = 400;
const BYTES: usize = 1 << 20;

/// Returns what lies in a folder of the repository and below it.
fn below(folder: &str) -> Vec<PathBuf> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut open, mut found) = (vec![top.join(folder)], Vec::new());
    while let Some(folder) = open.pop() {
        let listed = std::fs::read_dir(&folder);
        for entry in listed.unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Tries a law, and says on which text it was broken.
#[track_caller]
fn hold(law: Law, text: &[u8], name: &str) {
    let held = std::panic::catch_unwind(|| law.hold(text));
    assert!(held.is_ok(), "{law:?} is broken by {name}; the lines above say how");
}

#[test]
fn the_laws_hold_for_what_the_fuzzer_has_found() {
    for (name, law) in Law::ALL {
        let kept = below(&format!("tests/fuzz/corpus/{name}"));
        assert!(kept.len() > 10, "{name} has no corpus");
        for path in kept {
            hold(law, &bytes(&path), &path.display().to_string());
        }
    }
}

#[test]
fn the_laws_hold_for_every_runbook_there_is() {
    for path in ["runbooks", "tests/rejected"].into_iter().flat_map(below) {
        for (_, law) in Law::ALL {
            hold(law, &bytes(&path), &path.display().to_string());
        }
    }
    for path in below("docs") {
        let page = String::from_utf8(bytes(&path)).expect("pages are text");
        for block in page.split("```yaml\n").skip(1) {
            let (text, _) = block.split_once("```").expect("a block has an end");
            for (_, law) in Law::ALL {
                hold(law, text.as_bytes(), &path.display().to_string());
            }
        }
    }
}

#[test]
fn the_corpora_stay_small() {
    let kept = below("tests/fuzz/corpus");
    let size: usize = kept.iter().map(|path| bytes(path).len()).sum();
    assert!(kept.len() < FILES && size < BYTES, "{} files and {size} bytes are kept", kept.len());
}

#[test]
fn bytes_that_are_no_text_break_no_law() {
    for (_, law) in Law::ALL {
        hold(law, b"", "nothing");
        hold(law, b"runbook: v1\n\xff\xfe", "bytes that are no text");
    }
}
