//! The processor's time of each check on the reference and the alternative: `cargo run -p hidden_a2 --example check_times`.

fn main() {
    print!("{}", hidden_suite::check_times(&hidden_a2::suite()));
}
