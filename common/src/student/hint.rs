//! `hint`: help with a part, a little more each time.

use super::style::wrap;
use crate::check::Part;

/// The first hint of `part`, or with `more` those that follow. `command` is what a student types.
#[must_use]
pub fn hint(part: &Part, more: bool, command: &str) -> String {
    let title = format!("{} {}", part.id, part.title);
    let (module, all) = (part.module, part.hints.len());
    let numbered = |number: usize, hint: &str| {
        let hint = wrap(hint, 2);
        format!("{title}: hint {number} of {all}\n{hint}")
    };
    match (part.hints, more) {
        ([], _) => format!("{title}\n{}", wrap(part.start, 2)),
        ([_], true) => format!("{title}\n  There is no further hint for this part.\n"),
        ([only], false) => numbered(1, only),
        ([first, ..], false) => {
            numbered(1, first) + &format!("More: {command} hint {module} --more\n")
        }
        ([_, rest @ ..], true) => {
            let rest = (2..).zip(rest);
            let hints: Vec<String> = rest.map(|(number, hint)| numbered(number, hint)).collect();
            let last =
                format!("The first check that fails, with its hint: {command} next {module}\n");
            hints.join("\n") + &last
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_first_hint_tells_how_to_get_more() {
        let text = hint(&sample::PARTS[0], false, "cargo hw");
        assert_eq!(
            text,
            "S1.1 Adding and taking away: hint 1 of 2\n  Addition has a symbol.\nMore: cargo hw hint adding --more\n"
        );
    }

    #[test]
    fn more_hints_come_after_the_first_and_lead_to_the_check_that_fails() {
        let text = hint(&sample::PARTS[0], true, "cargo hw");
        assert_eq!(
            text,
            "S1.1 Adding and taking away: hint 2 of 2\n  It looks like a cross.\n\
             The first check that fails, with its hint: cargo hw next adding\n"
        );
        let part = Part {
            hints: &["Look.", "Closer.", "There."],
            ..sample::PARTS[0]
        };
        let text = hint(&part, true, "cargo hw");
        assert!(
            text.contains(
                "hint 2 of 3\n  Closer.\n\nS1.1 Adding and taking away: hint 3 of 3\n  There.\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_part_without_hints_says_where_to_begin() {
        let text = hint(&sample::PARTS[1], false, "cargo hw");
        assert!(text.contains(sample::PARTS[1].start), "{text}");
    }

    #[test]
    fn the_only_hint_has_no_more() {
        let part = Part {
            hints: &["Look."],
            ..sample::PARTS[0]
        };
        assert!(!hint(&part, false, "cargo hw").contains("--more"));
        assert!(hint(&part, true, "cargo hw").contains("no further hint"));
    }
}
