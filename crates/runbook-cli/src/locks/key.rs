//! What a lock is on, and the name of its file.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use runbook_core::plan::Plan;
use runbook_core::step::{Thing, Touch};
use sha2::{Digest, Sha256};

/// What stands between the parts of a key: in no name and in no address.
const BETWEEN: char = '\u{1f}';
/// How much of kind and name stands in the name of the file.
const READABLE: usize = 32;

/// What one lock is on. Keys are ordered, and locks are taken in that order.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// What keys are compared by.
    text: String,
    /// The same in the words of a runbook, for people.
    words: String,
}

impl Key {
    /// An object of an Enterprise Manager. Its UID is not known before EM was asked, so one that
    /// two runbooks name differently, by name here and by UID there, has two keys.
    pub(crate) fn object(address: &str, touch: &Touch) -> Self {
        let (em, kind) = (server(address), touch.kind.name());
        let text = format!("em{BETWEEN}{em}{BETWEEN}{kind}{BETWEEN}{}", folded(&touch.name));
        Self { text, words: format!("{kind} `{}` of {em}", touch.name) }
    }

    /// A key that a runbook names under `locks`.
    pub(crate) fn named(name: &str) -> Self {
        Self { text: format!("named{BETWEEN}{}", folded(name)), words: format!("`{name}`") }
    }

    /// A run: whoever continues it has it alone.
    pub(crate) fn run(id: &str) -> Self {
        Self { text: format!("run{BETWEEN}{id}"), words: format!("run {id}") }
    }

    /// Returns all that a plan works on at an Enterprise Manager, and what else it locks.
    pub(crate) fn of_plan(address: &str, plan: &Plan) -> BTreeSet<Self> {
        let touches = plan.steps().iter().flat_map(|step| &step.touches);
        let objects = touches.map(|touch| Self::object(address, touch));
        objects.chain(plan.locks().iter().map(|name| Self::named(name))).collect()
    }

    /// Says what it is, for people.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }

    /// Returns the name of the file: a few letters for people, and a digest. What a runbook or a
    /// server calls a thing is never a path.
    pub(super) fn file_name(&self) -> String {
        let mut parts: Vec<_> = self.text.rsplit(BETWEEN).take(2).collect();
        parts.reverse();
        // Made of what keys are compared by: the words differ for the same key.
        let mut name: String = parts.join("-").chars().map(plain).take(READABLE).collect();
        while name.contains("--") {
            name = name.replace("--", "-");
        }
        let mut name = format!("{}-", name.trim_matches('-'));
        name.push_str(&sha256(self.text.as_bytes()));
        name + ".lock"
    }
}

/// Returns the SHA-256 of some bytes, in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

/// Returns the kinds of what is touched, and whether by UID: of two that differ in nothing else,
/// nobody can tell whether they are one object.
pub(super) fn forms<'t>(touches: impl IntoIterator<Item = &'t Touch>) -> BTreeSet<(Thing, bool)> {
    touches.into_iter().map(|touch| (touch.kind, is_uid(&touch.name))).collect()
}

/// Tells whether a name is a UID, or the id in one alone.
fn is_uid(name: &str) -> bool {
    let (name, whole) = (folded(name), name.trim().to_lowercase());
    if name != whole {
        return true;
    }
    let groups = name.split('-').map(str::len);
    let is_hex = name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_hex && groups.eq([8, 4, 4, 4, 12])
}

fn plain(letter: char) -> char {
    if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }
}

/// Names that differ in case only are taken for one: a lock too many costs a wait, a lock too few
/// a second failover. Of a UID such as `urn:veeam:FailoverPlan:GUID` the last part counts, which
/// is the id.
fn folded(name: &str) -> String {
    let name = name.trim().to_lowercase();
    match name.strip_prefix("urn:").and_then(|rest| rest.rsplit(':').next()) {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => name,
    }
}

/// Returns host and port of an address, in lower case.
pub(crate) fn server(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default().to_lowercase();
    let port = if scheme.eq_ignore_ascii_case("http") { 80 } else { 443 };
    // The colons of an IPv6 address stand in brackets.
    if host.rsplit(']').next().is_some_and(|after| after.contains(':')) {
        host
    } else {
        format!("{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(address: &str, name: &str) -> Key {
        Key::object(address, &Touch { kind: Thing::Plan, name: name.to_owned() })
    }

    #[test]
    fn the_same_object_has_the_same_file_however_it_is_written() {
        let file = plan("https://em.example:9398", "SQL-DR").file_name();
        for (address, name) in [
            ("https://EM.Example:9398/", "sql-dr"),
            ("https://em.example:9398/api/", " SQL-dr "),
            ("https://em.example:9398", "urn:veeam:FailoverPlan:SQL-DR"),
        ] {
            assert_eq!(plan(address, name).file_name(), file, "{address} {name}");
        }
        assert_eq!(plan("https://em", "x").file_name(), plan("https://em:443", "x").file_name());
        assert_eq!(server("https://[::1]"), "[::1]:443");
        assert_eq!(server("https://[::1]:9398"), "[::1]:9398");
    }

    #[test]
    fn a_uid_is_told_from_a_name() {
        let id = "AE01E36F-32a3-4095-95fa-09a2af744009";
        for uid in [id, &format!(" urn:veeam:FailoverPlan:{id}"), "urn:veeam:FailoverPlan:7"] {
            assert!(is_uid(uid), "{uid}");
        }
        for name in ["SQL-DR", "", "12345678-1234-1234-1234", "not-a-urn:veeam", "urn:"] {
            assert!(!is_uid(name), "{name}");
        }
    }

    #[test]
    fn another_server_kind_or_name_has_another_file() {
        let machine = Touch { kind: Thing::Machine, name: "a".to_owned() };
        let keys = [
            plan("https://em:1", "a"),
            plan("https://em:2", "a"),
            plan("https://em:1", "b"),
            Key::object("https://em:1", &machine),
            Key::named("a"),
            Key::run("a"),
        ];
        let files: BTreeSet<_> = keys.iter().map(Key::file_name).collect();
        assert_eq!(files.len(), keys.len());
    }

    #[test]
    fn no_name_bends_the_path_of_its_file() {
        for name in ["../../etc/passwd", "/", "\0", "", ".", "\u{202e}x\n", &"ä".repeat(5000)] {
            let file = plan("https://em", name).file_name();
            assert!(file.len() < 128 && !file.starts_with(['.', '-']), "{file}");
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            assert!(file.chars().all(is_plain), "{file}");
        }
        let file = plan("https://em.example:9398", "SQL Failover Plan").file_name();
        assert!(file.starts_with("plan-sql-failover-plan-"), "{file}");
    }
}
