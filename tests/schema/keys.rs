//! The keys that all steps and runbooks have, in small texts.

use super::refusal;

/// A runbook with these lines at its top level.
fn top(lines: &str) -> String {
    format!("runbook: v1\nname: a\n{lines}\nsteps: {{ a: {{ uses: noop }} }}\n")
}

/// A runbook whose step `a` has these keys.
fn step(keys: &str) -> String {
    format!("runbook: v1\nname: a\nsteps: {{ a: {{ {keys} }} }}\n")
}

const UNDO: &str = "uses: undo-failover, with: { plan: P }";

#[track_caller]
fn all(texts: impl IntoIterator<Item = String>, pass: bool) {
    for text in texts {
        let refusal = refusal(&text);
        assert_eq!(refusal.is_none(), pass, "{text}\n{}", refusal.unwrap_or_default());
    }
}

#[test]
fn the_top_level_takes_what_the_format_has() {
    let good = [
        "description: x\nowners: [a, b]",
        "objectives: { rto: 45m, rpo: 1h30m }",
        "inputs: { p: { type: string, default: x, pattern: 'a.*', description: d } }",
        "inputs: { n: { type: integer, min: 1, max: 5, default: 3, choices: [1, 3] } }",
        "inputs: { d: { type: duration, max: 5m, default: 90s } }",
        "inputs: { l: { type: list, default: [a], max: 5 }, b: { type: boolean, optional: true } }",
        "inputs: { t: { type: timestamp, optional: true, default: ~, sensitive: true } }",
        "secrets: { h: { env: RUNBOOK_SECRET_HOOK }, f: { file: hook.txt } }",
        "scenarios: { drill: { on-failure: undo, on-success: undo }, real: { proof: required } }",
        "default-scenario: drill",
        "defaults: { timeout: 5m, poll: { every: 2s, max: 15s }, on-failure: continue }",
        "locks: [erp, \"${{ inputs.plan }}\"]",
        "alerts: { on: [waiting, closed], webhook: \"${{ secrets.hook }}\" }",
        "finally: { z: { uses: noop, on-failure: continue } }",
        "finally: {}",
        "outputs: { x: \"${{ steps.a.at }}\", y: { z: [1] } }",
        "allow: { 'runbook::wait::detached': EM goes on by itself }",
    ];
    all(good.map(top), true);
}

#[test]
fn the_top_level_takes_nothing_else() {
    let bad = [
        "inptus: {}",
        "description: 5",
        "owners: a",
        "objectives: { rto: 45 }",
        "objectives: { rt: 45m }",
        "inputs: { p: { default: x } }",
        "inputs: { p: { type: text } }",
        "inputs: { p: { type: string, default: 5 } }",
        "inputs: { p: { type: string, min: 5 } }",
        "inputs: { p: { type: integer, pattern: x } }",
        "inputs: { p: { type: duration, default: 90 } }",
        "inputs: { p-q: { type: string } }",
        "secrets: { h: { env: HOME } }",
        "secrets: { h: { file: ../x } }",
        "secrets: { h: {} }",
        "secrets: { h: { env: RUNBOOK_SECRET_A, file: a } }",
        "scenarios: { drill: { on-failure: continue } }",
        "scenarios: { drill: { on-succes: undo } }",
        "defaults: { poll: 2s }",
        "alerts: { on: [started], webhook: 'https://x.example.org' }",
        "alerts: { on: [], webhook: 'https://x.example.org' }",
        "alerts: { on: [closed] }",
        "alerts: { on: [closed], webhook: 'ftp://x' }",
        "finally: [a]",
        "outputs: { x-y: 1 }",
        "allow: { 'runbook::wait::detacht': why }",
        "allow: { 'runbook::wait::detached': '' }",
        "allow: { 'runbook::key::unknown': why }",
    ];
    all(bad.map(top), false);
}

