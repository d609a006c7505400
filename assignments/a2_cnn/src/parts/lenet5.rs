//! A2.5 LeNet-5 and the modernisation ladder.
