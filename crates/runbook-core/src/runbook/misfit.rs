//! Why a value does not fit a type, in words.

use crate::document::Value;
use crate::problem::{Code, Problem};
use crate::step::{StepId, Type};
use crate::text::{Span, cut, nearest};
use crate::time::{Timestamp, Words};

/// A value that does not fit, before its place is known.
pub(crate) struct Misfit {
    code: Code,
    message: String,
    label: String,
    help: String,
}

impl Misfit {
    /// Gives it a place.
    pub(crate) fn at(self, place: Span) -> Problem {
        Problem::new(self.code, self.message, place, self.label).help(self.help)
    }
}

/// Tells why a value does not fit the type of a key; none where it does.
pub(crate) fn misfit(key: &str, is: Type, value: &Value) -> Option<Misfit> {
    match (is, value) {
        (Type::String, Value::String(_)) | (Type::Boolean, Value::Bool(_)) => None,
        (Type::Object(_), Value::String(text)) => object(key, text),
        (Type::Duration, Value::Number(number)) => Some(Misfit {
            code: Code::DurationBareNumber,
            message: format!("`{key}` is a duration, and `{number}` has no unit"),
            label: "seconds? minutes?".to_owned(),
            help: format!("write `{number}s`, `{number}m` or `{number}h`"),
        }),
        (Type::Duration, Value::String(text)) => duration(key, text),
        (Type::Timestamp, Value::String(text)) => timestamp(key, text),
        (Type::Step | Type::WatchedStep, Value::String(text)) => step(key, text),
        (Type::OneOf(words), Value::String(text)) => one_of(key, words, text),
        _ => Some(wrong_type(key, is, value)),
    }
}

/// An input that CI left empty must not act on whatever has no name.
fn object(key: &str, text: &str) -> Option<Misfit> {
    text.trim().is_empty().then(|| Misfit {
        code: Code::ValueEmpty,
        message: format!("`{key}` is empty"),
        label: "a name, a UID or an id is expected".to_owned(),
        help: "name one; where this is an input, a variable may not have been handed in".to_owned(),
    })
}

fn duration(key: &str, text: &str) -> Option<Misfit> {
    if text.parse::<Words>().is_ok() {
        return None;
    }
    let shown = cut(text);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Misfit {
            code: Code::DurationBareNumber,
            message: format!("`{key}` is a duration, and `{shown}` has no unit"),
            label: "seconds? minutes?".to_owned(),
            help: format!("write `{shown}s`, `{shown}m` or `{shown}h`"),
        });
    }
    Some(Misfit {
        code: Code::DurationMalformed,
        message: format!("`{key}` is a duration, and `{shown}` is none"),
        label: "not a duration".to_owned(),
        help:
            "write numbers with the units `h`, `m`, `s` or `ms`, largest first, such as `1h30m`; \
               a day is `24h`"
                .to_owned(),
    })
}

fn timestamp(key: &str, text: &str) -> Option<Misfit> {
    if Timestamp::try_from(text.to_owned()).is_ok() {
        return None;
    }
    Some(Misfit {
        code: Code::TimestampMalformed,
        message: format!("`{key}` is an instant, and `{}` is none", cut(text)),
        label: "not an instant".to_owned(),
        help: "write it as RFC 3339 says, with an offset, such as `2026-11-23T08:00:00Z` or \
               `2026-11-23T09:00:00+01:00`"
            .to_owned(),
    })
}

fn step(key: &str, text: &str) -> Option<Misfit> {
    StepId::parse(text).is_err().then(|| Misfit {
        code: Code::StepMalformed,
        message: format!("`{key}` names a step, and `{}` cannot name one", cut(text)),
        label: "a lower-case letter, then at most 62 letters, digits or `_` are expected"
            .to_owned(),
        help: "ids are written in snake case, such as `undo_db`".to_owned(),
    })
}

fn one_of(key: &str, words: &[&str], text: &str) -> Option<Misfit> {
    if words.contains(&text) {
        return None;
    }
    let help = match nearest(text, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write {}", either(words)),
    };
    Some(Misfit {
        code: Code::WithUnknownWord,
        message: format!("`{key}` is {}, and not `{}`", either(words), cut(text)),
        label: "not one of them".to_owned(),
        help,
    })
}

fn wrong_type(key: &str, is: Type, value: &Value) -> Misfit {
    let expected = match is {
        Type::String | Type::Object(_) => "a text".to_owned(),
        Type::Duration => "a duration".to_owned(),
        Type::Timestamp => "an instant".to_owned(),
        Type::Boolean => "`true` or `false`".to_owned(),
        Type::Step | Type::WatchedStep => "the id of a step".to_owned(),
        Type::OneOf(words) => either(words),
        other => other.name(),
    };
    let help = match (is, value) {
        (Type::String | Type::Object(_), Value::Bool(_) | Value::Number(_)) => {
            "put it in quotes if it is meant as a text".to_owned()
        }
        (Type::Boolean, Value::String(_)) => {
            "only `true` and `false` are booleans, without quotes".to_owned()
        }
        _ => format!("write {expected} here"),
    };
    Misfit {
        code: Code::ValueWrongType,
        message: format!("`{key}` takes {expected}, and this is {}", name_of(value)),
        label: format!("{expected} is expected"),
        help,
    }
}

/// Returns what a value is, for a message.
pub(super) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Sequence(_) => "a list",
        Value::Mapping(_) => "a mapping",
        Value::Tagged(_) => "a value with a tag",
    }
}

fn either(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_takes_its_values_and_no_others() {
        const WORDS: Type = Type::OneOf(&["outcome", "task"]);
        use Code::*;
        use Type::*;
        for (is, value, code) in [
            (String, "'5'", None),
            (String, "5", Some(ValueWrongType)),
            (String, "~", Some(ValueWrongType)),
            (Boolean, "true", None),
            (Boolean, "yes", Some(ValueWrongType)),
            (Duration, "1h30m", None),
            (Duration, "90", Some(DurationBareNumber)),
            (Duration, "'90'", Some(DurationBareNumber)),
            (Duration, "1.5", Some(DurationBareNumber)),
            (Duration, "-5m", Some(DurationMalformed)),
            (Duration, "1d", Some(DurationMalformed)),
            (Duration, "1:30", Some(DurationMalformed)),
            (Duration, "99999999999999999999s", Some(DurationMalformed)),
            (Duration, "[1m]", Some(ValueWrongType)),
            (Timestamp, "2026-11-23T08:00:00+01:00", None),
            (Timestamp, "2026-11-23T08:00:00", Some(TimestampMalformed)),
            (Timestamp, "2026-11-23", Some(TimestampMalformed)),
            (Timestamp, "0", Some(ValueWrongType)),
            (Step, "undo_db", None),
            (Step, "undo-db", Some(StepMalformed)),
            (WatchedStep, "[a]", Some(ValueWrongType)),
            (WORDS, "task", None),
            (WORDS, "taks", Some(WithUnknownWord)),
        ] {
            let parsed = crate::document::value(value);
            let found = misfit("key", is, &parsed).map(|misfit| misfit.code);
            assert_eq!(found, code, "{value} as {is:?}");
        }
    }
}
