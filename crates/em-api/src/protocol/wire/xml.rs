//! XML into the tree. The only module that knows quick-xml.
//!
//! Events, not serde: serde mode accepts any namespace and any root element, and fails on
//! `True` and on empty numbers, all of which turn up.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

use super::{Budget, NAMESPACE, Node};

/// Reads a document whose root element is `root`, in EM's namespace; any root where none is named.
///
/// Elements of other namespaces are passed over, as are attributes with a prefix: the reference
/// declares `xsd` and `xsi` and gives them no meaning. A DTD is refused, for EM never sends one.
pub(super) fn read(text: &str, root: Option<&str>) -> Result<Node, String> {
    let mut reader = NsReader::from_str(text);
    let mut tree = Tree::default();
    loop {
        let at = reader.buffer_position();
        let (namespace, event) = reader
            .read_resolved_event()
            .map_err(|error| format!("the body is no well-formed XML near byte {at}: {error}"))?;
        let ours = namespace == ResolveResult::Bound(Namespace(NAMESPACE));
        let ended = tree.take(event, ours, root).map_err(|why| format!("{why} (byte {at})"))?;
        if ended {
            return tree.done.ok_or_else(|| "the body has no element".to_owned());
        }
    }
}

/// The elements still open, outermost first, and the root once it is closed.
#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    done: Option<Node>,
    budget: Budget,
}

struct Open {
    node: Node,
    ours: bool,
}

impl Tree {
    /// Takes one event; returns whether it was the last one.
    fn take(&mut self, event: Event<'_>, ours: bool, root: Option<&str>) -> Result<bool, String> {
        match event {
            Event::Start(tag) => self.start(&tag, ours, root)?,
            Event::Empty(tag) => {
                self.start(&tag, ours, root)?;
                self.end();
            }
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => self.text(&text.xml10_content())?,
            Event::GeneralRef(name) => self.text(&resolve(&name)?)?,
            Event::DocType(_) => return Err("the body has a document type declaration".to_owned()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof if self.open.is_empty() => return Ok(true),
            Event::Eof => return Err("the body ends within an element".to_owned()),
        }
        Ok(false)
    }

    fn start(
        &mut self,
        tag: &BytesStart<'_>,
        ours: bool,
        root: Option<&str>,
    ) -> Result<(), String> {
        let name = tag.local_name().into_inner();
        if let (true, Some(root)) = (self.open.is_empty(), root) {
            self.check_root(name, ours, root)?;
        }
        self.budget.take(self.open.len() + 1)?;
        let mut node = Node { name: name.to_owned(), ..Node::default() };
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| format!("in `{name}`: {error}"))?;
            let key = attribute.key.into_inner();
            if key == "xmlns" || key.contains(':') {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| format!("in `{name}/@{key}`: {error}"))?;
            self.budget.take(0)?;
            let (name, text) = (key.to_owned(), value.into_owned());
            node.children.push(Node { name, text, children: Vec::new() });
        }
        self.open.push(Open { node, ours });
        Ok(())
    }

    fn check_root(&self, name: &str, ours: bool, root: &str) -> Result<(), String> {
        if self.done.is_some() {
            return Err(format!("a second root element `{name}` follows"));
        }
        if name.eq_ignore_ascii_case("html") {
            return Err("it is an HTML page, as a proxy or another server sends it".to_owned());
        }
        if name != root {
            return Err(format!("the root element is `{name}`, `{root}` is expected"));
        }
        if !ours {
            return Err(format!("the root element `{name}` is not in the namespace {NAMESPACE}"));
        }
        Ok(())
    }

    fn end(&mut self) {
        let Some(Open { node, ours }) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) if ours => parent.node.children.push(node),
            Some(_) => {}
            None => self.done = Some(node),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(open) => open.node.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err("text stands outside of the root element".to_owned()),
        }
        Ok(())
    }
}

/// Resolves `&amp;` and its kind, and numbers. Nothing else: entities are declared in DTDs.
fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    let number = reference.resolve_char_ref().map_err(|error| error.to_string())?;
    if let Some(char) = number {
        return Ok(char.to_string());
    }
    let name = reference.xml10_content();
    resolve_predefined_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| format!("the entity `&{name};` is not one of XML's own"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(inner: &str) -> String {
        format!("<?xml version='1.0'?>\n<Task xmlns='{NAMESPACE}' Href='a&amp;b'>{inner}</Task>\n")
    }

    #[test]
    fn what_is_no_document_of_em_is_refused_with_a_reason() {
        let deep = task(&format!("{}{}", "<A>".repeat(70), "</A>".repeat(70)));
        let many = task(&"<A/>".repeat(500_001));
        let cases: Vec<(&str, &str)> = vec![
            ("<Task/>", "not in the namespace"),
            ("<Task xmlns='urn:other'/>", "not in the namespace"),
            ("<html><body/></html>", "HTML page"),
            ("<Tasks/>", "`Task` is expected"),
            ("<!DOCTYPE html><html/>", "document type"),
            ("<Task xmlns='http://www.veeam.com/ent/v1.0'><A>", "ends within"),
            ("<Task xmlns='http://www.veeam.com/ent/v1.0'></A>", "no well-formed XML"),
            ("<Task xmlns='http://www.veeam.com/ent/v1.0'>&bomb;</Task>", "`&bomb;`"),
            ("<Task xmlns='http://www.veeam.com/ent/v1.0'>&#x0;</Task>", ""),
            ("<Task xmlns='http://www.veeam.com/ent/v1.0' A='1' A='2'/>", "in `Task`"),
            ("<Task xmlns='http://www.veeam.com/ent/v1.0'/><Task/>", "second root"),
            ("<Task xmlns='http://www.veeam.com/ent/v1.0'/>x", "outside of the root"),
            ("<?xml version='1.0'?>", "no element"),
            (&deep, "nests deeper than 64"),
            (&many, "more than 500000 parts"),
        ];
        for (text, reason) in cases {
            let error = read(text, Some("Task")).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn unknown_parts_and_all_sorts_of_text_are_read() {
        let text = task(
            "<New Kind='x'/><x:Other xmlns:x='urn:x'><State>No</State></x:Other><!-- c -->
             <State>A &lt;&#65;&#x42;<![CDATA[&]]></State><Message xml:lang='en'/>",
        );
        let root = read(&text, Some("Task")).expect("a task");
        assert_eq!(root.text("State"), Some("A <AB&"));
        assert_eq!(root.text("Href"), Some("a&b"));
        assert_eq!(root.text("Message"), None);
        assert!(root.member("Other").is_none());
    }

    #[test]
    fn a_prefix_for_the_namespace_is_as_good_as_a_default() {
        let text = format!("<v:Task xmlns:v='{NAMESPACE}'><v:State>A</v:State></v:Task>");
        assert_eq!(read(&text, Some("Task")).expect("a task").text("State"), Some("A"));
    }
}
