//! Why a value does not fit a type, in words.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::document::Value;
use crate::problem::{Code, Problem};
use crate::step::{Param, StepId, Type};
use crate::text::{Span, cut, nearest};
use crate::time::{Timestamp, Words};

/// The words that a message lists; of more, the help names the nearest.
const FEW_WORDS: usize = 8;

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

/// Tells why a value does not fit the type of a key; none where it does. What lies deeper in it
/// is looked through in its order.
pub(crate) fn misfit(key: &str, is: Type, value: &Value) -> Option<Misfit> {
    misfit_as(key, is, value, None)
}

/// Does the same for a value whose letters in the file are known: a message shows those.
pub(crate) fn misfit_as(
    key: &str,
    is: Type,
    value: &Value,
    written: Option<&str>,
) -> Option<Misfit> {
    let shown = || match (written, value) {
        (Some(written), _) => cut(written),
        (None, Value::String(text)) => cut(text),
        (None, other) => serde_json::to_string(other).map_or_else(|_| String::new(), |t| cut(&t)),
    };
    match (is, value) {
        (Type::Integer(..) | Type::Number, Value::Number(_))
            if written.is_some_and(has_two_readings) =>
        {
            Some(two_readings(key, is, &shown(), value))
        }
        (Type::Integer(..), Value::String(text)) if is_a_whole_number(text) => {
            Some(out_of_range(key, is, &shown()))
        }
        (Type::Any, _)
        | (Type::String, Value::String(_))
        | (Type::Boolean, Value::Bool(_))
        | (Type::Steps, Value::Sequence(_)) => None,
        (Type::Object(_) | Type::StepOr(_), Value::String(text)) => object(key, text),
        (Type::Integer(least, most), Value::Number(number)) if !number.is_f64() => {
            let fits = |number: i64| (least..=most).contains(&number);
            (!number.as_i64().is_some_and(fits)).then(|| out_of_range(key, is, &shown()))
        }
        (Type::Number, Value::Number(number)) if number.is_finite() => None,
        (Type::Duration, Value::Number(_)) => Some(no_unit(key, &shown())),
        (Type::Duration, Value::String(text)) => duration(key, text),
        (Type::Timestamp, Value::String(text)) => timestamp(key, text),
        (Type::TimestampOr(words), Value::String(text)) => {
            let looks = text.starts_with(|first: char| first.is_ascii_digit());
            if looks { timestamp(key, text) } else { one_of(key, words, text) }
        }
        (Type::Address, Value::String(text)) => address(key, text),
        (Type::Url, Value::String(text)) => url(key, text),
        (Type::Step | Type::Steps | Type::WatchedStep, Value::String(text)) => step(key, text),
        (Type::OneOf(words), Value::String(text)) => one_of(key, words, text),
        (Type::List { of, least }, Value::Sequence(items)) => {
            if items.len() < least {
                return Some(too_short(key, least, items.len()));
            }
            items.iter().find_map(|item| misfit(key, *of, item))
        }
        (Type::Map(of), Value::Mapping(map)) => {
            map.iter().find_map(|(key, value)| misfit(key.as_str()?, *of, value))
        }
        (Type::Fields(keys), Value::Mapping(map)) => keys.iter().find_map(|param| {
            map.get(param.name).and_then(|value| misfit(param.name, param.is, value))
        }),
        (Type::Number, Value::Number(_)) => Some(not_finite(key, &shown())),
        _ => Some(wrong_type(key, is, name_of_value(value)).about(key, value, is, &shown())),
    }
}

/// Tells why a value asks for nothing where something must be asked for; none where it does ask.
pub(crate) fn hollow(param: &Param, value: &Value) -> Option<Misfit> {
    if !param.filled {
        return None;
    }
    let key = param.name;
    match (param.is, value) {
        (Type::Duration, Value::String(text))
            if text.parse().is_ok_and(|w: Words| w.0.is_zero()) =>
        {
            Some(Misfit {
                code: Code::DurationZero,
                message: format!("`{key}` is `{}`, which leaves no time at all", cut(text)),
                label: "no time".to_owned(),
                help: "write a longer time, such as `5m`".to_owned(),
            })
        }
        (_, Value::String(text)) if text.trim().is_empty() => Some(empty(key)),
        (_, Value::Sequence(items)) => {
            let blank = |item: &Value| item.as_str().is_some_and(|text| text.trim().is_empty());
            items.iter().any(blank).then(|| empty(key))
        }
        _ => None,
    }
}

