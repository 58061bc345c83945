//! Canaries: what must be in no output and in no file, in any form, and the search for it.
//!
//! The forms are made here anew and not by the mask of the program: what both forgot would never
//! be found.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A file that is longer was written by a test, to be refused.
const LONGEST_FILE: u64 = 16 << 20;
/// A form that is shorter is found in honest words.
const SHORTEST: usize = 6;

/// What is searched for.
#[derive(Debug)]
pub(crate) struct Canaries {
    /// Each form, and what it is a form of.
    names: Vec<String>,
    finder: AhoCorasick,
}

impl Canaries {
    /// Makes the forms of secrets, each with a name.
    pub(crate) fn new(secrets: &[(&str, String)]) -> Self {
        let (mut names, mut forms) = (Vec::new(), Vec::new());
        for (what, secret) in secrets {
            for (form, bytes) in forms_of(secret) {
                if bytes.len() >= SHORTEST {
                    names.push(format!("the {what} ({form})"));
                    forms.push(bytes);
                }
            }
        }
        Self { names, finder: AhoCorasick::new(&forms).expect("the forms are short") }
    }

    /// Says which forms are in some bytes, and where.
    pub(crate) fn found_in(&self, place: &str, bytes: &[u8]) -> Vec<String> {
        let found = self.finder.find_iter(bytes);
        let name =
            |at: usize, pattern: usize| format!("{place}, byte {at}: {}", self.names[pattern]);
        found.map(|found| name(found.start(), found.pattern().as_usize())).collect()
    }

    /// Says which forms are in the files of a folder and of those below it, but for some.
    pub(crate) fn found_below(&self, folder: &Path, but: &[PathBuf]) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, Ok(meta)) = (entry.path(), fs::symlink_metadata(entry.path())) else {
                continue;
            };
            if meta.is_dir() {
                found.extend(self.found_below(&path, but));
            } else if meta.is_file() && meta.len() <= LONGEST_FILE && !but.contains(&path) {
                let bytes = fs::read(&path).unwrap_or_default();
                found.extend(self.found_in(&path.display().to_string(), &bytes));
            }
        }
        found
    }
}

/// Base64 of a text at a distance from the start, less the characters at its ends, which depend on
/// what stands beside it.
fn inner(encoded: &str, shift: usize, length: usize) -> String {
    encoded[(shift * 8).div_ceil(6)..(shift + length) * 8 / 6].to_owned()
}

fn forms_of(secret: &str) -> Vec<(String, Vec<u8>)> {
    let backwards = |text: &str| text.chars().rev().collect::<String>();
    let mut forms = vec![("plain".to_owned(), secret.to_owned())];
    for shift in 0..3 {
        let shifted = [&b"\0\0"[..shift], secret.as_bytes()].concat();
        let base64 = inner(&STANDARD_NO_PAD.encode(&shifted), shift, secret.len());
        let url = inner(&URL_SAFE_NO_PAD.encode(&shifted), shift, secret.len());
        forms.push((format!("base64 {shift} backwards"), backwards(&base64)));
        forms.push((format!("base64 {shift}"), base64));
        forms.push((format!("base64url {shift}"), url));
    }
    let hex = |upper: bool, between: &str| {
        secret.bytes().fold(String::new(), |mut out, byte| {
            let _ = if upper {
                write!(out, "{between}{byte:02X}")
            } else {
                write!(out, "{between}{byte:02x}")
            };
            out
        })
    };
    forms.push(("hex".to_owned(), hex(false, "")));
    forms.push(("HEX".to_owned(), hex(true, "")));
    let url = secret.bytes().fold(String::new(), |mut out, byte| {
        let is_kept = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let _ =
            if is_kept { write!(out, "{}", char::from(byte)) } else { write!(out, "%{byte:02X}") };
        out
    });
    forms.push(("URL".to_owned(), url));
    let xml = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let beyond = |write: fn(u32) -> String| {
        let ascii = xml.chars().map(|c| if c.is_ascii() { c.to_string() } else { write(c.into()) });
        ascii.collect::<String>()
    };
    forms.push(("XML in ASCII".to_owned(), beyond(|c| format!("&#{c};"))));
    forms.push(("XML attribute".to_owned(), xml.replace('"', "&quot;").replace('\'', "&apos;")));
    forms.push(("HTML attribute".to_owned(), xml.replace('"', "&quot;").replace('\'', "&#39;")));
    forms.push(("XML".to_owned(), xml));
    let json = serde_json::Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let ascii = json.chars().fold(String::new(), |mut out, c| {
        let _ =
            if c.is_ascii() { write!(out, "{c}") } else { write!(out, "\\u{:04x}", u32::from(c)) };
        out
    });
    forms.push(("JSON in ASCII".to_owned(), ascii));
    forms.push(("JSON".to_owned(), json));
    forms.push(("backwards".to_owned(), backwards(secret)));
    // Made harmless for a terminal, UTF-16 is seen as letters with `\u{0}` between them.
    forms.push((
        "UTF-16, shown".to_owned(),
        secret.chars().flat_map(|c| [c.to_string(), "\\u{0}".to_owned()]).collect(),
    ));
    let mut forms: Vec<_> =
        forms.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    let utf16 = |bytes: fn(u16) -> [u8; 2]| secret.encode_utf16().flat_map(bytes).collect();
    forms.push(("UTF-16LE".to_owned(), utf16(u16::to_le_bytes)));
    forms.push(("UTF-16BE".to_owned(), utf16(u16::to_be_bytes)));
    forms
}

