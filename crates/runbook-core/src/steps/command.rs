//! `command`: runs a program.

use super::literal;
use crate::step::{Decl, Output, Param, Type};

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
    check: literal::command,
    ..Decl::ACTION
};
