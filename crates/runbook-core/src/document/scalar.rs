//! Scalars without quotes, by the core schema of YAML 1.2.

use serde_yaml::Value;

/// Reads a scalar that stands without quotes.
///
/// Only `true` and `false` are booleans: `True`, `yes`, `no`, `on`, `1_000`, `1:30` and dates are
/// texts. So is a number with more digits than 64 bits hold, since a number that silently becomes
/// another one is worse than a type error.
pub(super) fn read(text: &str) -> Value {
    match text {
        _ if is_null(text) => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => number(text).unwrap_or_else(|| Value::String(text.to_owned())),
    }
}

/// Tells whether a scalar without quotes is a text, as [`read`] would say. Every key is asked, and
/// most values, so it makes no value to look at.
pub(super) fn is_text(text: &str) -> bool {
    let word = matches!(text, "true" | "false");
    !word && !is_null(text) && number(text).is_none()
}

/// Tells whether a scalar without quotes is nothing.
pub(super) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn number(text: &str) -> Option<Value> {
    let first = text.bytes().next()?;
    if !first.is_ascii_digit() && !matches!(first, b'+' | b'-' | b'.') {
        return None;
    }
    integer(text).or_else(|| float(text))
}

fn integer(text: &str) -> Option<Value> {
    if let Some(digits) = text.strip_prefix("0x") {
        return plain_radix(digits, 16).map(Value::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return plain_radix(digits, 8).map(Value::from);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()
}

/// `from_str_radix` alone would also take a sign.
fn plain_radix(digits: &str, radix: u32) -> Option<u64> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if plain { u64::from_str_radix(digits, radix).ok() } else { None }
}

fn float(text: &str) -> Option<Value> {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    match bare {
        ".inf" | ".Inf" | ".INF" => {
            let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
            return Some(Value::from(sign * f64::INFINITY));
        }
        ".nan" | ".NaN" | ".NAN" if bare == text => return Some(Value::from(f64::NAN)),
        _ => {}
    }
    let marked = bare.contains(['.', 'e', 'E']);
    let plain =
        bare.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    let digit = bare.bytes().find(|byte| *byte != b'.').is_some_and(|byte| byte.is_ascii_digit());
    if !(marked && plain && digit) {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_and_false_are_booleans_and_null_is_neither_they_nor_a_text() {
        for text in ["yes", "no", "on", "off", "y", "n", "tRUE", "True", "FALSE"] {
            assert_eq!(read(text), Value::from(text));
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert!(read(text).is_null() && is_null(text) && !is_text(text), "{text}");
        }
        for text in ["true", "false"] {
            assert!(read(text).is_bool() && !is_null(text) && !is_text(text), "{text}");
        }
        assert_eq!(read("true"), Value::from(true));
        assert_eq!(read("false"), Value::from(false));
    }

    #[test]
    fn numbers_are_those_of_the_core_schema() {
        for (text, value) in [
            ("0", Value::from(0)),
            ("-7", Value::from(-7)),
            ("+7", Value::from(7)),
            ("0777", Value::from(777)),
            ("0x1F", Value::from(31)),
            ("0o17", Value::from(15)),
            ("18446744073709551615", Value::from(u64::MAX)),
            ("1.5", Value::from(1.5)),
            (".5", Value::from(0.5)),
            ("1e3", Value::from(1000.0)),
            ("-.inf", Value::from(f64::NEG_INFINITY)),
        ] {
            assert_eq!(read(text), value, "{text}");
            assert!(!is_text(text), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_a_text() {
        for text in [
            "1_000",
            "1:30:00",
            "2026-01-01",
            "0x",
            "0x+1",
            "0o8",
            "99999999999999999999",
            "1e999",
            "-",
            "+",
            ".",
            "..",
            "1.2.3",
            "--1",
            "+.nan",
            "inf",
            "e3",
            "90s",
            "１",
        ] {
            assert_eq!(read(text), Value::from(text), "{text}");
            assert!(is_text(text), "{text}");
        }
    }
}
