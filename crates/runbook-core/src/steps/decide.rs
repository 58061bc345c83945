//! `decide`: lets people choose.

use std::collections::HashMap;

use super::literal;
use super::parts::{EXPIRES, GATE};
use crate::document::Node;
use crate::problem::{Code, Problem, Problems};
use crate::step::{Decl, Output, Param, Type};
use crate::text::{cut, nearest_of_few};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "decide",
    summary: "Lets people choose one of several ways to go on.",
    params: &[
        Param::required(
            "options",
            Type::List { of: &Type::String, least: 2 },
            "The words to choose from.",
        )
        .filled(),
        EXPIRES,
        Param::required("otherwise", Type::String, "Which of them holds where nobody chooses."),
    ],
    outputs: &[Output::new("choice", Type::String, "The word that was chosen.")],
    more: "`runbook choose RUN STEP OPTION` answers it. Silence until `expires` is an answer too, \
           the one under `otherwise`: let that be the one that does least.\n\nThe steps below it \
           read `choice` in their `when`.",
    example: "\
runbook: v1
name: keep-or-undo
steps:
  verdict:
    uses: decide
    description: Does ERP serve well enough on the replicas?
    with: { options: [keep, undo], expires: 2h, otherwise: keep }
  back:
    uses: undo-failover
    when: steps.verdict.choice == 'undo'
    with: { plan: ERP-DR }
    wait: { timeout: 30m, on-timeout: detach }
  db:
    uses: check-tcp
    needs: back
    with: { address: \"erp-db01.example.org:1433\" }
",
    check,
    ..GATE
};

/// The options that a message lists.
const FEW: usize = 8;

fn check(with: &Node, problems: &mut Problems) {
    let items = with.entry("options").map_or(&[][..], |entry| entry.value.items());
    let options: Vec<_> = items.iter().filter_map(literal::text).collect();
    if options.len() < items.len() || options.len() < 2 {
        return;
    }
    let mut seen = HashMap::with_capacity(options.len());
    for (at, option) in options.iter().enumerate() {
        let first = *seen.entry(*option).or_insert(at);
        if first < at {
            let message = format!("the option `{}` stands twice", cut(option));
            problems.push(
                Problem::new(Code::WithOptionTwice, message, items[at].span(), "again here")
                    .and(items[first].span(), "first here")
                    .help("take one of them out, or give it a word of its own"),
            );
        }
    }
    let Some(entry) = with.entry("otherwise") else { return };
    if let Some(word) = literal::text(&entry.value).filter(|word| !options.contains(word)) {
        let message = format!("`otherwise` is `{}`, which is no option", cut(word));
        let words = options.iter().map(|option| format!("`{}`", cut(option)));
        let help = match nearest_of_few(word, options.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if options.len() > FEW => "write one of the options".to_owned(),
            None => format!("write {}", words.collect::<Vec<_>>().join(" or ")),
        };
        problems.push(
            Problem::new(Code::WithNotAnOption, message, entry.place(), "not one of the options")
                .help(help),
        );
    }
}
