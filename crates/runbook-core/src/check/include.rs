//! Runbooks that a runbook runs: found, checked, and kept beside the steps that run them.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Checked, View, all_within};
use crate::document::Document;
use crate::expression;
use crate::graph::Graph;
use crate::limits;
use crate::problem::{Code, Problem, Problems, Severity};
use crate::runbook::{RUN_RUNBOOK, Runbook, Step};
use crate::text::{Source, Span, cut};

/// Where the runbooks are that others run.
pub trait Library {
    /// Returns what tells a text from all others, such as the whole path of its file.
    fn key(&self, source: &Source) -> String;

    /// Opens the text that a runbook names. The name has no scheme, is not absolute and has no
    /// letter that does not show.
    ///
    /// # Errors
    /// [`Closed`] where it is not in the same repository, or cannot be read.
    fn open(&mut self, from: &Source, file: &str) -> Result<Source, Closed>;
}

/// Why a text cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It is not in the repository of the runbook that names it.
    #[error("it is not in the same repository")]
    Outside,
    /// It cannot be read, and why.
    #[error("{0}")]
    Unreadable(String),
}

/// The runbooks that were opened for one runbook.
pub(super) struct Opened<'a> {
    library: &'a mut dyn Library,
    /// Those that are open right now, the innermost last.
    trail: Vec<String>,
    /// Those that were checked; none for those with errors.
    checked: HashMap<String, Option<Arc<Checked>>>,
}

/// Runbooks by the places of the steps that run them.
pub(crate) type Inner = HashMap<usize, Arc<Checked>>;

impl<'a> Opened<'a> {
    pub(super) fn new(library: &'a mut dyn Library, source: &Source) -> Self {
        let trail = vec![library.key(source)];
        Self { library, trail, checked: HashMap::new() }
    }

    /// Opens and checks what the steps of a runbook run. As deep as runbooks may run others.
    pub(super) fn include(&mut self, runbook: &Runbook, problems: &mut Problems) -> Inner {
        let mut inner = Inner::new();
        for (at, step) in runbook.steps.iter().enumerate() {
            let Some((text, place)) = file_of(step) else { continue };
            if well_formed(text, place).is_err() {
                continue;
            }
            match self.open(&runbook.source, step, text, place) {
                Ok(Some(checked)) => drop(inner.insert(at, checked)),
                Ok(None) => {}
                Err(problem) => problems.push(problem),
            }
        }
        inner
    }

    fn open(
        &mut self,
        from: &Source,
        step: &Step,
        file: &str,
        place: Span,
    ) -> Result<Option<Arc<Checked>>, Problem> {
        let shown = cut(file);
        let source = self.library.open(from, file).map_err(|closed| match closed {
            Closed::Outside => {
                let message = format!("`{shown}` is not in the repository of this runbook");
                Problem::new(Code::FileOutside, message, place, "never opened").help(
                    "name a runbook of the same repository: what is reviewed must be what runs",
                )
            }
            Closed::Unreadable(why) => {
                let message = format!("`{shown}` cannot be read: {why}");
                Problem::new(Code::FileUnreadable, message, place, "this file is needed").help(
                    "write the way from the folder of this runbook to the other, such as \
                     `shared/undo.yaml`",
                )
            }
        })?;
        let key = self.library.key(&source);
        if self.trail.contains(&key) {
            let message = format!("`{shown}` would run itself, directly or through others");
            let problem = Problem::new(Code::FileCircle, message, place, "leads back here");
            return Err(problem.help("take this step out: such a run would never end"));
        }
        if let Some(known) = self.checked.get(&key) {
            return Ok(known.clone());
        }
        if self.trail.len() > limits::INCLUDE_DEPTH {
            let most = limits::INCLUDE_DEPTH;
            let message = format!("`{shown}` lies more than {most} runbooks deep");
            let problem = Problem::new(Code::FileTooDeep, message, place, "one too deep");
            return Err(problem.help("run it from a runbook that is nearer to the first"));
        }
        if self.checked.len() >= limits::INCLUDES {
            let most = limits::INCLUDES;
            let message = format!("`{shown}` is one more than the {most} runbooks that are opened");
            let problem = Problem::new(Code::FileTooMany, message, place, "one too many");
            return Err(problem.help("put the steps of some of them into one runbook"));
        }
        self.trail.push(key.clone());
        let checked = self.read(&source);
        self.trail.pop();
        let (kept, problem) = match checked {
            Ok(checked) => (Some(Arc::new(checked)), None),
            Err(problems) => (None, Some(wrong(step, &source, &problems, place))),
        };
        self.checked.insert(key, kept.clone());
        problem.map_or(Ok(kept), Err)
    }

    fn read(&mut self, source: &Source) -> Result<Checked, Problems> {
        let mut problems = Problems::default();
        let document = Document::parse(source, &mut problems);
        let runbook = Runbook::read(&document, &mut problems);
        let graph = Graph::build(&runbook, &mut problems);
        let inner = self.include(&runbook, &mut problems);
        all_within(runbook, graph, inner, problems)
    }
}

/// Refuses names of files that are opened nowhere.
pub(super) fn check(view: &View<'_>, problems: &mut Problems) {
    let files = view.runbook.steps.iter().filter_map(file_of);
    problems.extend(files.filter_map(|(text, place)| well_formed(text, place).err()));
}

/// Returns the file that a step names, where it runs another runbook.
fn file_of(step: &Step) -> Option<(&str, Span)> {
    let node = step.param("file").filter(|_| step.kind() == RUN_RUNBOOK)?;
    Some((node.text()?, node.span()))
}

fn well_formed(text: &str, place: Span) -> Result<(), Problem> {
    let shown = cut(text);
    let (message, help) = if expression::is_in(text) {
        (
            format!("which runbook is run is known before any input is: `{shown}` is open"),
            "write the name of the file itself",
        )
    } else if text.contains("://") || text.starts_with('/') || text.contains('\\') {
        (
            format!("`{shown}` is not the way from this runbook to another"),
            "write a relative way with `/`, such as `shared/undo.yaml`: nothing is fetched, and \
             no absolute path is the same on every machine",
        )
    } else if text.trim().is_empty() || !text.chars().all(crate::text::is_visible) {
        (
            format!("`{shown}` names no file"),
            "write the way from the folder of this runbook, such as `shared/undo.yaml`",
        )
    } else {
        return Ok(());
    };
    Err(Problem::new(Code::FileMalformed, message, place, "a relative way is expected").help(help))
}

/// Says that the other runbook has errors. Its own text is not shown here: `check` of it does.
fn wrong(step: &Step, source: &Source, problems: &Problems, place: Span) -> Problem {
    let sorted = problems.sorted();
    let errors = || sorted.iter().filter(|one| one.code.severity() == Severity::Error);
    let first = errors().next();
    let line = first
        .and_then(|first| first.labels.first())
        .map_or(1, |label| source.position(label.span.start).line);
    let name = cut(source.name());
    let what = first.map_or("", |first| first.message.as_str());
    let message = format!("step `{}` runs `{name}`, which has errors: {what}", step.id);
    Problem::new(Code::FileWrong, message, place, format!("{} there", errors().count()))
        .help(format!("mend line {line} of `{name}` first: `runbook check {name}` shows all"))
}
