//! Inputs: their declarations, and what each of them takes.

use std::cmp::Ordering;

use indexmap::IndexMap;
use regex_lite::{Regex, RegexBuilder};

use super::fields::{self, Fields};
use super::keys;
use super::literal;
use super::misfit::{self, misfit_as};
use crate::document::{Entry, Kind, Value};
use crate::limits;
use crate::problem::{Code, Problem, Problems};
use crate::step::{StepId, Type};
use crate::text::{Span, cut};
use crate::time::{Timestamp, Words};

/// A value that is given to a runbook.
#[derive(Clone, Debug)]
pub struct Input {
    /// The place of its name.
    pub place: Span,
    /// Its type; none where that was refused.
    pub is: Option<InputType>,
    /// What it is where nothing is given.
    pub default: Option<Value>,
    /// Whether it may be absent; it is null then.
    pub optional: bool,
    /// The values it can have; none for any.
    pub choices: Vec<Value>,
    /// The least value, or the fewest items.
    pub min: Option<Value>,
    /// The greatest value, or the most items.
    pub max: Option<Value>,
    /// What the whole of a text must match.
    pub pattern: Option<Regex>,
    /// Whether it is kept out of plans and reports.
    pub sensitive: bool,
    /// What it is for.
    pub description: Option<String>,
}

/// The type of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A length of time.
    Duration,
    /// An instant.
    Timestamp,
    /// A list of texts.
    List,
}

impl InputType {
    /// The types by their words in runbooks, in the order of [`keys::INPUT_TYPES`].
    pub const ALL: &[(&str, Self)] = &[
        ("string", Self::String),
        ("integer", Self::Integer),
        ("number", Self::Number),
        ("boolean", Self::Boolean),
        ("duration", Self::Duration),
        ("timestamp", Self::Timestamp),
        ("list", Self::List),
    ];

    /// Returns the type of its values.
    pub const fn is(self) -> Type {
        match self {
            Self::String => Type::String,
            Self::Integer => Type::INTEGER,
            Self::Number => Type::Number,
            Self::Boolean => Type::Boolean,
            Self::Duration => Type::Duration,
            Self::Timestamp => Type::Timestamp,
            Self::List => Type::TEXTS,
        }
    }

    const fn is_ordered(self) -> bool {
        !matches!(self, Self::String | Self::Boolean)
    }
}

/// Why an input does not take a value.
pub(crate) struct Refusal {
    /// The code under which it is reported.
    pub(crate) code: Code,
    /// What is wrong with the value, to follow a name of the input.
    pub(crate) why: String,
    /// What to do.
    pub(crate) help: String,
}

impl Input {
    /// Tells whether a value must be given: there is no default, and it may not be absent.
    pub(crate) const fn is_needed(&self) -> bool {
        self.default.is_none() && !self.optional
    }

    /// Tells why the input does not take a value; none where it does.
    pub(crate) fn refuses(&self, value: &Value) -> Option<Refusal> {
        self.refuses_as(value, None)
    }

    /// Does the same for a value whose letters in the file are known.
    pub(crate) fn refuses_as(&self, value: &Value, written: Option<&str>) -> Option<Refusal> {
        let is = self.is?;
        if misfit_as("", is.is(), value, written).is_some() {
            let expected = misfit::expected(is.is());
            let shown = match written {
                Some(written) if !self.sensitive => format!("`{}`", cut(written)),
                _ => self.shown(value),
            };
            return Some(Refusal {
                code: Code::InputWrongType,
                why: format!("takes {expected}, and not {shown}"),
                help: format!("give it {expected}"),
            });
        }
        if let Some(refusal) = self.no_choice(is, value) {
            return Some(refusal);
        }
        if let Some(refusal) = self.out_of_bounds(is, value) {
            return Some(refusal);
        }
        let pattern = self.pattern.as_ref()?;
        let matches = value.as_str().is_some_and(|text| {
            // To match costs the length of the text times that of the pattern.
            text.len() <= limits::MATCHED_BYTES && pattern.is_match(text)
        });
        (!matches).then(|| Refusal {
            code: Code::InputNoMatch,
            why: format!(
                "matches `{}`, and {} does not",
                cut(unanchored(pattern)),
                self.shown(value)
            ),
            help: format!("write a text the whole of which matches `{}`", cut(unanchored(pattern))),
        })
    }

    /// Tells why a value is none of the choices; the choices of a list are those of its items.
    fn no_choice(&self, is: InputType, value: &Value) -> Option<Refusal> {
        if self.choices.is_empty() {
            return None;
        }
        let known = |value: &Value| self.choices.iter().any(|choice| is_same(is, value, choice));
        let (verb, wrong) = match value.as_sequence() {
            Some(items) => ("holds nothing but", items.iter().find(|item| !known(item))?),
            None if known(value) => return None,
            None => ("is one of", value),
        };
        let choices: Vec<_> = self.choices.iter().map(|choice| self.shown(choice)).collect();
        Some(Refusal {
            code: Code::InputNotAChoice,
            why: format!("{verb} {}, and not {}", choices.join(", "), self.shown(wrong)),
            help: format!("choose {}", choices.join(" or ")),
        })
    }

