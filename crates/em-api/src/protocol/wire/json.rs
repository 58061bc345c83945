//! JSON into the tree. Knows nothing of EM but that it names members as it names elements.

use serde_json::Value;

use super::{Budget, ITEM, Node};

/// Reads a document; the root has no name in this form.
pub(super) fn read(text: &str) -> Result<Node, String> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| format!("the body is no well-formed JSON: {error}"))?;
    if !value.is_object() && !value.is_array() {
        return Err("the body is JSON, but neither an object nor an array".to_owned());
    }
    node(String::new(), value, 1, &mut Budget::default())
}

fn node(name: String, value: Value, depth: usize, budget: &mut Budget) -> Result<Node, String> {
    budget.take(depth)?;
    let mut node = Node { name, ..Node::default() };
    match value {
        Value::Null => {}
        Value::Bool(flag) => node.text = flag.to_string(),
        Value::Number(number) => node.text = number.to_string(),
        Value::String(text) => node.text = text,
        Value::Array(items) => {
            for item in items.into_iter().filter(|item| !item.is_null()) {
                node.children.push(self::node(ITEM.to_owned(), item, depth + 1, budget)?);
            }
        }
        Value::Object(members) => {
            // A `null` is dropped: EM lists optional members it does not use.
            for (name, value) in members.into_iter().filter(|(_, value)| !value.is_null()) {
                node.children.push(self::node(name, value, depth + 1, budget)?);
            }
        }
    }
    Ok(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_document_is_refused_with_a_place() {
        for text in ["{", "{\"a\":1,}", "\"text\"", "1", "{} x", &"[".repeat(100), "nul"] {
            assert!(read(text).is_err(), "{text} was taken");
        }
        let deep = format!("{}{}", "[".repeat(70), "]".repeat(70));
        assert_eq!(read(&deep).err(), Some("the document nests deeper than 64".to_owned()));
        let error = read("{\"a\":\n tru}").err().unwrap_or_default();
        assert!(error.contains("line 2"), "{error}");
    }
}
