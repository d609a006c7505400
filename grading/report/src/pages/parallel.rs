//! Several files at a time: most of writing one is waiting for the disk.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::ReportError;

/// How many at a time, whatever the number of cores.
const THREADS: usize = 8;

/// Does `work` for each of `items`, in no order, up to the first error.
pub(crate) fn for_each<T: Sync>(
    items: &[T],
    work: impl Fn(&T) -> Result<(), ReportError> + Sync,
) -> Result<(), ReportError> {
    let next = AtomicUsize::new(0);
    let worker = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = work(item) {
                // The others find nothing left to do.
                next.store(items.len(), Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS.min(items.len()))
            .map(|_| scope.spawn(worker))
            .collect();
        let ended = workers.into_iter().map(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => resume_unwind(panic),
        });
        ended.collect()
    })
}
