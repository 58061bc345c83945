//! The keys of a step that are mappings of their own, and whether a kind takes them.

use std::time::Duration;

use super::fields::Fields;
use super::steps::Reader;
use super::{
    ForEach, OnTimeout, Part, RUN_RUNBOOK, Retry, Step, Undo, UndoBy, Wait, keys, literal,
};
use crate::document::{Entry, Kind, Node};
use crate::expression;
use crate::problem::{Code, Problem, Problems};
use crate::step::{Decl, Effect, StepId, Type};
use crate::text::{Span, cut, cut_or_quotes};
use crate::time::Words;

/// How long a `wait` waits where it does not say.
const WAIT: Duration = Duration::from_mins(30);

/// Reads `wait`.
pub(super) fn wait(entry: &Entry, problems: &mut Problems) -> Option<Wait> {
    let fields = Fields::open("`wait`", keys::WAIT, &entry.value, entry.key_span, problems)?;
    let on_timeout = [("cancel", OnTimeout::Cancel), ("detach", OnTimeout::Detach)];
    let place = fields.get("on-timeout").map_or(entry.key_span, Entry::place);
    let wait = Wait {
        place: entry.key_span,
        timeout: fields.some_time("timeout", problems).unwrap_or(WAIT),
        on_timeout: fields.word("on-timeout", &on_timeout, problems).map(|then| (then, place)),
        settle: fields.duration("settle", problems),
    };
    if let Some(settle) = fields.get("settle")
        && wait.decided() == OnTimeout::Detach
    {
        let message = "`settle` says nothing of a wait that does not cancel";
        problems.push(
            Problem::new(Code::WaitSettle, message, settle.key_span, "it would have no effect")
                .help("take `settle` out, or write `on-timeout: cancel`"),
        );
    }
    Some(wait)
}

/// Refuses the keys that the kind of a step does not take, and asks for what it must say.
pub(super) fn fit(step: &Step, decl: &Decl, fields: &Fields<'_>, problems: &mut Problems) {
    let kind = decl.kind;
    let refuse = |code, key: &str, why: &str, problems: &mut Problems| {
        if let Some(entry) = fields.get(key) {
            let message = format!("`{kind}` takes no `{key}`");
            problems.push(
                Problem::new(code, message, entry.key_span, "it would have no effect")
                    .help(format!("take it out: {why}")),
            );
        }
    };
    if decl.timeout.is_none() {
        let why = match decl.effect {
            Some(Effect::Gate) => "people are bounded by `expires`, under `with`",
            _ => "the step ends by itself, by what stands under `with`",
        };
        refuse(Code::TimeoutNotTaken, "timeout", why, problems);
    }
    if !decl.makes_a_task() {
        refuse(Code::WaitNotTaken, "wait", "the step makes no task to wait for", problems);
    }
    if decl.on_warning.is_none() {
        let why = "the step sees no session that could end with a warning";
        refuse(Code::OnWarningNotTaken, "on-warning", why, problems);
    }
    match (decl.effect, fields.get("effect")) {
        (Some(effect), Some(entry)) => {
            let word = effect.name();
            let said = entry.value.text().map_or_else(String::new, cut);
            let message =
                format!("the effect of `{kind}` is `{word}`, and `effect: {said}` has no say");
            problems.push(
                Problem::new(Code::EffectFixed, message, entry.key_span, "fixed by the kind")
                    .help("take `effect` out"),
            );
        }
        // One that stands under `with` is told of there.
        (None, None)
            if fields.get("with").is_some_and(|with| with.value.entry("effect").is_some()) => {}
        (None, None) => {
            let message = format!("step `{}` does not say what `{kind}` does here", step.id);
            problems.push(
                Problem::new(Code::EffectMissing, message, step.place, "`effect` is missing here")
                    .help("add `effect: read` if it only looks, `effect: write` if something can take it back, else `effect: irreversible`"),
            );
        }
        _ => {}
    }
}

