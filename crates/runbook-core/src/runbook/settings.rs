//! The top-level keys that hold for the whole runbook.

use indexmap::IndexMap;

use super::fields::Fields;
use super::inputs::snake;
use super::misfit::{self, misfit};
use super::{
    Alerts, Allow, Defaults, Objectives, OnFailure, Scenario, Secret, keys, literal, reads,
};
use crate::document::{Entry, Kind, Node};
use crate::problem::{Code, Problem, Problems, Severity};
use crate::step::Type;
use crate::text::{Span, cut, cut_or_quotes, nearest};

/// The letters with which the variable of a secret starts.
const VARIABLE: &str = "RUNBOOK_SECRET_";

/// What follows a step that failed, by its words.
pub(super) const ON_FAILURE: &[(&str, OnFailure)] =
    &[("halt", OnFailure::Halt), ("continue", OnFailure::Continue), ("undo", OnFailure::Undo)];

pub(super) fn objectives(entry: &Entry, problems: &mut Problems) -> Objectives {
    let keys = keys::OBJECTIVES;
    match Fields::open("`objectives`", keys, &entry.value, entry.key_span, problems) {
        Some(fields) => Objectives {
            rto: fields.some_time("rto", problems),
            rpo: fields.some_time("rpo", problems),
        },
        None => Objectives::default(),
    }
}

pub(super) fn defaults(entry: &Entry, problems: &mut Problems) -> Defaults {
    let opened = Fields::open("`defaults`", keys::DEFAULTS, &entry.value, entry.key_span, problems);
    let Some(fields) = opened else { return Defaults::default() };
    let mut defaults = Defaults {
        timeout: fields.some_time("timeout", problems),
        on_failure: fields.word("on-failure", ON_FAILURE, problems),
        ..Defaults::default()
    };
    let Some(poll) = fields.get("poll") else { return defaults };
    let opened = Fields::open("`poll`", keys::POLL, &poll.value, poll.key_span, problems);
    if let Some(fields) = opened {
        defaults.poll.every = fields.some_time("every", problems);
        defaults.poll.max = fields.some_time("max", problems);
        if let (Some(every), Some(max), Some(entry)) =
            (defaults.poll.every, defaults.poll.max, fields.get("max"))
            && max < every
        {
            let word = entry.value.text().unwrap_or_default();
            let message = format!("`max` is `{}`, which is shorter than `every`", cut(word));
            problems.push(
                Problem::new(Code::PollRange, message, entry.place(), "shorter than `every`")
                    .help("let `max` be the longest pause: it starts with `every` and grows"),
            );
        }
    }
    defaults
}

pub(super) fn secrets(entry: &Entry, problems: &mut Problems) -> IndexMap<String, Secret> {
    let mut secrets = IndexMap::new();
    for (entry, fields) in named("secrets", "secret", keys::SECRET, entry, problems) {
        snake("a secret", entry, Code::SecretMalformed, problems);
        let (env, file) = (fields.checked("env", problems), fields.checked("file", problems));
        let read = match (env, file) {
            (Some(env), None) => variable(env, problems),
            (None, Some(file)) => secret_file(file, problems),
            // A key that is unknown or has no text was meant to say it, and is reported.
            (None, None) if !entry.value.entries().is_empty() => None,
            _ => {
                let from = match (env, file) {
                    (None, None) => "nowhere",
                    _ => "a variable and from a file",
                };
                let message = format!("the secret `{}` comes from {from}", cut(&entry.key));
                problems.push(
                    Problem::new(Code::SecretSource, message, entry.key_span, "one place is right")
                        .help("write `{ env: RUNBOOK_SECRET_… }` or `{ file: name }`"),
                );
                None
            }
        };
        // One that was refused is kept: expressions that name it are not wrong.
        secrets.insert(entry.key.to_string(), read.unwrap_or(Secret::File(String::new())));
    }
    secrets
}

fn variable(entry: &Entry, problems: &mut Problems) -> Option<Secret> {
    let name = entry.value.text()?;
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let rest = name.strip_prefix(VARIABLE);
    if rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain)) {
        return Some(Secret::Variable(name.to_owned()));
    }
    let message = format!("`{}` is not the variable of a secret", cut(name));
    problems.push(
        Problem::new(Code::SecretVariable, message, entry.place(), "cannot be named here")
            .help(format!("name a variable that starts with `{VARIABLE}`, in capitals: a runbook must not be able to send any other variable of the machine away")),
    );
    None
}

fn secret_file(entry: &Entry, problems: &mut Problems) -> Option<Secret> {
    let name = entry.value.text()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    if !name.is_empty() && name.bytes().all(plain) && !name.starts_with('.') {
        return Some(Secret::File(name.to_owned()));
    }
    let message = format!("`{}` is not the name of a file of secrets", cut_or_quotes(name));
    problems.push(
        Problem::new(Code::SecretFile, message, entry.place(), "a name alone is expected")
            .help("write the name of a file in the folder that `--secrets` names, without a path"),
    );
    None
}

