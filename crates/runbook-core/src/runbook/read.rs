//! From a document to a runbook: the top level.

use indexmap::IndexMap;

use super::fields::{self, Fields};
use super::{Defaults, Objectives, Part, Runbook, inputs, keys, literal, reads, settings, steps};
use crate::document::{Document, Entry, Kind, Node};
use crate::limits;
use crate::problem::{Code, Problem, Problems};
use crate::step::Type;
use crate::text::{Source, Span, cut, cut_or_quotes};

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

    /// Reads a document with at most so many steps.
    pub(super) fn read_within(document: &Document, most: usize, problems: &mut Problems) -> Self {
        let root = document.root();
        let start = Span::new(root.span().start, root.span().start);
        let mut runbook = Self::empty(document.source(), start);
        runbook.inputs_place = root.entry("inputs").map_or(start, |entry| entry.key_span);
        let opened = Fields::open("a runbook", keys::RUNBOOK, root, start, problems);
        let Some(fields) = opened else { return runbook };
        if let Some(entry) = fields.get("runbook") {
            version(entry, problems);
        }
        if let Some(entry) = fields.checked("name", problems) {
            runbook.name = name(entry, problems);
        }
        runbook.description = fields.text("description", problems);
        runbook.owners = fields.texts("owners", problems);
        runbook.settings(&fields, problems);
        runbook.steps(&fields, most, problems);
        runbook
    }

    fn empty(source: &Source, start: Span) -> Self {
        Self {
            source: source.clone(),
            name: String::new(),
            description: None,
            owners: Vec::new(),
            objectives: Objectives::default(),
            inputs: IndexMap::new(),
            inputs_place: start,
            secrets: IndexMap::new(),
            scenarios: IndexMap::new(),
            default_scenario: None,
            defaults: Defaults::default(),
            locks: Vec::new(),
            alerts: None,
            steps: Vec::new(),
            outputs: IndexMap::new(),
            allow: Vec::new(),
        }
    }

    fn settings(&mut self, fields: &Fields<'_>, problems: &mut Problems) {
        if let Some(entry) = fields.get("objectives") {
            self.objectives = settings::objectives(entry, problems);
        }
        if let Some(entry) = fields.get("inputs") {
            self.inputs = inputs::read(entry, problems);
        }
        if let Some(entry) = fields.get("secrets") {
            self.secrets = settings::secrets(entry, problems);
        }
        if let Some(entry) = fields.get("scenarios") {
            self.scenarios = settings::scenarios(entry, problems);
        }
        if let Some(entry) = fields.get("default-scenario") {
            self.default_scenario = settings::default_scenario(entry, &self.scenarios, problems);
        }
        if let Some(entry) = fields.get("defaults") {
            self.defaults = settings::defaults(entry, problems);
        }
        if let Some(entry) = fields.get("locks") {
            self.locks = settings::locks(entry, problems);
            reads::syntax(&self.source, &entry.value, problems);
        }
        if let Some(entry) = fields.get("alerts") {
            self.alerts = settings::alerts(entry, &self.source, problems);
        }
        if let Some(entry) = fields.get("allow") {
            self.allow = settings::allow(entry, problems);
        }
        if let Some(entry) = fields.get("outputs") {
            self.outputs = outputs(&self.source, entry, problems);
        }
    }

    fn steps(&mut self, fields: &Fields<'_>, most: usize, problems: &mut Problems) {
        let mut reader = steps::Reader::new(&self.source, most);
        if let Some(entry) = fields.get("steps") {
            reader.read(Part::Steps, entry, problems);
        }
        if let Some(entry) = fields.get("finally") {
            reader.read(Part::Finally, entry, problems);
        }
        self.steps = reader.finish();
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

fn name(entry: &Entry, problems: &mut Problems) -> String {
    let text = entry.value.text().unwrap_or_default();
    if !is_kebab(text) {
        let message = format!("`{}` cannot name a runbook", cut_or_quotes(text));
        let label = "lower-case letters, digits and `-` between them are expected";
        let better = text.to_lowercase().replace(['_', ' ', '.'], "-");
        let help = if is_kebab(&better) {
            format!("write `{better}`")
        } else {
            "write it in kebab case, such as `erp-failover`".to_owned()
        };
        problems.push(Problem::new(Code::NameMalformed, message, entry.place(), label).help(help));
    }
    text.to_owned()
}

fn is_kebab(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.split('-').all(word)
}

fn outputs(source: &Source, entry: &Entry, problems: &mut Problems) -> IndexMap<String, Node> {
    if !literal::open("outputs", Type::Map(&Type::Any), &entry.value, entry.place(), problems) {
        return IndexMap::new();
    }
    let read = |entry: &Entry| {
        inputs::snake("an output", entry, Code::OutputMalformed, problems);
        reads::syntax(source, &entry.value, problems);
        (entry.key.to_string(), entry.value.clone())
    };
    entry.value.entries().iter().map(read).collect()
}
