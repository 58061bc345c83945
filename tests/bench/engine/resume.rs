//! A later process of a run: how long it takes from its start to its first question.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::median;
use crate::process::runbook;
use crate::server::{Habits, Server};

const PLANS: usize = 1_150;
const RECORDS: usize = 10_000;
/// How long anything may take before it counts as failed.
const PATIENCE: Duration = Duration::from_mins(1);

#[expect(clippy::print_stdout, reason = "a program whose result is a table")]
pub(crate) fn measure(rounds: usize) -> Result<(), String> {
    let server = Server::start().map_err(|error| error.to_string())?;
    let (mut times, mut records) = (Vec::new(), 0);
    for round in 0..=rounds {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let folder = folder.path();
        let mut text = "runbook: v1\nname: bench\nsteps:\n".to_owned();
        for plan in 0..PLANS {
            text += &format!(
                "  s{plan}: {{ uses: undo-failover, with: {{ plan: fp-{plan} }} }}\n  \
                 w{plan}: {{ uses: wait-task, with: {{ task: s{plan} }} }}\n"
            );
        }
        fs::write(folder.join("plans.yaml"), text).map_err(|error| error.to_string())?;
        let start = |arguments: &[&str]| {
            let words = File::create(folder.join("stderr"))?;
            let mut command = runbook(folder, &server.base, arguments);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(words).spawn()
        };
        let plans = vec![Duration::from_hours(1); PLANS];
        server.begin(Habits { plans, ..Habits::default() });
        let mut first =
            start(&["run", "plans.yaml", "--target", "env"]).map_err(|error| error.to_string())?;
        let lines = || {
            let runs = fs::read_dir(folder.join("state")).into_iter().flatten().flatten();
            let journals = runs.filter_map(|run| fs::read(run.path().join("journal.jsonl")).ok());
            journals.map(|bytes| bytes.iter().filter(|byte| **byte == b'\n').count()).sum::<usize>()
        };
        let is_begun = || server.world().begun() == PLANS && lines() >= RECORDS;
        let begun = until(is_begun);
        let _ = first.kill();
        let _ = first.wait();
        begun?;
        records = lines();
        server.world().first = None;
        let began = Instant::now();
        let mut second = start(&["resume", "latest"]).map_err(|error| error.to_string())?;
        let asked = until(|| server.world().first.is_some());
        let _ = second.kill();
        let _ = second.wait();
        asked?;
        let asked = server.world().first.map(|first| (first - began).as_secs_f64() * 1e3);
        if round > 0 {
            times.extend(asked);
        }
    }
    println!("  {records} records: {:.1} ms until it asks EM", median(times));
    Ok(())
}

fn until(is_so: impl Fn() -> bool) -> Result<(), String> {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > PATIENCE {
            return Err("it took longer than a minute".to_owned());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