/// Reads `retry`, which reads take.
pub(super) fn retry(step: &Step, entry: &Entry, problems: &mut Problems) -> Option<Retry> {
    let acts = step.effect() != Effect::Read || step.kind() == RUN_RUNBOOK;
    if step.uses.is_some() && acts {
        let does = if step.effect() == Effect::Gate { "asks people" } else { "acts" };
        let message = format!("step `{}` cannot be retried: `{}` {does}", step.id, step.kind());
        problems.push(
            Problem::new(Code::RetryNotARead, message, entry.key_span, "not for an action").help(
                "take `retry` out: whether an action may be repeated is found out, never guessed",
            ),
        );
    }
    let fields = Fields::open("`retry`", keys::RETRY, &entry.value, entry.key_span, problems)?;
    let factor = fields.checked("factor", problems).and_then(|entry| {
        let factor = entry.value.value().as_f64()?;
        if (1.0..=100.0).contains(&factor) {
            return Some(factor);
        }
        let message = format!("`factor` is from 1 to 100, and not `{factor}`");
        problems.push(
            Problem::new(Code::ValueOutOfRange, message, entry.place(), "out of its range")
                .help("write 1 for pauses of one length, 2 for pauses that double"),
        );
        None
    });
    let wait = fields.duration("wait", problems).unwrap_or(Duration::from_secs(5));
    let max_wait = fields.duration("max-wait", problems);
    if let (Some(most), Some(entry)) =
        (max_wait.filter(|most| *most < wait), fields.get("max-wait"))
    {
        let (most, wait) = (Words(most), Words(wait));
        let message = format!("`max-wait` is `{most}`, which is shorter than `wait`, `{wait}`");
        problems.push(
            Problem::new(Code::RetryRange, message, entry.place(), "shorter than `wait`")
                .help("let `max-wait` be the longest pause: it starts with `wait` and grows"),
        );
    }
    Some(Retry {
        place: entry.key_span,
        attempts: fields.count("attempts", problems)?,
        wait,
        factor: factor.unwrap_or(1.0),
        max_wait: max_wait.unwrap_or(Duration::from_mins(5)),
    })
}

/// Reads `when`: an expression without its braces.
pub(super) fn when(entry: &Entry, problems: &mut Problems) -> Option<Node> {
    let Kind::Scalar { text, .. } = entry.value.kind() else {
        literal::closed("when", Type::String, &entry.value, entry.place(), problems);
        return None;
    };
    if expression::is_in(text) {
        let inner = text.trim().strip_prefix("${{").and_then(|text| text.strip_suffix("}}"));
        let problem = Problem::new(
            Code::ExpressionWrapped,
            format!("`when` takes the expression itself, and not `{}`", cut(text)),
            entry.place(),
            "no braces are needed",
        );
        problems.push(match inner {
            Some(inner) => problem.help(format!("write `{}`", cut(inner.trim()))),
            None => problem.help("write one expression, without `${{` and `}}`"),
        });
        return None;
    }
    if text.trim().is_empty() || entry.value.is_null() {
        let message = "`when` is empty";
        problems.push(
            Problem::new(Code::ExpressionSyntax, message, entry.place(), "nothing stands here")
                .help("write an expression that gives a boolean, or take `when` out"),
        );
        return None;
    }
    Some(entry.value.clone())
}

/// Reads `for-each`.
pub(super) fn for_each(entry: &Entry, problems: &mut Problems) -> Option<ForEach> {
    if !matches!(entry.value.kind(), Kind::Map(_)) {
        let list = list("for-each", entry, problems).unwrap_or_else(|| unknown_list(entry));
        let item = "item".to_owned();
        return Some(ForEach { place: entry.key_span, list, item, max_parallel: None, key: None });
    }
    let fields =
        Fields::open("`for-each`", keys::FOR_EACH, &entry.value, entry.key_span, problems)?;
    let list = fields.get("in").and_then(|entry| list("in", entry, problems));
    let item = fields.text("as", problems);
    if let (Some(item), Some(entry)) = (&item, fields.get("as"))
        && (StepId::parse(item).is_err() || ROOTS.contains(&item.as_str()))
    {
        let message = format!("an item cannot be named `{}`", cut_or_quotes(item));
        problems.push(
            Problem::new(Code::ForEachItem, message, entry.place(), "not free, or not snake case")
                .help("write a name of its own in snake case, such as `machine`"),
        );
    }
    let key = fields.get("key").and_then(|entry| key(entry, problems));
    Some(ForEach {
        place: entry.key_span,
        list: list.unwrap_or_else(|| unknown_list(entry)),
        item: item.unwrap_or_else(|| "item".to_owned()),
        max_parallel: fields.count("max-parallel", problems),
        key,
    })
}

