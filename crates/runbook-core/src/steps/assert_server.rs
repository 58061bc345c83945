//! `assert-server`: whether EM is new enough, and what it knows fresh enough.

use super::parts::{ASSERT, DATA_AGE, MODE, OK};
use crate::step::{Decl, Output, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "assert-server",
    summary: "Looks which version the backup servers have, and how old EM's data is.",
    params: &[
        Param::optional("min-version", Type::String, "The least version, such as `12.3`."),
        Param::optional(
            "max-data-age",
            Type::Duration,
            "How long ago EM's last collection of data may have ended.",
        ),
        MODE,
    ],
    outputs: &[
        OK,
        Output::new("version", Type::String, "The lowest version among the backup servers."),
        DATA_AGE,
    ],
    more: "Write the version in quotes: `12.10` without them is the number 12.1.\n\nEM collects \
           every 15 minutes by default, and never by itself where it is set to manual. Backup \
           servers can be read by Portal Administrators and Portal Users only.",
    example: "\
runbook: v1
name: is-em-fit
steps:
  em: { uses: assert-server, with: { min-version: \"12.1\", max-data-age: 20m } }
",
    ..ASSERT
};
