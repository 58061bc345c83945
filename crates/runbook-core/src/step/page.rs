//! The page of a step type, made from its declaration alone.

use std::fmt::Write as _;

use super::{Decl, Effect, OnWarning, Output, Param, Repeat, Type};
use crate::time::Words;

impl Decl {
    /// Writes the page of the step type, in Markdown, with what is to be said before all else.
    pub(super) fn page(&self, first: Option<&str>) -> String {
        let mut page = format!("# `{}`\n\n{}\n\n", self.kind, self.summary);
        if let Some(first) = first {
            let _ = writeln!(page, "{first}\n");
        }
        let timeout = match (self.timeout, self.effect) {
            (Some(timeout), _) => Words(timeout).to_string(),
            (None, Some(Effect::Gate)) => "none; `expires` bounds it".to_owned(),
            (None, _) => "none; it ends by itself".to_owned(),
        };
        let repeat = match self.repeat {
            Repeat::Harmless => "harmless",
            Repeat::Harmful => "not harmless: it is never repeated without proof",
        };
        let _ = writeln!(
            page,
            "- **Effect:** {}",
            self.effect.map_or("what the author says under `effect`", Effect::name)
        );
        let _ = writeln!(page, "- **A repeated call is:** {repeat}");
        let _ = writeln!(page, "- **Default timeout:** {timeout}");
        if let Some(on_warning) = self.on_warning {
            let then = match on_warning {
                OnWarning::Accept => "accepted",
                OnWarning::Fail => "a failure: machines may have been left behind",
            };
            let _ = writeln!(page, "- **A session that ends with a warning is:** {then}");
        }
        if self.sees_to_its_end {
            page.push_str(
                "- **It ends** once what it asked EM for is done: no wait need follow.\n",
            );
        }
        if self.observes {
            page.push_str("- **It proves** the actions above it, when it succeeds.\n");
        }
        if let Some(undo) = self.undone_by {
            let _ = writeln!(page, "- **Taken back by:** `{undo}`");
        }
        let _ = writeln!(page, "- **What proves its outcome:** {}", self.proof);
        let _ = writeln!(page, "- **Where its outcome is not proven:** {}", self.investigate);
        params(&mut page, self.params);
        outputs(&mut page, self.outputs);
        let _ = writeln!(page, "\n## What to know\n\n{}", self.more);
        let _ = writeln!(page, "\n## Example\n\n```yaml\n{}```", self.example);
        page
    }
}

fn params(page: &mut String, params: &[Param]) {
    page.push_str("\n## With\n\n");
    if params.is_empty() {
        page.push_str("Nothing.\n");
        return;
    }
    page.push_str("| key | type | default | meaning |\n| --- | --- | --- | --- |\n");
    rows(page, "", params);
}

/// Writes a row for each parameter; the keys of a mapping stand below it, behind a dot.
fn rows(page: &mut String, above: &str, params: &[Param]) {
    for param in params {
        let default = match (param.required, param.default) {
            (true, _) => "required",
            (false, Some(default)) => default,
            (false, None) => "–",
        };
        let (name, is) = (format!("{above}{}", param.name), param.is.name());
        let secret = if param.secret { " A secret may stand here." } else { "" };
        let about = param.about;
        let _ = writeln!(page, "| `{name}` | {is} | {default} | {about}{secret} |");
        match param.is {
            Type::Fields(fields) => rows(page, &format!("{name}."), fields),
            Type::Map(&Type::Fields(fields)) => rows(page, &format!("{name}.NAME."), fields),
            _ => {}
        }
    }
}

fn outputs(page: &mut String, outputs: &[Output]) {
    page.push_str("\n## Outputs\n\n");
    if outputs.is_empty() {
        page.push_str(
            "Those of every step: `result`, `started`, `ended`, `elapsed`, `at`, `message`.\n",
        );
        return;
    }
    page.push_str("Beside `result`, `started`, `ended`, `elapsed`, `at` and `message`:\n\n");
    page.push_str("| output | type | meaning |\n| --- | --- | --- |\n");
    for output in outputs {
        let (name, is, about) = (output.name, output.is.name(), output.about);
        let _ = writeln!(page, "| `{name}` | {is} | {about} |");
    }
}
