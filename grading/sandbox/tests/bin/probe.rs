//! The untrusted program of the tests: see `attacks.rs`.

#[cfg(target_os = "linux")]
mod attacks;

fn main() {
    #[cfg(target_os = "linux")]
    attacks::main();
}
