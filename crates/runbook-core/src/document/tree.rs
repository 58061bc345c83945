//! Builds the tree, node by node, and refuses what may not stand in it.

use std::sync::Arc;

use super::key;
use super::parse::{Bounds, Stop, tabbed};
use super::{Entry, Kind, Node};
use crate::problem::{Code, Problem, Problems};
use crate::text::{Piece, Source, Span, cut};

/// A tree that grows. The stack is on the heap and as deep as the bounds allow.
pub(super) struct Tree<'a> {
    source: &'a Source,
    bounds: Bounds,
    problems: &'a mut Problems,
    frames: Vec<Frame>,
    /// The items of all open lists, and the keys of all open mappings, innermost last: what is
    /// closed is cut off at its end, in one allocation of its very size.
    items: Vec<Node>,
    entries: Vec<Entry>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    /// There are tabs in the text, and none was reported yet: one tells about all.
    watches_tabs: bool,
}

struct Frame {
    span: Span,
    flow: bool,
    open: Open,
}

enum Open {
    /// A list, and where its items start among those of all open ones.
    List(usize),
    /// A mapping, and where its keys start.
    Map(usize, Key),
}

/// Where a mapping stands: before a key, or between a key and its value.
enum Key {
    Awaited,
    Read(Node),
    /// It was refused, and its value goes with it.
    Refused,
}

impl<'a> Tree<'a> {
    pub(super) fn new(source: &'a Source, bounds: Bounds, problems: &'a mut Problems) -> Self {
        Self {
            source,
            bounds,
            problems,
            frames: Vec::new(),
            items: Vec::new(),
            entries: Vec::new(),
            root: None,
            documents: 0,
            nodes: 0,
            watches_tabs: source.text().contains('\t'),
        }
    }

    /// Closes what is still open, and returns the root. Of a mapping without an end the keys that
    /// were read are kept; a list without an end is left out, since nobody knows what it is.
    pub(super) fn finish(mut self) -> Option<Node> {
        while let Some(Frame { span, open, .. }) = self.frames.last() {
            let span = *span;
            if let Open::List(from) = *open {
                self.items.truncate(from);
                self.frames.pop();
                self.leave_out();
            } else {
                self.close(span);
            }
        }
        self.root
    }

    pub(super) fn document(&mut self, span: Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        self.problems.push(
            Problem::new(
                Code::DocumentSeveral,
                "there is more than one YAML document in this text: `---` starts another",
                span,
                "the second one starts here",
            )
            .help("a file holds one runbook: put the other into a file of its own"),
        );
        Err(Stop)
    }

    pub(super) fn scalar(&mut self, span: Span, text: &str, plain: bool) -> Result<(), Stop> {
        self.count(span)?;
        let raw = &self.source.text()[span.start..span.end];
        let written = Span::new(span.start, span.start + raw.trim_end().len());
        // Behind a quote, if there is one. What reads otherwise than it stands there is copied.
        let start = span.start + usize::from(!plain);
        let piece = self.source.piece(start..start + text.len()).filter(|piece| **piece == *text);
        let text = piece.unwrap_or_else(|| Piece::from(text));
        self.place(Node::new(written, Kind::Scalar { text, plain }));
        Ok(())
    }

    pub(super) fn open_list(&mut self, span: Span, flow: bool) -> Result<(), Stop> {
        self.open(span, flow, Open::List(self.items.len()))
    }

    pub(super) fn open_map(&mut self, span: Span, flow: bool) -> Result<(), Stop> {
        self.open(span, flow, Open::Map(self.entries.len(), Key::Awaited))
    }

    fn open(&mut self, span: Span, flow: bool, open: Open) -> Result<(), Stop> {
        self.count(span)?;
        if self.frames.len() >= self.bounds.depth {
            return Err(self.too_deep(span));
        }
        self.frames.push(Frame { span, flow, open });
        Ok(())
    }

