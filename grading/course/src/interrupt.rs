//! Ctrl-C: finish what is under way, start nothing new.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::output::tell;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Catches the first Ctrl-C (or SIGTERM); a second one ends the program at once.
///
/// # Errors
/// When the handler cannot be set.
pub fn catch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        tell("\nfinishing the hand-ins under way; press Ctrl-C again to stop at once");
    })?;
    Ok(())
}

/// Whether Ctrl-C was pressed.
#[must_use]
pub fn happened() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
