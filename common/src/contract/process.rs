//! Calls between two processes: frames, the server's loop, the client.
//!
//! A frame is a `u32` length and as many bytes. The judge sends one request and waits for its answer;
//! every request has a random number that the answer must repeat.

use std::io::{self, Read, Write};

use super::call::{CallError, Endpoint, Outcome, Serve};
use super::wire::{Reader, Wire, WireError};

/// The largest frame either side accepts, in bytes.
pub const MAX_FRAME: usize = 64 << 20;

/// The descriptor on which a driver receives requests.
pub const REQUESTS_FD: i32 = 3;
/// The descriptor on which a driver answers. Its standard output is never read as an answer.
pub const ANSWERS_FD: i32 = 4;

/// Writes one frame.
///
/// # Errors
/// When the frame is larger than [`MAX_FRAME`] or the other side is gone.
pub fn write_frame(output: &mut impl Write, payload: &[u8]) -> io::Result<()> {
    if payload.len() > MAX_FRAME {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {} bytes is too large", payload.len()),
        ));
    }
    output.write_all(&(payload.len() as u32).to_le_bytes())?;
    output.write_all(payload)?;
    output.flush()
}

/// Reads one frame. Memory grows with the bytes that really arrive, not with the announced length.
///
/// # Errors
/// When the stream ends, or announces more than [`MAX_FRAME`].
pub fn read_frame(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("a frame of {length} bytes is announced; {MAX_FRAME} is the most"),
        ));
    }
    let mut payload = Vec::new();
    input.take(length as u64).read_to_end(&mut payload)?;
    if payload.len() < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(payload)
}

struct Request {
    id: u128,
    function: String,
    arguments: Vec<u8>,
}

impl Wire for Request {
    fn write(&self, out: &mut Vec<u8>) {
        self.id.write(out);
        self.function.write(out);
        out.extend_from_slice(&self.arguments);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        let (id, function) = Wire::read(input)?;
        let arguments = input.take(input.left())?.to_vec();
        Ok(Self {
            id,
            function,
            arguments,
        })
    }
}

struct Answer {
    id: u128,
    outcome: Outcome<Vec<u8>>,
}

impl Wire for Answer {
    fn write(&self, out: &mut Vec<u8>) {
        self.id.write(out);
        match &self.outcome {
            Ok(value) => {
                out.push(0);
                out.extend_from_slice(value);
            }
            Err(CallError::NotImplemented(what)) => {
                out.push(1);
                what.write(out);
            }
            Err(CallError::Panicked { message, location }) => {
                out.push(2);
                message.write(out);
                location.write(out);
            }
            // What a driver's own side can meet beside these is a message that it cannot read.
            Err(other) => {
                out.push(3);
                other.to_string().write(out);
            }
        }
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        let id = Wire::read(input)?;
        let outcome = match u8::read(input)? {
            0 => Ok(input.take(input.left())?.to_vec()),
            1 => Err(CallError::NotImplemented(Wire::read(input)?)),
            2 => Err(CallError::Panicked {
                message: Wire::read(input)?,
                location: Wire::read(input)?,
            }),
            3 => Err(CallError::Protocol(Wire::read(input)?)),
            other => return Err(WireError::Invalid(format!("{other} is not an outcome"))),
        };
        Ok(Self { id, outcome })
    }
}

/// Answers calls until the requests end.
///
/// # Errors
/// When a request cannot be read or an answer cannot be sent.
pub fn serve(
    table: &dyn Serve,
    requests: &mut impl Read,
    answers: &mut impl Write,
) -> io::Result<()> {
    loop {
        let frame = match read_frame(requests) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            other => other?,
        };
        let request = Request::from_bytes(&frame).map_err(io::Error::other)?;
        let outcome = table
            .serve(&request.function, &request.arguments)
            .unwrap_or_else(|| {
                Err(CallError::Protocol(format!(
                    "there is no function {}",
                    request.function
                )))
            });
        let answer = Answer {
            id: request.id,
            outcome,
        };
        write_frame(answers, &answer.to_bytes())?;
    }
}

/// The `main` of a driver: serves `table` on the two descriptors of the contract, in double
/// precision, until the judge closes its end.
///
/// # Errors
/// When the descriptors are not open, or the judge's messages cannot be read.
#[cfg(unix)]
pub fn drive(table: &dyn Serve) -> io::Result<()> {
    crate::device::use_double_precision();
    let mut requests = std::fs::File::from(descriptor(REQUESTS_FD)?);
    let mut answers = std::fs::File::from(descriptor(ANSWERS_FD)?);
    serve(table, &mut requests, &mut answers)
}

#[cfg(unix)]
#[allow(unsafe_code)]
fn descriptor(fd: i32) -> io::Result<std::os::fd::OwnedFd> {
    // SAFETY: the descriptor is only borrowed here to be duplicated; a closed one gives an error.
    unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) }.try_clone_to_owned()
}

