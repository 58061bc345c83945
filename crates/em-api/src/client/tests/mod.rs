//! The client against a socket of this machine: what an error proves, and what is never done.

mod tls;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use tokio::net::TcpSocket;

use super::*;
use crate::operation::{GetTask, Logon, Operation, UndoFailoverPlan};
use crate::protocol::{Media, PlanId, TaskId};

/// Takes one connection after another, reads one request of each, and answers with the next
/// text. Ends with the last text, and returns the requests.
fn server(answers: Vec<Vec<u8>>) -> (SocketAddr, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let served = thread::spawn(move || {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("a request");
                request.push(byte[0]);
            }
            requests.push(String::from_utf8(request).expect("text"));
            // The client may have hung up, as it does on a body that is too large.
            let _ = stream.write_all(&answer);
        }
        requests
    });
    (address, served)
}

fn client(address: SocketAddr) -> Client {
    Client::new(Config {
        base: Base::parse(&format!("http://{address}")).expect("a base"),
        trust: Trust::Pins(vec![Pin::of_certificate(&certificate()).expect("a pin")]),
        username: "user".to_owned(),
        password: "hunter2".into(),
    })
    .expect("a client")
}

fn certificate() -> Vec<u8> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let pem = include_bytes!("../testdata/self-signed.pem");
    CertificateDer::from_pem_slice(pem).expect("a certificate").to_vec()
}

/// Returns an address that refuses connections for as long as its socket lives: the port is
/// taken, and nobody listens.
fn nobody() -> (SocketAddr, TcpSocket) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    (socket.local_addr().expect("an address"), socket)
}

fn undo() -> Request {
    let plan = PlanId::parse("ae01e36f").expect("a plan id");
    UndoFailoverPlan { plan }.request(Media::Xml)
}

/// Sends one request to a server that gives one answer.
async fn one(answer: &[u8]) -> Result<Response, SendError> {
    let (address, served) = server(vec![answer.to_vec()]);
    let token = Token::new("T0KEN".to_owned());
    let result = client(address).send(&undo(), Auth::Session(&token), Connection::Fresh).await;
    served.join().expect("served");
    result
}

#[tokio::test]
async fn the_request_is_sent_as_it_was_made() {
    let (address, served) = server(vec![b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()]);
    let client = client(address);
    let token = Token::new("T0KEN".to_owned());
    let response = client.send(&undo(), Auth::Session(&token), Connection::Fresh).await;
    assert_eq!(response.map(|response| response.status), Ok(204));
    let sent = served.join().expect("served").remove(0);
    let mut lines = vec!["POST /api/failoverPlans/ae01e36f?action=undo HTTP/1.1".to_owned()];
    let head = client.head(&undo(), Auth::Session(&token));
    lines.extend(head.iter().map(|h| format!("{}: {}", h.name.to_ascii_lowercase(), h.value)));
    assert_eq!(sent, lines.join("\r\n") + "\r\n\r\n");
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_sent() {
    let (address, _socket) = nobody();
    let error = client(address).send(&undo(), Auth::Logon, Connection::Fresh).await;
    let error = error.expect_err("nobody listens");
    let proven = matches!(&error, SendError::NotSent { cause: NotSent::Unreachable { .. }, .. });
    assert!(proven, "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn whatever_comes_after_the_request_proves_nothing() {
    let large = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(MAX_BODY + 1));
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(MAX_HEAD));
    let cases: [(&str, &str); 6] = [
        ("", "connection closed"),
        ("HTTP/1.1 200", "connection closed"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<Tas", "cut short"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "cut short"),
        (&large, "larger than 4 MiB"),
        (&head, "larger than 64 KiB"),
    ];
    for (answer, reason) in cases {
        let error = one(answer.as_bytes()).await.expect_err(reason);
        assert!(matches!(error, SendError::Unanswered { .. }), "{error:?}");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let answer = "HTTP/1.1 302 Found\r\nLocation: /api/\r\nContent-Length: 0\r\n\r\n";
    let response = one(answer.as_bytes()).await.expect("an answer");
    assert_eq!((response.status, response.header("Location")), (302, Some("/api/")));
}

#[tokio::test]
async fn a_cookie_is_not_sent_back() {
    let answer = "HTTP/1.1 204 No Content\r\nSet-Cookie: X-RestSvcSessionId=OLD; Path=/api\r\nConnection: close\r\n\r\n";
    let (address, served) = server(vec![answer.into(), answer.into()]);
    let client = client(address);
    for _ in 0..2 {
        let task = TaskId::parse("task-1").expect("a task id");
        let request = GetTask { task }.request(Media::Xml);
        let response = client.send(&request, Auth::Open, Connection::Pooled).await;
        assert_eq!(response.map(|response| response.status), Ok(204));
    }
    for request in served.join().expect("served") {
        assert!(!request.contains("OLD"), "{request}");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_and_no_error_tells_a_secret() {
    let (address, _socket) = nobody();
    let client = client(address);
    let token = Token::new("T0KEN\r\nX: y".to_owned());
    let mut elsewhere = undo();
    elsewhere.target = "//evil.example/api/".to_owned();
    let session = Request::new(Method::Delete, "/api/logonSessions/SESSI0N", Media::Xml);
    let cases = [
        (undo(), Auth::Session(&token)),
        (elsewhere, Auth::Logon),
        (Logon.request(Media::Xml), Auth::Logon),
        (session, Auth::Logon),
    ];
    for (request, auth) in cases {
        let error = client.send(&request, auth, Connection::Fresh).await.expect_err("not sent");
        assert!(matches!(error, SendError::NotSent { .. }), "{error:?}");
        let shown = format!("{error} {error:?} {client:?}");
        for secret in ["T0KEN", "SESSI0N", "hunter2", "dXNlcjpodW50ZXIy"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
