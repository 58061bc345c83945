//! `FailoverPlanManagementSpec`, the one document that this server reads.

use em_api::protocol::Media;
use jiff::Timestamp;
use quick_xml::events::Event;
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;
use serde_json::Value;

use super::NAMESPACE;

const ROOT: &str = "FailoverPlanManagementSpec";

/// Members in the order of the schema.
const MEMBERS: [&str; 2] = ["StartNow", "StartDate"];

/// From which moment the machines of a plan start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartSpec {
    /// From their newest restore points.
    Now,
    /// From the newest restore points before this moment.
    Before(Timestamp),
}

impl StartSpec {
    /// Reads a body; the error is what the server says with its 400.
    pub(crate) fn read(body: &[u8], media: Media) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|_| "The body is not UTF-8.".to_owned())?;
        let members = match media {
            Media::Xml => read_xml(text)?,
            Media::Json => read_json(text)?,
        };
        Self::of(&members)
    }

    /// Both at once are documented for JSON, and which wins is not: here `StartNow` does. A
    /// spec that asks for nothing is refused.
    fn of(members: &[(String, String)]) -> Result<Self, String> {
        let get = |name| members.iter().find(|(key, _)| key == name).map(|(_, text)| text.trim());
        let now = match get("StartNow") {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => return Err(format!("StartNow cannot be '{other}'.")),
        };
        let date = get("StartDate").map(date).transpose()?;
        match (now, date) {
            (true, _) => Ok(Self::Now),
            (false, Some(moment)) => Ok(Self::Before(moment)),
            (false, None) => Err("StartNow or StartDate is expected.".to_owned()),
        }
    }
}

/// UTC; a date without its `Z` is UTC too.
fn date(text: &str) -> Result<Timestamp, String> {
    let parsed = text.parse().or_else(|_| format!("{text}Z").parse());
    parsed.map_err(|_| format!("StartDate cannot be '{text}'."))
}

/// Reads the members, in the order of the schema and each at most once.
fn read_xml(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut reader = NsReader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let mut members: Vec<(String, String)> = Vec::new();
    let mut roots = 0;
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|e| e.to_string())?;
        match event {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                path.push(accept(&name, &namespace, path.len(), &mut members)?);
                roots += usize::from(path.len() == 1);
            }
            Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                accept(&name, &namespace, path.len(), &mut members)?;
                roots += usize::from(path.is_empty());
            }
            Event::End(_) => _ = path.pop(),
            Event::Text(piece) => push(&piece.xml10_content(), path.len(), &mut members)?,
            Event::CData(piece) => push(&piece.xml10_content(), path.len(), &mut members)?,
            Event::GeneralRef(_) | Event::DocType(_) => {
                return Err("No entity has a place here.".to_owned());
            }
            Event::Eof if path.is_empty() && roots == 1 => return Ok(members),
            Event::Eof => return Err("The document is not complete.".to_owned()),
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
}

/// Takes an element that may stand here and returns its name.
fn accept(
    name: &str,
    namespace: &ResolveResult<'_>,
    depth: usize,
    members: &mut Vec<(String, String)>,
) -> Result<String, String> {
    if *namespace != ResolveResult::Bound(Namespace(NAMESPACE)) {
        return Err(format!("The element '{name}' is in another namespace."));
    }
    let place = |name: &str| MEMBERS.iter().position(|member| *member == name);
    let last = members.last().and_then(|(last, _)| place(last));
    match (depth, place(name)) {
        (0, _) if name == ROOT && members.is_empty() => {}
        (1, Some(here)) if last.is_none_or(|last| last < here) => {
            members.push((name.to_owned(), String::new()));
        }
        _ => return Err(format!("The element '{name}' is not expected here.")),
    }
    Ok(name.to_owned())
}

fn push(piece: &str, depth: usize, members: &mut [(String, String)]) -> Result<(), String> {
    match members.last_mut() {
        Some((_, text)) if depth == 2 => text.push_str(piece),
        _ if piece.trim().is_empty() => {}
        _ => return Err("No text is expected here.".to_owned()),
    }
    Ok(())
}

/// Members of JSON come in any order; an unknown one is refused.
fn read_json(text: &str) -> Result<Vec<(String, String)>, String> {
    // The words of a real server that got XML where it looked for JSON.
    let absent = |_| "Node [root] does not exist.".to_owned();
    let Value::Object(object) = serde_json::from_str(text).map_err(absent)? else {
        return Err("Node [root] does not exist.".to_owned());
    };
    let mut members = Vec::new();
    for (name, value) in object {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            ("StartNow", Value::Bool(flag)) => members.push((name, flag.to_string())),
            ("StartDate", Value::String(date)) => members.push((name, date)),
            _ => return Err(format!("The member '{name}' is not expected here.")),
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(inner: &str) -> Result<StartSpec, String> {
        let text = format!("<{ROOT} xmlns=\"{NAMESPACE}\">{inner}</{ROOT}>");
        StartSpec::read(text.as_bytes(), Media::Xml)
    }

    fn moment(text: &str) -> StartSpec {
        StartSpec::Before(text.parse().expect("a moment"))
    }

    #[test]
    fn the_order_of_the_schema_is_taken() {
        let date = "<StartDate>2025-08-15T20:00:24.003406Z</StartDate>";
        assert_eq!(xml("<StartNow>true</StartNow>"), Ok(StartSpec::Now));
        assert_eq!(xml(date), Ok(moment("2025-08-15T20:00:24.003406Z")));
        assert_eq!(xml(&format!("<StartNow>true</StartNow>{date}")), Ok(StartSpec::Now));
    }

    #[test]
    fn anything_else_is_refused() {
        let cases = [
            "",
            "<StartNow/>",
            "<StartNow>yes</StartNow>",
            "<StartNow>false</StartNow>",
            "<StartDate>tomorrow</StartDate>",
            "<StartDate>2025-08-15T20:00:24Z</StartDate><StartNow>true</StartNow>",
            "<StartNow>true</StartNow><StartNow>true</StartNow>",
            "<Now>true</Now>",
            "<StartNow><Deep/></StartNow>",
            "true",
            "<StartNow xmlns=\"other\">true</StartNow>",
        ];
        for inner in cases {
            assert!(xml(inner).is_err(), "{inner} was taken");
        }
        for text in ["", "<", "<A/>", "{}", "<!DOCTYPE a><FailoverPlanManagementSpec/>"] {
            assert!(StartSpec::read(text.as_bytes(), Media::Xml).is_err(), "{text} was taken");
        }
    }

    #[test]
    fn json_comes_in_any_order() {
        let read = |text: &str| StartSpec::read(text.as_bytes(), Media::Json);
        let both = r#"{"StartDate": "2020-07-24T19:04:35.8385611Z", "StartNow": true}"#;
        assert_eq!(read(both), Ok(StartSpec::Now));
        assert_eq!(
            read(r#"{"StartNow": null, "StartDate": "2020-07-24T19:04:35"}"#),
            Ok(moment("2020-07-24T19:04:35Z"))
        );
        for text in ["", "[]", "<a/>", "{}", r#"{"StartNow": "true"}"#, r#"{"Now": true}"#] {
            assert!(read(text).is_err(), "{text} was taken");
        }
    }
}
