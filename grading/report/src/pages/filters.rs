//! Numbers as pages write them.

use std::fmt::{Display, LowerExp};

use askama::{Result, Values};

/// With one digit after the point.
#[askama::filter_fn]
pub fn tenth(number: impl Display, _: &dyn Values) -> Result<String> {
    Ok(format!("{number:.1}"))
}

/// With one digit after the point, and none when it is 0.
#[askama::filter_fn]
pub fn figure(number: impl Display, _: &dyn Values) -> Result<String> {
    let text = format!("{number:.1}");
    Ok(text.strip_suffix(".0").unwrap_or(&text).to_string())
}

/// With two digits after the point.
#[askama::filter_fn]
pub fn hundredth(number: impl Display, _: &dyn Values) -> Result<String> {
    Ok(format!("{number:.2}"))
}

/// With eight significant digits at most: what binary fractions leave behind is no part of an answer.
#[askama::filter_fn]
pub fn short(number: impl LowerExp, _: &dyn Values) -> Result<String> {
    let rounded = format!("{number:.7e}");
    Ok(match rounded.parse::<f64>() {
        Ok(number) => number.to_string(),
        Err(_) => rounded,
    })
}

/// The beginning of a hash, enough to tell two apart.
#[askama::filter_fn]
pub fn first_letters(hash: &str, _: &dyn Values) -> Result<String> {
    Ok(hash.chars().take(12).collect())
}
