//! Student numbers as they are typed: on a Persian keyboard too.

/// `text` with Persian (`۰` to `۹`) and Arabic-Indic (`٠` to `٩`) digits as ASCII digits; all else as it is.
#[must_use]
pub fn to_ascii_digits(text: &str) -> String {
    text.chars().map(ascii_digit).collect()
}

fn ascii_digit(c: char) -> char {
    let zero = match c {
        '\u{06F0}'..='\u{06F9}' => 0x06F0,
        '\u{0660}'..='\u{0669}' => 0x0660,
        _ => return c,
    };
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

/// A student's number as it is compared: ASCII digits, nothing around it. Invisible marks of direction, which
/// are copied along from Persian texts, go too.
#[must_use]
pub fn student_number(text: &str) -> String {
    let invisible = |c: char| matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    let visible: String = text.chars().filter(|&c| !invisible(c)).collect();
    to_ascii_digits(visible.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_digits_become_ascii() {
        assert_eq!(to_ascii_digits("۴۰۱۲۳۴۵۶"), "40123456");
        assert_eq!(to_ascii_digits("٤٠١٢٣٤٥٦-x"), "40123456-x");
        assert_eq!(to_ascii_digits("۰۹٠٩"), "0909");
        assert_eq!(to_ascii_digits("علی 7"), "علی 7");
    }

    #[test]
    fn a_number_is_the_same_with_invisible_marks_around_it() {
        assert_eq!(student_number("\u{200F}۴۰۱\u{200E} "), "401");
        assert_eq!(student_number("\u{FEFF}1001\t"), "1001");
    }
}
