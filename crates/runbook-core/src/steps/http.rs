//! `http`: sends an HTTP request to a service of the author's.

use super::literal;
use super::parts::{ANSWER_OUTPUTS, EXPECT_ANSWER, HEADERS, with_http};
use crate::step::{Decl, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "http",
    summary: "Sends one HTTP request, to something other than EM.",
    params: &[
        Param::required("url", Type::Url, "Where it is sent."),
        Param::required(
            "method",
            Type::OneOf(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
            "The method.",
        ),
        HEADERS,
        Param::optional("body", Type::Any, "What is sent: a text as it is, other values as JSON."),
        EXPECT_ANSWER,
    ],
    outputs: ANSWER_OUTPUTS,
    effect: None,
    proof: "An answer that is as `expect` says.",
    investigate: "The service that was asked knows what it has done: a person must look there.",
    more: with_http!(
        "With `effect: read` it may be retried. With `write` or `irreversible` it is sent once: \
         where its answer is lost, the step ends `unknown` and nothing is sent again.\n\nTo wait \
         until a service serves, use `check-http`."
    ),
    example: "\
runbook: v1
name: traffic-to-dr
steps:
  switch:
    uses: http
    effect: write
    with:
      url: \"https://lb.example.org/api/pools/erp\"
      method: PUT
      body: { active: dr }
      expect: { status: 204 }
    undo:
      uses: http
      effect: write
      with: { url: \"https://lb.example.org/api/pools/erp\", method: PUT, body: { active: main } }
",
    check: literal::request,
    ..Decl::ACTION
};
