//! Calling a function of a hand-in, wherever it runs.

use std::cell::RefCell;

use thiserror::Error;

use super::panics::catch;
use super::wire::Wire;

/// Why a call gave no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// The function still is the `todo!()` of the starter. Holds the text of the `todo!`.
    #[error("not implemented yet: {0}")]
    NotImplemented(String),
    /// The function panicked.
    #[error("panicked: {message}{}", at(location))]
    Panicked {
        /// The panic's message.
        message: String,
        /// `file:line` of the student's own line, when it is known.
        location: Option<String>,
    },
    /// The function did not return in time.
    #[error("did not return within {0} s")]
    TimedOut(u64),
    /// The process ended, or was ended, inside the call.
    #[error("the process ended inside the call: {0}")]
    Crashed(String),
    /// The process sent bytes that are no answer to the call.
    #[error("no valid answer: {0}")]
    Protocol(String),
    /// The grader itself failed. This never is the student's fault and never becomes a score.
    #[error("the grader failed: {0}")]
    Grader(String),
}

fn at(location: &Option<String>) -> String {
    location
        .as_ref()
        .map(|l| format!(" at {l}"))
        .unwrap_or_default()
}

/// What calling a function of a hand-in gives.
pub type Outcome<T> = Result<T, CallError>;

/// A place where functions can be called by name: this process, another one, a mutant.
pub trait Endpoint {
    /// Calls `function` with the bytes of its arguments and gives the bytes of its answer.
    ///
    /// # Errors
    /// When the function gave no value.
    fn call(&mut self, function: &str, arguments: &[u8]) -> Outcome<Vec<u8>>;
}

/// A table of functions: the form in which a hand-in, the reference or a mutant exists in a process.
pub trait Serve: Send {
    /// Calls `function`, or gives `None` where the table has no such function.
    fn serve(&self, function: &str, arguments: &[u8]) -> Option<Outcome<Vec<u8>>>;
}

/// Serves one call of a table entry: reads the arguments, calls, writes the answer.
///
/// The [`contract!`](crate::contract!) macro calls this for every function.
///
/// # Errors
/// [`CallError::Protocol`] when the arguments cannot be read, and what the function itself did.
pub fn serve_one<A: Wire, R: Wire>(
    arguments: &[u8],
    call: impl FnOnce(A) -> R,
) -> Outcome<Vec<u8>> {
    let arguments = A::from_bytes(arguments).map_err(|e| CallError::Protocol(e.to_string()))?;
    catch(|| call(arguments).to_bytes())
}

/// An endpoint in this process.
pub struct Local<T>(pub T);

impl<T: Serve> Endpoint for Local<T> {
    fn call(&mut self, function: &str, arguments: &[u8]) -> Outcome<Vec<u8>> {
        self.0.serve(function, arguments).unwrap_or_else(|| {
            Err(CallError::Protocol(format!(
                "there is no function {function}"
            )))
        })
    }
}

impl Serve for Box<dyn Serve> {
    fn serve(&self, function: &str, arguments: &[u8]) -> Option<Outcome<Vec<u8>>> {
        (**self).serve(function, arguments)
    }
}

/// A hand-in as a check sees it.
///
/// It has every function of every contract as a method (see the traits in [`super::a1`]), so a check
/// is written once and runs on a student's functions in the same process, on a hand-in in a sandbox,
/// on the reference and on mutants.
pub struct Submission<'a> {
    endpoint: RefCell<Box<dyn Endpoint + 'a>>,
    failed: RefCell<Option<FailedCall>>,
}

/// A call that gave no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCall {
    /// The function.
    pub function: String,
    /// Its arguments as they stand in a message.
    pub arguments: Vec<String>,
    /// Why it gave none.
    pub error: CallError,
}

impl<'a> Submission<'a> {
    /// The hand-in behind `endpoint`.
    pub fn new(endpoint: impl Endpoint + 'a) -> Self {
        Self {
            endpoint: RefCell::new(Box::new(endpoint)),
            failed: RefCell::new(None),
        }
    }

    /// The hand-in whose functions are `table`, in this process.
    pub fn local(table: impl Serve + 'a) -> Self {
        Self::new(Local(table))
    }

    /// Calls one function. The contract's methods are made of this. `show` writes the arguments down for
    /// [`Submission::failed_call`].
    ///
    /// # Errors
    /// When the function gave no value, or one that is not an `R`.
    pub fn call<A: Wire, R: Wire>(
        &self,
        function: &str,
        arguments: &A,
        show: impl FnOnce(&A) -> Vec<String>,
    ) -> Outcome<R> {
        let answer = self
            .endpoint
            .borrow_mut()
            .call(function, &arguments.to_bytes());
        let value = answer.and_then(|bytes| {
            R::from_bytes(&bytes).map_err(|e| CallError::Protocol(e.to_string()))
        });
        if let Err(error) = &value {
            self.failed.replace(Some(FailedCall {
                function: function.into(),
                arguments: show(arguments),
                error: error.clone(),
            }));
        }
        value
    }

    /// The last call that gave no value.
    #[must_use]
    pub fn failed_call(&self) -> Option<FailedCall> {
        self.failed.borrow().clone()
    }
}
