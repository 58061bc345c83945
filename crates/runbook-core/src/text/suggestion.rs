//! «Did you mean»: the nearest of the names that exist.

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
    let limit = (wrong.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(wrong, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
