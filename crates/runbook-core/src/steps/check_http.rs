//! `check-http`: whether a service answers as it should.

use super::literal;
use super::parts::{ANSWER_OUTPUTS, CHECK, EVERY, EXPECT_ANSWER, HEADERS, STABLE_FOR, with_http};
use crate::step::{Decl, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "check-http",
    summary: "Asks a service by HTTP until it answers as it should.",
    params: &[
        Param::required("url", Type::Url, "What is asked for."),
        Param::optional(
            "method",
            Type::OneOf(&["GET", "HEAD"]),
            "How it is asked for; a check changes nothing, so no other method is taken.",
        )
        .or("GET"),
        HEADERS,
        EXPECT_ANSWER,
        EVERY,
        STABLE_FOR,
    ],
    outputs: ANSWER_OUTPUTS,
    proof: "An answer that is as `expect` says, each time for as long as `stable-for` says.",
    more: with_http!(
        "Ask for a page that needs what the service needs, its database above all: a start page \
         is often served by something that is up long before the service."
    ),
    example: "\
runbook: v1
name: does-erp-serve
steps:
  web:
    uses: check-http
    with:
      url: \"https://erp.dr.example.org/health\"
      expect: { status: 200, json: { /status: ok } }
      stable-for: 30s
    timeout: 10m
",
    check: literal::request,
    ..CHECK
};
