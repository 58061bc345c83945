//! The runbooks that others run: files of the same repository.
//!
//! What is reviewed must be what runs, so that nothing is opened outside of the repository, not
//! through `..` and not through a link. The repository is the nearest folder above the first
//! runbook that holds `.git`; without one it is the folder of that runbook.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use runbook_core::check::{Closed, Library};
use runbook_core::text::Source;

use crate::files;

/// The files of one repository.
pub(crate) struct Repository {
    root: Option<PathBuf>,
    /// The whole paths of the texts that were opened, by their names.
    paths: HashMap<String, PathBuf>,
}

impl Repository {
    /// Takes the repository that a runbook belongs to.
    pub(crate) fn of(path: &Path) -> Self {
        let whole = path.canonicalize().ok();
        let root = whole.as_deref().and_then(Path::parent).map(|folder| {
            let above = folder.ancestors().find(|folder| folder.join(".git").exists());
            above.unwrap_or(folder).to_owned()
        });
        let paths = whole.map(|whole| (files::name(path), whole)).into_iter().collect();
        Self { root, paths }
    }
}

impl Library for Repository {
    fn key(&self, source: &Source) -> String {
        let whole = self.paths.get(source.name());
        whole.map_or_else(|| source.name().to_owned(), |path| path.display().to_string())
    }

    fn open(&mut self, from: &Source, file: &str) -> Result<Source, Closed> {
        let unreadable = |why: &str| Closed::Unreadable(why.to_owned());
        let (Some(root), Some(from)) = (&self.root, self.paths.get(from.name())) else {
            return Err(unreadable("the runbook that names it comes from no file"));
        };
        let folder = from.parent().unwrap_or(root);
        let wanted = folder.join(file);
        if leaves(root, folder, file) {
            return Err(Closed::Outside);
        }
        let whole = wanted.canonicalize().map_err(|error| Closed::Unreadable(error.to_string()))?;
        if !whole.starts_with(root) {
            return Err(Closed::Outside);
        }
        if !whole.is_file() {
            return Err(unreadable("it is no regular file"));
        }
        let source = files::read(&shown(&whole)).map_err(|text| {
            let first = text.problems.iter().next().map(|problem| problem.message.clone());
            Closed::Unreadable(first.unwrap_or_default())
        })?;
        self.paths.insert(source.name().to_owned(), whole);
        Ok(source)
    }
}

/// Tells whether a relative way leads out of a folder, whatever there is on the disk: that a file
/// elsewhere exists is nobody's business.
fn leaves(root: &Path, folder: &Path, file: &str) -> bool {
    let depth = folder.strip_prefix(root).map_or(0, |inner| inner.components().count());
    let mut depth = i64::try_from(depth).unwrap_or(0);
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

/// Returns a path as people would write it: from the working folder where it is below.
fn shown(whole: &Path) -> PathBuf {
    let here = std::env::current_dir().ok().and_then(|here| here.canonicalize().ok());
    let inner = here.and_then(|here| whole.strip_prefix(here).ok().map(Path::to_owned));
    inner.unwrap_or_else(|| whole.to_owned())
}