/// The judge's end of a driver's two descriptors.
///
/// A time limit is the business of `R` and `W`: they give [`io::ErrorKind::TimedOut`].
pub struct Client<R, W> {
    answers: R,
    requests: W,
    next_id: Box<dyn FnMut() -> u128>,
    limit_seconds: u64,
}

impl<R: Read, W: Write> Client<R, W> {
    /// A client that numbers its requests by `next_id` (random, so that no answer can be prepared)
    /// and says `limit_seconds` when a call timed out.
    pub fn new(
        answers: R,
        requests: W,
        next_id: impl FnMut() -> u128 + 'static,
        limit_seconds: u64,
    ) -> Self {
        Self {
            answers,
            requests,
            next_id: Box::new(next_id),
            limit_seconds,
        }
    }

    fn failed(&self, error: &io::Error) -> CallError {
        match error.kind() {
            io::ErrorKind::TimedOut => CallError::TimedOut(self.limit_seconds),
            io::ErrorKind::InvalidData => CallError::Protocol(error.to_string()),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => {
                CallError::Crashed("it closed its answers".into())
            }
            _ => CallError::Crashed(error.to_string()),
        }
    }
}

impl<R: Read, W: Write> Endpoint for Client<R, W> {
    fn call(&mut self, function: &str, arguments: &[u8]) -> Outcome<Vec<u8>> {
        let id = (self.next_id)();
        let request = Request {
            id,
            function: function.into(),
            arguments: arguments.to_vec(),
        };
        write_frame(&mut self.requests, &request.to_bytes()).map_err(|e| self.failed(&e))?;
        let frame = read_frame(&mut self.answers).map_err(|e| self.failed(&e))?;
        let answer = Answer::from_bytes(&frame).map_err(|e| CallError::Protocol(e.to_string()))?;
        if answer.id != id {
            return Err(CallError::Protocol(
                "the answer belongs to another request".into(),
            ));
        }
        answer.outcome
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::contract::Submission;
    use std::os::unix::net::UnixStream;

    crate::contract! {
        /// One function for each way in which a call can end.
        pub trait Ways, table WaysTable {
            /// `2 x`.
            fn double(x: f64) -> f64;
            /// Not written yet.
            fn missing(x: f64) -> f64;
            /// Always panics.
            fn broken(x: f64) -> f64;
        }
    }

    const TABLE: WaysTable = WaysTable {
        double: |x| 2.0 * x,
        missing: |_| todo!("A1.1 missing"),
        broken: |x| panic!("cannot take {x}"),
    };

    fn client(stream: &UnixStream) -> Client<UnixStream, UnixStream> {
        let mut next = 0;
        let ids = move || {
            next += 1;
            next
        };
        Client::new(
            stream.try_clone().unwrap(),
            stream.try_clone().unwrap(),
            ids,
            1,
        )
    }

    #[test]
    fn every_end_of_a_call_crosses_the_boundary() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let server = std::thread::spawn(move || {
            serve(&TABLE, &mut theirs.try_clone().unwrap(), &mut &theirs)
        });
        {
            let submission = Submission::new(client(&ours));
            assert_eq!(submission.double(2.0), Ok(4.0));
            assert_eq!(
                submission.missing(1.0),
                Err(CallError::NotImplemented("A1.1 missing".into()))
            );
            let Err(CallError::Panicked { message, .. }) = submission.broken(3.0) else {
                panic!("it did not panic");
            };
            assert_eq!(message, "cannot take 3");
            let unknown: Outcome<f64> = submission.call("no_such", &(1.0,), |_| Vec::new());
            assert!(
                matches!(unknown, Err(CallError::Protocol(_))),
                "{unknown:?}"
            );
        }
        ours.shutdown(std::net::Shutdown::Both).unwrap();
        server.join().unwrap().unwrap();
    }

    #[test]
    fn a_table_knows_its_functions() {
        assert_eq!(WaysTable::FUNCTIONS, ["double", "missing", "broken"]);
    }

    #[test]
    fn an_answer_to_another_request_is_refused() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let forged = Answer {
            id: 999,
            outcome: Ok(4.0.to_bytes()),
        };
        write_frame(&mut theirs, &forged.to_bytes()).unwrap();
        let outcome = Submission::new(client(&ours)).double(2.0);
        assert!(
            matches!(outcome, Err(CallError::Protocol(_))),
            "{outcome:?}"
        );
    }

    #[test]
    fn an_announced_length_is_not_believed() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(&u32::MAX.to_le_bytes()).unwrap();
        let outcome = Submission::new(client(&ours)).double(2.0);
        assert!(
            matches!(outcome, Err(CallError::Protocol(_))),
            "{outcome:?}"
        );
    }

    #[test]
    fn a_process_that_ends_has_crashed() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        let outcome = Submission::new(client(&ours)).double(2.0);
        assert!(matches!(outcome, Err(CallError::Crashed(_))), "{outcome:?}");
    }
}
