//! «Did you mean»: the nearest of the names that exist.

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
