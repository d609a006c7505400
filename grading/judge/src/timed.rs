//! Pipes with a deadline.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Instant;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// The moment until which the current call may take, shared by both pipes of a driver.
pub(crate) type Deadline = Rc<Cell<Instant>>;

/// One end of a pipe whose reads and writes fail with [`io::ErrorKind::TimedOut`] after the deadline.
pub(crate) struct Timed {
    file: File,
    deadline: Deadline,
}

impl Timed {
    pub(crate) fn new(fd: OwnedFd, deadline: Deadline) -> io::Result<Self> {
        fcntl(&fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(Self {
            file: fd.into(),
            deadline,
        })
    }

    /// Waits until the pipe is ready for `event`, at most until the deadline.
    fn wait(&self, event: PollFlags) -> io::Result<()> {
        let left = self
            .deadline
            .get()
            .saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(self.file.as_fd(), event)], timeout) {
            Ok(0) => Err(io::ErrorKind::TimedOut.into()),
            Ok(_) | Err(nix::errno::Errno::EINTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn retry<T>(
        &mut self,
        event: PollFlags,
        mut act: impl FnMut(&mut File) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            match act(&mut self.file) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(event)?,
                // A driver that sends one byte now and then must not stretch its time.
                other if Instant::now() < self.deadline.get() => return other,
                _ => return Err(io::ErrorKind::TimedOut.into()),
            }
        }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.retry(PollFlags::POLLIN, |file| file.read(buffer))
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.retry(PollFlags::POLLOUT, |file| file.write(buffer))
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn pipe(limit: Duration) -> (Timed, Timed) {
        let deadline = Rc::new(Cell::new(Instant::now() + limit));
        let (read, write) = nix::unistd::pipe().unwrap();
        (
            Timed::new(read, deadline.clone()).unwrap(),
            Timed::new(write, deadline).unwrap(),
        )
    }

    #[test]
    fn what_is_written_is_read() {
        let (mut read, mut write) = pipe(Duration::from_secs(5));
        write.write_all(b"frame").unwrap();
        let mut buffer = [0; 5];
        read.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"frame");
    }

    #[test]
    fn a_silent_pipe_times_out() {
        let (mut read, _write) = pipe(Duration::from_millis(20));
        let error = read.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_pipe_that_nobody_empties_times_out() {
        let (_read, mut write) = pipe(Duration::from_millis(20));
        let error = write.write_all(&vec![0; 1 << 20]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_closed_pipe_ends() {
        let (mut read, write) = pipe(Duration::from_secs(5));
        drop(write);
        assert_eq!(read.read(&mut [0]).unwrap(), 0);
    }
}
