//! What the types of parameters cannot say, for kinds that share it: held against what is
//! written. What is an expression still is passed over.

use crate::document::{Entry, Kind, Node};
use crate::problem::{Code, Problem, Problems};
use crate::text::{Span, cut, cut_or_quotes};

/// Returns a text that is written as it will stand; none for an expression, and for all else.
pub(super) fn text(node: &Node) -> Option<&str> {
    node.text().filter(|text| !text.contains("${{"))
}

/// Complains of a `min` above its `max`, in the mapping under a key.
pub(super) fn range(with: &Node, key: &str, problems: &mut Problems) {
    let Some(of) = with.entry(key).map(|entry| &entry.value) else { return };
    let bound = |key| {
        let node = &of.entry(key)?.value;
        Some((node, node.value().as_i64()?))
    };
    if let (Some((least, min)), Some((most, max))) = (bound("min"), bound("max"))
        && min > max
    {
        let message = format!("`{key}` must be at least `{min}` and at most `{max}`");
        problems.push(
            Problem::new(Code::WithRange, message, most.span(), format!("less than `{min}`"))
                .and(least.span(), "the least is here")
                .help("let `min` be no more than `max`; where one number is right, give both the same"),
        );
    }
}

/// Complains of what is no JSON pointer.
pub(super) fn pointer(pointer: &str, place: Span, problems: &mut Problems) {
    let shown = cut(pointer);
    let message = format!("`{shown}` is no JSON pointer");
    let problem = |label: &str| Problem::new(Code::WithBadPointer, &*message, place, label);
    if !pointer.is_empty() && !pointer.starts_with('/') {
        let better = pointer.trim_start_matches(['$', '.']).replace('.', "/");
        problems.push(
            problem("a `/` is expected first")
                .help(format!("write `/{}`; the empty text is the whole", cut(&better))),
        );
    } else if pointer.split('~').skip(1).any(|after| !after.starts_with(['0', '1'])) {
        problems.push(
            problem("a `~` must be followed by `0` or `1`")
                .help("inside a name, write `~0` for `~` and `~1` for `/`"),
        );
    }
}

/// Complains of a value that cannot stand in an address or a filter.
pub(super) fn scalar(entry: &Entry, problems: &mut Problems) {
    let what = match entry.value.kind() {
        Kind::List(_) => "a list",
        Kind::Map(_) => "a mapping",
        Kind::Scalar { .. } if entry.value.is_null() => "nothing",
        Kind::Scalar { .. } => return,
    };
    let message = format!("`{}` takes one value, and this is {what}", cut(&entry.key));
    problems.push(
        Problem::new(Code::WithNotAScalar, message, entry.place(), "one value is expected")
            .help("write a text, a number, `true` or `false`"),
    );
}

/// Complains of a request that cannot be sent, and of what is asked of its answer.
pub(super) fn request(with: &Node, problems: &mut Problems) {
    let headers = with.entry("headers").map_or(&[][..], |entry| entry.value.entries());
    for header in headers {
        let shown = cut_or_quotes(&header.key);
        if !is_token(&header.key) {
            let message = format!("`{shown}` cannot name a header");
            problems.push(
                Problem::new(Code::WithBadHeader, message, header.key_span, "not one word")
                    .help("write letters, digits and `-`, such as `X-Token`"),
            );
        }
        let control = |letter: char| letter.is_control() && letter != '\t';
        if text(&header.value).is_some_and(|text| text.contains(control)) {
            let message = format!("the header `{shown}` has a control character in its value");
            problems.push(
                Problem::new(Code::WithBadHeader, message, header.place(), "more than one line")
                    .help("write the value on one line"),
            );
        }
    }
    answer(with, problems);
}

/// Tells whether a text is a token, as RFC 9110 has it.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

/// Complains of what is asked of an HTTP answer that cannot be.
fn answer(with: &Node, problems: &mut Problems) {
    let Some(expect) = with.entry("expect").map(|entry| &entry.value) else { return };
    if let Some(json) = expect.entry("json") {
        for entry in json.value.entries() {
            pointer(&entry.key, entry.key_span, problems);
        }
    }
    let Some(method) = with.entry("method").map(|entry| &entry.value) else { return };
    if text(method) == Some("HEAD") {
        for key in ["body-contains", "json"] {
            let Some(asked) = expect.entry(key) else { continue };
            let message = format!("`{key}` looks at a body, and an answer to `HEAD` has none");
            problems.push(
                Problem::new(Code::WithNoBody, message, asked.key_span, "there is no body")
                    .and(method.span(), "only the head of the answer is asked for")
                    .help(format!("ask with `method: GET`, or take `{key}` out")),
            );
        }
    }
}