pub(super) fn scenarios(entry: &Entry, problems: &mut Problems) -> IndexMap<String, Scenario> {
    let mut scenarios = IndexMap::new();
    for (entry, fields) in named("scenarios", "scenario", keys::SCENARIO, entry, problems) {
        snake("a scenario", entry, Code::ScenarioMalformed, problems);
        let halt_or_undo = [("halt", false), ("undo", true)];
        let keep_or_undo = [("keep", false), ("undo", true)];
        let proof = [("reported", false), ("required", true)];
        let scenario = Scenario {
            place: entry.key_span,
            undo_on_failure: fields.word("on-failure", &halt_or_undo, problems).unwrap_or(false),
            undo_on_success: fields.word("on-success", &keep_or_undo, problems).unwrap_or(false),
            proof_required: fields.word("proof", &proof, problems).unwrap_or(false),
        };
        scenarios.insert(entry.key.to_string(), scenario);
    }
    scenarios
}

/// Opens each mapping of a mapping of names.
fn named<'a>(
    key: &str,
    what: &str,
    keys: &'static [crate::step::Param],
    entry: &'a Entry,
    problems: &mut Problems,
) -> Vec<(&'a Entry, Fields<'a>)> {
    let any = Type::Map(&Type::Any);
    if !literal::closed(key, any, &entry.value, entry.key_span, problems) {
        return Vec::new();
    }
    let open = |entry: &'a Entry| {
        let what = format_args!("the {what} `{}`", cut(&entry.key));
        let fields = Fields::named(what, keys, entry, problems)?;
        Some((entry, fields))
    };
    entry.value.entries().iter().filter_map(open).collect()
}

pub(super) fn default_scenario(
    entry: &Entry,
    scenarios: &IndexMap<String, Scenario>,
    problems: &mut Problems,
) -> Option<(String, Span)> {
    let place = entry.place();
    if !literal::closed("default-scenario", Type::String, &entry.value, place, problems) {
        return None;
    }
    let name = entry.value.text()?;
    if !scenarios.contains_key(name) {
        let message = format!("there is no scenario `{}` to be the default", cut(name));
        let problem = Problem::new(Code::ScenarioUnknown, message, place, "no such scenario");
        let known = scenarios.keys().map(String::as_str);
        problems.push(match nearest(name, known) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("name one that stands under `scenarios`, or add it there"),
        });
        return None;
    }
    Some((name.to_owned(), place))
}

pub(super) fn locks(entry: &Entry, problems: &mut Problems) -> Vec<Node> {
    if literal::open("locks", Type::TEXTS, &entry.value, entry.place(), problems) {
        let blank = |item: &&Node| item.text().is_some_and(|text| text.trim().is_empty());
        let blank = entry.value.items().iter().filter(blank);
        problems.extend(blank.map(|item| misfit::empty("locks").at(item.span())));
        entry.value.items().to_vec()
    } else {
        Vec::new()
    }
}

pub(super) fn alerts(
    entry: &Entry,
    source: &crate::text::Source,
    problems: &mut Problems,
) -> Option<Alerts> {
    let fields = Fields::open("`alerts`", keys::ALERTS, &entry.value, entry.key_span, problems)?;
    let on = fields.texts("on", problems);
    let webhook = fields.get("webhook")?;
    let open = literal::open("webhook", Type::Url, &webhook.value, webhook.place(), problems);
    reads::syntax(source, &webhook.value, problems);
    open.then(|| Alerts { on, webhook: webhook.value.clone() })
}

/// Reads the remarks that are accepted.
pub(super) fn allow(entry: &Entry, problems: &mut Problems) -> Vec<Allow> {
    let reasons = Type::Map(&Type::String);
    if let Kind::List(_) = entry.value.kind() {
        let found = misfit("allow", reasons, &entry.value.value());
        let help = "write each code with its reason: `{ CODE: why it does not matter here }`";
        problems.extend(found.map(|misfit| misfit.at(entry.place()).help(help)));
        return Vec::new();
    }
    if !literal::closed("allow", reasons, &entry.value, entry.place(), problems) {
        return Vec::new();
    }
    entry.value.entries().iter().filter_map(|entry| accepted(entry, problems)).collect()
}

fn accepted(entry: &Entry, problems: &mut Problems) -> Option<Allow> {
    let name = cut(&entry.key);
    let Some(code) = Code::find(&entry.key) else {
        let message = format!("there is no code `{name}`");
        let problem =
            Problem::new(Code::AllowUnknown, message, entry.key_span, "no remark has this code");
        let remarks = Code::all().filter(|code| code.severity() != Severity::Error);
        problems.push(match nearest(&entry.key, remarks.map(Code::name)) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("write the code of a remark, as `check` shows it"),
        });
        return None;
    };
    if code.severity() == Severity::Error {
        let message = format!("`{name}` is an error, and errors cannot be accepted");
        problems.push(
            Problem::new(Code::AllowError, message, entry.key_span, "not a remark")
                .help("mend what it complains of, and take this out"),
        );
        return None;
    }
    let reason = entry.value.text().unwrap_or_default().trim();
    if reason.is_empty() {
        let message = format!("`{name}` is accepted without a reason");
        problems
            .push(Problem::new(Code::AllowNoReason, message, entry.place(), "why?").help(
                "write why this remark does not matter here: reviewers and auditors read it",
            ));
        return None;
    }
    Some(Allow { code, reason: reason.to_owned(), place: entry.key_span })
}
