//! A reader that ends when more comes out than may come out.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Why a [`Metered`] reader ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// More bytes than the limit.
    TooMuch,
    /// Far more than went in.
    Bomb,
}

/// What is known of a [`Metered`] reader while others hold it.
#[derive(Debug, Clone, Default)]
pub(super) struct Meter {
    taken_in: Rc<Cell<u64>>,
    given_out: Rc<Cell<u64>>,
    stop: Rc<Cell<Option<Stop>>>,
}

impl Meter {
    /// Bytes that came out so far.
    pub(super) fn given_out(&self) -> u64 {
        self.given_out.get()
    }

    pub(super) fn stop(&self) -> Option<Stop> {
        self.stop.get()
    }

    /// Counts what goes into the decoder.
    pub(super) fn input<R: Read>(&self, inner: R) -> Input<R> {
        Input {
            inner,
            meter: self.clone(),
        }
    }

    /// Bounds what comes out of it.
    pub(super) fn output<R: Read>(&self, inner: R, most: u64, ratio: u64) -> Metered<R> {
        Metered {
            inner,
            meter: self.clone(),
            most,
            ratio: ratio.max(1),
        }
    }
}

pub(super) struct Input<R> {
    inner: R,
    meter: Meter,
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let total = self.meter.taken_in.get().saturating_add(read as u64);
        self.meter.taken_in.set(total);
        Ok(read)
    }
}

pub(super) struct Metered<R> {
    inner: R,
    meter: Meter,
    most: u64,
    ratio: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let out = self.meter.given_out.get().saturating_add(read as u64);
        self.meter.given_out.set(out);
        let stop = if out > self.most {
            Some(Stop::TooMuch)
        } else if out > 1 << 20 && out / self.ratio > self.meter.taken_in.get() {
            Some(Stop::Bomb)
        } else {
            None
        };
        if stop.is_some() {
            self.meter.stop.set(stop);
            return Err(io::Error::other("more than may be unpacked"));
        }
        Ok(read)
    }
}
