//! Panics of a student's function, as values.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;

use super::call::{CallError, Outcome};

thread_local! {
    /// `Some` while a student's function runs on this thread; filled by the panic hook.
    static CAUGHT: RefCell<Option<Caught>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Caught {
    message: String,
    location: Option<String>,
}

/// Runs `f` and turns a panic into a [`CallError`]: the starter's `todo!` into
/// [`CallError::NotImplemented`], everything else into [`CallError::Panicked`] with the student's line.
///
/// # Errors
/// When `f` panicked.
pub fn catch<T>(f: impl FnOnce() -> T) -> Outcome<T> {
    install_hook();
    CAUGHT.set(Some(Caught::default()));
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    let caught = CAUGHT.take().unwrap_or_default();
    result.map_err(|payload| {
        // A function that set its own hook leaves `caught` empty; the payload still has the text.
        let message = match caught.message.is_empty() {
            false => caught.message,
            true => text(payload.as_ref()),
        };
        match message.strip_prefix("not yet implemented") {
            Some(what) => CallError::NotImplemented(what.trim_start_matches(": ").to_string()),
            None => CallError::Panicked {
                message,
                location: caught.location,
            },
        }
    })
}

fn install_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let outer = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let ours = CAUGHT.with_borrow_mut(|slot| {
                slot.as_mut().map(|caught| {
                    caught.message = text(info.payload());
                    caught.location = students_line(info);
                })
            });
            if ours.is_none() {
                outer(info);
            }
        }));
    });
}

fn text(payload: &dyn std::any::Any) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "a panic without a text".into())
}

/// `file:line` of the innermost frame in a student's file.
///
/// A shape error panics inside Burn, whose functions do not track their caller, so the panic's own
/// location is of no use there; the backtrace has the student's line, because only the workspace is
/// built with line tables.
fn students_line(info: &PanicHookInfo<'_>) -> Option<String> {
    if let Some(location) = info.location()
        && is_students(location.file())
    {
        return Some(format!("{}:{}", location.file(), location.line()));
    }
    let backtrace = Backtrace::force_capture().to_string();
    backtrace
        .lines()
        .filter_map(|line| line.trim().strip_prefix("at "))
        .find(|place| is_students(place))
        .map(|place| {
            // "file:line:column", where the column says little.
            place
                .rsplit_once(':')
                .map_or(place, |(file_and_line, _)| file_and_line)
                .trim_start_matches("./")
                .to_string()
        })
}

fn is_students(file: &str) -> bool {
    file.replace('\\', "/").contains("src/parts/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn todo_is_not_implemented_yet() {
        let outcome: Outcome<()> = catch(|| todo!("A1.3 linear_backward"));
        assert_eq!(
            outcome,
            Err(CallError::NotImplemented("A1.3 linear_backward".into()))
        );
    }

    #[test]
    fn a_panic_keeps_its_message() {
        let outcome: Outcome<()> = catch(|| panic!("index {} too large", 7));
        let Err(CallError::Panicked { message, .. }) = outcome else {
            panic!("{outcome:?} is no panic");
        };
        assert_eq!(message, "index 7 too large");
    }

    #[test]
    fn a_value_passes_through() {
        assert_eq!(catch(|| 3), Ok(3));
    }
}
