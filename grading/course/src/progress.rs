//! Progress: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use report::Summary;
use runs::Progress;

use crate::output::tell;
use crate::table;

/// Shows on standard error how far a run is.
#[derive(Default)]
pub struct Bar {
    begun: OnceLock<Begun>,
    done: AtomicU64,
}

struct Begun {
    total: u64,
    at: Instant,
    bar: Option<ProgressBar>,
}

impl Progress for Bar {
    fn begin(&self, total: usize) {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {eta} left  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total as u64).with_style(style)
        });
        let _ = self.begun.set(Begun {
            total: total as u64,
            at: Instant::now(),
            bar,
        });
    }

    fn done(&self, row: &Summary) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let Some(begun) = self.begun.get() else {
            return;
        };
        match &begun.bar {
            Some(bar) => {
                bar.set_message(table::line(row));
                bar.inc(1);
            }
            None => tell(format_args!(
                "[{done}/{}] {}{}",
                begun.total,
                table::line(row),
                left(begun, done)
            )),
        }
    }
}

/// What is left, where it is worth a word.
fn left(begun: &Begun, done: u64) -> String {
    let rest = begun.total.saturating_sub(done) as f64;
    let left = begun.at.elapsed().mul_f64(rest / done as f64);
    match left.as_secs() {
        0..60 => String::new(),
        _ => format!("  about {} left", HumanDuration(left)),
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = self.begun.get().and_then(|begun| begun.bar.as_ref()) {
            bar.finish_and_clear();
        }
    }
}
