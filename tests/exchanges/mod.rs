//! Recorded exchanges: the arbiter of client and simulator.
//!
//! Each `<operation>/<case>.{xml,json}.http` says where it comes from, what is sent and what is
//! answered. Here the client is held to them: it builds that request, and reads that answer into
//! the value in `snapshots/`, from XML the same as from JSON. A new file is a new case.

mod beside;
mod operations;
mod simulator;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use em_api::client::{Auth, Base, Client, Config, Pin, Trust};
use em_api::exchange::{Exchange, Pair, Sent};
use em_api::operation;
use em_api::protocol::{Media, Request, SESSION_HEADER, Token};

/// A file of recorded exchanges.
pub(crate) struct Recorded {
    /// The name of its folder, which is that of the operation of its first request.
    pub(crate) operation: String,
    /// Its name, without the form.
    pub(crate) case: String,
    /// Its form, of requests and answers alike.
    pub(crate) media: Media,
    /// Where it is, for messages.
    pub(crate) path: PathBuf,
    /// What is in it.
    pub(crate) exchange: Exchange,
}

/// Returns all files of recorded exchanges, in the order of their paths.
pub(crate) fn all() -> Vec<Recorded> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("exchanges");
    let folders = entries(&root).into_iter().filter(|path| path.is_dir());
    let folders = folders.filter(|path| name(path) != "snapshots");
    folders.flat_map(|folder| entries(&folder)).map(|path| recorded(&path)).collect()
}

fn recorded(path: &Path) -> Recorded {
    let shown = path.display();
    let file = name(path);
    let (case, media) = match (file.strip_suffix(".xml.http"), file.strip_suffix(".json.http")) {
        (Some(case), _) => (case, Media::Xml),
        (_, Some(case)) => (case, Media::Json),
        _ => panic!("{shown} is neither `<case>.xml.http` nor `<case>.json.http`"),
    };
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{shown}: {error}"));
    Recorded {
        operation: name(path.parent().expect("a folder")).to_owned(),
        case: case.to_owned(),
        media,
        path: path.to_owned(),
        exchange: Exchange::parse(&text).unwrap_or_else(|error| panic!("{shown}: {error}")),
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name in UTF-8")
}

#[test]
fn the_client_builds_every_recorded_request() {
    for file in all() {
        for pair in &file.exchange.pairs {
            let request = operations::read(pair, file.media).request;
            let shown = format!("{}: {}", file.path.display(), request.shown());
            assert_eq!(request.method, pair.sent.method, "{shown}");
            assert_eq!(request.target, pair.sent.target, "{shown}");
            let body = request.body.as_ref().map_or("", |body| &body.text);
            assert_eq!(body, pair.sent.body, "{shown}");
            check_head(&request, &pair.sent, &shown);
        }
    }
}

/// A file may leave out headers that say nothing of their own; every header it has is sent.
fn check_head(request: &Request, sent: &Sent, shown: &str) {
    let token = sent.header(SESSION_HEADER).map(|token| Token::new(token.to_owned()));
    let auth = token.as_ref().map_or(Auth::Logon, Auth::Session);
    let head = client().head(request, auth);
    for header in &head {
        match sent.header(header.name) {
            Some(value) => assert_eq!(header.value, value, "{shown}: {}", header.name),
            None => assert!(
                ["Host", "Accept", "Content-Length"].contains(&header.name),
                "{shown}: {} is not in the file",
                header.name
            ),
        }
    }
    for (name, _) in &sent.headers {
        let built = head.iter().any(|header| header.name.eq_ignore_ascii_case(name));
        assert!(built, "{shown}: {name} is not sent");
    }
}

fn client() -> Client {
    let pin = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    Client::new(Config {
        base: Base::parse("https://localhost:9398").expect("a base"),
        trust: Trust::Pins(vec![Pin::parse(pin).expect("a pin")]),
        // The pair in the reference's own example.
        username: "username".to_owned(),
        password: "password".into(),
    })
    .expect("a client")
}

#[test]
fn every_recorded_answer_is_read_the_same_from_xml_and_from_json() {
    let mut cases: BTreeMap<(String, String), Vec<(PathBuf, String)>> = BTreeMap::new();
    for file in all() {
        let pairs = file.exchange.pairs.iter();
        let values: Vec<_> = pairs.map(|pair| operations::read(pair, file.media).value).collect();
        let case = cases.entry((file.operation, file.case)).or_default();
        case.push((file.path, values.join("\n\n")));
    }
    for ((operation, case), values) in cases {
        let (first, value) = &values[0];
        for (other, found) in &values[1..] {
            assert_eq!(value, found, "{} and {} differ", first.display(), other.display());
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("{operation}__{case}"), value));
    }
}

#[test]
fn every_file_lies_in_the_folder_of_its_operation() {
    for file in all() {
        let first = operations::read(&file.exchange.pairs[0], file.media);
        assert_eq!(first.operation, file.operation, "{}", file.path.display());
    }
}

#[test]
fn every_operation_has_an_exchange_in_xml_and_json() {
    let names: BTreeSet<_> = operation::NAMES.into_iter().map(str::to_owned).collect();
    for media in [Media::Xml, Media::Json] {
        let files = all().into_iter().filter(|file| file.media == media);
        let folders: BTreeSet<_> = files.map(|file| file.operation).collect();
        assert_eq!(folders, names, "{media:?}");
    }
}

#[test]
fn every_file_of_an_operation_is_in_the_list_of_names() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/em-api/src/operation");
    let files = entries(&folder);
    let files = files.iter().filter_map(|path| name(path).strip_suffix(".rs"));
    let files: Vec<_> = files.filter(|file| !["mod", "error"].contains(file)).collect();
    assert_eq!(files, operation::NAMES);
}

#[test]
fn every_file_is_printed_as_it_is_read() {
    for file in all() {
        let printed = Exchange::parse(&file.exchange.print());
        assert_eq!(printed, Ok(file.exchange), "{}", file.path.display());
    }
}

#[test]
fn no_snapshot_and_no_debug_output_holds_a_secret() {
    for file in all() {
        let pairs = &file.exchange.pairs;
        let read = |pair| operations::read(pair, file.media);
        let values: Vec<_> = pairs.iter().map(read).collect();
        let requests: Vec<_> = values.iter().map(|read| &read.request).collect();
        let values: String = values.iter().map(|read| read.value.as_str()).collect();
        let shown = format!("{values} {requests:?} {:?}", file.exchange);
        for secret in pairs.iter().flat_map(secrets) {
            assert!(!shown.contains(&secret), "{}", file.path.display());
        }
    }
}

/// Returns tokens, passwords and ids of sessions in a pair.
fn secrets(pair: &Pair) -> Vec<String> {
    let (sent, received) = (&pair.sent, &pair.received);
    let headers = [
        sent.header(SESSION_HEADER),
        sent.header("Authorization"),
        received.header(SESSION_HEADER),
    ];
    let body = String::from_utf8_lossy(&received.body);
    let ids = [&sent.target, &*body].map(|text| text.split_once("/logonSessions/"));
    let ids = ids.into_iter().flatten().map(|(_, id)| id.split('"').next().unwrap_or_default());
    headers.into_iter().flatten().chain(ids).map(str::to_owned).collect()
}
