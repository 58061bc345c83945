//! The client against certificates: which it takes, and what a refusal proves.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::*;

/// A certificate and its key; self-signed, as EM's own.
struct Identity {
    certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Identity {
    fn new(names: &[&str]) -> Self {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(names).expect("parameters");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { pem: certificate.pem(), certificate: certificate.der().clone(), key }
    }

    fn pin(&self) -> Pin {
        Pin::of_certificate(&self.certificate).expect("a pin")
    }

    fn server(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key);
        Arc::new(config.expect("a configuration"))
    }
}

/// Takes one connection, and answers its request with the text; says goodbye only if told.
/// Returns how many bytes of the request arrived.
fn server(
    identity: &Identity,
    answer: &'static str,
    goodbye: bool,
) -> (u16, thread::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let config = identity.server();
    let served = thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a connection");
        let mut tls = ServerConnection::new(config).expect("a connection");
        let mut stream = Stream::new(&mut tls, &mut socket);
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => request.push(byte[0]),
                _ => return request.len(),
            }
        }
        stream.write_all(answer.as_bytes()).expect("an answer");
        if goodbye {
            stream.conn.send_close_notify();
        }
        let _ = stream.flush();
        request.len()
    });
    (port, served)
}

async fn send(port: u16, trust: Trust) -> Result<Response, SendError> {
    let config = Config {
        base: Base::parse(&format!("https://127.0.0.1:{port}")).expect("a base"),
        trust,
        username: "user".to_owned(),
        password: "hunter2".into(),
    };
    let client = Client::new(config).expect("a client");
    client.send(&undo(), Auth::Logon, Connection::Fresh).await
}

fn cause(result: Result<Response, SendError>) -> NotSent {
    match result {
        Err(SendError::NotSent { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_pinned_key_or_a_known_issuer_is_trusted() {
    let nameless = Identity::new(&[]);
    let named = Identity::new(&["127.0.0.1"]);
    let other = Identity::new(&[]).pin();
    let cases = [
        (&nameless, Trust::Pins(vec![other, nameless.pin()])),
        (&named, Trust::Ca(named.pem.clone().into_bytes())),
    ];
    for (identity, trust) in cases {
        let (port, served) = server(identity, NO_CONTENT, true);
        let response = send(port, trust).await;
        assert_eq!(response.map(|response| response.status), Ok(204));
        assert!(served.join().expect("served") > 0);
    }
}

#[tokio::test]
async fn another_key_gets_no_byte_of_the_request_and_is_named() {
    let identity = Identity::new(&["127.0.0.1"]);
    let other = Identity::new(&["127.0.0.1"]);
    let (port, served) = server(&identity, NO_CONTENT, true);
    let result = send(port, Trust::Pins(vec![other.pin()])).await;
    let message = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
    for pin in [identity.pin(), other.pin()] {
        assert!(message.contains(&pin.to_string()), "{message}");
    }
    let NotSent::Untrusted { seen, wanted, .. } = cause(result) else { panic!("{message}") };
    assert_eq!((seen, wanted), (Some(identity.pin()), vec![other.pin()]));
    assert_eq!(served.join().expect("served"), 0);
}

#[tokio::test]
async fn an_unknown_issuer_or_another_name_gets_no_byte_of_the_request() {
    let identity = Identity::new(&["127.0.0.1"]);
    let elsewhere = Identity::new(&["em.example"]);
    let nameless = Identity::new(&[]);
    for (identity, ca) in
        [(&identity, &elsewhere), (&elsewhere, &elsewhere), (&nameless, &nameless)]
    {
        let (port, served) = server(identity, NO_CONTENT, true);
        let cause = cause(send(port, Trust::Ca(ca.pem.clone().into_bytes())).await);
        assert!(matches!(cause, NotSent::Untrusted { seen: None, .. }), "{cause:?}");
        assert_eq!(served.join().expect("served"), 0);
    }
}

#[tokio::test]
async fn a_server_without_tls_proves_that_nothing_was_sent() {
    for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", ""] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let served = thread::spawn(move || {
            let (mut socket, _) = listener.accept().expect("a connection");
            let mut hello = [0; 1024];
            let _ = socket.read(&mut hello);
            let _ = socket.write_all(answer.as_bytes());
        });
        let cause = cause(send(port, Trust::Pins(vec![Identity::new(&[]).pin()])).await);
        assert!(matches!(cause, NotSent::Unreachable { .. }), "{cause:?}");
        served.join().expect("served");
    }
}

#[tokio::test]
async fn a_body_that_ends_without_goodbye_was_cut_short() {
    let identity = Identity::new(&[]);
    let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<Task";
    for (goodbye, whole) in [(true, true), (false, false)] {
        let (port, served) = server(&identity, answer, goodbye);
        let result = send(port, Trust::Pins(vec![identity.pin()])).await;
        assert_eq!(result.is_ok(), whole, "{result:?}");
        served.join().expect("served");
    }
}
