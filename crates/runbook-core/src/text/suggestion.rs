//! «Did you mean»: the nearest of the names that exist.

use crate::limits;

/// The characters of a name for which a near one is looked up; time grows with their square.
const LONGEST: usize = 80;

/// Returns the candidate that `wrong` was most likely meant to be.
///
/// Near means at most one edit for short names and a third of the letters for longer ones, so
/// that a wild guess is never offered. The first of equally near candidates wins.
///
/// ```
/// use runbook_core::text::nearest;
///
/// assert_eq!(nearest("need", ["needs", "with"]), Some("needs"));
/// assert_eq!(nearest("zebra", ["needs", "with"]), None);
/// ```
pub fn nearest<'a>(wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    if length > LONGEST {
        return None;
    }
    let limit = (length / 3).max(1);
    candidates
        .into_iter()
        // Most candidates are ruled out by their length, which costs next to nothing.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= limit)
        .map(|candidate| (strsim::osa_distance(wrong, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Does the same for names of which there may be any number, where nobody counts how often it is
/// asked: in more than [`limits::SHORT_LIST`] nothing is looked up.
pub fn nearest_of_few<'a>(
    wrong: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let most = limits::SHORT_LIST;
    let few: Vec<_> = candidates.into_iter().take(most + 1).collect();
    if few.len() > most { None } else { nearest(wrong, few) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_not_looked_through() {
        let names: Vec<_> = (0..=limits::SHORT_LIST).map(|at| format!("name_{at}")).collect();
        let near = |most| nearest_of_few("nam_1", names[..most].iter().map(String::as_str));
        assert_eq!(near(limits::SHORT_LIST), Some("name_1"));
        assert_eq!(near(limits::SHORT_LIST + 1), None);
    }
}
