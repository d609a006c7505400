//! Ctrl-C while a run is on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, Weak};

/// Asks a run to end: it finishes its step, saves and returns.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    raised: Arc<AtomicBool>,
}

/// What Ctrl-C reaches: the interrupt of the run that is on. Empty when none is.
static LISTENER: Mutex<Weak<AtomicBool>> = Mutex::new(Weak::new());

/// The exit code of a program ended by Ctrl-C: 128 + SIGINT.
pub(super) const EXIT_CODE: u8 = 130;

impl Interrupt {
    /// One that only [`Interrupt::raise`] raises.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that Ctrl-C raises, as long as it lives. A second Ctrl-C ends the process at once with
    /// exit code 130, and so does the first where no run is on.
    #[must_use]
    pub fn on_ctrl_c() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            if let Err(error) = ctrlc::set_handler(ctrl_c) {
                eprintln!("Ctrl-C will end this run without saving it: {error}");
            }
        });
        let interrupt = Self::default();
        *listener() = Arc::downgrade(&interrupt.raised);
        interrupt
    }

    /// Asks the run to end.
    pub fn raise(&self) {
        self.raised.store(true, Ordering::SeqCst);
    }

    /// Whether the run was asked to end.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::SeqCst)
    }
}

fn listener() -> std::sync::MutexGuard<'static, Weak<AtomicBool>> {
    LISTENER
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn ctrl_c() {
    let run = listener().upgrade();
    match run.map(|raised| raised.swap(true, Ordering::SeqCst)) {
        Some(false) => eprintln!("\nstopping after this step; press Ctrl-C again to stop at once"),
        Some(true) | None => std::process::exit(EXIT_CODE.into()),
    }
}
