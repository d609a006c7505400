//! Numbers as they are written down. Nothing is rounded before it is written.

/// How far below a half a number may lie and still be rounded up: 2.675 is 2.67499999999999982 in binary,
/// and nobody who looks at it would round it down.
const BINARY_ERROR: f64 = 1e-9;

/// `value` rounded to `digits` decimals, a half away from zero.
#[must_use]
pub fn round(value: f64, digits: u32) -> f64 {
    let unit = 10f64.powi(i32::try_from(digits).unwrap_or(0));
    let rounded = ((value.abs() * unit + 0.5 + BINARY_ERROR).floor() / unit).copysign(value);
    // minus zero would be written as -0.00
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// `value` rounded as by [`round`], with exactly `digits` decimals and a dot.
#[must_use]
pub fn fixed(value: f64, digits: u32) -> String {
    format!("{:.*}", digits as usize, round(value, digits))
}

/// `value` as short as it can be written, at most four decimals: for sentences.
#[must_use]
pub fn short(value: f64) -> String {
    round(value, 4).to_string()
}

/// `1 day`, `2 days`.
#[must_use]
pub fn counted(n: u32, noun: &str) -> String {
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_goes_away_from_zero_even_where_binary_cannot_write_it() {
        assert_eq!(fixed(2.675, 2), "2.68");
        assert_eq!(fixed(1.005, 2), "1.01");
        assert_eq!(fixed(0.125, 2), "0.13");
        assert_eq!(fixed(2.674_999, 2), "2.67");
        assert_eq!(fixed(99.995, 2), "100.00");
        assert_eq!(fixed(-0.5, 0), "-1");
        assert_eq!(fixed(-0.001, 2), "0.00");
    }

    #[test]
    fn sentences_get_short_numbers() {
        assert_eq!(short(200.0), "200");
        assert_eq!(short(1.0 / 3.0), "0.3333");
        assert_eq!(short(-0.0), "0");
        assert_eq!(counted(1, "day"), "1 day");
        assert_eq!(counted(0, "day"), "0 days");
    }
}
