//! Logon sessions. The token never stands in a document.

use super::element::Element;

/// The collections that a logon offers; those that this server serves, no others.
const DOWN: [(&str, &str); 4] = [
    ("LogonSessionList", "logonSessions"),
    ("FailoverPlanReferenceList", "failoverPlans"),
    ("FailoverPlanList", "failoverPlans?format=Entity"),
    ("TaskList", "tasks"),
];

/// One session with what can be reached from it.
pub(crate) fn logon_session(base: &str, user: &str, id: &str) -> Element {
    let href = format!("{base}/api/logonSessions/{id}");
    let mut links =
        vec![Element::link("Up", format!("{base}/api/")).with("Type", "EnterpriseManager")];
    links.extend(DOWN.iter().map(|(kind, path)| {
        Element::link("Down", format!("{base}/api/{path}")).with("Type", *kind)
    }));
    links.push(Element::link("Delete", href.clone()));
    Element::new("LogonSession")
        .with("Type", "LogonSession")
        .with("Href", href)
        .child(Element::links(links))
        .child(Element::value("UserName", user))
        .child(Element::value("SessionId", id))
}

/// The list of sessions.
pub(crate) fn logon_sessions(items: Vec<Element>) -> Element {
    Element::list("LogonSessions", "LogonSessions", items)
}
