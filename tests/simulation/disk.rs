//! A disk that knows what would survive a loss of power.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use runbook_core::journal::Store;

use super::chance::Chance;

/// The bytes of a journal, and how many of them are durable.
#[derive(Clone, Debug, Default)]
struct Bytes {
    all: Vec<u8>,
    durable: usize,
}

/// A disk, shared between a process and the bench.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk(Rc<RefCell<Bytes>>);

impl Disk {
    /// A disk that holds this, durably.
    pub(crate) fn holding(bytes: Vec<u8>) -> Self {
        let durable = bytes.len();
        Self(Rc::new(RefCell::new(Bytes { all: bytes, durable })))
    }

    /// All that a process which was killed leaves behind.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.borrow().all.clone()
    }

    /// What is durable, as text.
    pub(crate) fn durable(&self) -> String {
        let bytes = self.0.borrow();
        String::from_utf8_lossy(&bytes.all[..bytes.durable]).into_owned()
    }

    /// The power is gone: what was durable stays, and of the rest as much as chance leaves, be
    /// that a part of a line.
    pub(crate) fn lose_power(&self, chance: &mut Chance) {
        let mut bytes = self.0.borrow_mut();
        let rest = bytes.all.len() - bytes.durable;
        let kept = usize::try_from(chance.below(rest as u64 + 1)).expect("a length");
        let end = bytes.durable + if chance.one_in(3) { 0 } else { kept };
        bytes.all.truncate(end);
    }
}

impl Store for Disk {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().all.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut bytes = self.0.borrow_mut();
        bytes.durable = bytes.all.len();
        Ok(())
    }

    fn reserve(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }
}
