//! From parser events to a document.

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle};

use super::tree::Tree;
use super::{Document, Kind};
use crate::limits;
use crate::problem::{Code, Problem, Problems};
use crate::text::{Source, Span, cut};

/// The bounds of a document; arguments, so that tests can use small ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) bytes: usize,
    pub(super) depth: usize,
    pub(super) nodes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { bytes: limits::FILE_BYTES, depth: limits::DEPTH, nodes: limits::NODES }
    }
}

/// That nothing after this place is read.
pub(super) struct Stop;

impl Document {
    /// Reads a YAML text. BOM and CRLF are fine.
    ///
    /// Every refusal goes to `problems`, and the tree holds what could be read. After an error
    /// of syntax the rest of the text is not known, so from then on `problems` takes no
    /// complaint that something is absent.
    ///
    /// ```
    /// use runbook_core::document::Document;
    /// use runbook_core::problem::Problems;
    /// use runbook_core::text::{Route, Source};
    ///
    /// let mut problems = Problems::default();
    /// let source = Source::new("undo.yaml", "runbook: v1\nname: undo\n");
    /// let document = Document::parse(&source, &mut problems);
    /// assert!(problems.is_empty());
    /// assert_eq!(document.span(&Route::root().key("name")).start, 18);
    /// ```
    pub fn parse(source: &Source, problems: &mut Problems) -> Self {
        Self::parse_within(source, Bounds::default(), problems)
    }

    pub(super) fn parse_within(source: &Source, bounds: Bounds, problems: &mut Problems) -> Self {
        if source.text().len() > bounds.bytes {
            problems.push(too_large(source, bounds));
            problems.tear();
            return Self::empty(source);
        }
        let mut tree = Tree::new(source, bounds, problems);
        // A Stop has been reported where it arose.
        let _ = read(source.text(), bounds, &mut tree);
        match tree.finish() {
            Some(root) if matches!(root.kind(), Kind::Map(_)) => {
                Self { source: source.clone(), root }
            }
            Some(root) if !root.is_null() => {
                problems.push(not_a_mapping(source, root.span()));
                problems.tear();
                Self::empty(source)
            }
            _ => {
                problems.push(empty());
                problems.tear();
                Self::empty(source)
            }
        }
    }
}

fn read(text: &str, bounds: Bounds, tree: &mut Tree<'_>) -> Result<(), Stop> {
    let options = granit_parser::options! {
        block_nesting_limit: bounds.depth + 1,
        flow_nesting_limit: bounds.depth + 1,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| syntax(tree, &error))?;
        let range = span.byte_range().unwrap_or_default();
        let span = Span::new(range.start, range.end);
        match event {
            Event::DocumentStart(..) => tree.document(span)?,
            Event::Scalar(text, style, _, tag) => {
                tree.tag(span, tag.is_some());
                tree.scalar(span, &text, style == ScalarStyle::Plain)?;
            }
            Event::SequenceStart(style, _, tag) => {
                tree.tag(span, tag.is_some());
                tree.open_list(span, style == StructureStyle::Flow)?;
            }
            Event::MappingStart(style, _, tag) => {
                tree.tag(span, tag.is_some());
                tree.open_map(span, style == StructureStyle::Flow)?;
            }
            Event::SequenceEnd | Event::MappingEnd => tree.close(span),
            Event::Anchor(_, name) => tree.anchor(span, &name),
            Event::Alias(_) | Event::UnresolvedAlias(_) => tree.alias(span)?,
            _ => {}
        }
    }
    Ok(())
}

fn syntax(tree: &mut Tree<'_>, error: &ScanError) -> Stop {
    let at = error.marker().byte_offset().unwrap_or(0);
    if matches!(error.kind(), granit_parser::ErrorKind::RecursionLimitExceeded) {
        return tree.too_deep(Span::new(at, at));
    }
    let info = error.info();
    if info.contains("tab") {
        return tree.torn(tabbed(tree.tab_from(at)));
    }
    tree.forget_what_touches(at);
    let message = format!("`{}` is not YAML: {info}", cut(tree.line(at)));
    let problem = Problem::new(
        Code::DocumentSyntax,
        message,
        Span::new(at, at),
        "the text cannot be read from here on",
    );
    let help = unquoted(tree.line(at))
        .unwrap_or("look at this place and just before it: indentation, quotes, brackets, colons");
    tree.torn(problem.help(help))
}

/// Says what in a line lacks its quotes, where that is plain.
fn unquoted(line: &str) -> Option<&'static str> {
    let bare = |found: &str| {
        let before = line.find(found).map(|at| &line[..at]);
        before.is_some_and(|before| {
            let even = |quote: char| before.matches(quote).count() % 2 == 0;
            even('"') && even('\'')
        })
    };
    if bare("${{") {
        return Some("put the expression in quotes: `\"${{ inputs.p }}\"`");
    }
    let (_, value) = line.split_once(": ")?;
    let plain = !value.trim_start().starts_with(['"', '\'', '{', '[', '|', '>']);
    (plain && value.contains(": "))
        .then_some("put the text in quotes: a colon and a space end a key")
}

pub(super) fn tabbed(span: Span) -> Problem {
    let message = "a tab stands where a line is indented";
    Problem::new(Code::DocumentTab, message, span, "a tab is as wide as each editor likes")
        .help("indent with spaces")
}

fn too_large(source: &Source, bounds: Bounds) -> Problem {
    let message = format!(
        "the text has {} bytes, and at most {} are read",
        source.text().len(),
        bounds.bytes
    );
    Problem::new(Code::DocumentTooLarge, message, Span::new(0, 0), "it starts here")
        .help("is this the right file? a runbook of this size is better split")
}

fn not_a_mapping(source: &Source, span: Span) -> Problem {
    let first = source.text()[span.start..].lines().next().map_or(0, |line| line.trim_end().len());
    let span = Span::new(span.start, span.end.min(span.start + first));
    let shown = cut(&source.text()[span.start..span.end]);
    let message = format!("a runbook is a mapping of keys to values, and `{shown}` is none");
    Problem::new(Code::DocumentNotAMapping, message, span, "a key such as `runbook:` is expected")
        .help("start with `runbook: v1`, and give the steps under `steps:`")
}

fn empty() -> Problem {
    Problem::new(
        Code::DocumentEmpty,
        "there is nothing in this text",
        Span::new(0, 0),
        "no runbook",
    )
    .help("start with `runbook: v1`, or let `runbook explain undo-failover` show an example")
}
