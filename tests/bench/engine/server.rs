//! A server with tasks, on plain HTTP and a loopback address: as much of Enterprise Manager as a
//! run needs, for clients with a logon session and without. It keeps when each task was over, and
//! when an answer first showed it.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const NAMESPACE: &str = "xmlns=\"http://www.veeam.com/ent/v1.0\"";

/// How the server behaves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Habits {
    /// How long the work on each plan takes; there are as many plans.
    pub(crate) plans: Vec<Duration>,
    /// How long an answer takes, beside the time to make it.
    pub(crate) latency: Duration,
    /// Whether it refuses to list tasks.
    pub(crate) lists_nothing: bool,
}

/// A server that listens until the program ends.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Its address.
    pub(crate) base: String,
    world: Arc<Mutex<World>>,
}

/// What has happened on the server.
#[derive(Debug)]
pub(crate) struct World {
    base: String,
    habits: Habits,
    tasks: Vec<Task>,
    /// Those that are open.
    sessions: Vec<bool>,
    /// How many requests came.
    pub(crate) requests: usize,
    /// When the first came.
    pub(crate) first: Option<Instant>,
}

#[derive(Debug)]
struct Task {
    session: usize,
    plan: usize,
    over: Instant,
    seen: Option<Instant>,
}

/// An answer: its status, a header with its value, and a body.
pub(crate) type Answer = (u16, Option<(&'static str, String)>, String);

impl Server {
    /// Starts it, in a thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(async {
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
            // A thousand clients may come at once.
            socket.listen(4_096)
        })?;
        let base = format!("http://{}", listener.local_addr()?);
        let world = Arc::new(Mutex::new(World::new(base.clone(), Habits::default())));
        let of_thread = Arc::clone(&world);
        std::thread::spawn(move || {
            runtime.block_on(async {
                loop {
                    if let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(serve(stream, Arc::clone(&of_thread)));
                    }
                }
            });
        });
        Ok(Self { base, world })
    }

    /// Forgets everything, and behaves like this from now on.
    pub(crate) fn begin(&self, habits: Habits) {
        *self.world() = World::new(self.base.clone(), habits);
    }

    /// Looks at what has happened.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// Nothing has happened.
    pub(crate) fn new(base: String, habits: Habits) -> Self {
        // The session of those who have none is always open.
        let (tasks, sessions) = (Vec::new(), vec![true]);
        Self { base, habits, tasks, sessions, requests: 0, first: None }
    }

    /// Returns how many tasks were begun.
    pub(crate) fn begun(&self) -> usize {
        self.tasks.len()
    }

    /// Returns how long after its end each task was first shown to be over, in milliseconds and
    /// in order; none where the work on a plan was not begun just once and then seen to its end.
    pub(crate) fn delays(&self) -> Option<Vec<f64>> {
        let mut times = vec![0_usize; self.habits.plans.len()];
        self.tasks.iter().for_each(|task| times[task.plan] += 1);
        let delay = |task: &Task| Some((task.seen? - task.over).as_secs_f64() * 1e3);
        let mut delays = self.tasks.iter().map(delay).collect::<Option<Vec<_>>>()?;
        delays.sort_by(f64::total_cmp);
        times.iter().all(|times| *times == 1).then_some(delays)
    }

    /// Answers a request, in the session with this number.
    pub(crate) fn answer(&mut self, method: &str, target: &str, session: usize) -> Answer {
        let now = Instant::now();
        self.first.get_or_insert(now);
        self.requests += 1;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        if !self.sessions.get(session).is_some_and(|is_open| *is_open) {
            return (401, None, String::new());
        }
        match (method, parts.as_slice()) {
            ("POST", ["api", "sessionMngr"]) => self.log_on(),
            ("GET", ["api", "logonSessions"]) => (200, None, self.list_sessions()),
            ("DELETE", ["api", "logonSessions", id]) => {
                if let Some(is_open) = number(id).and_then(|number| self.sessions.get_mut(number)) {
                    *is_open = false;
                }
                (204, None, String::new())
            }
            ("GET", ["api", "failoverPlans"]) => (200, None, self.list_plans()),
            ("GET", ["api", "failoverPlans", id]) => match self.plan(id) {
                Some(plan) => (200, None, self.show_plan(plan)),
                None => (404, None, String::new()),
            },
            ("POST", ["api", "failoverPlans", id]) if query == "action=undo" => {
                let Some(plan) = self.plan(id) else { return (404, None, String::new()) };
                let over = now + self.habits.plans[plan];
                self.tasks.push(Task { session, plan, over, seen: None });
                (202, None, self.show_task(self.tasks.len() - 1, now, NAMESPACE))
            }
            ("GET", ["api", "tasks"]) if self.habits.lists_nothing => (403, None, String::new()),
            ("GET", ["api", "tasks"]) => (200, None, self.list_tasks(session, now)),
            ("GET", ["api", "tasks", id]) => {
                let task = number(id).filter(|task| *task < self.tasks.len());
                match task.filter(|task| self.tasks[*task].session == session) {
                    Some(task) => (200, None, self.show_task(task, now, NAMESPACE)),
                    None => (404, None, String::new()),
                }
            }
            _ => (404, None, String::new()),
        }
    }

    fn plan(&self, id: &str) -> Option<usize> {
        number(id).filter(|plan| *plan < self.habits.plans.len())
    }

    fn log_on(&mut self) -> Answer {
        self.sessions.push(true);
        let session = self.sessions.len() - 1;
        let shown = self.show_session(session, NAMESPACE);
        (201, Some(("X-RestSvcSessionId", format!("token-{session}"))), shown)
    }

    fn list_sessions(&self) -> String {
        let open = (1..self.sessions.len()).filter(|session| self.sessions[*session]);
        let shown: String = open.map(|session| self.show_session(session, "")).collect();
        format!("<LogonSessions {NAMESPACE}>{shown}</LogonSessions>")
    }

    fn show_session(&self, session: usize, namespace: &str) -> String {
        let (base, id) = (&self.base, guid(9, session));
        format!(
            "<LogonSession {namespace} Type=\"LogonSession\" Href=\"{base}/api/logonSessions/{id}\">\
             <UserName>bench</UserName><SessionId>{id}</SessionId></LogonSession>"
        )
    }

    fn list_plans(&self) -> String {
        let mut text = format!("<EntityReferences {NAMESPACE}>");
        for plan in 0..self.habits.plans.len() {
            let (base, id) = (&self.base, guid(8, plan));
            let _ = write!(
                text,
                "<Ref Type=\"FailoverPlanReference\" Href=\"{base}/api/failoverPlans/{id}\" \
                 Name=\"fp-{plan}\" UID=\"urn:veeam:FailoverPlan:{id}\"><Links><Link \
                 Rel=\"Alternate\" Type=\"FailoverPlan\" \
                 Href=\"{base}/api/failoverPlans/{id}?format=Entity\"/></Links></Ref>"
            );
        }
        text + "</EntityReferences>"
    }

    fn show_plan(&self, plan: usize) -> String {
        let (base, id) = (&self.base, guid(8, plan));
        let href = format!("{base}/api/failoverPlans/{id}");
        format!(
            "<FailoverPlan {NAMESPACE} Type=\"FailoverPlan\" Href=\"{href}?format=Entity\" \
             Name=\"fp-{plan}\" UID=\"urn:veeam:FailoverPlan:{id}\"><Links><Link Rel=\"Start\" \
             Href=\"{href}?action=start\"/><Link Rel=\"Undo\" Href=\"{href}?action=undo\"/></Links>\
             <FailoverPlanInfo><Includes/></FailoverPlanInfo></FailoverPlan>"
        )
    }

    fn list_tasks(&mut self, session: usize, now: Instant) -> String {
        let mut text = format!("<Tasks {NAMESPACE}>");
        for task in 0..self.tasks.len() {
            if self.tasks[task].session == session {
                text.push_str(&self.show_task(task, now, ""));
            }
        }
        text + "</Tasks>"
    }

    fn show_task(&mut self, number: usize, now: Instant, namespace: &str) -> String {
        let task = &mut self.tasks[number];
        let (state, result) = if task.over <= now {
            task.seen.get_or_insert(now);
            ("Finished", "<Result Success=\"true\"><Message>Ok</Message></Result>")
        } else {
            ("Running", "")
        };
        let href = format!("{}/api/tasks/task-{number}", self.base);
        format!(
            "<Task {namespace} Type=\"Task\" Href=\"{href}\"><Links><Link Rel=\"Delete\" \
             Type=\"Task\" Href=\"{href}\"/></Links><TaskId>task-{number}</TaskId>\
             <State>{state}</State><Operation>UndoFailoverPlan</Operation>{result}</Task>"
        )
    }
}

