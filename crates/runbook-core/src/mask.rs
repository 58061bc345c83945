//! Secrets taken out of texts: out of what a server says, and out of what the program prints.
//! Proxies and debug handlers like to repeat the headers of a request in their error pages,
//! credentials and all, and not always letter by letter.
//!
//! It must not know whose secrets they are, nor where the text goes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// What stands in the place of a secret.
const MASK: &str = "…";

/// Texts that must not be carried further, in every form in which they may come.
///
/// A form is found where it stands whole in one piece of text; who writes in pieces puts them
/// together first.
///
/// ```
/// use runbook_core::mask::Mask;
///
/// let mut mask = Mask::default();
/// assert!(mask.add("pa$$word"));
/// assert_eq!(mask.text("it says pa$$word, cGEkJHdvcmQ= and pa%24%24word"), "it says …, … and …");
/// ```
#[derive(Clone, Default)]
pub struct Mask {
    forms: BTreeSet<Vec<u8>>,
    /// Made of the forms when it is first needed.
    finder: OnceLock<AhoCorasick>,
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Mask({} forms)", self.forms.len())
    }
}

impl Mask {
    /// The least letters of a secret that is masked. A shorter one would be found in the middle
    /// of honest words, and a document with holes cannot be read.
    pub const SHORTEST: usize = 6;

    /// Adds a secret: as it is, and as it stands in base64, hexadecimal, URLs, XML, JSON, UTF-16
    /// and backwards. Returns false for one that is too short to be masked.
    pub fn add(&mut self, secret: &str) -> bool {
        if secret.chars().count() < Self::SHORTEST {
            return false;
        }
        let mut forms = vec![secret.as_bytes().to_vec(), backwards(secret)];
        for text in in_base64(secret) {
            forms.push(backwards(&text));
            forms.push(text.into_bytes());
        }
        for texts in [in_hex(secret), in_url(secret), in_xml(secret), in_json(secret)] {
            forms.extend(texts.into_iter().map(String::into_bytes));
        }
        forms.push(secret.encode_utf16().flat_map(u16::to_le_bytes).collect());
        forms.push(secret.encode_utf16().flat_map(u16::to_be_bytes).collect());
        for form in forms {
            self.add_form(form);
        }
        true
    }

    /// Adds one more form of a secret, such as one that only the caller makes.
    pub fn add_form(&mut self, form: impl Into<Vec<u8>>) {
        let form = form.into();
        if form.len() >= Self::SHORTEST && self.forms.insert(form) {
            self.finder = OnceLock::new();
        }
    }

    /// Takes the secrets out of bytes.
    pub fn bytes<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        if self.forms.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::new();
        let mut kept = 0;
        for found in self.finder().find_iter(bytes) {
            out.extend_from_slice(&bytes[kept..found.start()]);
            out.extend_from_slice(MASK.as_bytes());
            kept = found.end();
        }
        if kept == 0 {
            return Cow::Borrowed(bytes);
        }
        out.extend_from_slice(&bytes[kept..]);
        Cow::Owned(out)
    }

    /// Takes the secrets out of a text.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // UTF-16 may end in the middle of a letter of UTF-8.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// All forms are looked for at once, and of those that begin at one place the longest counts.
    fn finder(&self) -> &AhoCorasick {
        self.finder.get_or_init(|| {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                // Sessions come and go, so being quick to build counts as much as being quick.
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(&self.forms)
                .expect("invariant: secrets are headers, so their forms are far below 2 GiB")
        })
    }
}

fn backwards(text: &str) -> Vec<u8> {
    text.chars().rev().collect::<String>().into_bytes()
}

/// Base64 packs three bytes into four characters, so a secret looks different at each of three
/// distances from the start. The characters at its ends depend on its neighbours as well, and
/// are left out, except where it has none.
fn in_base64(secret: &str) -> Vec<String> {
    let mut forms = vec![
        STANDARD.encode(secret),
        STANDARD_NO_PAD.encode(secret),
        URL_SAFE.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ];
    for shift in 0..3 {
        let shifted = [&[0; 2][..shift], secret.as_bytes()].concat();
        let inner = (shift * 8).div_ceil(6)..shifted.len() * 8 / 6;
        forms.push(STANDARD_NO_PAD.encode(&shifted)[inner.clone()].to_owned());
        forms.push(URL_SAFE_NO_PAD.encode(&shifted)[inner].to_owned());
    }
    forms
}

