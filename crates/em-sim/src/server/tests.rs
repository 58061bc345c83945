//! Bytes in, bytes out: what any client of Enterprise Manager would send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use em_api::protocol::Method;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;
use crate::fault::{Fault, When};

/// `operator:secret`.
const LOGON: &str = "POST /api/sessionMngr/?v=latest HTTP/1.1\r\nHost: em\r\nContent-Length: 0\r\n\
                     Authorization: Basic b3BlcmF0b3I6c2VjcmV0\r\n\r\n";

fn world() -> World {
    World::builtin("operator", "secret")
}

/// Connects by TLS, trusts this certificate and no other, and looks at the name.
fn connect(url: &str, certificate: &[u8]) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(certificate.to_vec())).expect("a certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let client = ClientConnection::new(Arc::new(config), name).expect("a client");
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    StreamOwned::new(client, TcpStream::connect(address).expect("a connection"))
}

/// Sends a request and reads one answer: the head as sent and the body by its length.
fn exchange(stream: &mut (impl Read + Write), request: &str) -> (String, String) {
    stream.write_all(request.as_bytes()).expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.extend(byte);
    }
    let head = String::from_utf8(head).expect("ASCII");
    let length =
        header(&head, "content-length").map_or(0, |length| length.parse().expect("number"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body");
    (head, String::from_utf8(body).expect("UTF-8"))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Runs a blocking client beside a server.
async fn beside<T: Send + 'static>(client: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(client).await.expect("the client ends")
}

#[tokio::test]
async fn any_client_can_log_on_and_undo_over_tls() {
    let certificate = Certificate::generate(Names::Loopback).expect("a certificate");
    let options = Options { certificate: Some(certificate.clone()), ..Options::default() };
    let server = Server::start(world(), options).await.expect("a server");
    assert_eq!(server.pin(), certificate.pin());
    let url = server.url().to_owned();
    let (task, next) = beside(move || {
        let mut stream = connect(&url, certificate.der());
        let (head, _) = exchange(&mut stream, LOGON);
        assert!(head.starts_with("HTTP/1.1 201 Created\r\n"), "{head}");
        let token = header(&head, "X-RestSvcSessionId").expect("a token").to_owned();
        let (head, task) = exchange(
            &mut stream,
            &format!(
                "POST /api/failoverPlans/ae01e36f-32a3-4095-95fa-09a2af744009?action=undo HTTP/1.1\r\n\
                 Host: em\r\nX-RestSvcSessionId: {token}\r\nContent-Length: 0\r\n\r\n"
            ),
        );
        assert!(head.starts_with("HTTP/1.1 202 Accepted\r\n"), "{head}");
        let next = format!(
            "GET /api/tasks/task-1 HTTP/1.1\r\nHost: em\r\nAccept: application/json\r\n\
             X-RestSvcSessionId: {token}\r\n\r\n"
        );
        (task, exchange(&mut stream, &next))
    })
    .await;
    let href = format!("Href=\"{}/api/tasks/task-1\"", server.url());
    assert!(task.contains("<State>Running</State>") && task.contains(&href), "{task}");
    assert_eq!(header(&next.0, "content-type"), Some("application/json; charset=utf-8"));
    assert!(next.1.contains("\"Operation\":\"UndoFailoverPlan\""), "{}", next.1);
    assert_eq!(server.with_world(|world| world.count(Method::Post, "action=undo")), 1);
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_without_names_is_served_too() {
    let options = Options { names: Names::None, ..Options::default() };
    let server = Server::start(world(), options).await.expect("a server");
    assert!(server.certificate_pem().starts_with("-----BEGIN CERTIFICATE-----"));
    let certificate = server.certificate.clone().expect("a certificate");
    let url = server.url().to_owned();
    let refused = beside(move || {
        let mut stream = connect(&url, certificate.der());
        stream.write_all(LOGON.as_bytes()).expect_err("no name is right").to_string()
    })
    .await;
    assert!(refused.contains("certificate"), "{refused}");
}

#[tokio::test]
async fn a_stopped_server_frees_its_port() {
    let server = Server::start_plain(world(), Options::default()).await.expect("a server");
    let port = server.url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    server.stop().await;
    let options = Options { port, ..Options::default() };
    let again = Server::start_plain(world(), options).await.expect("the same port");
    assert!(again.url().ends_with(&format!(":{port}")));
}

/// What a client reads until the connection closes.
async fn raw(world: World, request: String) -> (String, World) {
    let server = Server::start_plain(world, Options::default()).await.expect("a server");
    let address = server.url().replace("http://", "");
    let read = beside(move || {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut bytes = Vec::new();
        // A reset is an end like any other here.
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
    .await;
    let world = server.with_world(|world| world.clone());
    (read, world)
}

#[tokio::test]
async fn a_lost_answer_closes_the_connection_after_the_effect() {
    for (fault, opened) in [(Fault::LoseAnswer, 1), (Fault::DropRequest, 0)] {
        let mut world = world();
        world.arm(When::first(Method::Post, "sessionMngr"), fault.clone());
        let (read, world) = raw(world, LOGON.to_owned()).await;
        assert_eq!(read, "", "{fault:?}");
        assert_eq!(world.ledger().len(), opened, "{fault:?}");
    }
}

#[tokio::test]
async fn a_torn_body_is_shorter_than_its_length() {
    let mut world = world();
    world.arm(When::first(Method::Get, "/api/"), Fault::TruncatedBody);
    let (read, _) = raw(world, "GET /api/ HTTP/1.1\r\nHost: em\r\n\r\n".to_owned()).await;
    let (head, body) = read.split_once("\r\n\r\n").expect("a head");
    let announced: usize = header(head, "content-length").expect("a length").parse().expect("n");
    assert!(body.starts_with("<?xml") && body.len() == announced / 2, "{announced}: {body}");
}

#[tokio::test]
async fn what_is_no_request_of_this_api_is_refused_by_the_shell() {
    let large = format!("POST /api/ HTTP/1.1\r\nHost: em\r\nContent-Length: {}\r\n\r\n", 2 << 20);
    let cases = [
        ("PATCH /api/ HTTP/1.1\r\nHost: em\r\nConnection: close\r\n\r\n".to_owned(), "405"),
        (large + &"x".repeat((1 << 20) + 1), "413"),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ];
    for (request, status) in cases {
        let (read, world) = raw(world(), request).await;
        assert!(read.starts_with(&format!("HTTP/1.1 {status} ")), "{read}");
        assert_eq!(world.requests(), []);
    }
}

/// Asks a plain server for its entry; returns all that comes before the end.
fn entry(address: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let request = "GET /api/ HTTP/1.1\r\nHost: em\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("sent");
    let mut got = Vec::new();
    // A connection that is cut may be reset.
    let _ = stream.read_to_end(&mut got);
    got
}

#[tokio::test]
async fn a_watcher_cuts_an_answer_at_any_byte_and_is_told_when_all_of_it_was_sent() {
    let after = Arc::new(Mutex::new(usize::MAX));
    let told = Arc::new(Mutex::new(Vec::new()));
    let (cut, tell) = (Arc::clone(&after), Arc::clone(&told));
    let watcher = Watcher::new(move |connection, moment| {
        let after = *cut.lock().expect("whole");
        tell.lock().expect("whole").push((connection, format!("{moment:?}")));
        match moment {
            Moment::Handled => Next::TellAfter(after),
            Moment::Sent { is_all: false, .. } => Next::Cut,
            _ => Next::GoOn,
        }
    });
    let options = Options { watcher: Some(watcher), ..Options::default() };
    let server = Server::start_plain(world(), options).await.expect("a server");
    let address = server.url().trim_start_matches("http://").to_owned();
    let all = {
        let address = address.clone();
        beside(move || entry(&address)).await
    };
    assert!(all.starts_with(b"HTTP/1.1 200 OK\r\n"));
    let words: Vec<_> = told.lock().expect("whole").iter().map(|(_, word)| word.clone()).collect();
    assert_eq!(words.len(), 4, "{words:?}");
    assert_eq!(words[3], format!("Sent {{ bytes: {}, is_all: true }}", all.len()));
    for bytes in 1..all.len() {
        *after.lock().expect("whole") = bytes;
        let address = address.clone();
        assert_eq!(beside(move || entry(&address)).await.len(), bytes);
    }
    let last = told.lock().expect("whole").last().cloned();
    assert_eq!(last.map(|(connection, _)| connection), u64::try_from(all.len()).ok());
    server.stop().await;
}

#[tokio::test]
async fn a_watcher_keeps_a_request_from_having_an_effect() {
    let watcher = Watcher::new(|_, moment| match moment {
        Moment::Came { .. } => Next::Cut,
        _ => Next::GoOn,
    });
    let options = Options { watcher: Some(watcher), ..Options::default() };
    let server = Server::start_plain(world(), options).await.expect("a server");
    let address = server.url().trim_start_matches("http://").to_owned();
    assert!(beside(move || entry(&address)).await.is_empty());
    assert_eq!(server.with_world(|world| world.requests().len()), 0);
    server.stop().await;
}
