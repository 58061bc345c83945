//! Who does something, for the record: the user and the machine, and whom CI says it works for.

use crate::locks::Holder;

/// The variables in which CI services say on whose behalf a job runs.
const ACTORS: [&str; 3] = ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID"];

/// Returns who is at work: `ann@ci01`, or `ben (ci@runner7)` where CI works for somebody.
pub(crate) fn at_work() -> String {
    let Holder { user, host, .. } = Holder::this("");
    let actor = ACTORS.iter().find_map(|name| std::env::var(name).ok());
    match actor.filter(|actor| !actor.trim().is_empty()) {
        Some(actor) => format!("{actor} ({user}@{host})"),
        None => format!("{user}@{host}"),
    }
}