/// What Python makes of `canary-Qm7;pÄsswörd`: base64, urllib, json and the codecs.
#[test]
fn the_search_finds_each_form() {
    let canaries = Canaries::new(&[("password", "canary-Qm7;pÄsswörd".to_owned())]);
    for (form, text) in [
        ("plain", "x canary-Qm7;pÄsswörd y"),
        ("base64 0", "Y2FuYXJ5LVFtNztww4Rzc3fDtnJkeXo="),
        ("base64 1", "eGNhbmFyeS1RbTc7cMOEc3N3w7ZyZHl6"),
        ("base64 2", "eHhjYW5hcnktUW03O3DDhHNzd8O2cmR5eg=="),
        ("base64 1 backwards", "==AZyZ7w3N3cEOMc7cTbR1SeyFmbhNmOy9GdhJXZw9GXCFET"),
        ("hex", "63616e6172792d516d373b70c384737377c3b67264"),
        ("HEX", "63616E6172792D516D373B70C384737377C3B67264"),
        ("URL", "?q=canary-Qm7%3Bp%C3%84ssw%C3%B6rd&r"),
        ("XML in ASCII", "<a>canary-Qm7;p&#196;ssw&#246;rd</a>"),
        ("JSON in ASCII", "\"canary-Qm7;p\\u00c4ssw\\u00f6rd\""),
        ("backwards", "dröwssÄp;7mQ-yranac"),
    ] {
        let found = canaries.found_in("here", text.as_bytes());
        assert_eq!(found.len(), 1, "{form}: {found:?}");
    }
    // Its letters that mean something in XML, JSON and base64url.
    let canaries = Canaries::new(&[("token", "<\"a'&b>???".to_owned())]);
    for (form, text) in [
        ("XML", "&lt;\"a'&amp;b&gt;???"),
        ("XML attribute", "&lt;&quot;a&apos;&amp;b&gt;???"),
        ("HTML attribute", "&lt;&quot;a&#39;&amp;b&gt;???"),
        ("JSON", "<\\\"a'&b>???"),
        ("base64url 0", "PCJhJyZiPj8_Pw"),
        ("UTF-16LE", "<\0\"\0a\0'\0&\0b\0>\0?\0?\0?\0"),
        ("UTF-16BE", "\0<\0\"\0a\0'\0&\0b\0>\0?\0?\0?"),
    ] {
        let found = canaries.found_in("here", text.as_bytes());
        assert_eq!(found.len(), 1, "{form}: {found:?}");
    }
    assert!(canaries.found_in("here", b"an honest text").is_empty());
}