fn in_hex(secret: &str) -> Vec<String> {
    let hex = secret.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    });
    vec![hex.to_uppercase(), hex]
}

/// Who writes URLs agrees on letters and digits only: the reference, forms, browsers and .NET
/// each keep other signs, and hexadecimal comes in both cases.
fn in_url(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for kept in ["-_.~", "-_.*", "-_.!~*'()", "-_.!*()", ""] {
        let upper = secret.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "%{byte:02X}");
            }
            out
        });
        let lower = secret.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "%{byte:02x}");
            }
            out
        });
        forms.extend([upper.replace("%20", "+"), lower.replace("%20", "+"), upper, lower]);
    }
    forms
}

/// Writers of XML differ in quotation marks, in `>`, and in letters beyond ASCII.
fn in_xml(secret: &str) -> Vec<String> {
    let quotes = [("\"", "'"), ("&quot;", "'"), ("&quot;", "&apos;"), ("&quot;", "&#39;")];
    let beyond: [fn(char) -> String; 4] = [
        |letter| letter.to_string(),
        |letter| format!("&#{};", u32::from(letter)),
        |letter| format!("&#x{:x};", u32::from(letter)),
        |letter| format!("&#x{:X};", u32::from(letter)),
    ];
    let mut forms = Vec::new();
    for (double, single) in
        [quotes.as_slice(), &[("&#34;", "&#39;"), ("&#x22;", "&#x27;")]].concat()
    {
        for greater in [">", "&gt;"] {
            for beyond in beyond {
                forms.push(secret.chars().fold(String::new(), |mut out, letter| {
                    match letter {
                        '&' => out.push_str("&amp;"),
                        '<' => out.push_str("&lt;"),
                        '>' => out.push_str(greater),
                        '"' => out.push_str(double),
                        '\'' => out.push_str(single),
                        letter if letter.is_ascii() => out.push(letter),
                        letter => out.push_str(&beyond(letter)),
                    }
                    out
                }));
            }
        }
    }
    forms
}

