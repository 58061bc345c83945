//! An Enterprise Manager from scratch, which shares no line with the simulator.
//!
//! Written from the protocol notes alone, and as unhelpful as they allow: it knows eight requests
//! and answers 404 to all others, closes every connection, writes header names in lower case,
//! names a host in its links that is not there, and has a certificate without any name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::{Lab, PASSWORD, USER};

/// The token of every session.
pub(super) const TOKEN: &str = "bW9jay10b2tlbg==";
/// The id of every session.
pub(super) const SESSION: &str = "8c2f7a10-5b7d-4d3a-9f0e-2f4c1b6a7d21";
/// The only plan.
const PLAN: &str = "ae01e36f-32a3-4095-95fa-09a2af744009";
const NAMESPACE: &str = "xmlns=\"http://www.veeam.com/ent/v1.0\"";
const HOST: &str = "https://em-internal.invalid:9398";

/// How this server is unlike others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quirk {
    /// It is not.
    None,
    /// `GET /api/tasks` is 404.
    NoTaskList,
    /// `GET /api/failoverPlans` is 404.
    NoPlanList,
    /// `GET /api/failoverPlans` is 200 and the page of a proxy.
    PlanListIsAPage,
    /// It takes the action on and closes the connection without an answer.
    ClosesAfterPost,
    /// It takes the action on and closes the connection without an answer, and `GET /api/tasks`
    /// is 404.
    ClosesAfterPostAndNoTaskList,
    /// Its task is `Running` for ever.
    RunsForEver,
}

/// A request line as it came.
type Line = String;

struct Shared {
    quirk: Quirk,
    lines: Vec<Line>,
    /// How often a task was asked for, while it is listed.
    tasks: BTreeMap<usize, usize>,
}

/// The server. It stops when it is dropped.
#[must_use]
pub(crate) struct Mock {
    url: String,
    pin: String,
    shared: Arc<Mutex<Shared>>,
    listening: JoinHandle<()>,
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Mock {
    /// Starts it on the runtime of a lab.
    pub(crate) fn start(lab: &Lab, quirk: Quirk) -> Self {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(Vec::new()).expect("parameters");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let hash = Sha256::digest(key.subject_public_key_info());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            );
        let acceptor = TlsAcceptor::from(Arc::new(config.expect("a certificate with its key")));
        let listener = lab.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("an address"));
        let shared = Shared { quirk, lines: Vec::new(), tasks: BTreeMap::new() };
        let shared = Arc::new(Mutex::new(shared));
        let listening = lab.spawn(accept(listener, acceptor, Arc::clone(&shared)));
        let pin = format!("sha256/{}", STANDARD.encode(hash));
        Self { url, pin, shared, listening }
    }

    /// Returns its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the pin of its certificate.
    pub(crate) fn pin(&self) -> &str {
        &self.pin
    }

    /// Returns the request lines that came, without ids of sessions: `GET /api/tasks`.
    pub(crate) fn lines(&self) -> Vec<String> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.lines.iter().map(|line| line.replace(SESSION, "{session}")).collect()
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Mutex<Shared>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, &shared).await;
            }
        });
    }
}

/// One request, one answer, and the connection is over. That nobody listens to the answer any
/// more is the client's affair.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &Mutex<Shared>) {
    let Some((head, body)) = read(&mut stream).await else { return };
    let answer = {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.answer(&head, &body)
    };
    if let Some(answer) = answer {
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).ok()?;
    let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap_or(0));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, String::from_utf8(body).ok()?))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn xml(status: &str, body: &str) -> String {
    http(status, "content-type: application/xml\r\n", body)
}