/// Says that a text has nothing in it.
pub(super) fn empty(key: &str) -> Misfit {
    Misfit {
        code: Code::ValueEmpty,
        message: format!("an empty text stands under `{}`", cut(key)),
        label: "nothing stands here".to_owned(),
        help: "write a text, or take this out".to_owned(),
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

fn no_unit(key: &str, number: &str) -> Misfit {
    Misfit {
        code: Code::DurationBareNumber,
        message: format!("`{}` is a duration, and `{number}` has no unit", cut(key)),
        label: "seconds? minutes?".to_owned(),
        help: format!("write `{number}s`, `{number}m` or `{number}h`"),
    }
}

fn duration(key: &str, text: &str) -> Option<Misfit> {
    if text.parse::<Words>().is_ok() {
        return None;
    }
    let shown = cut(text);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(no_unit(key, &shown));
    }
    Some(Misfit {
        code: Code::DurationMalformed,
        message: format!("`{}` is a duration, and `{shown}` is none", cut(key)),
        label: "not a duration".to_owned(),
        help: "write numbers with the units `h`, `m`, `s` or `ms`, largest first, such as \
               `1h30m`; a day is `24h`, and the longest is a year, `8784h`"
            .to_owned(),
    })
}

fn timestamp(key: &str, text: &str) -> Option<Misfit> {
    if Timestamp::try_from(text.to_owned()).is_ok() {
        return None;
    }
    Some(Misfit {
        code: Code::TimestampMalformed,
        message: format!("`{}` is an instant, and `{}` is none", cut(key), cut(text)),
        label: "not an instant".to_owned(),
        help: "write it as RFC 3339 says, with an offset, such as `2026-11-23T08:00:00Z` or \
               `2026-11-23T09:00:00+01:00`"
            .to_owned(),
    })
}

fn address(key: &str, text: &str) -> Option<Misfit> {
    let parts = text.rsplit_once(':').filter(|(host, port)| is_host(host) && is_port(port));
    match parts {
        Some((host, _)) => link_local(key, host),
        None => Some(Misfit {
            code: Code::ValueBadAddress,
            message: format!("`{}` is a host and a port, and `{}` is none", cut(key), cut(text)),
            label: "a host and a port are expected".to_owned(),
            help: "write the host, a colon and the port, such as `db01.example.org:1433` or \
                   `[2001:db8::1]:1433`"
                .to_owned(),
        }),
    }
}

fn url(key: &str, text: &str) -> Option<Misfit> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let authority = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    let host = authority.map(|authority| match authority.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => authority,
    });
    let plain = !text.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    match host.filter(|host| plain && is_host(host)) {
        Some(host) => link_local(key, host),
        None => Some(Misfit {
            code: Code::ValueBadUrl,
            message: format!(
                "`{}` is an address of the web, and `{}` is none",
                cut(key),
                cut(text)
            ),
            label: "an address with `https://` is expected".to_owned(),
            help: "write it whole, without a user name in it, such as \
                   `https://erp.example.org/health`"
                .to_owned(),
        }),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().is_ok();
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_') || !b.is_ascii();
    let is_label = |label: &str| {
        let edge = label.starts_with('-') || label.ends_with('-');
        !label.is_empty() && !edge && label.bytes().all(plain)
    };
    let labels = host.strip_suffix('.').unwrap_or(host);
    if labels.rsplit('.').next().is_some_and(is_a_number) {
        return host.parse::<Ipv4Addr>().is_ok();
    }
    labels.split('.').all(is_label)
}

