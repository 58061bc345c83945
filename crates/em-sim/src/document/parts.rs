//! Documents that belong to no resource: the entry, an error, references, a query result.

use super::element::Element;

/// The versions that a logon may name, oldest first.
const VERSIONS: [&str; 3] = ["v1_5", "v1_6", "v1_7"];

/// What stands at `/api/`, open to all.
pub(crate) fn entry(base: &str) -> Element {
    let versions = VERSIONS.map(|version| {
        let links = Element::links(vec![logon_link(base, version)]);
        Element::new("SupportedVersion").with("Name", version).child(links)
    });
    let list =
        Element::link("Down", format!("{base}/api/logonSessions")).with("Type", "LogonSessionList");
    Element::new("EnterpriseManager")
        .child(Element::links(vec![list, logon_link(base, "latest")]))
        .child(Element::list("SupportedVersions", "SupportedVersions", versions.into()))
}

fn logon_link(base: &str, version: &str) -> Element {
    let href = format!("{base}/api/sessionMngr/?v={version}");
    Element::link("Create", href).with("Type", "LogonSession")
}

/// Tells whether a logon may name this version.
pub(crate) fn is_version(text: &str) -> bool {
    text == "latest" || VERSIONS.contains(&text)
}

/// An error; the attributes stand in the order in which real servers write them.
pub(crate) fn error(status: u16, message: &str) -> Element {
    Element::new("Error").with("Message", message).with("StatusCode", usize::from(status))
}

/// A list of references.
pub(crate) fn references(items: Vec<Element>) -> Element {
    Element::list("EntityReferences", "Refs", items)
}

/// The answer of the query service: `found` is its `Refs`, `Entities` or `Resources`.
///
/// `page_href` gives the address of a page; pages count from 1, and an empty result has none.
pub(crate) fn query_result(
    found: Element,
    page: usize,
    page_size: usize,
    pages: usize,
    page_href: impl Fn(usize) -> String,
) -> Element {
    let shown = [
        ("First", (pages > 0).then_some(1)),
        ("Previous", (1 < page && page <= pages).then(|| page - 1)),
        ("Next", (page < pages).then(|| page + 1)),
        ("Last", (pages > 0).then_some(pages)),
    ];
    let shown = shown.into_iter().filter_map(|(relation, to)| Some((relation, to?)));
    let links = shown.map(|(relation, to)| Element::link(relation, page_href(to))).collect();
    let paging = Element::new("PagingInfo")
        .with("PageNum", page)
        .with("PageSize", page_size)
        .with("PagesCount", pages)
        .child(Element::links(links));
    Element::new("QueryResult").child(found).child(paging)
}
