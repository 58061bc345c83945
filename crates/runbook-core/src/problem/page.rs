//! What the page of a code says first, for places that have no room for a page.

use super::Code;

/// Returns what a code means, as one line.
pub(crate) fn meaning(code: Code) -> String {
    let (_, after) = code.page().split_once("## What it means\n").unwrap_or_default();
    let (section, _) = after.split_once("\n## ").unwrap_or((after, ""));
    section.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the first sentence of a line.
pub(crate) fn first_sentence(line: &str) -> &str {
    line.split_inclusive(". ").next().unwrap_or_default().trim_end()
}
