//! Why a check failed.

use std::fmt;

use crate::contract::{CallError, FailedCall};

/// The outcome of a check.
pub type Verdict = Result<(), Failure>;

/// What sort of failure it is. A hidden check shows a student this and its hint, never its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The function still is the starter's.
    NotImplemented,
    /// A value is not what it should be.
    Wrong,
    /// The function panicked.
    Panicked,
    /// The function did not return in time.
    TimedOut,
    /// The process ended.
    Crashed,
    /// The grader failed; there is no score.
    Grader,
}

impl Kind {
    /// The kind in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Kind::NotImplemented => "not implemented yet",
            Kind::Wrong => "wrong answer",
            Kind::Panicked => "panicked",
            Kind::TimedOut => "timed out",
            Kind::Crashed => "crashed",
            Kind::Grader => "grader error",
        }
    }
}

/// Why a check failed, in words that say what was expected, what came, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The sort of failure.
    pub kind: Kind,
    /// The whole message, of one or more lines.
    pub message: String,
}

impl Failure {
    /// A wrong answer.
    #[must_use]
    pub fn wrong(message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Wrong,
            message: message.into(),
        }
    }

    /// The same failure with a line before its message that says what was being looked at:
    /// `linear_backward, dw: ...`.
    #[must_use]
    pub fn about(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// The same failure with the function and the input that led to it, if it is that of `call` and the check has not
    /// said them itself.
    #[must_use]
    pub(super) fn of_call(self, call: &FailedCall) -> Self {
        let enough = matches!(
            call.error,
            CallError::NotImplemented(_) | CallError::Grader(_)
        );
        let error = call.error.to_string();
        let (before, after) = match self.message.split_once(&error) {
            Some(around) if !enough => around,
            _ => return self,
        };
        let named = before.contains(&call.function);
        let shown = after.contains("input: ") || call.arguments.is_empty();
        let failure = match shown {
            true => self,
            false => self.on_input(call.arguments.join(", ")),
        };
        match named {
            true => failure,
            false => failure.about(&call.function),
        }
    }

    /// The same failure with the input that led to it.
    #[must_use]
    pub fn on_input(mut self, input: impl fmt::Display) -> Self {
        self.message = format!("{}\n  input: {input}", self.message);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let kind = match error {
            CallError::NotImplemented(_) => Kind::NotImplemented,
            CallError::Panicked { .. } => Kind::Panicked,
            CallError::TimedOut(_) => Kind::TimedOut,
            CallError::Crashed(_) => Kind::Crashed,
            CallError::Protocol(_) => Kind::Wrong,
            CallError::Grader(_) => Kind::Grader,
        };
        Self {
            kind,
            message: error.to_string(),
        }
    }
}

/// A wrong answer with `message` unless `condition` holds.
///
/// # Errors
/// When it does not hold.
pub fn ensure(condition: bool, message: impl FnOnce() -> String) -> Verdict {
    if condition {
        Ok(())
    } else {
        Err(Failure::wrong(message()))
    }
}
