//! A text in parts: what stands as it is, and what is evaluated.

use std::ops::Range;

use super::infer::Names;
use super::tree::{self, Name};
use super::{Error, Ty, evaluate, infer, repeat, scan};
use crate::document::Value;
use crate::limits;
use crate::text::cut;

/// A text with expressions.
///
/// ```
/// use runbook_core::document::{Mapping, Value};
/// use runbook_core::expression::{Scope, Template};
///
/// let mut inputs = Mapping::new();
/// inputs.insert("plan".into(), "ERP-DR".into());
/// let scope = Scope::default().with("inputs", &Value::Mapping(inputs));
/// let template = Template::parse("plan ${{ inputs.plan | lower }}")?;
/// assert_eq!(template.evaluate(&scope)?, Value::from("plan erp-dr"));
/// # Ok::<(), runbook_core::expression::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Expression(Expression),
}

/// What stands between `${{` and `}}`.
#[derive(Clone, Debug)]
pub struct Expression {
    pub(super) code: String,
    /// The bytes of `code` in the text.
    pub(super) at: Range<usize>,
    pub(super) names: Vec<Name>,
}

impl Expression {
    /// Returns the values it names, in the order in which they stand.
    pub fn names(&self) -> &[Name] {
        &self.names
    }
}

impl Template {
    /// Finds the expressions of a text and reads them. `$${{` stands for the letters `${{`.
    ///
    /// # Errors
    /// The first expression that is not closed, too long or cannot be read, or that uses a filter
    /// or a test which does not exist.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut from = 0;
        while let Some(found) = text[from..].find("${{") {
            let open = from + found;
            if text[from..open].ends_with('$') {
                plain.push_str(&text[from..open]);
                plain.push_str("{{");
                from = open + 3;
                continue;
            }
            plain.push_str(&text[from..open]);
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            let code = code(text, open)?;
            from = code.end + 2;
            parts.push(Part::Expression(read(text, code)?));
        }
        plain.push_str(&text[from..]);
        if !plain.is_empty() || parts.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts })
    }

    /// Reads a text that is an expression as a whole.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn bare(text: &str) -> Result<Self, Error> {
        if text.len() > limits::EXPRESSION_BYTES {
            return Err(too_long(text.len(), 0..text.len()));
        }
        Ok(Self { parts: vec![Part::Expression(read(text, 0..text.len())?)] })
    }

    /// Tells whether it is nothing but one expression, whose value keeps its type.
    pub fn is_one_expression(&self) -> bool {
        matches!(self.parts[..], [Part::Expression(_)])
    }

    /// Finds the type of what it gives, and every mistake that can be seen without values.
    pub fn infer(&self, names: &dyn Names) -> (Ty, Vec<Error>) {
        let mut errors = Vec::new();
        if let [Part::Expression(expression)] = &self.parts[..] {
            let ty = infer::expression(expression, names, &mut errors);
            return (ty, errors);
        }
        let mut whole = Ty::Text;
        for expression in self.expressions() {
            let ty = infer::expression(expression, names, &mut errors);
            infer::inside_a_text(expression, &ty, &mut errors);
            if ty == Ty::Secret {
                whole = ty;
            }
        }
        (whole, errors)
    }

    /// Returns the expressions, in the order in which they stand.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Expression(expression) => Some(expression),
        })
    }

    /// Returns every value that is named, in the order in which they stand.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.expressions().flat_map(Expression::names)
    }

    /// Evaluates the text. One that is nothing but an expression keeps the type of its value,
    /// null included; inside other text only texts, numbers and booleans may stand.
    ///
    /// # Errors
    /// The first expression that has no value, costs more than its fuel, gives more bytes than
    /// [`limits::EVALUATED_BYTES`], or gives something that cannot stand inside a text.
    pub fn evaluate(&self, scope: &super::Scope) -> Result<Value, Error> {
        if let [Part::Expression(expression)] = &self.parts[..] {
            return evaluate::value(expression, scope);
        }
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Expression(expression) => {
                    text.push_str(&evaluate::scalar(expression, scope)?);
                    if text.len() > limits::EVALUATED_BYTES {
                        return Err(evaluate::too_long(expression));
                    }
                }
            }
        }
        Ok(Value::String(text))
    }
}

