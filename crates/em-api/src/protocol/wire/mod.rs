//! Documents as a tree that is the same for XML and JSON, and the reading of both into it.
//!
//! One tree instead of two derived readers: EM's JSON follows from its XML by fixed rules
//! (attributes and child elements both become members, `<Links><Link/></Links>` a flat array,
//! other lists a member with the plural name), so a value is read once, by member names, for
//! both. Nothing here knows what a task or a plan is.

mod json;
mod xml;

use super::{Media, Response};

/// The namespace of every XML document EM sends and takes.
pub(crate) const NAMESPACE: &str = "http://www.veeam.com/ent/v1.0";

/// How deep a document may nest; EM's own stay below ten.
const MAX_DEPTH: usize = 64;

/// How many nodes a document may have. With the cap on bodies this bounds the memory of a
/// document that is all tags; a list of ten thousand plans is well below it.
const MAX_NODES: usize = 500_000;

/// The name of an element of a JSON array, which has none.
const ITEM: &str = "";

/// An element, an attribute, a JSON member, or an element of a JSON array.
#[derive(Debug, Default)]
pub(crate) struct Node {
    name: String,
    text: String,
    children: Vec<Node>,
}

impl Node {
    /// Returns the first member of this name: an attribute before a child element.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Tells whether there is more than one member of this name.
    pub(crate) fn has_twice(&self, name: &str) -> bool {
        self.children.iter().filter(|child| child.name == name).nth(1).is_some()
    }

    /// Returns the trimmed text of a member; absent, `null` and empty are the same.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.member(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    /// Returns a member's text, and an empty one where it is missing.
    pub(crate) fn text_or_empty(&self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    /// Returns a truth value, `True` as .NET prints it included; `None` for any other text.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.text(name)?.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// Returns the elements of a list.
    ///
    /// Takes what stands directly in this node (`<Tasks><Task/></Tasks>`, a bare array), and what
    /// stands in a member with the plural name (`{"Tasks":[…]}`, `"Refs":{"Refs":[…]}`).
    pub(crate) fn items(&self, one: &str, many: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        for child in &self.children {
            if child.name == many || (child.name == one && child.is_array()) {
                found.extend(child.items(one, many));
            } else if child.name == one || child.name == ITEM {
                found.push(child);
            }
        }
        found
    }

    fn is_array(&self) -> bool {
        self.children.first().is_some_and(|child| child.name == ITEM)
    }
}

/// Reads the body of an answer whose root element is `root`.
///
/// The form is that of `Content-Type`; where that is missing or names none of EM's, the first
/// byte decides. A reason for people comes back when the body is no such document.
pub(crate) fn read(response: &Response, root: &str) -> Result<Node, String> {
    read_any(response, Some(root))
}

/// Reads the body of an answer, whatever its root element where none is named.
pub(crate) fn read_any(response: &Response, root: Option<&str>) -> Result<Node, String> {
    let text = std::str::from_utf8(&response.body)
        .map_err(|error| format!("the body is no UTF-8 after byte {}", error.valid_up_to()))?;
    let text = text.trim_start_matches('\u{feff}');
    match response.media().or_else(|| guess(text)) {
        _ if text.trim().is_empty() => Err("the body is empty".to_owned()),
        Some(Media::Xml) => xml::read(text, root),
        Some(Media::Json) => json::read(text),
        None => Err(format!("the body is neither XML nor JSON: it begins with `{}`", start(text))),
    }
}

fn guess(text: &str) -> Option<Media> {
    match text.trim_start().as_bytes().first()? {
        b'<' => Some(Media::Xml),
        b'{' | b'[' => Some(Media::Json),
        _ => None,
    }
}

fn start(text: &str) -> String {
    text.trim_start().chars().take(20).collect()
}

/// Counts nodes, so that both readers hold the same limits.
#[derive(Default)]
struct Budget {
    nodes: usize,
}

impl Budget {
    fn take(&mut self, depth: usize) -> Result<(), String> {
        self.nodes += 1;
        if depth > MAX_DEPTH {
            return Err(format!("the document nests deeper than {MAX_DEPTH}"));
        }
        if self.nodes > MAX_NODES {
            return Err(format!("the document has more than {MAX_NODES} parts"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(content_type: Option<&str>, body: &[u8]) -> Response {
        let headers = content_type.map(|value| ("content-type".to_owned(), value.to_owned()));
        Response { status: 200, headers: headers.into_iter().collect(), body: body.to_vec() }
    }

    #[test]
    fn the_content_type_decides_and_then_the_first_byte() {
        let xml = br#"<Task xmlns="http://www.veeam.com/ent/v1.0"><State>A</State></Task>"#;
        let json = br#"{"State":"A"}"#;
        let cases: [(Option<&str>, &[u8], bool); 9] = [
            (Some("application/xml; charset=utf-8"), xml, true),
            (Some("application/json"), json, true),
            (None, xml, true),
            (Some("text/plain"), json, true),
            (None, b"\xef\xbb\xbf  {\"State\":\"A\"}", true),
            (Some("application/json"), xml, false),
            (None, b"", false),
            (None, b"Bad Gateway", false),
            (None, b"{\"State\":\"\xff\"}", false),
        ];
        for (content_type, body, readable) in cases {
            let node = read(&response(content_type, body), "Task");
            let state = node.as_ref().ok().and_then(|node| node.text("State"));
            assert_eq!(state, readable.then_some("A"), "{content_type:?} {node:?}");
        }
    }

    #[test]
    fn a_list_is_found_in_every_shape_it_comes_in() {
        let cases = [
            r#"{"Refs":[{"Name":"a"},{"Name":"b"}]}"#,
            r#"{"Refs":{"Refs":[{"Name":"a"},{"Name":"b"}]}}"#,
            r#"{"Refs":{"Ref":[{"Name":"a"},{"Name":"b"}]}}"#,
            r#"[{"Name":"a"},{"Name":"b"}]"#,
            r#"<Q xmlns="http://www.veeam.com/ent/v1.0"><Refs><Ref Name="a"/><Ref Name="b"/></Refs></Q>"#,
            r#"<Q xmlns="http://www.veeam.com/ent/v1.0"><Ref Name="a"/><Ref Name="b"/></Q>"#,
        ];
        for text in cases {
            let root = read(&response(None, text.as_bytes()), "Q").expect(text);
            let items = root.items("Ref", "Refs");
            let names: Vec<_> = items.iter().filter_map(|item| item.text("Name")).collect();
            assert_eq!(names, ["a", "b"], "{text}");
        }
        for text in [r#"{"Refs":null}"#, r#"{"Refs":[]}"#, r#"{"Refs":{"Refs":null}}"#, "[]", "{}"]
        {
            let root = read(&response(None, text.as_bytes()), "Q").expect(text);
            assert!(root.items("Ref", "Refs").is_empty(), "{text}");
        }
    }

    #[test]
    fn a_truth_value_is_read_as_dot_net_prints_it() {
        let text = r#"{"A":true,"B":"True","C":"FALSE","D":"0","E":"yes","F":null,"G":""}"#;
        let root = read(&response(None, text.as_bytes()), "Q").expect(text);
        let flags = ["A", "B", "C", "D", "E", "F", "G", "H"].map(|name| root.flag(name));
        let (t, f) = (Some(true), Some(false));
        assert_eq!(flags, [t, t, f, f, None, None, None, None]);
    }
}