/// Where the last part of a host is a number, resolvers take all of it for an address, and know
/// forms of it that nobody reads: `2852039166`, `0xa9fea9fe`, `169.254.43518`.
fn is_a_number(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    let hex = lower.strip_prefix("0x");
    hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || (!label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_port(port: &str) -> bool {
    port.starts_with(|first: char| matches!(first, '1'..='9')) && port.parse::<u16>().is_ok()
}

/// Such an address belongs to the machine that runs the runbook, or to the cloud it runs in.
fn link_local(key: &str, host: &str) -> Option<Misfit> {
    let ip: IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
    let local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        // An address of version 4 may stand at the end of one of version 6.
        IpAddr::V6(ip) => {
            ip.is_unicast_link_local() || ip.to_ipv4().is_some_and(|ip| ip.is_link_local())
        }
    };
    local.then(|| Misfit {
        code: Code::ValueLinkLocal,
        message: format!("`{}` leads to `{host}`, which is a link-local address", cut(key)),
        label: "never asked".to_owned(),
        help: "name a host of the site: cloud machines give out their credentials on these \
               addresses"
            .to_owned(),
    })
}

fn step(key: &str, text: &str) -> Option<Misfit> {
    let help = || match meant_step(text) {
        Some(meant) => format!("write `{}`", cut(&meant)),
        None => "ids are written in snake case, such as `undo_db`".to_owned(),
    };
    StepId::parse(text).is_err().then(|| Misfit {
        code: Code::StepMalformed,
        message: format!("`{}` names a step, and `{}` cannot name one", cut(key), cut(text)),
        label: "a lower-case letter, then at most 62 letters, digits or `_` are expected"
            .to_owned(),
        help: help(),
    })
}

/// Returns what was most likely meant by a text that cannot name a step: several in one text, a
/// part or an output of a step, or an id in another spelling.
fn meant_step(text: &str) -> Option<String> {
    let words: Vec<_> = text.split([',', ' ']).filter(|word| !word.is_empty()).collect();
    if words.len() > 1 && words.iter().all(|word| StepId::parse(word).is_ok()) {
        return Some(format!("[{}]", words.join(", ")));
    }
    let whole = text.strip_prefix("steps.").unwrap_or(text);
    let first = whole.split(['.', '/', '[']).next().unwrap_or_default();
    let spelled = text.to_lowercase().replace(['-', ' '], "_");
    let meant = [first, &spelled].into_iter().find(|word| StepId::parse(word).is_ok());
    meant.map(str::to_owned)
}

fn one_of(key: &str, words: &[&str], text: &str) -> Option<Misfit> {
    if words.contains(&text) {
        return None;
    }
    let few = words.len() <= FEW_WORDS;
    let help = match nearest(text, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write {}", either(words)),
    };
    let wanted = if few { either(words) } else { "one of certain words".to_owned() };
    Some(Misfit {
        code: Code::ValueUnknownWord,
        message: format!("`{}` is {wanted}, and not `{}`", cut(key), cut(text)),
        label: "not one of them".to_owned(),
        help,
    })
}

/// Tells whether a number is written so that other readers of YAML take it for another one.
pub(super) fn has_two_readings(written: &str) -> bool {
    let digits = written.strip_prefix(['+', '-']).unwrap_or(written);
    digits.strip_prefix('0').is_some_and(|rest| {
        rest.starts_with(|next: char| next.is_ascii_digit() || matches!(next, 'o' | 'x'))
    })
}

fn two_readings(key: &str, is: Type, shown: &str, value: &Value) -> Misfit {
    let read = serde_json::to_string(value).unwrap_or_default();
    Misfit {
        code: Code::ValueWrongType,
        message: format!(
            "`{}` takes {}, and `{shown}` is read in two ways",
            cut(key),
            expected(is)
        ),
        label: "octal, or not?".to_owned(),
        help: format!("write the number without a zero in front: `{read}` is how it reads here"),
    }
}

/// More digits than any number has here.
fn is_a_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.len() > 18 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn not_finite(key: &str, shown: &str) -> Misfit {
    Misfit {
        code: Code::ValueWrongType,
        message: format!("`{}` takes a number, and `{shown}` is none", cut(key)),
        label: "a number is expected".to_owned(),
        help: "write a number, such as `1.5`".to_owned(),
    }
}

fn out_of_range(key: &str, is: Type, number: &str) -> Misfit {
    Misfit {
        code: Code::ValueOutOfRange,
        message: format!("`{}` is an {}, and not `{number}`", cut(key), is.name()),
        label: "out of its range".to_owned(),
        help: format!("write an {}", is.name()),
    }
}

/// Says that a list has too few items.
pub(super) fn too_short(key: &str, least: usize, items: usize) -> Misfit {
    Misfit {
        code: Code::ValueTooShort,
        message: format!("`{}` has {items} items, and at least {least} are needed", cut(key)),
        label: "too few items".to_owned(),
        help: "add what is missing to the list".to_owned(),
    }
}

/// Says that a value is of another type.
pub(super) fn wrong_type(key: &str, is: Type, found: &str) -> Misfit {
    let expected = expected(is);
    Misfit {
        code: Code::ValueWrongType,
        message: format!("`{}` takes {expected}, and this is {found}", cut(key)),
        label: format!("{expected} is expected"),
        help: format!("write {expected} here"),
    }
}

/// Returns a type in a sentence.
pub(crate) fn expected(is: Type) -> String {
    match is {
        Type::Any => "a value".to_owned(),
        Type::String => "a text".to_owned(),
        Type::Object(_) => "a name, a UID or an id".to_owned(),
        Type::StepOr(_) => "the id of a step, or a name, a UID or an id".to_owned(),
        Type::Integer(..) => format!("an {}", is.name()),
        Type::Number => "a number".to_owned(),
        Type::Boolean => "`true` or `false`".to_owned(),
        Type::Duration => "a duration".to_owned(),
        Type::Timestamp => "an instant".to_owned(),
        Type::Address => "a host and a port".to_owned(),
        Type::Url => "an address of the web".to_owned(),
        Type::Step | Type::WatchedStep => "the id of a step".to_owned(),
        Type::Steps => "the id of a step, or a list of ids".to_owned(),
        Type::OneOf(words) => either(words),
        Type::TimestampOr(words) => format!("{} or an instant", either(words)),
        Type::List { of: Type::String, .. } => "a list of texts".to_owned(),
        Type::List { .. } => "a list".to_owned(),
        Type::Map(_) => "a mapping".to_owned(),
        Type::Fields(_) => format!("a {}", is.name()),
    }
}

impl Misfit {
    /// Says how the value is written so that it has the type, where that is plain.
    fn about(mut self, key: &str, value: &Value, is: Type, shown: &str) -> Self {
        if value.is_null() {
            return self;
        }
        self.message = format!("{}: `{shown}`", self.message);
        match (is, value) {
            (Type::Boolean, Value::String(_)) => {
                "only `true` and `false` are booleans, without quotes".clone_into(&mut self.help);
            }
            (
                Type::String | Type::Object(_) | Type::StepOr(_),
                Value::Bool(_) | Value::Number(_),
            ) => {
                self.help = format!("if it is meant as a text, write \"{shown}\"");
            }
            (Type::Integer(..) | Type::Number, Value::String(_)) => {
                "write the number without quotes and without a unit".clone_into(&mut self.help);
            }
            (Type::List { .. }, Value::String(text)) if key == "argv" && text.contains(' ') => {
                let words: Vec<_> = text.split_whitespace().map(as_item).collect();
                self.help = format!("write [{}]", cut(&words.join(", ")));
            }
            (Type::List { .. }, Value::String(_)) => self.help = format!("write [{shown}]"),
            _ => {}
        }
        self
    }
}

/// Writes a word so that it can stand in a list.
fn as_item(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "./_-=".contains(letter);
    let is_text = word.parse::<f64>().is_err() && !matches!(word, "true" | "false" | "null");
    if word.chars().all(plain) && is_text { word.to_owned() } else { format!("{word:?}") }
}

/// Returns what a value is, for a message.
pub(super) fn name_of_value(value: &Value) -> &'static str {
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

/// Joins words for a sentence: `a` or `b`.
pub(super) fn either(words: &[&str]) -> String {
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
            (Integer(1, 3), "3", None),
            (Integer(1, 3), "4", Some(ValueOutOfRange)),
            (Integer(1, 3), "0", Some(ValueOutOfRange)),
            (Integer(1, 3), "18446744073709551615", Some(ValueOutOfRange)),
            (Integer(1, 3), "1.5", Some(ValueWrongType)),
            (Integer(1, 3), "'2'", Some(ValueWrongType)),
            (Number, "1.5", None),
            (Number, ".nan", Some(ValueWrongType)),
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
            (TimestampOr(&["latest"]), "latest", None),
            (TimestampOr(&["latest"]), "lates", Some(ValueUnknownWord)),
            (TimestampOr(&["latest"]), "2026", Some(ValueWrongType)),
            (TimestampOr(&["latest"]), "2026-13-01T00:00:00Z", Some(TimestampMalformed)),
            (Address, "db01.example.org:1433", None),
            (Address, "'[2001:db8::1]:1433'", None),
            (Address, "db01.example.org", Some(ValueBadAddress)),
            (Address, "db01:0", Some(ValueBadAddress)),
            (Address, "db01:65536", Some(ValueBadAddress)),
            (Address, "'https://db01:443'", Some(ValueBadAddress)),
            (Address, "'169.254.169.254:80'", Some(ValueLinkLocal)),
            (Address, "'[::ffff:169.254.169.254]:80'", Some(ValueLinkLocal)),
            (Address, "'[::ffff:a9fe:a9fe]:80'", Some(ValueLinkLocal)),
            (Address, "2852039166:80", Some(ValueBadAddress)),
            (Address, "0xa9fea9fe:80", Some(ValueBadAddress)),
            (Address, "169.254.1:80", Some(ValueBadAddress)),
            (Address, "169.254.0xa9fe:80", Some(ValueBadAddress)),
            (Address, "'169.254.169.254.:80'", Some(ValueBadAddress)),
            (Address, "0251.0376.0251.0376:80", Some(ValueBadAddress)),
            (Address, "192.0.2.10:80", None),
            (Address, "db01.example.org.:80", None),
            (Address, "db01..x:80", Some(ValueBadAddress)),
            (Address, "'.:80'", Some(ValueBadAddress)),
            (Address, "-x:80", Some(ValueBadAddress)),
            (Address, "db01:080", Some(ValueBadAddress)),
            (Address, "db01:+80", Some(ValueBadAddress)),
            (Url, "'http://[::ffff:169.254.169.254]/'", Some(ValueLinkLocal)),
            (Url, "'http://2852039166/'", Some(ValueBadUrl)),
            (Url, "'http://0xa9fea9fe:80/'", Some(ValueBadUrl)),
            (Url, "'https://erp..example.org/'", Some(ValueBadUrl)),
            (Url, "'https://erp.example.org:0443/'", Some(ValueBadUrl)),
            (Url, "'https://erp.example.org:8443/health?x=1'", None),
            (Url, "'https://[2001:db8::1]/'", None),
            (Url, "erp.example.org", Some(ValueBadUrl)),
            (Url, "'ftp://erp.example.org'", Some(ValueBadUrl)),
            (Url, "'https://'", Some(ValueBadUrl)),
            (Url, "'https://user:pw@erp.example.org'", Some(ValueBadUrl)),
            (Url, "'http://[fe80::1]/'", Some(ValueLinkLocal)),
            (Step, "undo_db", None),
            (Step, "undo-db", Some(StepMalformed)),
            (WatchedStep, "[a]", Some(ValueWrongType)),
            (WORDS, "task", None),
            (WORDS, "taks", Some(ValueUnknownWord)),
            (Type::SOME_TEXTS, "[a]", None),
            (Type::SOME_TEXTS, "[]", Some(ValueTooShort)),
            (Type::SOME_TEXTS, "[a, 1]", Some(ValueWrongType)),
            (Type::SOME_TEXTS, "a", Some(ValueWrongType)),
        ] {
            let parsed = crate::document::value(value);
            let found = misfit("key", is, &parsed).map(|misfit| misfit.code);
            assert_eq!(found, code, "{value} as {is:?}");
        }
    }
}