#[test]
fn a_step_takes_what_the_format_has() {
    let good = [
        "uses: noop, needs: b",
        "uses: noop, needs: [b, c], resolves: b, description: d",
        "uses: noop, when: \"scenario == 'drill'\"",
        "uses: noop, when: true",
        "uses: noop, retry: { attempts: 3, wait: 5s, factor: 1.5, max-wait: 1m }",
        "uses: noop, on-failure: continue",
        "uses: noop, for-each: [a, b]",
        "uses: noop, for-each: \"${{ inputs.names }}\"",
        "uses: noop, for-each: { in: [1, 2], as: vm, max-parallel: 2, key: \"${{ vm }}\" }",
        "uses: noop, with: {}",
        "uses: sleep, with: { for: 1h30m }",
        "uses: sleep, with: { for: \"${{ inputs.long }}\" }",
        "uses: wait-task, with: { task: b, until: task }, timeout: 5m",
        "uses: wait-task, with: { task: b, until: \"${{ inputs.until }}\" }",
        &format!("{UNDO}, wait: {{ timeout: 30m, on-timeout: cancel, settle: 2m }}"),
        &format!("{UNDO}, undo: {{ {UNDO}, wait: {{ on-timeout: detach }} }}"),
        &format!("{UNDO}, undo: {{ impossible: it is gone }}, on-warning: accept"),
        "uses: start-failover, with: { plan: P, as-of: 2026-11-23T08:00:00+01:00 }",
        "uses: start-failover, with: { plan: P, as-of: \"${{ inputs.as_of }}\" }",
    ];
    all(good.iter().map(|keys| step(keys)), true);
}

#[test]
fn a_step_takes_nothing_else() {
    let bad = [
        "with: {}",
        "uses: nop",
        "uses: [noop]",
        "uses: noop, need: b",
        "uses: noop, needs: B",
        "uses: noop, needs: [b, \"${{ inputs.x }}\"]",
        "uses: noop, when: \"${{ true }}\"",
        "uses: noop, when: [a]",
        "uses: noop, timeout: 5m",
        "uses: noop, wait: {}",
        "uses: noop, effect: read",
        "uses: noop, on-warning: fail",
        "uses: noop, undo: { uses: noop }",
        "uses: noop, on-failure: stop",
        "uses: noop, retry: 3",
        "uses: noop, retry: { attempts: 0 }",
        "uses: noop, retry: { wait: 5s }",
        "uses: noop, for-each: 5",
        "uses: noop, for-each: { as: vm }",
        "uses: noop, for-each: { in: [1], key: same }",
        "uses: noop, with: { for: 5s }",
        "uses: sleep",
        "uses: sleep, with: { for: 90 }",
        "uses: sleep, with: { for: 90 s }",
        "uses: sleep, with: { for: 30m1h }",
        "uses: wait-task, with: { task: \"${{ inputs.x }}\" }",
        "uses: wait-task, with: { task: b, until: forever }",
        "uses: wait-task, with: { task: b }, timeout: 5",
        "uses: undo-failover, with: { plan: '' }",
        "uses: undo-failover, with: { plan: 5 }",
        &format!("{UNDO}, retry: {{ attempts: 3 }}"),
        &format!("{UNDO}, wait: {{ on-timeout: undo }}"),
        &format!("{UNDO}, undo: {{ impossible: a, uses: noop }}"),
        &format!("{UNDO}, undo: {{ {UNDO}, needs: b }}"),
        &format!("{UNDO}, undo: {{ uses: undo-failovr }}"),
        "uses: start-failover, with: { plan: P, as-of: 2026-11-23 }",
        "uses: start-failover, with: { plan: P, as-of: 2026-11-23T08:00:00 }",
    ];
    all(bad.iter().map(|keys| step(keys)), false);
}

#[test]
fn names_are_in_snake_case_and_there_is_a_step() {
    let bad = [
        "runbook: v1\nname: a\nsteps: {}\n",
        "runbook: v1\nname: a\nsteps:\n",
        "runbook: v1\nname: a\n",
        "runbook: v2\nname: a\nsteps: { a: { uses: noop } }\n",
        "runbook: v1\nname: A b\nsteps: { a: { uses: noop } }\n",
        "runbook: v1\nname: a\nsteps: { a-b: { uses: noop } }\n",
        "runbook: v1\nname: a\nsteps: [{ uses: noop }]\n",
    ];
    all(bad.map(str::to_owned), false);
}
