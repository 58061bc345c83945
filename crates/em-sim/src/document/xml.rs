//! The XML writer: quick-xml for escaping, nothing else.

use std::io;

use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::writer::Writer;

use super::NAMESPACE;
use super::element::{Content, Element, Scalar};

/// Writes a document with its declaration and its namespace.
pub(super) fn write(document: &Element) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    write_all(&mut writer, document).expect("invariant: memory takes every write");
    writer.into_inner()
}

fn write_all(writer: &mut Writer<Vec<u8>>, document: &Element) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let mut root = BytesStart::new(document.name);
    root.push_attribute(("xmlns", NAMESPACE));
    write_element(writer, document, root)
}

fn write_element(
    writer: &mut Writer<Vec<u8>>,
    element: &Element,
    mut start: BytesStart<'_>,
) -> io::Result<()> {
    for (name, value) in &element.attributes {
        start.push_attribute((*name, text(value).as_str()));
    }
    match &element.content {
        Content::Members(items) | Content::List { items, .. } if items.is_empty() => {
            return writer.write_event(Event::Empty(start));
        }
        Content::Members(items) | Content::List { items, .. } => {
            writer.write_event(Event::Start(start))?;
            for item in items {
                write_element(writer, item, BytesStart::new(item.name))?;
            }
        }
        Content::Value(value) => {
            writer.write_event(Event::Start(start))?;
            writer.write_event(Event::Text(BytesText::new(&text(value))))?;
        }
    }
    writer.write_event(Event::End(BytesEnd::new(element.name)))
}

/// XML 1.0 has no way to write a control character: each becomes U+FFFD.
fn text(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => text.replace(
            |c: char| {
                c.is_control() && !matches!(c, '\t' | '\n' | '\r')
                    || matches!(c, '\u{FFFE}' | '\u{FFFF}')
            },
            "\u{FFFD}",
        ),
        Scalar::Flag(flag) => flag.to_string(),
        Scalar::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_stays_a_text() {
        let element = Element::new("A").with("B", "\"<&").child(Element::value("C", "</C>&\u{1}"));
        let text = String::from_utf8(write(&element)).expect("UTF-8");
        assert!(text.contains("B=\"&quot;&lt;&amp;\""), "{text}");
        assert!(text.contains("<C>&lt;/C&gt;&amp;\u{FFFD}</C>"), "{text}");
    }

    #[test]
    fn the_root_alone_carries_the_namespace() {
        let element = Element::list("As", "As", vec![Element::new("A")]);
        assert_eq!(
            String::from_utf8(write(&element)).expect("UTF-8"),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <As xmlns=\"http://www.veeam.com/ent/v1.0\"><A/></As>"
        );
    }
}
