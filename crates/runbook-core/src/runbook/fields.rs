//! The keys of one mapping, held against the table of those that the format has.

use std::fmt;
use std::time::Duration;

use crate::document::{Entry, Kind, Node};
use crate::problem::{Code, Problem, Problems};
use crate::step::{AnyStepType, Param};
use crate::text::{Span, cut};
use crate::time::Words;

use super::literal;
use super::misfit::name_of_value;

/// A mapping that is being read. Values are checked as they are asked for.
pub(super) struct Fields<'a> {
    keys: &'static [Param],
    node: &'a Node,
}

impl<'a> Fields<'a> {
    /// Takes a mapping, and reports the keys that the format does not have and those that are
    /// missing; none for anything else. `what` is the mapping in words, and is written out for a problem only.
    pub(super) fn open(
        what: impl fmt::Display,
        keys: &'static [Param],
        node: &'a Node,
        place: Span,
        problems: &mut Problems,
    ) -> Option<Self> {
        if !matches!(node.kind(), Kind::Map(_)) {
            let place = if node.span().start < node.span().end { node.span() } else { place };
            let found = match node.kind() {
                Kind::Scalar { text, .. } if !node.is_null() => {
                    format!("{}: `{}`", name_of(node), cut(text))
                }
                _ => name_of(node).to_owned(),
            };
            let message = format!("{what} is a mapping, and this is {found}");
            let problem =
                Problem::new(Code::ValueWrongType, message, place, "a mapping is expected");
            problems.push(problem.help(format!("its keys are {}", list(&names(keys)))));
            return None;
        }
        keys_of(&what, keys, node, place, problems);
        Some(Self { keys, node })
    }

    /// Takes what is named in a mapping of names; nothing at all is an empty mapping there.
    pub(super) fn named(
        what: impl fmt::Display,
        keys: &'static [Param],
        entry: &'a Entry,
        problems: &mut Problems,
    ) -> Option<Self> {
        if entry.value.is_null() && !keys.iter().any(|param| param.required) {
            return Some(Self { keys, node: &entry.value });
        }
        Self::open(what, keys, &entry.value, entry.key_span, problems)
    }

    /// Takes a step: a key of its kind's own, or a word of another language, is told from one
    /// that nobody knows.
    pub(super) fn of_step(
        what: impl fmt::Display,
        keys: &'static [Param],
        entry: &'a Entry,
        problems: &mut Problems,
    ) -> Option<Self> {
        let (node, place) = (&entry.value, entry.key_span);
        if !matches!(node.kind(), Kind::Map(_)) {
            return Self::open(what, keys, node, place, problems);
        }
        let uses = node.entry("uses").and_then(|uses| uses.value.text());
        let decl = uses.and_then(crate::steps::find).map(AnyStepType::decl);
        let hint = |key: &str| match decl.and_then(|decl| decl.param(key)) {
            Some(param) => Some(format!("write `{}` under `with`", param.name)),
            None => synonym(key).map(|known| format!("write `{known}`")),
        };
        keys_of_with(&what, keys, node, place, &hint, problems);
        Some(Self { keys, node })
    }

    /// Tells whether the format has a key here.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.keys.iter().any(|param| param.name == key)
    }

    /// Returns a key that may be absent.
    pub(super) fn get(&self, key: &str) -> Option<&'a Entry> {
        self.node.entry(key)
    }

    /// Returns a key whose value has the type of the table; none where it is absent or refused.
    pub(super) fn checked(&self, key: &str, problems: &mut Problems) -> Option<&'a Entry> {
        let entry = self.get(key)?;
        let param = self.keys.iter().find(|param| param.name == key)?;
        literal::closed(key, param.is, &entry.value, entry.place(), problems).then_some(entry)
    }

    /// Returns the text under a key.
    pub(super) fn text(&self, key: &str, problems: &mut Problems) -> Option<String> {
        self.checked(key, problems)?.value.text().map(str::to_owned)
    }

    /// Returns the texts of the list under a key.
    pub(super) fn texts(&self, key: &str, problems: &mut Problems) -> Vec<String> {
        let items = self.checked(key, problems).map_or(&[][..], |entry| entry.value.items());
        items.iter().filter_map(|item| item.text().map(str::to_owned)).collect()
    }

    /// Returns what a word under a key stands for.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        words: &[(&str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        let text = self.checked(key, problems)?.value.text()?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning)
    }

    /// Returns the duration under a key.
    pub(super) fn duration(&self, key: &str, problems: &mut Problems) -> Option<Duration> {
        let text = self.checked(key, problems)?.value.text()?;
        text.parse::<Words>().ok().map(|words| words.0)
    }

    /// Returns the duration under a key that means nothing where it is zero.
    pub(super) fn some_time(&self, key: &str, problems: &mut Problems) -> Option<Duration> {
        let time = self.duration(key, problems)?;
        if time.is_zero() {
            let place = self.get(key).map_or_else(Span::default, Entry::place);
            let word = self.get(key).and_then(|entry| entry.value.text()).unwrap_or_default();
            let message = format!("`{key}` is `{}`, which leaves no time at all", cut(word));
            problems.push(
                Problem::new(Code::DurationZero, message, place, "no time")
                    .help(format!("write a longer time, such as `5m`, or leave `{key}` out")),
            );
            return None;
        }
        Some(time)
    }

    /// Returns the whole number under a key.
    pub(super) fn count(&self, key: &str, problems: &mut Problems) -> Option<u32> {
        let value = self.checked(key, problems)?.value.value();
        value.as_u64().map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// Tells whether `true` stands under a key.
    pub(super) fn flag(&self, key: &str, problems: &mut Problems) -> bool {
        self.checked(key, problems).is_some_and(|entry| entry.value.value().as_bool() == Some(true))
    }
}

