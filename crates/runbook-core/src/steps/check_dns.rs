//! `check-dns`: whether a name leads where it should.

use core::net::IpAddr;

use super::literal;
use super::parts::{CHECK, EVERY, STABLE_FOR};
use crate::document::Node;
use crate::problem::{Code, Problem, Problems};
use crate::step::{Decl, Output, Param, Type};
use crate::text::{cut, cut_or_quotes};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "check-dns",
    summary: "Asks for the addresses of a name until they are those expected.",
    params: &[
        Param::required("name", Type::String, "The name."),
        Param::optional(
            "expect",
            Type::SOME_TEXTS,
            "The addresses, these and no others, in any order; without it, any address will do.",
        ),
        EVERY,
        STABLE_FOR,
    ],
    outputs: &[Output::new("addresses", Type::TEXTS, "The addresses of the last answer.")],
    proof: "An answer with the addresses under `expect`, each time for as long as `stable-for` \
            says.",
    more: "The resolver of the machine that runs the runbook is asked. Others may keep the old \
           answer for as long as its time to live says.\n\nNothing is connected to, so no address \
           is refused here.",
    example: "\
runbook: v1
name: does-the-name-lead-to-dr
steps:
  name:
    uses: check-dns
    with: { name: erp.example.org, expect: [192.0.2.10, \"2001:db8::10\"] }
    timeout: 15m
",
    check,
    ..CHECK
};

/// Addresses are compared with addresses: a name would never be found among them.
fn check(with: &Node, problems: &mut Problems) {
    if let Some(entry) = with.entry("name")
        && let Some(name) = literal::text(&entry.value)
        && !is_name(name)
    {
        let message = format!("`{}` is no name of a host", cut_or_quotes(name));
        problems.push(
            Problem::new(Code::WithBadName, message, entry.place(), "a name is expected")
                .help("write the name alone, such as `erp.example.org`"),
        );
    }
    let items = with.entry("expect").map_or(&[][..], |entry| entry.value.items());
    for item in items {
        let Some(text) = literal::text(item) else { continue };
        if text.parse::<IpAddr>().is_err() {
            let message = format!("`{}` is no address", cut(text));
            problems.push(
                Problem::new(Code::WithBadAddress, message, item.span(), "an address is expected")
                    .help(
                        "write what the name resolves to, such as `192.0.2.10` or `2001:db8::10`",
                    ),
            );
        }
    }
}

/// Tells whether a text could be a name: one word, without a scheme, a port or a path.
fn is_name(text: &str) -> bool {
    let foreign =
        |letter: char| letter.is_whitespace() || letter.is_control() || "/:@?#[]".contains(letter);
    let labels = text.strip_suffix('.').unwrap_or(text);
    labels.split('.').all(|label| !label.is_empty()) && !text.contains(foreign)
}