/// Finds the bytes between the braces of the expression that opens at `open`.
fn code(text: &str, open: usize) -> Result<Range<usize>, Error> {
    let start = open + 3;
    let Some(length) = scan::end(&text[start..]) else {
        return Err(Error::syntax(
            open..start,
            format!("the expression `{}` is not closed", cut(text[open..].trim())),
            "close it with `}}`; to write the letters `${{`, write `$${{`",
        ));
    };
    if length > limits::EXPRESSION_BYTES {
        return Err(too_long(length, open..start));
    }
    Ok(start..start + length)
}

fn too_long(length: usize, at: Range<usize>) -> Error {
    let most = limits::EXPRESSION_BYTES;
    let message = format!("the expression has {length} bytes, and at most {most} are read");
    Error::syntax(at, message, "make it shorter")
}

fn read(text: &str, at: Range<usize>) -> Result<Expression, Error> {
    let at = trimmed(text, at);
    let code = text[at.clone()].to_owned();
    if code.trim().is_empty() {
        let help = "write the name of a value, such as `inputs.plan`";
        return Err(Error::syntax(at, "the expression `${{ }}` is empty", help));
    }
    // The engine recurses, so these come before it sees the expression.
    let (depth, tokens) = scan::size(&code);
    if depth > limits::EXPRESSION_DEPTH {
        let message = format!("brackets are nested more than {} deep", limits::EXPRESSION_DEPTH);
        return Err(Error::syntax(at, message, "make it simpler"));
    }
    if tokens > limits::EXPRESSION_TOKENS {
        let most = limits::EXPRESSION_TOKENS;
        let message =
            format!("the expression has {tokens} words and signs, and at most {most} are read");
        return Err(Error::syntax(at, message, "make it simpler"));
    }
    // Before the engine joins constants, which it does as it reads.
    if let Some(list) = repeat::of_a_constant(&code, at.start) {
        return Err(evaluate::repeated(&code, list));
    }
    evaluate::compiles(&code, &at)?;
    let names = tree::names(&code, at.start);
    Ok(Expression { code, at, names })
}