    /// Closes the innermost list or mapping. The end of one in block style is where the next
    /// token starts, so its last item says where it ends.
    pub(super) fn close(&mut self, end: Span) {
        let Some(frame) = self.frames.pop() else { return };
        let last = match frame.open {
            Open::List(from) => self.items[from..].last().map(Node::span),
            Open::Map(from, _) => self.entries[from..].last().map(Entry::place),
        };
        let last = last.map_or(frame.span.end, |last| last.end);
        let end = if frame.flow { end.end.max(last) } else { last };
        let span = Span::new(frame.span.start, end.max(frame.span.start));
        let kind = match frame.open {
            Open::List(from) => Kind::List(self.items.drain(from..).collect()),
            Open::Map(from, _) => Kind::Map(self.once_each(from)),
        };
        self.place(Node::new(span, kind));
    }

    pub(super) fn anchor(&mut self, span: Span, name: &str) {
        let message = format!("the anchor `&{}` names a value for reuse", cut(name));
        self.problems.push(
            Problem::new(Code::DocumentAnchor, message, span, "anchors are not read")
                .help("take the anchor out, and write the value where it is used"),
        );
    }

    pub(super) fn alias(&mut self, span: Span) -> Result<(), Stop> {
        self.count(span)?;
        let text = self.source.text().get(span.start..span.end).unwrap_or_default();
        let message = format!("the alias `{}` stands for a value written elsewhere", cut(text));
        self.problems.push(
            Problem::new(Code::DocumentAlias, message, span, "aliases are not read")
                .help("write the value here, or make it an input and use an expression"),
        );
        // What it stands for is not known, so nothing is said of it and of what it may hold.
        self.problems.tear();
        self.leave_out();
        Ok(())
    }

    /// Refuses a tag. The parser says that there is one and not where, but it stands in front of
    /// its value.
    pub(super) fn tag(&mut self, value: Span, tagged: bool) {
        if !tagged {
            return;
        }
        let text = self.source.text();
        let before = &text[..value.start];
        let start = before
            .rfind('!')
            .map_or(value.start, |at| if before[..at].ends_with('!') { at - 1 } else { at });
        let tag = text[start..].split(char::is_whitespace).next().unwrap_or_default();
        let message = format!("the tag `{}` gives a value another type", cut(tag));
        let span = Span::new(start, start + tag.len());
        self.problems.push(
            Problem::new(Code::DocumentTag, message, span, "tags are not read")
                .help("take the tag out; a text that looks like a number stands in quotes"),
        );
    }

    pub(super) fn too_deep(&mut self, span: Span) -> Stop {
        let message = format!("values are nested more than {} deep", self.bounds.depth);
        let problem = Problem::new(Code::DocumentTooDeep, message, span, "one level too many");
        self.torn(problem.help("a runbook needs few levels: look whether this is the right file"))
    }

    /// Returns the line of a place, or the one before it that is not empty.
    pub(super) fn line(&self, at: usize) -> &str {
        let text = self.source.text();
        let at = text.floor_char_boundary(at);
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        let line = text[..end].trim_end().lines().next_back().unwrap_or_default();
        line.trim()
    }

    /// Returns the place of the first tab that indents the line of a place or one below it; the
    /// place itself where there is none.
    pub(super) fn tab_from(&self, at: usize) -> Span {
        let text = self.source.text();
        let at = text.floor_char_boundary(at);
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let mut line = start;
        for text in text[start..].split_inclusive('\n') {
            let indent = text.len() - text.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = text[..indent].find('\t') {
                return Span::new(line + tab, line + indent);
            }
            line += text.len();
        }
        Span::new(at, at)
    }

