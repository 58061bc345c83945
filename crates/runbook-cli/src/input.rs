//! What a run is given: the scenario, and the inputs from the command line, a file and the
//! environment, in this order.

use std::collections::BTreeSet;
use std::path::Path;

use runbook_core::document::Document;
use runbook_core::plan::Inputs;
use runbook_core::problem::{Code, Problem, Problems};
use runbook_core::runbook::Runbook;

use crate::args::InputArgs;
use crate::exit::Failure;
use crate::terminal::{self, Stream};
use crate::{files, gate};

/// What the name of a variable starts with; the name of the input follows, in upper case.
const VARIABLE: &str = "RUNBOOK_INPUT_";

/// What is given, before there is a runbook that it is meant for.
#[derive(Debug)]
pub(crate) struct Given {
    /// Names and letters of `--input`.
    arguments: Vec<(String, String)>,
    /// The file of `--inputs`.
    file: Option<Document>,
    scenario: Option<String>,
}

impl Given {
    /// Reads what the command line says and the file that it names.
    pub(crate) fn read(args: &InputArgs) -> Result<Self, Failure> {
        let arguments = arguments(&args.inputs)?;
        let file = args.file.as_deref().map(read_file).transpose()?;
        Ok(Self { arguments, file, scenario: args.scenario.clone() })
    }

    /// Adds what the environment says of the inputs that this runbook has. Others may share the
    /// environment, so that a variable for another runbook is no mistake.
    pub(crate) fn inputs_of(&self, runbook: &Runbook) -> Result<Inputs, Failure> {
        let mut inputs = Inputs::default();
        let is_sensitive = |name: &str| runbook.inputs.get(name).is_some_and(|it| it.sensitive);
        for name in runbook.inputs.keys() {
            if let Some(text) = variable(name)? {
                if is_sensitive(name) {
                    let _ = gate::add(&text);
                }
                inputs.text(name, &text);
            }
        }
        for entry in self.file.iter().flat_map(|file| file.root().entries()) {
            let value = entry.value.value();
            if let Some(text) = value.as_str().filter(|_| is_sensitive(&entry.key)) {
                let _ = gate::add(text);
            }
            inputs.value(&entry.key, value);
        }
        for (name, text) in &self.arguments {
            inputs.argument(name, text);
        }
        if let Some(scenario) = &self.scenario {
            inputs.scenario(scenario);
        }
        Ok(inputs)
    }
}

fn arguments(given: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let mut names = BTreeSet::new();
    let mut arguments = Vec::new();
    for given in given {
        let Some((name, value)) = given.split_once('=') else {
            return Err(Failure::invalid(format!("`--input {given}` has no `=`"))
                .help("write `--input name=value`"));
        };
        if !names.insert(name) {
            return Err(Failure::invalid(format!("the input `{name}` is given twice"))
                .help("give it once: which one would count is not for a program to guess"));
        }
        arguments.push((name.to_owned(), value.to_owned()));
    }
    Ok(arguments)
}

/// An empty variable counts: to go on with a default instead could act on another plan than was
/// meant.
fn variable(input: &str) -> Result<Option<String>, Failure> {
    let name = format!("{VARIABLE}{}", input.to_uppercase());
    let value = std::env::var_os(&name).map(std::ffi::OsString::into_string);
    value.transpose().map_err(|_| {
        Failure::invalid(format!("the variable `{name}` is not UTF-8")).help("set it again as text")
    })
}

/// Reads names and values with the same care as a runbook.
fn read_file(path: &Path) -> Result<Document, Failure> {
    let refused = || {
        let name = files::name(path);
        Failure::invalid(format!("the inputs in `{name}` cannot be read"))
            .help("an inputs file has a line `name: value` for each input; nothing was sent")
    };
    let source = files::read(path).map_err(|text| {
        terminal::problems(&text.source, &text.problems, Stream::Stderr);
        refused()
    })?;
    let mut problems = Problems::default();
    let document = Document::parse(&source, &mut problems);
    let mut of_inputs = Problems::default();
    of_inputs.extend(problems.iter().filter_map(of_inputs_file));
    if of_inputs.has_errors() {
        terminal::problems(&source, &of_inputs, Stream::Stderr);
        return Err(refused());
    }
    Ok(document)
}

/// What is wrong with a runbook may be right in a file of inputs, or be called another thing.
fn of_inputs_file(problem: &Problem) -> Option<Problem> {
    let mut problem = problem.clone();
    match problem.code {
        // A job that gives nothing has an empty file.
        Code::DocumentEmpty => return None,
        Code::DocumentNotAMapping => {
            "the inputs are a mapping of names to values, and this is something else"
                .clone_into(&mut problem.message);
            for label in &mut problem.labels {
                "a name such as `plan:` is expected".clone_into(&mut label.text);
            }
            problem.help = Some("write a line `name: value` for each input".to_owned());
        }
        _ => {}
    }
    Some(problem)
}