    /// Tells why a value is less than the least, or more than the most.
    fn out_of_bounds(&self, is: InputType, value: &Value) -> Option<Refusal> {
        let (min, max) = (self.min.as_ref(), self.max.as_ref());
        let below = min.is_some_and(|min| against(is, value, min) == Some(Ordering::Less));
        let above = max.is_some_and(|max| against(is, value, max) == Some(Ordering::Greater));
        if below || above {
            let bound = if below { ("at least", min) } else { ("at most", max) };
            let bound = format!("{} {}", bound.0, bound.1.map_or_else(String::new, shown));
            let (verb, unit) = if is == InputType::List { ("has", " items") } else { ("is", "") };
            return Some(Refusal {
                code: Code::InputOutOfRange,
                why: format!("{verb} {bound}{unit}, and not {}", self.shown(value)),
                help: format!("give it {bound}{unit}"),
            });
        }
        None
    }

    fn shown(&self, value: &Value) -> String {
        if self.sensitive { "the value given, which is sensitive".to_owned() } else { shown(value) }
    }
}

/// The pattern without the anchors that make it match the whole.
fn unanchored(pattern: &Regex) -> &str {
    let text = pattern.as_str();
    text.strip_prefix("^(?:").and_then(|text| text.strip_suffix(")$")).unwrap_or(text)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{}`", cut(text)),
        other => format!("`{}`", cut(&serde_json::to_string(other).unwrap_or_default())),
    }
}

/// Tells whether two values mean the same, however they are written.
fn is_same(is: InputType, value: &Value, other: &Value) -> bool {
    value == other || against(is, value, other) == Some(Ordering::Equal)
}

/// Compares a value with a bound of its type; a list by its items.
fn against(is: InputType, value: &Value, bound: &Value) -> Option<Ordering> {
    let words = |value: &Value| value.as_str()?.parse::<Words>().ok();
    let instant = |value: &Value| Timestamp::try_from(value.as_str()?.to_owned()).ok();
    match is {
        InputType::Integer => Some(value.as_i64()?.cmp(&bound.as_i64()?)),
        InputType::Number => value.as_f64()?.partial_cmp(&bound.as_f64()?),
        InputType::Duration => Some(words(value)?.cmp(&words(bound)?)),
        InputType::Timestamp => Some(instant(value)?.cmp(&instant(bound)?)),
        InputType::List => {
            Some(u64::try_from(value.as_sequence()?.len()).ok()?.cmp(&bound.as_u64()?))
        }
        InputType::String | InputType::Boolean => None,
    }
}

/// Reads what stands under `inputs`.
pub(super) fn read(entry: &Entry, problems: &mut Problems) -> IndexMap<String, Input> {
    if !matches!(entry.value.kind(), Kind::Map(_)) {
        let found = fields::name_of(&entry.value);
        let problem = misfit::wrong_type("inputs", Type::Map(&Type::Any), found);
        problems.push(problem.at(entry.place()));
    }
    let read = |entry: &Entry| (entry.key.to_string(), input(entry, problems));
    entry.value.entries().iter().map(read).collect()
}

/// Refuses a name that expressions could not write.
pub(super) fn snake(what: &str, entry: &Entry, code: Code, problems: &mut Problems) {
    if StepId::parse(&entry.key).is_ok() {
        return;
    }
    let message = format!("`{}` cannot name {what}", cut(&entry.key));
    let label = "a lower-case letter, then at most 62 letters, digits or `_` are expected";
    let problem = Problem::new(code, message, entry.key_span, label);
    let better = entry.key.to_lowercase().replace(['-', ' ', '.'], "_");
    problems.push(match StepId::parse(&better) {
        Ok(better) => problem.help(format!("write `{better}`")),
        Err(_) => problem.help("write it in snake case, such as `plan_name`: expressions name it"),
    });
}

fn input(entry: &Entry, problems: &mut Problems) -> Input {
    snake("an input", entry, Code::InputMalformed, problems);
    let mut input = Input {
        place: entry.key_span,
        is: None,
        default: None,
        optional: false,
        choices: Vec::new(),
        min: None,
        max: None,
        pattern: None,
        sensitive: false,
        description: None,
    };
    let opened = Fields::open(
        format_args!("the input `{}`", cut(&entry.key)),
        keys::INPUT,
        &entry.value,
        entry.key_span,
        problems,
    );
    let Some(fields) = opened else { return input };
    input.is = fields.word("type", InputType::ALL, problems);
    input.description = fields.text("description", problems);
    input.optional = fields.flag("optional", problems);
    input.sensitive = fields.flag("sensitive", problems);
    let name = cut(&entry.key);
    if let Some(is) = input.is {
        constraints(&name, is, &fields, &mut input, problems);
    }
    if let Some(default) = fields.get("default") {
        input.default = Some(default.value.value());
        check_default(&name, &input, default, problems);
    }
    input
}

fn constraints(
    name: &str,
    is: InputType,
    fields: &Fields<'_>,
    input: &mut Input,
    problems: &mut Problems,
) {
    if let Some(choices) = fields.checked("choices", problems) {
        // A list has one of them for each of its items.
        let of = if is == InputType::List { Type::String } else { is.is() };
        let mut places = Vec::new();
        for choice in choices.value.items() {
            if !literal::closed("choices", of, choice, choices.place(), problems) {
                continue;
            }
            let value = choice.value();
            // Those that are compared by their meaning are few.
            let first = input.choices.iter().take(limits::SHORT_LIST);
            if let Some(first) = first.clone().position(|other| is_same(is, other, &value)) {
                problems.push(choice_twice(name, choice.span(), places[first]));
            }
            places.push(choice.span());
            input.choices.push(value);
        }
    }
    for key in ["min", "max"] {
        let Some(entry) = fields.get(key) else { continue };
        if !is.is_ordered() {
            problems.push(not_for_type(key, is, entry));
            continue;
        }
        let bound = if is == InputType::List { Type::COUNT } else { is.is() };
        if literal::closed(key, bound, &entry.value, entry.place(), problems) {
            let bound = Some(entry.value.value());
            if key == "min" { input.min = bound } else { input.max = bound }
        }
    }
    if let (Some(min), Some(max), Some(entry)) = (&input.min, &input.max, fields.get("max")) {
        // A list is bounded by counts, so its bounds compare as numbers.
        let of = if is == InputType::List { InputType::Integer } else { is };
        if against(of, max, min) == Some(Ordering::Less) {
            let (low, high) = (shown(min), shown(max));
            let message = format!("the input `{name}` is at least {low} and at most {high}");
            problems.push(
                Problem::new(Code::InputBadBounds, message, entry.place(), "below `min`")
                    .help(format!("let `max` be {low} or more")),
            );
        }
    }
    let choices = fields.get("choices").map_or(&[][..], |entry| entry.value.items());
    for choice in choices.iter().filter(|_| is != InputType::List && !input.choices.is_empty()) {
        if let Some(refusal) = input.out_of_bounds(is, &choice.value()) {
            let message = format!("the input `{name}` {}", refusal.why);
            problems.push(
                Problem::new(refusal.code, message, choice.span(), "nobody can choose this")
                    .help("take this choice out, or let `min` and `max` take it in"),
            );
        }
    }
    if let Some(entry) = fields.checked("pattern", problems) {
        if is != InputType::String {
            problems.push(not_for_type("pattern", is, entry));
            return;
        }
        let text = entry.value.text().unwrap_or_default();
        match whole(text) {
            Ok(pattern) => input.pattern = Some(pattern),
            Err(error) => problems.push(
                Problem::new(
                    Code::InputBadPattern,
                    format!("`{}` is no regular expression: {error}", cut(text)),
                    entry.place(),
                    "cannot be read",
                )
                .help("write a regular expression, such as `[A-Z]+-DR`; look-around and back-references are not known"),
            ),
        }
    }
}

/// Compiles a pattern that the whole of a text must match.
fn whole(pattern: &str) -> Result<Regex, regex_lite::Error> {
    let within =
        |pattern: &str| RegexBuilder::new(pattern).size_limit(limits::PATTERN_PROGRAM).build();
    // By itself first: `a)|(b` would be a pattern between the anchors, and escape them.
    within(pattern)?;
    within(&format!("^(?:{pattern})$"))
}

fn choice_twice(name: &str, again: Span, first: Span) -> Problem {
    let message = format!("a choice of the input `{name}` stands twice");
    Problem::new(Code::InputChoiceTwice, message, again, "again here")
        .and(first, "first here")
        .help("take one of them out")
}

fn not_for_type(key: &str, is: InputType, entry: &Entry) -> Problem {
    let word = InputType::ALL.iter().find(|(_, other)| *other == is).map_or("", |(word, _)| word);
    let message = format!("`{key}` says nothing of an input of the type `{word}`");
    let help = match is {
        InputType::String => "take it out; `pattern` bounds a text",
        InputType::Boolean => "take it out: there are two values only",
        _ => "take it out; `min` and `max` bound this type",
    };
    Problem::new(Code::InputNotForType, message, entry.key_span, "it would have no effect")
        .help(help)
}

fn check_default(name: &str, input: &Input, entry: &Entry, problems: &mut Problems) {
    if !literal::closed("default", Type::Any, &entry.value, entry.place(), problems) {
        return;
    }
    if entry.value.is_null() && input.optional {
        return;
    }
    let written = match entry.value.kind() {
        Kind::Scalar { text, .. } => Some(&**text),
        _ => None,
    };
    if let Some(refusal) = input.refuses_as(&entry.value.value(), written) {
        let message = format!("the input `{name}` {}", refusal.why);
        problems.push(
            Problem::new(refusal.code, message, entry.place(), "this default does not fit")
                .help(refusal.help),
        );
    }
    if input.sensitive && !entry.value.is_null() {
        let message =
            format!("the input `{name}` is sensitive, and its default stands in the file");
        problems.push(
            Problem::new(Code::InputSensitiveDefault, message, entry.place(), "anyone can read it")
                .help("take the default out and hand the value in, or make it a secret"),
        );
    }
}
