//! What many clients measure together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::histogram::Histogram;

/// What many clients measure together.
#[derive(Debug)]
pub struct Gauge {
    /// When the clients began.
    pub begun: Instant,
    /// From before a request is written until its answer is read.
    pub requests: Histogram,
    /// From before a message is sent until a socket has read of it, for each socket.
    pub deliveries: Histogram,
    /// Requests that got no answer.
    pub broken: AtomicU64,
    /// Connections of sockets that were greeted or taken up again.
    pub greeted: AtomicU64,
    refused: Mutex<BTreeMap<(String, u16), u64>>,
    late: Mutex<BTreeMap<String, u64>>,
}

/// Requests that took longer than this are counted by what they asked for.
const LATE: Duration = Duration::from_millis(20);

impl Default for Gauge {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            requests: Histogram::default(),
            deliveries: Histogram::default(),
            broken: AtomicU64::new(0),
            greeted: AtomicU64::new(0),
            refused: Mutex::default(),
            late: Mutex::default(),
        }
    }
}

impl Gauge {
    /// Microseconds since the clients began.
    pub(crate) fn micros(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Counts a request that was answered; `called` says what it asked for.
    pub(crate) fn answered(&self, took: Duration, called: impl FnOnce() -> String) {
        self.requests.add(took);
        if took > LATE {
            let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
            *late.entry(called()).or_default() += 1;
        }
    }

    /// What was answered late, with how often; counting begins anew.
    pub fn take_late(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.late.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a request that was answered with a failure.
    pub(crate) fn refuse(&self, called: String, status: u16) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused.entry((called, status)).or_default() += 1;
    }

    /// What was answered with a failure, with the status and how often.
    pub fn refused(&self) -> BTreeMap<(String, u16), u64> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests got no answer.
    pub fn broken(&self) -> u64 {
        self.broken.load(Ordering::Relaxed)
    }
}
