//! The runbooks that a path of a command line means: one file, or those of a folder.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use runbook_core::limits;
use runbook_core::problem::{Code, Problem};

use super::{Bytes, End, Text, cannot_read, check_file, name, read, too_large, without_text};

/// What was found in folders and not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Files that say nowhere that they are a runbook.
    pub(crate) others: usize,
    /// Links that lead out of the folder or nowhere, pipes and devices.
    pub(crate) not_files: usize,
}

/// Reads what some paths mean, each file once, in the order of the paths and in folders by name.
/// An explicit file is read whatever it is; in a folder runbooks are looked for.
pub(crate) fn each(paths: &[PathBuf], mut take: impl FnMut(&Path, Text)) -> LeftOut {
    let mut left_out = LeftOut::default();
    let mut seen = HashSet::new();
    for path in paths {
        if path.is_dir() {
            Folder { root: path, seen: &mut seen, left_out: &mut left_out }.each(&mut take);
        } else if is_new(&mut seen, path) {
            take(path, read(path));
        }
    }
    left_out
}

/// A file that has another name as well is one file. What has no path, as a pipe, is new.
fn is_new(seen: &mut HashSet<PathBuf>, path: &Path) -> bool {
    fs::canonicalize(path).map_or(true, |path| seen.insert(path))
}

struct Folder<'a> {
    root: &'a Path,
    seen: &'a mut HashSet<PathBuf>,
    left_out: &'a mut LeftOut,
}

impl Folder<'_> {
    fn each(&mut self, take: &mut impl FnMut(&Path, Text)) {
        let mut taken = 0;
        // A stack of paths and no recursion: a folder may be as deep as somebody has made it.
        let mut open = vec![self.root.to_owned()];
        while let Some(path) = open.pop() {
            let text = if path.is_dir() {
                match entries(&path) {
                    Ok(entries) => {
                        let inner = entries.into_iter().rev().filter(|entry| self.leads_in(entry));
                        open.extend(inner);
                        continue;
                    }
                    Err(error) => Some(Err(cannot_read(&name(&path), &error))),
                }
            } else {
                read_runbook(&path)
            };
            match text {
                None => self.left_out.others += 1,
                Some(text) => {
                    taken += 1;
                    if is_new(self.seen, &path) {
                        take(&path, text);
                    }
                }
            }
        }
        if taken == 0 {
            take(self.root, Err(self.none()));
        }
    }

    /// Tells whether an entry is a folder to look into or a file to look at.
    fn leads_in(&mut self, path: &Path) -> bool {
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let Ok(metadata) = fs::symlink_metadata(path) else { return false };
        if hidden || metadata.is_dir() {
            return !hidden;
        }
        if !path.extension().is_some_and(|of| of == "yaml" || of == "yml") {
            return false;
        }
        let is_file = metadata.is_file() || (metadata.is_symlink() && self.is_inside(path));
        if !is_file {
            self.left_out.not_files += 1;
        }
        is_file
    }

    /// Tells whether a link leads to a file in the folder. A pull request must not be able to let
    /// the checks read, and show, something else.
    fn is_inside(&self, link: &Path) -> bool {
        let (Ok(root), Ok(target)) = (fs::canonicalize(self.root), fs::canonicalize(link)) else {
            return false;
        };
        target.starts_with(root) && target.is_file()
    }

    fn none(&self) -> super::Unreadable {
        let name = name(self.root);
        let message = format!("there is no runbook in the folder `{name}`");
        let help = "a runbook is a file `*.yaml` or `*.yml` with a line that starts with `runbook:`; \
                    a file that is named by itself is checked whatever it holds";
        without_text(&name, Problem::at(Code::DocumentUnreadable, message, []).help(help))
    }
}

/// Returns the entries of a folder by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

/// Reads a file of a folder; none where it says nowhere that it is a runbook.
fn read_runbook(path: &Path) -> Option<Text> {
    let name = name(path);
    let opened = fs::metadata(path).and_then(|metadata| Ok((metadata, File::open(path)?)));
    let (metadata, file) = match opened {
        Ok(opened) => opened,
        Err(error) => return Some(Err(cannot_read(&name, &error))),
    };
    let length = match check_file(&name, &metadata) {
        Ok(length) => length,
        Err(unreadable) => return Some(Err(unreadable)),
    };
    let bytes = match Bytes::read(file, length.min(limits::FILE_BYTES)) {
        Ok(bytes) => bytes,
        Err(error) => return Some(Err(cannot_read(&name, &error))),
    };
    if !is_runbook(&bytes.all) {
        return None;
    }
    Some(match bytes.end {
        End::TooLarge => Err(too_large(&name, Some(length))),
        _ => bytes.text(&name),
    })
}

/// Tells whether a line starts with `runbook:`, with or without quotes.
fn is_runbook(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    bytes.split(|byte| matches!(byte, b'\n' | b'\r')).any(|line| {
        [&b"runbook"[..], b"\"runbook\"", b"'runbook'"].iter().any(|key| {
            let rest = line.strip_prefix(*key);
            rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runbook_says_so_at_the_start_of_a_line() {
        for text in [
            "runbook: v1",
            "# a\nrunbook : v2\n",
            "\u{feff}runbook:\r\n",
            "\"runbook\": v1",
            "a\rrunbook:",
        ] {
            assert!(is_runbook(text.as_bytes()), "{text:?}");
        }
        for text in ["", "on: push\n", " runbook: v1", "runbooks: v1", "# runbook: v1", "runbook"] {
            assert!(!is_runbook(text.as_bytes()), "{text:?}");
        }
    }
}
