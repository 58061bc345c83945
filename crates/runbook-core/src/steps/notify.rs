//! `notify`: tells somebody.

use std::time::Duration;

use super::parts::with_http;
use crate::step::{Decl, Param, Type};

/// The declaration.
pub(super) const DECL: Decl = Decl {
    kind: "notify",
    summary: "Posts a text to a webhook.",
    params: &[
        Param::required("webhook", Type::Url, "Where it is posted.").takes_secrets(),
        Param::required("text", Type::String, "What is said.").filled(),
    ],
    timeout: Some(Duration::from_mins(1)),
    proof: "The webhook answers with a status from 200 to 299.",
    investigate: "Not at all: a notice that was lost, or came twice, changes nothing.",
    more: with_http!(
        "Its failure never fails a run: it is recorded, and the run goes on. So nothing should \
         depend on it. For a run that waits, is stuck or has closed, `alerts` at the top of the \
         runbook tells people without a step.\n\nA webhook is mostly a secret: whoever has its \
         address can post to it."
    ),
    example: "\
runbook: v1
name: tell-the-team
secrets:
  hook: { env: RUNBOOK_SECRET_HOOK_URL }
steps:
  tell:
    uses: notify
    with: { webhook: \"${{ secrets.hook }}\", text: \"Run ${{ run.id }} has begun.\" }
",
    ..Decl::READ
};
