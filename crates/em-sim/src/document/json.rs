//! The JSON writer: attributes and children alike become members, lists take the plural.

use serde_json::{Map, Value};

use super::element::{Content, Element, Scalar};

/// Writes a document; the name of the root is not written.
pub(super) fn write(document: &Element) -> Vec<u8> {
    value(document).to_string().into_bytes()
}

fn value(element: &Element) -> Value {
    let mut members = Map::new();
    match &element.content {
        Content::Value(value) => return scalar(value),
        Content::List { plural: None, items } => return items.iter().map(value).collect(),
        Content::List { plural: Some(plural), items } => {
            members.insert((*plural).to_owned(), items.iter().map(value).collect());
        }
        Content::Members(children) => {
            members.extend(children.iter().map(|child| (child.name.to_owned(), value(child))));
        }
    }
    let attributes = element.attributes.iter();
    members.extend(attributes.map(|(name, value)| ((*name).to_owned(), scalar(value))));
    Value::Object(members)
}

fn scalar(value: &Scalar) -> Value {
    match value {
        Scalar::Text(text) => text.as_str().into(),
        Scalar::Flag(flag) => (*flag).into(),
        Scalar::Number(number) => (*number).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_a_flat_array_and_other_lists_double_up() {
        let links = Element::links(vec![Element::link("Up", "/x".to_owned())]);
        let refs = Element::list("Refs", "Refs", vec![Element::new("Ref").with("Name", "a")]);
        let document = Element::new("QueryResult").child(refs).child(links);
        assert_eq!(
            value(&document),
            serde_json::json!({
                "Refs": {"Refs": [{"Name": "a"}]},
                "Links": [{"Rel": "Up", "Href": "/x"}],
            })
        );
    }
}
