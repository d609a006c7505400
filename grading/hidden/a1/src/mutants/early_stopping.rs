//! Mutants of A1.8: early stopping.

use a1_backprop::parts::regularisation as reference;
use common::contract::a1::EarlyStop;
use hidden_suite::Mutant;

use super::regularisation::PART;

/// The mutants of early stopping.
pub fn mutants() -> Vec<Mutant> {
    let mut all = conditions();
    all.extend(answers());
    all
}

/// Wrong ideas of an improvement, and of the wait.
fn conditions() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.early_stopping / "one_epoch_late",
            "stops when the wait is longer than patience",
            |losses, patience, delta| reference::early_stopping(losses, patience + 1, delta)
        ),
        mutant!(
            regularisation.early_stopping / "one_epoch_early",
            "stops when the wait is patience - 1",
            |losses, patience, delta| {
                reference::early_stopping(losses, (patience - 1).max(1), delta)
            }
        ),
        mutant!(
            regularisation.early_stopping / "patience_ignored",
            "stops at the first epoch without improvement",
            |losses, _, delta| reference::early_stopping(losses, 1, delta)
        ),
        mutant!(
            regularisation.early_stopping / "never_stops",
            "looks for the best epoch only",
            |losses, _, delta| reference::early_stopping(losses, usize::MAX, delta)
        ),
        mutant!(
            regularisation.early_stopping / "delta_ignored",
            "every smaller loss is an improvement",
            |losses, patience, _| reference::early_stopping(losses, patience, 0.0)
        ),
        mutant!(
            regularisation.early_stopping / "delta_reversed",
            "a loss below best + min_delta is an improvement",
            |losses, patience, delta| reference::early_stopping(losses, patience, -delta)
        ),
        mutant!(
            regularisation.early_stopping / "equal_is_better",
            "loss <= best - min_delta is an improvement",
            |losses, patience, delta| {
                stopping(&losses, patience, |loss, best, _| loss <= best - delta)
            }
        ),
        mutant!(
            regularisation.early_stopping / "compares_with_the_last",
            "an improvement is a loss below the one before",
            |losses, patience, delta| {
                stopping(&losses, patience, |loss, _, last| loss < last - delta)
            }
        ),
        mutant!(
            regularisation.early_stopping / "upside_down",
            "larger is better, as for an accuracy",
            |losses, patience, delta| {
                let losses = losses.iter().map(|loss| -loss).collect();
                reference::early_stopping(losses, patience, delta)
            }
        ),
        mutant!(
            regularisation.early_stopping / "nan_is_better",
            "an improvement is what is not worse, NaN too",
            |losses, patience, delta| {
                stopping(&losses, patience, |loss, best, _| {
                    loss < best - delta || loss.is_nan()
                })
            }
        ),
        mutant!(
            regularisation.early_stopping / "wait_not_reset",
            "counts all epochs without improvement",
            |losses, patience, delta| {
                let (mut lowest, mut best, mut waited) = (f64::INFINITY, None, 0);
                for (epoch, loss) in losses.into_iter().enumerate() {
                    if loss < lowest - delta {
                        (lowest, best) = (loss, Some(epoch));
                    } else {
                        waited += 1;
                    }
                    if waited == patience {
                        let stop = Some(epoch);
                        return EarlyStop { stop, best };
                    }
                }
                EarlyStop { stop: None, best }
            }
        ),
        mutant!(
            regularisation.early_stopping / "small_steps_move_the_best",
            "every smaller loss is the new best one, though no improvement",
            |losses, patience, delta| {
                let mut lowest = f64::INFINITY;
                let lowered: Vec<bool> = losses
                    .iter()
                    .map(|loss| {
                        let improves = *loss < lowest - delta;
                        lowest = lowest.min(*loss);
                        improves
                    })
                    .collect();
                // A loss that falls by 1 at each improvement and stays otherwise.
                let mut level = 0.0;
                let steps = lowered.into_iter().map(|improves| {
                    level -= f64::from(improves);
                    level
                });
                reference::early_stopping(steps.collect(), patience, 0.5)
            }
        ),
    ]
}

/// The right stop, reported wrongly.
fn answers() -> Vec<Mutant> {
    vec![
        mutant!(
            regularisation.early_stopping / "last_for_best",
            "keeps the parameters of the last epoch",
            |losses, patience, delta| {
                let n = losses.len();
                let right = reference::early_stopping(losses, patience, delta);
                EarlyStop {
                    best: right.stop.or(n.checked_sub(1)),
                    ..right
                }
            }
        ),
        mutant!(
            regularisation.early_stopping / "best_of_all",
            "looks for the best epoch after the stop too",
            |losses, patience, delta| EarlyStop {
                best: reference::early_stopping(losses.clone(), usize::MAX, delta).best,
                ..reference::early_stopping(losses, patience, delta)
            }
        ),
        mutant!(
            regularisation.early_stopping / "smallest_for_best",
            "keeps the smallest loss up to the stop, also without an improvement by min_delta",
            |losses, patience, delta| {
                let right = reference::early_stopping(losses.clone(), patience, delta);
                let seen = right.stop.map_or(losses.len(), |stop| stop + 1);
                let seen = losses[..seen].to_vec();
                EarlyStop {
                    best: reference::early_stopping(seen, usize::MAX, 0.0).best,
                    ..right
                }
            }
        ),
        mutant!(
            regularisation.early_stopping / "next_epoch",
            "gives the first epoch that is not run",
            |losses, patience, delta| {
                let right = reference::early_stopping(losses, patience, delta);
                EarlyStop {
                    stop: right.stop.map(|stop| stop + 1),
                    ..right
                }
            }
        ),
        mutant!(
            regularisation.early_stopping / "stops_at_the_end",
            "the last epoch counts as a stop",
            |losses, patience, delta| {
                let n = losses.len();
                let right = reference::early_stopping(losses, patience, delta);
                EarlyStop {
                    stop: right.stop.or(n.checked_sub(1)),
                    ..right
                }
            }
        ),
        mutant!(
            regularisation.early_stopping / "best_is_never_none",
            "the first epoch is the best one until another is",
            |losses, patience, delta| {
                let right = reference::early_stopping(losses, patience, delta);
                EarlyStop {
                    best: right.best.or(Some(0)),
                    ..right
                }
            }
        ),
    ]
}

/// Early stopping with another idea of an improvement: `improves(loss, best, last)`.
fn stopping(
    losses: &[f64],
    patience: usize,
    improves: impl Fn(f64, f64, f64) -> bool,
) -> EarlyStop {
    let (mut lowest, mut last) = (f64::INFINITY, f64::INFINITY);
    let (mut best, mut waited) = (None, 0);
    for (epoch, loss) in losses.iter().copied().enumerate() {
        if improves(loss, lowest, last) {
            (lowest, best, waited) = (loss, Some(epoch), 0);
        } else {
            waited += 1;
        }
        last = loss;
        if waited == patience {
            let stop = Some(epoch);
            return EarlyStop { stop, best };
        }
    }
    EarlyStop { stop: None, best }
}