/// Reports the keys of a mapping that are not in a table, and those of the table that must be
/// there and are not.
pub(super) fn keys_of(
    what: &dyn fmt::Display,
    keys: &[Param],
    node: &Node,
    place: Span,
    problems: &mut Problems,
) {
    keys_of_with(what, keys, node, place, &|_| None, problems);
}

/// Returns the key of a step for which other languages have another word.
fn synonym(key: &str) -> Option<&'static str> {
    match key {
        "depends-on" | "depends_on" | "after" | "requires" => Some("needs"),
        "if" | "condition" => Some("when"),
        "kind" | "action" => Some("uses"),
        "foreach" | "loop" => Some("for-each"),
        "retries" => Some("retry"),
        "shell" | "script" | "exec" | "bash" | "run" => Some("uses: command"),
        _ => None,
    }
}

/// Does the same where some wrong keys have a help of their own.
fn keys_of_with(
    what: &dyn fmt::Display,
    keys: &[Param],
    node: &Node,
    place: Span,
    hint: &dyn Fn(&str) -> Option<String>,
    problems: &mut Problems,
) {
    let strange = |entry: &&Entry| !keys.iter().any(|param| param.name == &*entry.key);
    let missing = |param: &&Param| param.required && node.entry(param.name).is_none();
    let mut odd = node.entries().iter().filter(strange).peekable();
    if odd.peek().is_some() {
        let mistaken = taken_for(odd.clone(), keys.iter().filter(missing));
        for entry in odd {
            problems.tell(|_| {
                let problem = unknown(what, keys, entry);
                match (hint(&entry.key), mistaken) {
                    (Some(hint), _) => problem.help(hint),
                    (None, Some(param)) => problem.help(instead(param)),
                    (None, None) => problem,
                }
            });
        }
        if mistaken.is_some() {
            return;
        }
    }
    for param in keys.iter().filter(missing) {
        problems.tell(|_| absent(what, param, place));
    }
}

fn absent(what: &dyn fmt::Display, param: &Param, place: Span) -> Problem {
    let key = param.name;
    let message = format!("{what} needs the key `{key}`");
    let label = format!("`{key}` is missing here");
    Problem::new(Code::KeyMissing, message, place, label)
        .help(format!("add `{key}:`, {}", first(param.about)))
}

/// Returns the key that is missing where one is missing and one is not known: that is one mistake,
/// and not two.
pub(super) fn taken_for<'a>(
    strange: impl Iterator<Item = &'a Entry>,
    mut missing: impl Iterator<Item = &'a Param>,
) -> Option<&'a Param> {
    let param = missing.next()?;
    (strange.count() == 1 && missing.next().is_none()).then_some(param)
}

/// Says which key may have been meant.
pub(super) fn instead(param: &Param) -> String {
    format!("write `{}`, which is missing: {}", param.name, first(param.about))
}

fn unknown(what: &dyn fmt::Display, keys: &[Param], entry: &Entry) -> Problem {
    let message = format!("{what} has no key `{}`", cut(&entry.key));
    let problem = Problem::new(Code::KeyUnknown, message, entry.key_span, "there is no such key");
    let names = names(keys);
    match crate::text::nearest(&entry.key, names.iter().copied()) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help(format!("the keys are {}", list(&names))),
    }
}

/// Makes the first sentence of a description end a line of help.
pub(super) fn first(about: &str) -> String {
    let sentence = about.split(". ").next().unwrap_or(about).trim_end_matches('.');
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Returns the names of keys.
pub(super) fn names(keys: &[Param]) -> Vec<&'static str> {
    keys.iter().map(|param| param.name).collect()
}

/// Returns what a value is, for a message.
pub(super) fn name_of(node: &Node) -> &'static str {
    match node.kind() {
        Kind::List(_) => "a list",
        Kind::Map(_) => "a mapping",
        Kind::Scalar { .. } => name_of_value(&node.value()),
    }
}

/// Joins words for a sentence: `a`, `b` and `c`.
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}