    /// Takes out the value or key that ends where the text could not be read any more: it would
    /// have gone on, so nothing is said of it.
    pub(super) fn forget_what_touches(&mut self, at: usize) {
        let text = self.source.text();
        let touches = |node: &Node| {
            let between = text.get(node.span().end..at);
            let scalar = matches!(node.kind(), Kind::Scalar { .. });
            scalar && between.is_none_or(|between| between.trim().is_empty())
        };
        match self.frames.last_mut().map(|frame| &mut frame.open) {
            Some(Open::List(from)) if self.items.len() > *from => {
                self.items.pop_if(|item| touches(item));
            }
            Some(Open::Map(_, key @ Key::Read(_))) => {
                if matches!(key, Key::Read(name) if touches(name)) {
                    *key = Key::Refused;
                }
            }
            Some(Open::Map(from, Key::Awaited)) if self.entries.len() > *from => {
                self.entries.pop_if(|entry| touches(&entry.value));
            }
            _ => {}
        }
    }

    /// Reports why nothing more is read.
    pub(super) fn torn(&mut self, problem: Problem) -> Stop {
        self.problems.push(problem);
        self.problems.tear();
        Stop
    }

    fn count(&mut self, span: Span) -> Result<(), Stop> {
        self.watch_tabs(span);
        self.nodes += 1;
        if self.nodes <= self.bounds.nodes {
            return Ok(());
        }
        let message = format!("there are more than {} keys and values", self.bounds.nodes);
        let problem = Problem::new(Code::DocumentTooManyNodes, message, span, "one too many");
        Err(self.torn(problem.help("split the runbook, or let a step work on more than one thing")))
    }

    /// The parser takes a tab after some spaces of indentation, and after none at the top.
    fn watch_tabs(&mut self, span: Span) {
        if !self.watches_tabs {
            return;
        }
        // Back over what may be indentation: whatever else the line holds, it is looked at once.
        let before = &self.source.text().as_bytes()[..span.start];
        let blank = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let (above, indent) = before.split_at(before.len() - blank);
        if !matches!(above.last(), None | Some(b'\n')) {
            return;
        }
        if let Some(tab) = indent.iter().position(|byte| *byte == b'\t') {
            self.watches_tabs = false;
            self.problems.push(tabbed(Span::new(above.len() + tab, span.start)));
        }
    }

    /// Steps over a key or value, and over the value of a key that is stepped over.
    fn leave_out(&mut self) {
        if let Some(Open::Map(_, key)) = self.frames.last_mut().map(|frame| &mut frame.open) {
            *key = match key {
                Key::Awaited => Key::Refused,
                _ => Key::Awaited,
            };
        }
    }

    fn place(&mut self, node: Node) {
        match self.frames.last_mut().map(|frame| &mut frame.open) {
            None => self.root = Some(node),
            Some(Open::List(_)) => self.items.push(node),
            Some(Open::Map(_, key)) => match std::mem::replace(key, Key::Awaited) {
                Key::Awaited => *key = Key::Read(node),
                Key::Refused => {}
                Key::Read(name) => {
                    match key::name(&name, &self.source.text()[name.span().start..name.span().end])
                    {
                        Ok(text) => {
                            let key_span = name.span();
                            self.entries.push(Entry { key: text, key_span, value: node });
                        }
                        Err(problem) => {
                            self.problems.push(problem);
                            self.problems.tear();
                        }
                    }
                }
            },
        }
    }

    /// Takes the keys of the innermost mapping, and refuses those that stand twice; the first of
    /// them counts.
    fn once_each(&mut self, from: usize) -> Arc<[Entry]> {
        let twice = key::twice(&self.entries[from..]);
        if twice.is_empty() {
            return self.entries.drain(from..).collect();
        }
        let mut twice = twice.into_iter().peekable();
        let mut once = Vec::new();
        for (at, entry) in self.entries.drain(from..).enumerate() {
            match twice.next_if(|(again, _)| *again == at) {
                Some((_, first)) => self.problems.tell(|_| key::duplicate(&entry, first)),
                None => once.push(entry),
            }
        }
        once.into()
    }
}
