//! Grading many hand-ins: in which order, by how many at a time, until when.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use intake::Candidate;
use report::{Summary, SummaryStatus};

use crate::scratch;
use crate::selection::student_of;
use crate::{Event, Grader, Journal, Past, RunError, Selection};

/// A run over a class.
pub struct Run<'a> {
    /// Grades each.
    pub grader: &'a Grader<'a>,
    /// The class, each hand-in with a name of its own.
    pub hand_ins: &'a [(String, Candidate)],
    /// The folder they come from.
    pub from: &'a Path,
    /// Which of them.
    pub selection: Selection,
    /// How many at a time.
    pub jobs: usize,
    /// Whether to start nothing new.
    pub stopped: fn() -> bool,
}

/// Who is told how far a run is.
pub trait Progress: Sync {
    /// So many hand-ins are to be graded.
    fn begin(&self, total: usize);
    /// One of them is done.
    fn done(&self, row: &Summary);
}

/// Tells nobody.
impl Progress for () {
    fn begin(&self, _: usize) {}
    fn done(&self, _: &Summary) {}
}

/// What a run did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// How many hand-ins were selected.
    pub selected: usize,
    /// How many of them have results now.
    pub done: usize,
    /// How many of these came from the store.
    pub stored: usize,
    /// How many met a fault of the grader.
    pub grader_errors: usize,
}

impl Tally {
    fn add(&mut self, status: SummaryStatus, stored: bool) {
        self.done += 1;
        self.stored += usize::from(stored);
        self.grader_errors += usize::from(status == SummaryStatus::GraderError);
    }
}

/// What is thought of a hand-in that was never graded, in seconds.
const UNKNOWN: f64 = 5.0;

impl Run<'_> {
    /// Grades the selected hand-ins.
    ///
    /// # Errors
    /// When something cannot be read or written. What is graded so far is kept.
    pub fn go(
        &self,
        journal: &Journal,
        past: &Past,
        progress: &dyn Progress,
    ) -> Result<Tally, RunError> {
        scratch::sweep();
        let work = self.work(past);
        let tally = Tally {
            selected: work.len(),
            ..Tally::default()
        };
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        journal.write(&Event::Begun {
            at: at.unwrap_or_default().as_secs(),
            from: self.from.to_owned(),
            grading_key: self.grader.grading_key.clone(),
            selection: self.selection.clone(),
            hand_ins: work.len(),
        })?;
        progress.begin(work.len());
        let next = AtomicUsize::new(0);
        let tally = Mutex::new(tally);
        let worker = || -> Result<(), RunError> {
            while !(self.stopped)() {
                let Some((name, candidate)) = work.get(next.fetch_add(1, Ordering::Relaxed)) else {
                    break;
                };
                let (row, stored) = self.one(name, candidate, journal).inspect_err(|_| {
                    // The others finish what they have and take nothing new.
                    next.store(work.len(), Ordering::Relaxed);
                })?;
                progress.done(&row);
                let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                tally.add(row.status, stored);
            }
            Ok(())
        };
        let jobs = self.jobs.clamp(1, work.len().max(1));
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(worker)).collect();
            workers.into_iter().try_for_each(|worker| {
                worker
                    .join()
                    .unwrap_or_else(|panic| Err(RunError::Panicked(words(&*panic))))
            })
        })?;
        let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
        journal.write(&Event::Ended {
            complete: tally.done == tally.selected,
        })?;
        Ok(tally)
    }

    /// The selected hand-ins: those over which an earlier run died last, the longest first, for what is
    /// begun last is waited for.
    fn work(&self, past: &Past) -> Vec<&(String, Candidate)> {
        let results = &self.grader.results;
        let mut work: Vec<(u32, f64, &(String, Candidate))> = Vec::new();
        for (index, hand_in) in self.hand_ins.iter().enumerate() {
            let (name, candidate) = hand_in;
            let student = student_of(name, candidate);
            let before = results.row(name).map(|(row, _)| row);
            if self.selection.takes(index, name, student, before.as_ref()) {
                let died = past.died.get(name).copied().unwrap_or(0);
                let seconds = results.seconds(name).unwrap_or(UNKNOWN);
                work.push((died, seconds, hand_in));
            }
        }
        work.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        work.into_iter().map(|(_, _, hand_in)| hand_in).collect()
    }

    fn one(
        &self,
        name: &str,
        candidate: &Candidate,
        journal: &Journal,
    ) -> Result<(Summary, bool), RunError> {
        let start = Instant::now();
        journal.write(&Event::Started {
            hand_in: name.to_owned(),
        })?;
        let done = self.grader.grade(name, candidate, journal)?;
        journal.write(&Event::Done {
            hand_in: name.to_owned(),
            status: done.summary.status,
            stored: done.stored,
            seconds: start.elapsed().as_secs_f64(),
        })?;
        Ok((done.summary, done.stored))
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("an unknown place").to_owned()
}