/// The first words of expressions, which cannot name an item.
const ROOTS: &[&str] =
    &["inputs", "secrets", "steps", "scenario", "objectives", "run", "true", "false", "none"];

fn list(key: &str, entry: &Entry, problems: &mut Problems) -> Option<Node> {
    const LIST: Type = Type::List { of: &Type::Any, least: 0 };
    literal::open(key, LIST, &entry.value, entry.place(), problems).then(|| entry.value.clone())
}

/// Stands for a list that was refused: the names of its items are not wrong.
fn unknown_list(entry: &Entry) -> Node {
    Node::no_items(entry.value.span())
}

fn key(entry: &Entry, problems: &mut Problems) -> Option<Node> {
    if !literal::open("key", Type::String, &entry.value, entry.place(), problems) {
        return None;
    }
    let text = entry.value.text()?;
    if !expression::is_in(text) {
        let message = format!("the key `{}` would be the same for every item", cut(text));
        problems.push(
            Problem::new(Code::ForEachConstantKey, message, entry.place(), "not an expression")
                .help("write an expression that names the item, such as `${{ item.name }}`"),
        );
    }
    // One that was refused is kept: the items have a key.
    Some(entry.value.clone())
}

fn no_reason(undo: &Node, place: Span) -> Problem {
    let place = undo.entry("impossible").map_or(place, Entry::place);
    Problem::new(Code::ValueEmpty, "`impossible` is empty", place, "why?")
        .help("write why nothing takes the step back, and what a person does instead")
}

impl Reader<'_> {
    /// Reads `undo`: a step without an id of its own, or why there is none.
    pub(super) fn undo(&self, step: &Step, entry: &Entry, problems: &mut Problems) -> Undo {
        let place = entry.key_span;
        let refused = Undo { place, by: UndoBy::Refused };
        if step.uses.is_some() && matches!(step.effect(), Effect::Read | Effect::Gate) {
            let message = format!("step `{}` changes nothing that could be undone", step.id);
            let why = match step.kind() {
                RUN_RUNBOOK => "the steps of that runbook have their own".to_owned(),
                kind => format!("`{kind}` leaves nothing behind"),
            };
            problems.push(
                Problem::new(Code::UndoNotOwed, message, place, "it would never run")
                    .help(format!("take `undo` out: {why}")),
            );
        }
        if entry.value.entry("impossible").is_some() {
            let what = "an `undo` that is impossible";
            let opened = Fields::open(what, keys::IMPOSSIBLE, &entry.value, place, problems);
            let reason = opened.and_then(|fields| fields.text("impossible", problems));
            return match reason {
                Some(reason) if !reason.trim().is_empty() => {
                    Undo { place, by: UndoBy::Impossible(reason) }
                }
                Some(_) => {
                    problems.push(no_reason(&entry.value, place));
                    refused
                }
                None => refused,
            };
        }
        if let Some(kind) = entry.value.text().filter(|kind| crate::steps::find(kind).is_some()) {
            let message = format!("`undo` is a mapping, and this is a text: `{kind}`");
            let label = "a mapping is expected";
            problems.push(
                Problem::new(Code::ValueWrongType, message, entry.place(), label)
                    .help(format!("write `{{ uses: {kind}, with: {{ … }} }}`")),
            );
            return refused;
        }
        let opened = Fields::of_step("`undo`", keys::UNDO, entry, problems);
        let Some(fields) = opened else { return refused };
        let mut undo = Step::bare(step.id.clone(), Part::Steps, entry);
        self.common(&mut undo, &fields, problems);
        Undo { place, by: UndoBy::Step(Box::new(undo)) }
    }
}
