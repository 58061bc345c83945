//! `manual`: asks people to do something.

use super::parts::{EXPIRES, GATE};
use crate::step::{Decl, Output, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "manual",
    summary: "Asks people to do something, and goes on once they say that it is done.",
    params: &[
        Param::required("text", Type::String, "What is to be done.").filled(),
        Param::optional("checklist", Type::TEXTS, "Its parts, each to be ticked off."),
        EXPIRES,
    ],
    outputs: &[Output::new("note", Type::String, "What the person wrote who did it.")],
    more: "For what no interface offers: permanent failover and failback live in the backup \
           console, a cable in a room. `runbook done RUN STEP` answers it. Silence until \
           `expires` means *declined*.\n\nThat somebody says it is done proves nothing: put a \
           check below it where one can be made.",
    example: "\
runbook: v1
name: make-it-permanent
steps:
  console:
    uses: manual
    with:
      text: Make the failover of ERP permanent, in the backup console.
      checklist: [erp-db01, erp-app01, replication jobs exclude both]
      expires: 8h
  db: { uses: check-tcp, needs: console, with: { address: \"erp-db01.dr.example.org:1433\" } }
",
    ..GATE
};
