//! Plans that are taken back: begun over HTTP, and watched until they are over. The time over the
//! ideal is what a tool adds to the longest chain of plans.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::process::{Took, on_path, run, runbook};
use crate::server::{Habits, Server};
use crate::shape::{Chance, Shape};
use crate::{median, ratio};

/// A peer that takes plans back: how its input is written, and how it is run.
struct Peer {
    name: &'static str,
    write: fn(&Case, &str, &Path) -> std::io::Result<()>,
    arguments: fn(&Case) -> Vec<String>,
}

const HURL: Peer = Peer { name: "hurl", write: write_hurl, arguments: run_hurl };
const NINJA: Peer = Peer { name: "ninja", write: write_ninja, arguments: |_| run_ninja() };

/// What is measured.
struct Case {
    graph: Vec<Vec<usize>>,
    habits: Habits,
    /// How many lanes the run may have; its default where there is none.
    lanes: Option<usize>,
    /// How many plans hurl may work on at once.
    jobs: usize,
    /// How often a lane asks, in milliseconds. The peers ask for each task every 100 ms.
    poll: u64,
    peer: Peer,
}

/// What a tool did in one round.
struct Figures {
    over: f64,
    requests: f64,
    p50: f64,
    p99: f64,
    memory: f64,
}

/// What the columns of a row show, in their order.
const COLUMNS: [fn(&Figures) -> f64; 5] =
    [|it| it.over, |it| it.requests, |it| it.p50, |it| it.p99, |it| it.memory];

pub(crate) fn one(rounds: usize) -> Result<(), String> {
    Case::new(Shape::Wide, 1, HURL).measure(rounds)
}

pub(crate) fn often(rounds: usize) -> Result<(), String> {
    let mut case = Case::new(Shape::Wide, 1_000, HURL);
    case.poll = 40;
    case.measure(rounds)
}

pub(crate) fn wide(rounds: usize) -> Result<(), String> {
    Case::new(Shape::Wide, 1_000, HURL).measure(rounds)
}

pub(crate) fn layers(rounds: usize) -> Result<(), String> {
    Case::new(Shape::Layered, 25, NINJA).measure(rounds)
}

pub(crate) fn slow(rounds: usize) -> Result<(), String> {
    let mut case = Case::new(Shape::Wide, 1_000, HURL).slow();
    // As many lanes as there may be, and as many jobs.
    (case.lanes, case.jobs) = (Some(64), 64);
    case.measure(rounds)
}

pub(crate) fn slow_layers(rounds: usize) -> Result<(), String> {
    Case::new(Shape::Layered, 25, NINJA).slow().measure(rounds)
}

pub(crate) fn single(rounds: usize) -> Result<(), String> {
    let mut case = Case::new(Shape::Wide, 1_000, HURL);
    case.habits.lists_nothing = true;
    case.measure(rounds)
}

impl Case {
    fn new(shape: Shape, plans: usize, peer: Peer) -> Self {
        let mut chance = Chance(2);
        let some = |chance: &mut Chance| 200 + u64::try_from(chance.below(1_801)).unwrap_or(0);
        let mut time = || if plans == 1 { 1_100 } else { some(&mut chance) };
        let times = (0..plans).map(|_| Duration::from_millis(time())).collect();
        let habits = Habits { plans: times, ..Habits::default() };
        Self { graph: shape.graph(plans), habits, lanes: None, jobs: plans, poll: 100, peer }
    }

    fn slow(mut self) -> Self {
        self.habits.latency = Duration::from_millis(20);
        self
    }

    /// Returns how long the plans take at least, in milliseconds.
    fn ideal(&self) -> f64 {
        let mut ends: Vec<Duration> = Vec::new();
        for (needs, time) in self.graph.iter().zip(&self.habits.plans) {
            let begin = needs.iter().map(|need| ends[*need]).max().unwrap_or_default();
            ends.push(begin + *time);
        }
        ends.into_iter().max().unwrap_or_default().as_secs_f64() * 1e3
    }