/// Writers of JSON differ in what they write as `\u`: nothing that need not be, what is beyond
/// ASCII, or, as .NET does, what means something in HTML as well.
fn in_json(secret: &str) -> Vec<String> {
    let plain = serde_json::Value::from(secret).to_string();
    let plain = &plain[1..plain.len() - 1];
    let mut forms = Vec::new();
    for in_html in ["", "<>&'", "<>&'+`"] {
        for is_ascii in [false, true] {
            let lower = plain.chars().fold(String::new(), |mut out, letter| {
                if in_html.contains(letter) || (is_ascii && !letter.is_ascii()) {
                    for unit in letter.encode_utf16(&mut [0; 2]) {
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                } else {
                    out.push(letter);
                }
                out
            });
            let lower = if in_html.is_empty() { lower } else { lower.replace("\\\"", "\\u0022") };
            let upper = upper_hex(&lower);
            forms.extend([lower.replace('/', "\\/"), upper.replace('/', "\\/"), lower, upper]);
        }
    }
    forms
}

/// Writes the digits after each `\u` in upper case.
fn upper_hex(json: &str) -> String {
    let mut parts = json.split("\\u");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let (digits, rest) = part.split_at_checked(4).unwrap_or((part, ""));
        out + "\\u" + &digits.to_uppercase() + rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "p&s/\"wö<'rd+";

    /// What other programs have made of the secret: Python's base64, urllib, xml.sax and json.
    const FORMS: &[(&str, &str)] = &[
        ("plain", "p&s/\"wö<'rd+"),
        ("base64 alone", "cCZzLyJ3w7Y8J3JkKw=="),
        ("base64url alone", "cCZzLyJ3w7Y8J3JkKw"),
        ("hex", "7026732f2277c3b63c2772642b"),
        ("HEX", "7026732F2277C3B63C2772642B"),
        ("URL", "p%26s%2F%22w%C3%B6%3C%27rd%2B"),
        ("URL of .NET", "p%26s%2f%22w%c3%b6%3c'rd%2b"),
        ("XML text", "p&amp;s/\"wö&lt;'rd+"),
        ("XML attribute", "p&amp;s/&quot;wö&lt;&apos;rd+"),
        ("HTML", "p&amp;s/&quot;wö&lt;&#39;rd+"),
        ("HTML of .NET", "p&amp;s/&quot;w&#246;&lt;&#39;rd+"),
        ("JSON", "p&s/\\\"wö<'rd+"),
        ("JSON in ASCII", "p&s/\\\"w\\u00f6<'rd+"),
        ("JSON of PHP", "p&s\\/\\\"w\\u00f6<'rd+"),
        ("JSON of .NET", "p\\u0026s/\\u0022w\\u00F6\\u003C\\u0027rd\\u002B"),
        ("backwards", "+dr'<öw\"/s&p"),
        ("Basic backwards", "==wKkJ3J8Y7w3JyLzZCc"),
    ];

    fn mask() -> Mask {
        let mut mask = Mask::default();
        assert!(mask.add(SECRET));
        mask
    }

    #[test]
    fn a_secret_is_taken_out_in_every_form() {
        for (name, form) in FORMS {
            let text = format!("before {form} behind");
            assert_eq!(mask().text(&text), "before … behind", "{name}");
        }
        // Of letters below 256 one end first looks like the other, a byte away.
        let utf16: Vec<u16> = format!("x{SECRET}y").encode_utf16().collect();
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = utf16.iter().copied().flat_map(bytes).collect();
            let masked = String::from_utf8(mask().bytes(&bytes).into_owned()).unwrap();
            assert_eq!(masked.replace('\0', ""), "x…y");
        }
    }

    /// In the middle of something longer, at each of the three distances.
    #[test]
    fn base64_is_found_behind_anything() {
        for (text, left) in [
            ("cCZzLyJ3w7Y8J3JkK3l6", "…3l6"),
            ("eHAmcy8id8O2PCdyZCt5eg==", "eH…5eg=="),
            ("eHhwJnMvInfDtjwncmQreXo=", "eHh…eXo="),
        ] {
            let masked = mask().text(text).into_owned();
            assert!(masked.contains('…') && masked.len() <= left.len() + 2, "{text}: {masked}");
        }
    }

    /// Secrets of all lengths and letters, behind and before anything.
    #[test]
    fn no_secret_comes_through_whatever_stands_beside_it() {
        let letters: Vec<char> = "aZ09+/=-_&<>\"'\\%:;.*$^()[]{}| äß語🙂\u{1b}".chars().collect();
        let mut seed: u32 = 1;
        let mut draw = |below: usize| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize % below
        };
        for _ in 0..500 {
            let length = 6 + draw(30);
            let secret: String = (0..length).map(|_| letters[draw(letters.len())]).collect();
            let before = "x".repeat(draw(4));
            let text = format!("{before}{secret}yz");
            let mut mask = Mask::default();
            assert!(mask.add(&secret));
            let json = serde_json::Value::from(text.as_str()).to_string();
            let written =
                [text.clone(), STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text), json];
            let urls = in_url(&text).into_iter().chain(in_xml(&text)).chain(in_hex(&text));
            for written in written.into_iter().chain(urls) {
                let masked = mask.text(&written);
                assert!(masked.contains('…'), "{secret} comes through as {written}");
                assert!(masked.chars().count() < written.chars().count(), "{masked}");
            }
        }
    }

    #[test]
    fn a_short_secret_is_left_and_told_of() {
        let mut mask = Mask::default();
        assert!(!mask.add("Adam5"));
        assert_eq!(mask.text("Adam5 said Adam5"), "Adam5 said Adam5");
        assert!(mask.add("Adam56"));
        assert_eq!(mask.text("Adam56Adam56 or Adam5"), "…… or Adam5");
    }

    #[test]
    fn the_longest_of_several_counts() {
        let mut mask = Mask::default();
        assert!(mask.add("secret-1") && mask.add("secret-12"));
        assert_eq!(mask.text("secret-12, secret-1, secret-"), "…, …, secret-");
        assert_eq!(mask.text("a.*secret"), "a.*secret");
        assert_eq!(format!("{:?}", Mask::default()), "Mask(0 forms)");
    }
}
