//! The output gate: everything that goes to stdout or stderr passes here, and leaves its secrets
//! behind.
//!
//! Answers of servers are masked where they come in. The gate is the second wall: it also holds
//! for what no answer has carried, such as the words of an operating system or of a panic.
//!
//! What passes is whole: a result is handed over in one piece, a line of progress as one line.
//! So no secret is cut in two between calls, and nothing has to be held back to be joined.
//!
//! GitHub's `::add-mask::` is not written, though it would have the runner mask as well: it is
//! the secret itself, on a stream that may as well be redirected into a file that is kept.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use em_api::protocol::LoggedOn;
use runbook_core::mask::Mask;
use runbook_core::report::{safe, safe_json};
use serde_json::Value as Json;

/// The secrets of this process; none before the first is known.
static GATE: RwLock<Option<Arc<Mask>>> = RwLock::new(None);

/// Held by whoever adds a secret, so that of two none is lost.
static ADDS: Mutex<()> = Mutex::new(());

/// Keeps a secret from being printed from here on. Returns false for one that is too short.
#[must_use]
pub(crate) fn add(secret: &str) -> bool {
    let _adds = ADDS.lock().unwrap_or_else(PoisonError::into_inner);
    let mut mask = known().as_deref().cloned().unwrap_or_default();
    let is_masked = mask.add(secret);
    if is_masked {
        // What is made harmless for a terminal is no longer written as it was.
        mask.add_form(safe(secret));
        let utf16: String = secret.chars().flat_map(|letter| [letter, '\0']).collect();
        mask.add_form(safe(&utf16));
    }
    *GATE.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(mask));
    is_masked
}

/// Keeps an account from being printed, and returns what to warn of.
pub(crate) fn add_account(username: &str, password: &str) -> Option<String> {
    // With a user before it even a short password makes a pair that can be masked.
    let _ = add(&format!("{username}:{password}"));
    let shortest = Mask::SHORTEST;
    (!add(password)).then(|| {
        format!(
            "warning: the password is shorter than {shortest} letters, and cannot be masked \
             where a server repeats it"
        )
    })
}

/// Keeps a logon session from being printed: its token, and its id.
pub(crate) fn add_session(session: &LoggedOn) {
    // What is too short to be masked would be found in honest words.
    let _ = add(session.token.expose());
    let _ = add(session.session.session_id.as_str());
}

/// Lets a text through without the secrets in it.
pub(crate) fn pass(text: &str) -> Cow<'_, str> {
    match known() {
        Some(mask) => masked(&mask, text),
        None => Cow::Borrowed(text),
    }
}

/// The lock is held for a clone alone, so that a panic can be told of whatever panicked.
fn known() -> Option<Arc<Mask>> {
    GATE.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A document stays one: JSON is masked inside its texts, and of XML no half of an entity stays.
fn masked<'t>(mask: &Mask, text: &'t str) -> Cow<'t, str> {
    if text.starts_with(['{', '[']) {
        // In the text as it is written, a secret may begin with the end of an escape: with `n`
        // behind a line break. And which escapes there are is the writer's choice.
        if let Ok(mut document) = serde_json::from_str::<Json>(text) {
            return match mask_texts(mask, &mut document) {
                0 => Cow::Borrowed(text),
                _ => Cow::Owned(safe_json(&format!("{document:#}"))),
            };
        }
    }
    match mask.text(text) {
        Cow::Owned(out) if text.starts_with("<?xml") => Cow::Owned(without_half_entities(&out)),
        passed => passed,
    }
}

/// Masks the texts in a value; returns how many had a secret. Names of members are ours.
fn mask_texts(mask: &Mask, value: &mut Json) -> usize {
    match value {
        Json::String(text) => match mask.text(text) {
            Cow::Owned(masked) => {
                *text = masked;
                1
            }
            Cow::Borrowed(_) => 0,
        },
        Json::Array(items) => items.iter_mut().map(|item| mask_texts(mask, item)).sum(),
        Json::Object(members) => members.values_mut().map(|item| mask_texts(mask, item)).sum(),
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
    }
}

/// Takes an `&` out that has lost its `;` to the mask.
fn without_half_entities(xml: &str) -> String {
    let mut parts = xml.split('&');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let is_whole = part.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '#');
        let is_whole = is_whole.is_some_and(|end| part[end..].starts_with(';'));
        out + if is_whole { "&" } else { "" } + part
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(secret: &str) -> Mask {
        let mut mask = Mask::default();
        assert!(mask.add(secret));
        mask
    }

    #[test]
    fn what_is_known_as_a_secret_does_not_pass() {
        assert_eq!(pass("a-secret of the gate's own test"), "a-secret of the gate's own test");
        assert!(add("a-secret"));
        assert!(add("b::se\u{1b}cret"));
        assert_eq!(pass("a-secret and YS1zZWNyZXQ="), "… and …");
        assert_eq!(pass(&format!("b: {}", safe("b::se\u{1b}cret"))), "b: …");
        assert_eq!(pass(&safe("a\0-\0s\0e\0c\0r\0e\0t\0")), "…");
        assert_eq!(pass("an honest word"), "an honest word");
    }

    #[test]
    fn a_short_password_is_warned_of_and_its_pair_is_masked() {
        assert_eq!(add_account("LAB\\gate", "long enough"), None);
        let warning = add_account("LAB\\gate", "p4ss").expect("a warning");
        assert!(warning.contains("shorter than 6 letters"), "{warning}");
        assert_eq!(pass("Basic TEFCXGdhdGU6cDRzcw== or p4ss"), "Basic … or p4ss");
    }

    #[test]
    fn neither_the_token_nor_the_id_of_a_session_passes() {
        use em_api::protocol::{LogonSession, SessionId, Token};
        let session_id = SessionId::parse("0e3fc971-gate").expect("an id");
        let (user_name, links) = (String::new(), Vec::new());
        let session = LogonSession { session_id, user_name, links };
        add_session(&LoggedOn { token: Token::new("token-of-the-gate".to_owned()), session });
        assert_eq!(pass("token-of-the-gate, 0e3fc971-gate"), "…, …");
    }

    #[test]
    fn json_stays_json() {
        for (secret, value) in [
            ("nabcdef", "\nabcdef"),
            ("\\abcdef", "C:\\abcdef"),
            ("u001bx-secret", "\u{1b}x-secret"),
            ("\"abc\": 1", "\"abc\": 1"),
            ("ab##cdef", "ab##cdef"),
            ("ab\"\\cdef", "x ab\"\\cdef y"),
            ("abcdef", "a YWJjZGVm, fedcba and 616263646566"),
        ] {
            let text = format!("{:#}", serde_json::json!({ "a": [value], "n": 12_345_678 }));
            let text = safe_json(&text);
            let out = masked(&mask(secret), &text);
            let read: Json = serde_json::from_str(&out).expect("it is JSON");
            assert_eq!(read["n"], 12_345_678, "{secret}");
            assert!(!read["a"][0].as_str().is_some_and(|text| text.contains(secret)), "{out}");
        }
    }

    #[test]
    fn of_xml_no_half_of_an_entity_stays() {
        let xml = "<?xml version=\"1.0\"?><a b=\"&lt;abcdef\">&amp; &#39; &lt;abcdef &gt;</a>";
        let out = masked(&mask("t;abcdef"), xml);
        assert_eq!(out, "<?xml version=\"1.0\"?><a b=\"l…\">&amp; &#39; l… &gt;</a>");
    }
}