/// Returns the number at the end of a name.
fn number(name: &str) -> Option<usize> {
    name.rsplit('-').next()?.parse().ok()
}

/// Makes an id. A session's is a secret, so it must be no plan's.
fn guid(kind: u8, number: usize) -> String {
    format!("00000000-0000-4000-{kind}000-{number:012}")
}

/// Returns the number of the session with a token, or that of clients without one.
pub(crate) fn session(token: Option<&str>) -> usize {
    token.map_or(0, |token| number(token).unwrap_or(usize::MAX))
}

async fn serve(mut stream: TcpStream, world: Arc<Mutex<World>>) {
    let _ = stream.set_nodelay(true);
    let mut bytes = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if !stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
                return;
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let header = |wanted: &str| {
            let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
            let mut found = lines.filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.next().map(|(_, value)| value.trim())
        };
        let length: usize = header("Content-Length").and_then(|it| it.parse().ok()).unwrap_or(0);
        let whole = end + 4 + length;
        while bytes.len() < whole {
            if !stream.read_buf(&mut bytes).await.is_ok_and(|read| read > 0) {
                return;
            }
        }
        let latency = lock(&world).habits.latency;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let mut words = head.split_ascii_whitespace();
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let session = session(header("X-RestSvcSessionId"));
        let (status, extra, body) = lock(&world).answer(method, target, session);
        let is_last = header("Connection").is_some_and(|it| it.eq_ignore_ascii_case("close"));
        let mut answer = format!("HTTP/1.1 {status} -\r\nContent-Type: application/xml\r\n");
        if let Some((name, value)) = extra {
            let _ = write!(answer, "{name}: {value}\r\n");
        }
        if status != 204 {
            let _ = write!(answer, "Content-Length: {}\r\n", body.len());
        }
        answer.push_str("\r\n");
        answer.push_str(&body);
        if stream.write_all(answer.as_bytes()).await.is_err() || is_last {
            return;
        }
        bytes.drain(..whole);
    }
}

fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}