impl Shared {
    /// Answers a request; none closes the connection.
    fn answer(&mut self, head: &str, body: &str) -> Option<String> {
        let line = head.split(" HTTP/1.1").next().unwrap_or_default().to_owned();
        self.lines.push(line.clone());
        if let Some(("POST", "/api/sessionMngr/")) = method_and_path(&line) {
            return Some(log_on(head));
        }
        if header(head, "x-restsvcsessionid") != Some(TOKEN) {
            return Some(http("401 Unauthorized", "", ""));
        }
        let plan = format!("/api/failoverPlans/{PLAN}");
        let session = format!("/api/logonSessions/{SESSION}");
        match method_and_path(&line)? {
            ("GET", "/api/failoverPlans") if self.quirk == Quirk::PlanListIsAPage => {
                Some(http("200 OK", "content-type: text/html\r\n", "<html><p>Sign in<br></html>"))
            }
            ("GET", "/api/failoverPlans") if self.quirk != Quirk::NoPlanList => {
                Some(xml("200 OK", &plans()))
            }
            ("GET", path) if path == plan => Some(xml("200 OK", &entity())),
            ("POST", path) if path == plan && line.ends_with("?action=undo") && body.is_empty() => {
                self.act()
            }
            ("GET", "/api/tasks") if self.lists_tasks() => Some(xml("200 OK", &self.tasks())),
            ("DELETE", path) if path == session => Some(http("204 No Content", "", "")),
            (method, path) => Some(self.one_task(method, path).unwrap_or_else(not_found)),
        }
    }

    fn lists_tasks(&self) -> bool {
        !matches!(self.quirk, Quirk::NoTaskList | Quirk::ClosesAfterPostAndNoTaskList)
    }

    fn act(&mut self) -> Option<String> {
        let number = self.tasks.len() + 1;
        self.tasks.insert(number, 0);
        let closes =
            matches!(self.quirk, Quirk::ClosesAfterPost | Quirk::ClosesAfterPostAndNoTaskList);
        (!closes).then(|| xml("202 Accepted", &task(number, false)))
    }

    fn one_task(&mut self, method: &str, path: &str) -> Option<String> {
        let number = path.strip_prefix("/api/tasks/task-")?.parse().ok()?;
        let asked = self.tasks.get_mut(&number)?;
        match method {
            "GET" => {
                *asked += 1;
                let finished = *asked > 1 && self.quirk != Quirk::RunsForEver;
                Some(xml("200 OK", &task(number, finished)))
            }
            "DELETE" => {
                self.tasks.remove(&number);
                Some(http("204 No Content", "", ""))
            }
            _ => None,
        }
    }

    fn tasks(&self) -> String {
        let tasks: String = self.tasks.keys().map(|number| task(*number, false)).collect();
        format!("<Tasks {NAMESPACE}>{tasks}</Tasks>")
    }
}

fn not_found() -> String {
    http("404 Not Found", "", "")
}

fn method_and_path(line: &str) -> Option<(&str, &str)> {
    let (method, target) = line.split_once(' ')?;
    Some((method, target.split('?').next().unwrap_or(target)))
}

fn log_on(head: &str) -> String {
    let expected = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    if header(head, "authorization") != Some(&expected) {
        return http("401 Unauthorized", "www-authenticate: Basic Realm=RestSvc\r\n", "");
    }
    let headers = format!("x-restsvcsessionid: {TOKEN}\r\ncontent-type: application/xml\r\n");
    let body = format!(
        "<LogonSession {NAMESPACE} Type=\"LogonSession\" Href=\"{HOST}/api/logonSessions/{SESSION}\">\
         <UserName>{USER}</UserName><SessionId>{SESSION}</SessionId></LogonSession>"
    );
    http("201 Created", &headers, &body)
}

fn plans() -> String {
    format!(
        "<EntityReferences {NAMESPACE}><Ref UID=\"urn:veeam:FailoverPlan:{PLAN}\" \
         Name=\"SQL Failover Plan\" Href=\"{HOST}/api/failoverPlans/{PLAN}\" \
         Type=\"FailoverPlanReference\"/></EntityReferences>"
    )
}

/// A plan without `Links`: what may be done with it is left open.
fn entity() -> String {
    format!(
        "<FailoverPlan {NAMESPACE} Type=\"FailoverPlan\" UID=\"urn:veeam:FailoverPlan:{PLAN}\" \
         Name=\"SQL Failover Plan\" Href=\"{HOST}/api/failoverPlans/{PLAN}?format=Entity\">\
         <FailoverPlanInfo><Includes/></FailoverPlanInfo></FailoverPlan>"
    )
}

fn task(number: usize, finished: bool) -> String {
    let (state, result) =
        if finished { ("Finished", "<Result Success=\"true\"/>") } else { ("Running", "") };
    format!(
        "<Task {NAMESPACE} Href=\"{HOST}/api/tasks/task-{number}\" Type=\"Task\">\
         <TaskId>task-{number}</TaskId><State>{state}</State>\
         <Operation>UndoFailoverPlan</Operation>{result}</Task>"
    )
}
