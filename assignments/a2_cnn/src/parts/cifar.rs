//! A2.9 CIFAR-10 under a budget.
