//! `command`: runs a program.

use super::literal;
use crate::document::{Entry, Node};
use crate::problem::{Code, Problem, Problems};
use crate::step::{Decl, Output, Param, StepId, Type};
use crate::text::cut;

/// The types that an author can give an output: those of inputs.
const TYPES: Type =
    Type::OneOf(&["string", "integer", "number", "boolean", "duration", "timestamp", "list"]);

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "command",
    summary: "Runs a program in the folder of the runbook.",
    params: &[
        Param::required(
            "argv",
            Type::SOME_TEXTS,
            "The program and its arguments. No shell reads them.",
        ),
        Param::optional(
            "stdin",
            Type::Any,
            "What the program reads: the value as JSON, as the whole of its input.",
        )
        .takes_secrets(),
        Param::optional(
            "env",
            Type::TEXTS,
            "Names of variables that are passed on; nothing else is.",
        ),
        Param::optional(
            "expect",
            Type::Fields(&[
                Param::optional("exit", Type::Integer(0, 255), "The exit code.").or("0")
            ]),
            "What is asked of its end.",
        ),
        Param::optional(
            "outputs",
            Type::Map(&Type::Fields(&[
                Param::required("type", TYPES, "The type of the output."),
                Param::required(
                    "pointer",
                    Type::String,
                    "Where it stands in the JSON that the program prints: a JSON pointer, empty \
                     for the whole.",
                ),
            ])),
            "Values that later steps can read, by name.",
        ),
    ],
    outputs: &[
        Output::new("exit", Type::Integer(0, 255), "The exit code."),
        Output::new("stdout", Type::String, "What it printed."),
    ],
    effect: None,
    proof: "The exit code is the one under `expect`.",
    investigate: "A process whose end was not seen may have done all, part or nothing: a person \
                  must look.",
    more: "**A runbook with a command is code**, and is to be reviewed as such; its plan says so. \
           The environment is clean but for the names under `env`, and a secret gets in by \
           `stdin` only: arguments can be read by every process of the machine.\n\nWith `effect: \
           read` it may be retried, and its success proves the actions above it. With `write` or \
           `irreversible` it is run once, and never again by itself.",
    example: "\
runbook: v1
name: fence-the-sources
steps:
  fence:
    uses: command
    effect: write
    with:
      argv: [./power-off-sources, --json]
      stdin: { machines: [erp-db01, erp-app01] }
      outputs: { stopped: { type: integer, pointer: /stopped } }
    timeout: 5m
    undo:
      uses: command
      effect: write
      with: { argv: [./power-on-sources, --json] }
",
    check,
    ..Decl::ACTION
};

/// Variables that hold the secrets of runbooks and targets.
const SECRETS: &[&str] = &["RUNBOOK_SECRET_", "EM_PASSWORD"];

fn check(with: &Node, problems: &mut Problems) {
    let program = with.entry("argv").and_then(|entry| entry.value.items().first());
    if let Some(node) = program
        && literal::text(node).is_some_and(|text| text.trim().is_empty())
    {
        let message = "the program under `argv` is empty";
        problems.push(
            Problem::new(Code::ValueEmpty, message, node.span(), "a program is expected")
                .help("write the program first, then its arguments"),
        );
    }
    let variables = with.entry("env").map_or(&[][..], |entry| entry.value.items());
    for node in variables {
        if let Some(name) = literal::text(node) {
            variable(name, node, problems);
        }
    }
    let outputs = with.entry("outputs").map_or(&[][..], |entry| entry.value.entries());
    for entry in outputs {
        output(entry, problems);
        if let Some(node) = entry.value.entry("pointer").map(|entry| &entry.value)
            && let Some(text) = literal::text(node)
        {
            literal::pointer(text, node.span(), problems);
        }
    }
}

fn variable(name: &str, node: &Node, problems: &mut Problems) {
    let shown = cut(name);
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty()
        || name.starts_with(|c: char| c.is_ascii_digit())
        || !name.chars().all(is_letter)
    {
        let message = format!("`{shown}` cannot name a variable");
        let bare = name.split('=').next().unwrap_or_default();
        let help = if bare.len() < name.len() {
            format!(
                "write `{}`: its value is passed on; other values go into `argv` or `stdin`",
                cut(bare)
            )
        } else {
            "write a name such as `LANG`, of letters, digits and `_`".to_owned()
        };
        let label = "the name of a variable is expected";
        problems.push(Problem::new(Code::WithBadVariable, message, node.span(), label).help(help));
    } else if SECRETS.iter().any(|secret| name.starts_with(secret)) {
        let message = format!("`{shown}` holds a secret, which no program gets by its environment");
        problems.push(
            Problem::new(Code::WithSecretVariable, message, node.span(), "this is a secret")
                .help("declare it under `secrets` and hand it in by `stdin`"),
        );
    }
}

fn output(entry: &Entry, problems: &mut Problems) {
    let name = cut(&entry.key);
    if StepId::parse(&entry.key).is_err() {
        let message = format!("`{name}` cannot name an output");
        let better = entry.key.to_lowercase().replace(['-', ' ', '.'], "_");
        let help = match StepId::parse(&better) {
            Ok(better) => format!("write `{better}`"),
            Err(_) => {
                "names of outputs are written in snake case, such as `machines_off`".to_owned()
            }
        };
        let label = "a lower-case letter, then at most 62 letters, digits or `_` are expected";
        problems.push(Problem::new(Code::WithBadOutput, message, entry.key_span, label).help(help));
    } else if DECL.output(&entry.key).is_some() {
        let message = format!("every command has an output `{name}` already");
        problems.push(
            Problem::new(Code::WithOutputTaken, message, entry.key_span, "this name is taken")
                .help(format!("give it a name of its own, such as `{name}_said`")),
        );
    }
}
