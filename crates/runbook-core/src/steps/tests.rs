//! What every declaration must say, and what their checks complain of.

use std::collections::BTreeSet;

use super::{ALL, find};
use crate::document::Document;
use crate::problem::{Code, Problems};
use crate::step::{Decl, Effect, Param, Repeat, Type};
use crate::text::Source;

fn declarations() -> impl Iterator<Item = &'static Decl> {
    ALL.iter().map(|step_type| step_type.decl())
}

/// Returns the parameters of a kind and the keys below them.
fn params(params: &'static [Param]) -> Vec<&'static Param> {
    let below = |param: &'static Param| match param.is {
        Type::Fields(fields) | Type::Map(&Type::Fields(fields)) => self::params(fields),
        _ => Vec::new(),
    };
    params.iter().flat_map(|param| [vec![param], below(param)].concat()).collect()
}

#[test]
fn every_declaration_says_all() {
    let mut wrong = Vec::new();
    for decl in declarations() {
        let texts = [decl.summary, decl.proof, decl.investigate, decl.more, decl.example];
        let params = params(decl.params);
        let abouts = params.iter().map(|param| param.about);
        let abouts = abouts.chain(decl.outputs.iter().map(|output| output.about));
        if texts.iter().any(|text| text.is_empty()) {
            wrong.push(format!("{}: a text is empty", decl.kind));
        }
        // A `|` would end the cell of the table in which the text stands.
        for text in abouts.chain([decl.summary, decl.proof, decl.investigate]) {
            if !text.ends_with('.') || text.contains('|') {
                wrong.push(format!("{}: «{text}»", decl.kind));
            }
        }
        if params.iter().any(|param| param.required && param.default.is_some()) {
            wrong.push(format!("{}: a required parameter has a default", decl.kind));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn actions_are_not_repeated_and_gates_have_no_timeout_of_their_own() {
    for decl in declarations() {
        let acts = decl.effect.is_none_or(Effect::acts);
        let tells = !["collect", "cancel-on-timeout", "cancel-task"].contains(&decl.kind);
        assert_eq!(decl.repeat == Repeat::Harmful, acts && tells, "{}", decl.kind);
        if decl.effect == Some(Effect::Gate) {
            assert_eq!(decl.timeout, None, "{}", decl.kind);
            assert!(decl.param("expires").is_some_and(|param| param.required), "{}", decl.kind);
        }
    }
}

#[test]
fn what_takes_a_kind_back_takes_the_same_object() {
    for decl in declarations() {
        let Some(undo) = decl.undone_by else { continue };
        let undo = find(undo).expect("a kind of the catalogue").decl();
        let object = |decl: &Decl| {
            let params = decl.params.iter().filter(|param| param.required);
            params.map(|param| (param.name, param.is.name())).collect::<Vec<_>>()
        };
        assert_eq!(object(undo), object(decl), "{}", decl.kind);
        assert!(undo.effect.is_some_and(Effect::acts), "{}", decl.kind);
    }
}

#[test]
fn secrets_reach_few_parameters_and_no_others() {
    let takes = |decl: &'static Decl| {
        let params = params(decl.params).into_iter().filter(|param| param.secret);
        params.map(|param| (decl.kind, param.name)).collect::<Vec<_>>()
    };
    assert_eq!(
        declarations().flat_map(takes).collect::<BTreeSet<_>>(),
        BTreeSet::from([
            ("check-http", "headers"),
            ("command", "stdin"),
            ("http", "headers"),
            ("notify", "webhook"),
        ])
    );
}

#[test]
fn only_looks_at_the_world_prove_what_stands_above_them() {
    let proving = declarations().filter(|decl| decl.observes).map(|decl| decl.kind);
    assert_eq!(
        proving.collect::<Vec<_>>(),
        ["wait-session", "check-tcp", "check-http", "check-dns", "check-tls"]
    );
}

fn codes(kind: &str, with: &str) -> Vec<Code> {
    let mut problems = Problems::default();
    let document =
        Document::parse(&Source::new("with.yaml", format!("with: {with}\n")), &mut problems);
    let with = &document.root().entry("with").expect("it is there").value;
    (find(kind).expect("a kind").decl().check)(with, &mut problems);
    problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn what_types_cannot_say_is_complained_of_and_expressions_are_not() {
    use Code::*;
    let open = "\"${{ inputs.x }}\"";
    for (kind, with, expected) in [
        ("assert-plan", "{ machines: { min: 4, max: 4 } }", vec![]),
        ("assert-plan", "{ machines: { min: 5, max: 4 } }", vec![WithRange]),
        ("assert-plan", &format!("{{ machines: {{ min: 5, max: {open} }} }}"), vec![]),
        ("query", "{ expect: { min: 1, max: 0 } }", vec![WithRange]),
        ("query", "{ filter: { Name: ERP, Result: { '>=': Warning, '!=': None } } }", vec![]),
        ("query", "{ filter: { Result: { '=>': Warning } } }", vec![WithUnknownOperator]),
        ("query", "{ filter: { Result: {} } }", vec![WithNotAScalar]),
        ("query", "{ filter: { Result: { '==': [a] } } }", vec![WithNotAScalar]),
        ("query", "{ filter: { Result: [a, b] } }", vec![WithNotAScalar]),
        ("query", "{ filter: { Result: ~ } }", vec![WithNotAScalar]),
        ("query", "{ filter: { 'Name==\"x\",UID': y } }", vec![WithBadField]),
        ("query", &format!("{{ filter: {{ Name: {open} }}, sort: {open} }}"), vec![]),
        ("query", "{ sort: -CreationTime }", vec![]),
        ("query", "{ sort: --CreationTime }", vec![WithBadField]),
        ("query", "{ sort: '-' }", vec![WithBadField]),
        ("em-request", "{ path: { id: 4 }, query: { page: [1] } }", vec![WithNotAScalar]),
        ("decide", "{ options: [a, b], otherwise: b }", vec![]),
        ("decide", "{ options: [a, b], otherwise: c }", vec![WithNotAnOption]),
        ("decide", "{ options: [a, b, a], otherwise: a }", vec![WithOptionTwice]),
        ("decide", &format!("{{ options: [a, {open}], otherwise: c }}"), vec![]),
        ("decide", &format!("{{ options: [a, b], otherwise: {open} }}"), vec![]),
        ("decide", &format!("{{ options: {open}, otherwise: c }}"), vec![]),
        ("check-http", "{ expect: { json: { '': {}, /a~1b/0: 1 } } }", vec![]),
        ("check-http", "{ expect: { json: { a/b: 1, /a~2: 1 } } }", vec![WithBadPointer; 2]),
        ("check-http", "{ method: HEAD, expect: { body-contains: x } }", vec![WithNoBody]),
        ("http", "{ method: HEAD, expect: { status: 204 } }", vec![]),
        ("check-dns", "{ expect: [192.0.2.1, '2001:db8::1'] }", vec![]),
        ("check-dns", "{ expect: [192.0.2, erp, 192.0.2.1:53] }", vec![WithBadAddress; 3]),
        ("check-dns", &format!("{{ expect: [{open}] }}"), vec![]),
        ("command", "{ env: [LANG, _x, A1] }", vec![]),
        ("command", "{ env: [LANG=C, 1A, '', A-B] }", vec![WithBadVariable; 4]),
        ("command", "{ env: [RUNBOOK_SECRET_X, EM_PASSWORD_FILE] }", vec![WithSecretVariable; 2]),
        ("command", "{ outputs: { off: { type: integer, pointer: '' } } }", vec![]),
        (
            "command",
            "{ outputs: { Off: { type: integer, pointer: off } } }",
            vec![WithBadOutput, WithBadPointer],
        ),
        ("command", "{ outputs: { exit: {}, result: {} } }", vec![WithOutputTaken; 2]),
    ] {
        assert_eq!(codes(kind, with), expected, "{kind} {with}");
    }
}

#[test]
fn a_check_is_silent_on_what_has_another_type() {
    for with in
        ["~", "x", "[a]", "{ expect: [[]] }", "{ options: x, otherwise: y }", "{ env: { a: b } }"]
    {
        for decl in declarations() {
            assert_eq!(codes(decl.kind, with), [], "{} {with}", decl.kind);
        }
    }
}