    #[expect(clippy::print_stdout, reason = "a program whose result is a table")]
    fn measure(&self, rounds: usize) -> Result<(), String> {
        let server = Server::start().map_err(|error| error.to_string())?;
        let folders = [(); 2].map(|()| tempfile::tempdir());
        let [Ok(our_folder), Ok(their_folder)] = &folders else {
            return Err("there is no folder to work in".to_owned());
        };
        let (our_folder, their_folder) = (our_folder.path(), their_folder.path());
        fs::write(our_folder.join("plans.yaml"), self.runbook()).map_err(|it| it.to_string())?;
        let peer = on_path(self.peer.name);
        (self.peer.write)(self, &server.base, their_folder).map_err(|it| it.to_string())?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            server.begin(self.habits.clone());
            let arguments = ["run", "plans.yaml", "--target", "env"];
            let mut command = runbook(our_folder, &server.base, &arguments);
            if let Some(lanes) = self.lanes {
                command.env("EM_LANES", lanes.to_string());
            }
            let our = self.figures(run(command, our_folder)?, &server)?;
            let _ = fs::remove_dir_all(our_folder.join("state"));
            if round > 0 {
                ours.push(our);
            }
            let Some(program) = &peer else { continue };
            server.begin(self.habits.clone());
            let mut command = Command::new(program);
            command.args((self.peer.arguments)(self)).current_dir(their_folder);
            let took = run(command, their_folder)?;
            let _ = fs::remove_file(their_folder.join(".ninja_log"));
            let their = self.figures(took, &server)?;
            if round > 0 {
                theirs.push(their);
            }
        }
        println!(
            "  {:16} {:>8} {:>8} {:>8} {:>8} {:>8}",
            format!("ideal {:.0} ms", self.ideal()),
            "over ms",
            "requests",
            "p50 ms",
            "p99 ms",
            "MiB"
        );
        let of = |rows: &[Figures], column: fn(&Figures) -> f64| -> Vec<f64> {
            rows.iter().map(column).collect()
        };
        let row = |name: &str, digits: usize, value: &dyn Fn(fn(&Figures) -> f64) -> f64| {
            let cells = COLUMNS.map(|column| format!(" {:8.digits$}", value(column))).concat();
            println!("  {name:16}{cells}");
        };
        row("runbook", 1, &|column| median(of(&ours, column)));
        if !theirs.is_empty() {
            row(self.peer.name, 1, &|column| median(of(&theirs, column)));
            row("ours / theirs", 2, &|column| ratio(&of(&ours, column), &of(&theirs, column)));
        }
        Ok(())
    }

    fn figures(&self, took: Took, server: &Server) -> Result<Figures, String> {
        let world = server.world();
        let delays = world.delays();
        let delays = delays.ok_or("not every plan was begun just once and seen to its end")?;
        let at = |part: usize| delays.get((delays.len() * part).div_ceil(100).max(1) - 1).copied();
        Ok(Figures {
            over: took.wall - self.ideal(),
            requests: f64::from(u32::try_from(world.requests).unwrap_or(u32::MAX)),
            p50: at(50).unwrap_or_default(),
            p99: at(99).unwrap_or_default(),
            memory: took.memory,
        })
    }

    fn runbook(&self) -> String {
        let poll = self.poll;
        let mut text = format!(
            "runbook: v1\nname: bench\ndefaults: {{ poll: {{ every: {poll}ms, max: {poll}ms }} }}\n\
             steps:\n"
        );
        for (plan, needs) in self.graph.iter().enumerate() {
            let needs: Vec<_> = needs.iter().map(|need| format!("w{need}")).collect();
            let needs = match needs.as_slice() {
                [] => String::new(),
                needs => format!(", needs: [{}]", needs.join(", ")),
            };
            text += &format!(
                "  s{plan}: {{ uses: undo-failover, with: {{ plan: fp-{plan} }}{needs} }}\n  \
                 w{plan}: {{ uses: wait-task, with: {{ task: s{plan} }} }}\n"
            );
        }
        text
    }
}

/// A file a plan, all at once; hurl knows no order among them.
fn write_hurl(case: &Case, base: &str, folder: &Path) -> std::io::Result<()> {
    let plans = folder.join("plans");
    fs::create_dir_all(&plans)?;
    (0..case.graph.len()).try_for_each(|plan| {
        let text = format!(
            "POST {base}/api/failoverPlans/fp-{plan}?action=undo\nHTTP 202\n[Captures]\n\
             task: xpath \"string(//*[local-name()='TaskId'])\"\n\n\
             GET {base}/api/tasks/{{{{task}}}}\n[Options]\nretry: -1\nretry-interval: 100\n\
             HTTP 200\n[Asserts]\nxpath \"string(//*[local-name()='State'])\" == \"Finished\"\n"
        );
        fs::write(plans.join(format!("p{plan}.hurl")), text)
    })
}

fn run_hurl(case: &Case) -> Vec<String> {
    ["--test", "--jobs", &case.jobs.to_string(), "plans"].map(str::to_owned).to_vec()
}

/// A shell and curl a plan, in the order of the graph.
fn write_ninja(case: &Case, base: &str, folder: &Path) -> std::io::Result<()> {
    let script = format!(
        "answer=$(curl -sf -X POST '{base}/api/failoverPlans/'$1'?action=undo') || exit 1\n\
         task=${{answer#*<TaskId>}}\ntask=${{task%%<*}}\n\
         while :; do\n  answer=$(curl -sf {base}/api/tasks/$task) || exit 1\n  \
         case $answer in *'<State>Finished<'*) exit 0 ;; esac\n  sleep 0.1\ndone\n"
    );
    fs::write(folder.join("plan.sh"), script)?;
    let mut text = "rule plan\n  command = sh plan.sh fp-$plan\n".to_owned();
    for (plan, needs) in case.graph.iter().enumerate() {
        let needs: String = needs.iter().map(|need| format!(" s{need}")).collect();
        text += &format!("build s{plan}: plan{needs}\n  plan = {plan}\n");
    }
    fs::write(folder.join("build.ninja"), text)
}

fn run_ninja() -> Vec<String> {
    ["-j1000", "--quiet"].map(str::to_owned).to_vec()
}
