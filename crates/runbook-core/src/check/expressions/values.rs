//! A walk over a value: each expression in it against the type that is taken there.

use super::names::Known;
use crate::document::{Kind, Node};
use crate::expression::{self, Template, Ty};
use crate::problem::{Code, Problem, Problems};
use crate::runbook;
use crate::step::{Param, Type};
use crate::text::cut;

/// What is taken where a value stands.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    name: &'a str,
    is: Type,
    required: bool,
    secret: bool,
}

impl<'a> Expected<'a> {
    pub(super) const fn new(name: &'a str, is: Type) -> Self {
        Self { name, is, required: false, secret: false }
    }

    pub(super) const fn of(param: &'a Param) -> Self {
        Self { name: param.name, is: param.is, required: param.required, secret: param.secret }
    }

    /// Wants something to stand there.
    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Lets a secret stand there.
    pub(super) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    const fn inner(self, name: &'a str, is: Type) -> Self {
        Self { name, is, required: false, secret: self.secret }
    }
}

/// A walk with what can be named where it goes.
pub(super) struct Walk<'a> {
    pub(super) known: &'a Known<'a>,
    pub(super) problems: &'a mut Problems,
}

impl Walk<'_> {
    /// Checks a value. The depth is bounded by that of the document.
    pub(super) fn value(&mut self, node: &Node, expected: Expected<'_>) {
        match node.kind() {
            Kind::Scalar { text, .. } if expression::is_in(text) => {
                // One that cannot be read has been reported where the runbook was read.
                if let Ok(template) = Template::parse(text) {
                    self.template(node, &template, expected);
                }
            }
            Kind::Scalar { .. } => {}
            Kind::List(items) => {
                let of = match expected.is {
                    Type::List { of, .. } => *of,
                    _ => Type::Any,
                };
                for item in items.iter() {
                    self.value(item, expected.inner(expected.name, of));
                }
            }
            Kind::Map(entries) => {
                for entry in entries.iter() {
                    let inner = match expected.is {
                        Type::Map(of) => expected.inner(&entry.key, *of),
                        Type::Fields(keys) => {
                            match keys.iter().find(|param| param.name == &*entry.key) {
                                Some(param) if !expected.secret => Expected::of(param),
                                Some(param) => Expected::of(param).secret(),
                                None => expected.inner(&entry.key, Type::Any),
                            }
                        }
                        _ => expected.inner(&entry.key, Type::Any),
                    };
                    self.value(&entry.value, inner);
                }
            }
        }
    }

    /// Checks the expression under `when`.
    pub(super) fn condition(&mut self, node: &Node) {
        let Kind::Scalar { text, .. } = node.kind() else { return };
        let Ok(template) = Template::bare(text) else { return };
        let expected = Expected { required: true, ..Expected::new("when", Type::Boolean) };
        self.template(node, &template, expected);
    }

    fn template(&mut self, node: &Node, template: &Template, expected: Expected<'_>) {
        let (ty, errors) = template.infer(self.known);
        let clean = errors.is_empty();
        let source = &self.known.view.runbook.source;
        for error in errors {
            self.problems.push(runbook::error_at(source, node, error));
        }
        // A comparison with a secret gives no text, and still tells something of it.
        let tells = template.names().any(|name| name.path[0] == "secrets");
        let ty = if tells { Ty::Secret } else { ty };
        if clean && let Some(problem) = misfit(node, &ty, expected) {
            self.problems.push(problem);
        }
    }
}

fn misfit(node: &Node, ty: &Ty, expected: Expected<'_>) -> Option<Problem> {
    let (name, place) = (cut(expected.name), node.span());
    let text = match node.kind() {
        Kind::Scalar { text, .. } => cut(text),
        _ => String::new(),
    };
    // That a step cannot be named by an expression was said where the runbook was read.
    if matches!(expected.is, Type::Step | Type::Steps | Type::WatchedStep) {
        return None;
    }
    if *ty == Ty::Secret && !expected.secret {
        let message = format!("`{text}` is a secret, which cannot stand under `{name}`");
        let label = "it would be shown and kept";
        return Some(Problem::new(Code::SecretMisplaced, message, place, label).help(
            "take it out: secrets reach a webhook, the values of headers and the `stdin` of a \
             command, and nothing else",
        ));
    }
    if matches!(ty, Ty::Maybe(_) | Ty::Null) && expected.required {
        let message = format!("`{name}` is needed, and `{text}` may give nothing");
        let help = match expected.is {
            Type::Boolean => "say what holds then, such as `… | default(false)`",
            _ => "say what to take then: `${{ … | default('…') }}`",
        };
        return Some(
            Problem::new(Code::ExpressionMayBeAbsent, message, place, "may be absent").help(help),
        );
    }
    if ty.may_be(expected.is) || *ty == Ty::Null {
        return None;
    }
    let wanted = runbook::expected(expected.is);
    let message = format!("`{name}` takes {wanted}, and `{text}` gives {}", ty.name());
    Some(
        Problem::new(Code::ExpressionWrongType, message, place, format!("gives {}", ty.name()))
            .help(match (expected.is, ty.is_scalar()) {
                (Type::String, true) => "make it a text: `${{ … | string }}`".to_owned(),
                _ => format!("let the expression give {wanted}"),
            }),
    )
}
