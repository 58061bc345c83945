//! From a document to a runbook: the top level and the inputs.

use indexmap::IndexMap;

use super::fields::{self, Fields, Shape};
use super::misfit::misfit;
use super::{Input, Runbook, steps};
use crate::document::{Document, Entry, Kind, Node};
use crate::limits;
use crate::problem::{Code, Problem, Problems};
use crate::step::{StepId, Type};
use crate::text::{Span, cut};

const RUNBOOK: Shape = Shape {
    what: "a runbook",
    known: &["runbook", "name", "description", "owners", "inputs", "steps"],
    later: &[
        "objectives",
        "secrets",
        "scenarios",
        "default-scenario",
        "defaults",
        "locks",
        "alerts",
        "finally",
        "outputs",
        "allow",
    ],
};

const INPUT: Shape = Shape {
    what: "an input",
    known: &["type", "default", "description"],
    later: &["optional", "choices", "min", "max", "pattern", "sensitive"],
};

/// The types of inputs that the format has and this version does not.
const LATER_TYPES: &[&str] = &["integer", "number", "boolean", "duration", "timestamp", "list"];

impl Runbook {
    /// Reads a document. Every mistake goes to `problems`, and the runbook holds what could be
    /// read; whether needed steps exist is not looked at here.
    ///
    /// ```
    /// use runbook_core::document::Document;
    /// use runbook_core::problem::Problems;
    /// use runbook_core::runbook::Runbook;
    /// use runbook_core::text::Source;
    ///
    /// let mut problems = Problems::default();
    /// let text = "runbook: v1\nname: rest\nsteps:\n  pause: { uses: sleep, with: { for: 10s } }\n";
    /// let document = Document::parse(&Source::new("rest.yaml", text), &mut problems);
    /// let runbook = Runbook::read(&document, &mut problems);
    /// assert!(problems.is_empty());
    /// assert_eq!(runbook.steps[0].id.as_str(), "pause");
    /// ```
    pub fn read(document: &Document, problems: &mut Problems) -> Self {
        Self::read_within(document, limits::STEPS, problems)
    }

    pub(super) fn read_within(document: &Document, most: usize, problems: &mut Problems) -> Self {
        let root = document.root();
        let first = root.entries().first();
        let start = first.map_or(Span::default(), |entry| entry.key_span);
        let mut runbook = Self {
            source: document.source().clone(),
            name: String::new(),
            description: None,
            owners: Vec::new(),
            inputs: IndexMap::new(),
            inputs_place: root.entry("inputs").map_or(start, |entry| entry.key_span),
            steps: Vec::new(),
        };
        let Some(fields) = Fields::open(&RUNBOOK, root, start, problems) else { return runbook };
        if let Some(entry) = fields.require("runbook", problems) {
            version(entry, problems);
        }
        if let Some(entry) = fields.require("name", problems) {
            runbook.name = name(entry, problems).unwrap_or_default();
        }
        runbook.description = fields.text("description", problems);
        if let Some(entry) = fields.get("owners") {
            runbook.owners = owners(entry, problems);
        }
        if let Some(entry) = fields.get("inputs") {
            runbook.inputs = inputs(entry, problems);
        }
        if let Some(entry) = fields.require("steps", problems) {
            runbook.steps = steps::read(&runbook, entry, most, problems);
        }
        runbook
    }
}

fn version(entry: &Entry, problems: &mut Problems) {
    let text = match entry.value.kind() {
        Kind::Scalar { text, .. } => cut(text),
        _ => fields::name_of(&entry.value).to_owned(),
    };
    if text != "v1" {
        let message = format!("there is no version `{text}` of the format");
        problems.push(
            Problem::new(Code::VersionUnknown, message, entry.place(), "not a version")
                .help("write `runbook: v1`"),
        );
    }
}

fn name(entry: &Entry, problems: &mut Problems) -> Option<String> {
    let text = fields::text(entry, problems)?;
    if !is_kebab(text) {
        let message = format!("`{}` cannot name a runbook", cut(text));
        let label = "lower-case letters, digits and `-` between them are expected";
        let better = text.to_lowercase().replace(['_', ' ', '.'], "-");
        let help = if is_kebab(&better) {
            format!("write `{better}`")
        } else {
            "write it in kebab case, such as `erp-failover`".to_owned()
        };
        problems.push(Problem::new(Code::NameMalformed, message, entry.place(), label).help(help));
    }
    Some(text.to_owned())
}

fn is_kebab(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.split('-').all(word)
}

fn owners(entry: &Entry, problems: &mut Problems) -> Vec<String> {
    let Kind::List(items) = entry.value.kind() else {
        problems.push(fields::wrong_type("owners", "a list of texts", &entry.value, entry.place()));
        return Vec::new();
    };
    let texts = items.iter().filter_map(|node| fields::item(entry, node, problems));
    texts.map(str::to_owned).collect()
}

fn inputs(entry: &Entry, problems: &mut Problems) -> IndexMap<String, Input> {
    if !matches!(entry.value.kind(), Kind::Map(_)) {
        let expected = "a mapping of names to inputs";
        problems.push(fields::wrong_type("inputs", expected, &entry.value, entry.place()));
    }
    let read = |entry: &Entry| (entry.key.to_string(), input(entry, problems));
    entry.value.entries().iter().map(read).collect()
}

fn input(entry: &Entry, problems: &mut Problems) -> Input {
    let name = cut(&entry.key);
    if StepId::parse(&entry.key).is_err() {
        let message = format!("`{name}` cannot name an input");
        let label = "a lower-case letter, then at most 62 letters, digits or `_` are expected";
        problems.push(
            Problem::new(Code::InputMalformed, message, entry.key_span, label)
                .help("write it in snake case, such as `plan_name`: expressions name it"),
        );
    }
    let mut input = Input { place: entry.key_span, is: None, default: None, description: None };
    let Some(fields) = Fields::open(&INPUT, &entry.value, entry.key_span, problems) else {
        return input;
    };
    input.description = fields.text("description", problems);
    if let Some(entry) = fields.require("type", problems) {
        input.is = input_type(entry, problems);
    }
    if let Some(default) = fields.get("default") {
        input.default = Some(default.value.value());
        check_default(&name, input.is, default, problems);
    }
    input
}

fn input_type(entry: &Entry, problems: &mut Problems) -> Option<Type> {
    let text = fields::text(entry, problems)?;
    if text == "string" {
        return Some(Type::String);
    }
    let place = entry.place();
    let word = cut(text);
    if LATER_TYPES.contains(&text) {
        let message = format!(
            "inputs of the type `{word}` belong to the format, but this version does not read them yet"
        );
        problems.push(
            Problem::new(Code::InputNotYet, message, place, "not read yet")
                .help("use `string`, or a version that reads this type"),
        );
        return None;
    }
    let message = format!("there is no type `{word}`");
    let problem = Problem::new(Code::InputUnknownType, message, place, "not a type");
    let types = LATER_TYPES.iter().copied().chain(["string"]);
    problems.push(match problems.nearest(text, types) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem.help("write `string`"),
    });
    None
}

fn check_default(name: &str, is: Option<Type>, entry: &Entry, problems: &mut Problems) {
    let node: &Node = &entry.value;
    if !fields::no_expression(entry, node, problems) {
        return;
    }
    if is.is_some_and(|is| misfit("default", is, &node.value()).is_some()) {
        let message = format!("the default of the input `{name}` is {}", fields::name_of(node));
        problems.push(
            Problem::new(Code::InputWrongType, message, entry.place(), "a text is expected")
                .help("put it in quotes if it is meant as a text"),
        );
    }
}
