//! `em-request`: sends a request of EM's catalogue that has no kind of its own.

use super::literal;
use crate::document::Node;
use crate::problem::Problems;
use crate::step::{Decl, Output, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "em-request",
    summary: "Sends a request to EM that has no kind of its own.",
    params: &[
        Param::required("operation", Type::String, "The operation, by its name in the catalogue."),
        Param::optional(
            "path",
            Type::Map(&Type::Any),
            "Values for the places in the path of the operation, by name.",
        ),
        Param::optional("query", Type::Map(&Type::Any), "Values behind the `?`, by name."),
        Param::optional("body", Type::Any, "What is sent."),
    ],
    outputs: &[
        Output::new("status", Type::Integer(100, 599), "The status of EM's answer."),
        Output::new("body", Type::Any, "What EM answered."),
    ],
    proof: "EM's answer, and no more than that.",
    investigate: "Nothing is known of what an arbitrary request has done: a person must look.",
    more: "The catalogue of operations says of each whether it reads or writes, and what stands \
           in its path; what it does not say to read is treated as a write, and sent \
           once.\n\nOperations on tasks, logon sessions and accounts are refused, and so are those \
           that have a kind: the kind knows how to prove what became of them.",
    example: "\
runbook: v1
name: note-on-the-plan
steps:
  plan:
    uses: query
    with: { type: FailoverPlan, filter: { Name: ERP-DR }, expect: { min: 1, max: 1 } }
  note:
    uses: em-request
    needs: plan
    with:
      operation: EditFailoverPlan
      path: { id: ae01e36f-32a3-4095-95fa-09a2af744009 }
      body: { Description: Drilled in November }
",
    check,
    ..Decl::ACTION
};

fn check(with: &Node, problems: &mut Problems) {
    for key in ["path", "query"] {
        let Some(values) = with.entry(key) else { continue };
        for entry in values.value.entries() {
            literal::scalar(entry, problems);
        }
    }
}