/// Leaves white space out of the place, so that a caret stands under letters.
fn trimmed(text: &str, at: Range<usize>) -> Range<usize> {
    let code = &text[at.clone()];
    let start = at.start + (code.len() - code.trim_start().len());
    let end = start + code.trim().len();
    if start < end { start..end } else { at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::{Found, Scope};
    use crate::problem::Code;
    use crate::step::Type;

    fn evaluate(text: &str) -> Result<Value, (Code, String)> {
        let inputs =
            "{plan: ERP, count: 3, on: true, list: [a, b], none: null, trap: '${{ inputs.plan }}'}";
        let inputs = crate::document::value(inputs);
        let scope = Scope::default().with("inputs", &inputs);
        let told = |error: Error| (error.code, text[error.at].to_owned());
        Template::parse(text).and_then(|template| template.evaluate(&scope)).map_err(told)
    }

    #[test]
    fn one_expression_alone_keeps_the_type_of_its_value() {
        assert_eq!(evaluate("${{ inputs.count }}"), Ok(Value::from(3)));
        assert_eq!(evaluate("${{inputs.on}}"), Ok(Value::from(true)));
        assert_eq!(evaluate("${{ inputs.none }}"), Ok(Value::Null));
        assert_eq!(evaluate("${{ inputs.list }}"), Ok(vec!["a", "b"].into()));
        assert_eq!(evaluate("${{ inputs['plan'] }}"), Ok("ERP".into()));
        assert_eq!(
            evaluate("${{ {'a': {'b': '}}'}} }}"),
            Ok(crate::document::value("{a: {b: '}}'}}"))
        );
    }

    #[test]
    fn inside_other_text_only_scalars_may_stand() {
        assert_eq!(evaluate("a ${{ inputs.plan }} b ${{ inputs.count }}"), Ok("a ERP b 3".into()));
        assert_eq!(evaluate(" ${{ inputs.on }}"), Ok(" true".into()));
        let refused = |text: &str| Err((Code::ExpressionNotAScalar, text.to_owned()));
        assert_eq!(evaluate("a ${{ inputs.list }}"), refused("inputs.list"));
        assert_eq!(evaluate("a ${{ inputs.none }}"), refused("inputs.none"));
    }

    #[test]
    fn what_an_expression_gives_is_not_read_again() {
        assert_eq!(evaluate("${{ inputs.trap }}"), Ok("${{ inputs.plan }}".into()));
        assert_eq!(evaluate("a ${{ inputs.trap }}"), Ok("a ${{ inputs.plan }}".into()));
    }

    #[test]
    fn the_letters_themselves_can_be_written() {
        assert_eq!(evaluate("$${{ inputs.plan }}"), Ok("${{ inputs.plan }}".into()));
        assert_eq!(evaluate("{% if x %}{# y #} {{ z }}"), Ok("{% if x %}{# y #} {{ z }}".into()));
        assert_eq!(evaluate("$${{ a }} ${{ inputs.plan }}"), Ok("${{ a }} ERP".into()));
        assert_eq!(evaluate(""), Ok("".into()));
    }

    #[test]
    fn what_cannot_be_read_is_refused_at_its_place() {
        let syntax = |text: &str| Err((Code::ExpressionSyntax, text.to_owned()));
        assert_eq!(evaluate("a ${{ inputs.plan"), syntax("${{"));
        assert_eq!(evaluate("${{ 'a }}"), syntax("${{"));
        assert!(matches!(evaluate("${{ inputs. }}"), Err((Code::ExpressionSyntax, _))));
        assert!(matches!(evaluate("${{ }}"), Err((Code::ExpressionSyntax, _))));
        assert!(matches!(evaluate("${{ 1 2 }}"), Err((Code::ExpressionSyntax, _))));
        // The engine gives the first byte of such a letter as its place.
        assert_eq!(evaluate("${{ 1 + \u{2028}x }}"), syntax("\u{2028}"));
        assert_eq!(
            evaluate("${{ 日\u{301} }}").map_err(|(code, _)| code),
            Err(Code::ExpressionSyntax)
        );
    }

    /// Every input has a type; any step has any output.
    struct Inputs;

    impl Names for Inputs {
        fn look_up(&self, path: &[&str], at: Range<usize>, guarded: bool) -> Result<Found, Error> {
            let ty = match path {
                ["inputs", "plan", ..] => Ty::Text,
                ["inputs", "long" | "longer", ..] => Ty::Duration,
                ["inputs", "since", ..] => Ty::Timestamp,
                ["inputs", "count", ..] => Ty::Integer,
                ["inputs", "on", ..] => Ty::Boolean,
                ["inputs", "list", ..] => Ty::List(Box::new(Ty::Text)),
                ["inputs", "maybe", ..] => Ty::Maybe(Box::new(Ty::Text)),
                ["inputs", "which", ..] => Ty::Word(vec!["drill".into(), "real".into()]),
                ["secrets", _, ..] => Ty::Secret,
                ["steps", _, "late"] if !guarded => {
                    return Err(Error::new(Code::ExpressionMayBeMissing, at, "", ""));
                }
                ["steps", _, _] => return Ok(Found { ty: Ty::Any, words: 3 }),
                ["steps", _, "machines", ..] => {
                    let row =
                        vec![("name".to_owned(), Ty::Text), ("order".to_owned(), Ty::Integer)];
                    let ty = Ty::List(Box::new(Ty::Record(row)));
                    return Ok(Found { ty, words: 3 });
                }
                _ => return Err(Error::new(Code::ExpressionUnknownName, at, "", "")),
            };
            Ok(Found { ty, words: 2 })
        }
    }

    #[test]
    fn types_and_mistakes_are_seen_without_values() {
        use Code::*;
        let list = || Ty::List(Box::new(Ty::Text));
        for (code, ty, mistakes) in [
            ("inputs.plan", Ty::Text, &[][..]),
            ("inputs['plan']", Ty::Text, &[]),
            ("inputs.count + 1", Ty::Integer, &[]),
            ("inputs.count / 2", Ty::Number, &[]),
            ("inputs.plan ~ 1", Ty::Text, &[]),
            ("inputs.long < inputs.longer", Ty::Boolean, &[]),
            ("inputs.list | first", Ty::Text, &[]),
            ("inputs.list | sort", list(), &[]),
            ("inputs.plan | split('-')", list(), &[]),
            ("inputs.maybe", Ty::Maybe(Box::new(Ty::Text)), &[]),
            ("inputs.maybe | default('x')", Ty::Text, &[]),
            ("'a' if inputs.on else 'b'", Ty::Text, &[]),
            ("'a' if inputs.on", Ty::Maybe(Box::new(Ty::Text)), &[]),
            ("not inputs.on", Ty::Boolean, &[]),
            ("inputs.which == 'drill'", Ty::Boolean, &[]),
            ("secrets.a | lower", Ty::Secret, &[]),
            ("steps.a.late | default(1)", Ty::Any, &[]),
            ("steps.a.late is defined", Ty::Boolean, &[]),
            ("steps.a.machines[0].name", Ty::Any, &[]),
            ("inputs.maybe or 'x'", Ty::Text, &[]),
            ("inputs.maybe if inputs.maybe else 'x'", Ty::Text, &[]),
            ("inputs.which in ['drill', 'reel']", Ty::Boolean, &[(ExpressionNeverEqual, "'reel'")]),
            ("inputs.which == 'drill' or 'real'", Ty::Any, &[(ExpressionWrongOperand, "'real'")]),
            ("inputs.which == 'dril'", Ty::Boolean, &[(ExpressionNeverEqual, "'dril'")]),
            ("steps.a.late", Ty::Any, &[(ExpressionMayBeMissing, "steps.a.late")]),
            ("inputs.long + 1", Ty::Any, &[(ExpressionTimeArithmetic, "inputs.long")]),
            ("-inputs.since", Ty::Any, &[(ExpressionTimeArithmetic, "inputs.since")]),
            ("inputs.on + 1", Ty::Any, &[(ExpressionWrongOperand, "inputs.on")]),
            ("2 * inputs.list", Ty::Any, &[(ExpressionWrongOperand, "inputs.list")]),
            (
                "inputs.long > '30m'",
                Ty::Boolean,
                &[(ExpressionIncomparable, "inputs.long > '30m'")],
            ),
            (
                "inputs.count == '1'",
                Ty::Boolean,
                &[(ExpressionIncomparable, "inputs.count == '1'")],
            ),
            ("inputs.plan | uper", Ty::Any, &[(ExpressionUnknownFilter, "uper")]),
            ("inputs.plan is not defind", Ty::Boolean, &[(ExpressionUnknownFilter, "defind")]),
            ("range(3)", Ty::Any, &[(ExpressionUnknownFunction, "range(3)")]),
            ("inputs.plan.upper()", Ty::Any, &[(ExpressionUnknownFunction, "inputs.plan.upper()")]),
            ("inputs.plan.more", Ty::Any, &[(ExpressionUnknownField, "inputs.plan.more")]),
            ("nope", Ty::Any, &[(ExpressionUnknownName, "nope")]),
            (
                "[nope, inputs.x | lower]",
                Ty::List(Box::new(Ty::Any)),
                &[(ExpressionUnknownName, "nope"), (ExpressionUnknownName, "inputs.x")],
            ),
        ] {
            let text = format!("${{{{ {code} }}}}");
            let template = Template::parse(&text).unwrap();
            let (found, errors) = template.infer(&Inputs);
            let told: Vec<_> =
                errors.into_iter().map(|error| (error.code, &text[error.at])).collect();
            assert_eq!((found, told), (ty, mistakes.to_vec()), "{code}");
        }
    }

    #[test]
    fn durations_and_instants_compare_by_what_they_mean() {
        let values: Vec<(&str, Type, Value)> = vec![
            ("short", Type::Duration, "90s".into()),
            ("long", Type::Duration, "1h".into()),
            ("early", Type::Timestamp, "2026-11-23T09:00:00+02:00".into()),
            ("late", Type::Timestamp, "2026-11-23T08:00:00Z".into()),
        ];
        let typed = values.iter().map(|(name, is, value)| (*name, *is, value));
        let scope = Scope::default().with_typed("inputs", typed);
        for (code, value) in [
            ("inputs.short < inputs.long", Value::from(true)),
            ("inputs.early < inputs.late", Value::from(true)),
            ("inputs.short == inputs.short", Value::from(true)),
            ("inputs.short", Value::from("1m30s")),
            ("inputs.early", Value::from("2026-11-23T09:00:00+02:00")),
            ("inputs.short ~ ''", Value::from("1m30s")),
        ] {
            let template = Template::parse(&format!("${{{{ {code} }}}}")).unwrap();
            assert_eq!(template.evaluate(&scope).unwrap(), value, "{code}");
        }
        let text = Template::parse("after ${{ inputs.long }}").unwrap();
        assert_eq!(text.evaluate(&scope).unwrap(), Value::from("after 1h"));
    }

    #[test]
    fn what_has_no_value_fails_at_its_place() {
        let failed = |text: &str| Err((Code::ExpressionFailed, text.to_owned()));
        assert_eq!(evaluate("${{ inputs.nope }}"), failed("inputs.nope"));
        assert_eq!(evaluate("${{ inputs.plan.nope.more }}"), failed(".nope.more"));
        assert_eq!(evaluate("${{ 1 // 0 }}"), failed("1 // 0"));
    }

    #[test]
    fn bombs_are_refused() {
        let bytes = |text: &str| evaluate(text).map(|_| ()).map_err(|(code, _)| code);
        assert_eq!(bytes("${{ 'x' * 100000000 }}"), Err(Code::ExpressionFailed));
        assert_eq!(bytes("${{ ('x' * 9999 * 999) ~ 'y' }}"), Err(Code::ExpressionFailed));
        assert_eq!(
            bytes(&format!("${{{{ {} }}}}", "1+".repeat(3000))),
            Err(Code::ExpressionSyntax)
        );
        let nested =
            |depth: usize| format!("${{{{ {}1{} }}}}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(bytes(&nested(32)), Ok(()));
        assert_eq!(bytes(&nested(33)), Err(Code::ExpressionSyntax));
        for (before, between, after) in [
            ("-", "-", "1"),
            ("not ", "not ", "1"),
            ("1", "+1", ""),
            ("1", "**1", ""),
            ("1", " if 1 else 1", ""),
            ("'a'", "|lower", ""),
            ("1", " or 1", ""),
            ("1", " < 1", ""),
            ("inputs", ".a", ""),
            ("inputs", "[0]", ""),
        ] {
            let nested = |count| format!("${{{{ {before}{}{after} }}}}", between.repeat(count));
            assert_eq!(bytes(&nested(300)), Err(Code::ExpressionSyntax), "{before}{between}");
            // At the limit it may fail, and must not overflow the stack.
            for count in [50, 63, 84, 127, 254] {
                let _ = bytes(&nested(count));
            }
        }
    }

    #[test]
    fn lists_are_not_repeated_and_numbers_are() {
        for (code, told) in [
            ("[1] * 1000000000", "[1]"),
            ("[1] * 1000000000 ~ 2", "[1]"),
            ("(1000000000 * inputs.list) | length", "inputs.list"),
            ("(inputs.list + [1]) * 9", "inputs.list + [1]"),
            ("(inputs.none | default([1])) * 9", "inputs.none | default([1])"),
            ("(inputs.list | sort) * 9", "inputs.list | sort"),
            // The engine lets a choice begin with the bracket before it.
            ("([1] if inputs.on else 2) * 9", "([1] if inputs.on else 2"),
        ] {
            let failed = evaluate(&format!("${{{{ {code} }}}}")).unwrap_err();
            assert_eq!(failed, (Code::ExpressionWrongOperand, told.to_owned()), "{code}");
        }
        assert_eq!(evaluate("${{ inputs.count * 2 }}"), Ok(6.into()));
        assert_eq!(evaluate("${{ (inputs.list | length) * (1 + 2) * 2 }}"), Ok(12.into()));
        assert_eq!(evaluate("${{ 'ab' * 2 }}"), Ok("abab".into()));
    }

    #[test]
    fn an_expression_may_be_as_long_as_the_limit_and_no_longer() {
        let long = |length: usize| format!("${{{{{:<length$}}}}}", "1");
        assert_eq!(evaluate(&long(4096)), Ok(1.into()));
        assert_eq!(evaluate(&long(4097)).map_err(|(code, _)| code), Err(Code::ExpressionSyntax));
    }

    #[test]
    fn names_come_with_their_places() {
        let text =
            "x ${{ inputs.plan ~ steps.a.b['c'] | default(item, x=inputs.y) }} ${{ 'inputs.z' }}";
        let template = Template::parse(text).unwrap();
        let names: Vec<_> =
            template.names().map(|name| (name.path.join("/"), &text[name.at.clone()])).collect();
        assert_eq!(
            names,
            [
                ("inputs/plan".to_owned(), "inputs.plan"),
                ("steps/a/b/c".to_owned(), "steps.a.b['c']"),
                ("item".to_owned(), "item"),
                ("inputs/y".to_owned(), "inputs.y"),
            ]
        );
    }
}
