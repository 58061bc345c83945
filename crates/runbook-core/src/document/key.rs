//! Keys of mappings: what can be one, and which stand twice.

use std::collections::{HashMap, hash_map};

use super::{Entry, Kind, Node};
use crate::problem::{Code, Problem};
use crate::text::{Piece, Span, cut};

/// The keys of a mapping up to which each is compared with those before it, which is quicker than
/// to hash them; nearly all mappings are that short.
const FEW: usize = 16;

/// Finds the keys that stood before, in their order, each with the place of the first one.
pub(super) fn twice(entries: &[Entry]) -> Vec<(usize, Span)> {
    if entries.len() <= FEW {
        let before = |(at, entry): (usize, &Entry)| {
            let first = entries[..at].iter().find(|other| other.key == entry.key)?;
            Some((at, first.key_span))
        };
        return entries.iter().enumerate().filter_map(before).collect();
    }
    let mut first: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
    let mut again = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match first.entry(&entry.key) {
            hash_map::Entry::Occupied(first) => again.push((at, *first.get())),
            hash_map::Entry::Vacant(place) => {
                place.insert(entry.key_span);
            }
        }
    }
    again
}

/// Says that a key stands twice.
pub(super) fn duplicate(entry: &Entry, first: Span) -> Problem {
    let message = format!("the key `{}` stands twice in one mapping", cut(&entry.key));
    Problem::new(Code::DocumentDuplicateKey, message, entry.key_span, "again here")
        .and(first, "first here")
        .help("keep one of them: which one would count is not for a program to guess")
}

/// Returns the text of a key; `raw` are its letters in the file.
pub(super) fn name(key: &Node, raw: &str) -> Result<Piece, Problem> {
    match key.kind() {
        Kind::Scalar { text, plain: true } if &**text == "<<" => {
            let message = "the merge key `<<` copies another mapping in";
            Err(Problem::new(
                Code::DocumentMergeKey,
                message,
                key.span(),
                "merge keys are not read",
            )
            .help("write the keys out, so that a reviewer sees them where they hold"))
        }
        Kind::Scalar { text, .. } if key.text().is_some() => Ok(text.clone()),
        kind => {
            let raw = cut(raw);
            let message = format!("the key `{raw}` is no text");
            let scalar = matches!(kind, Kind::Scalar { .. });
            let help =
                if scalar { format!("write \"{raw}\"") } else { "write a word as the key".into() };
            let label = "not a text";
            Err(Problem::new(Code::DocumentKeyNotAString, message, key.span(), label).help(help))
        }
    }
}
