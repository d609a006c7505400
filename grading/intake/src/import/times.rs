//! When an upload came.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::line::{Code, Note};
use gradebook::digits::to_ascii_digits;

/// A time, and what is odd about it.
pub(super) type When = (Timestamp, Option<Note>);

/// The first date with a time in `text`: RFC 3339, also with other signs between the numbers as in names of files
/// (`2026-11-02T10-15-00`) and without a zone. Such a time is one of `zone`.
pub(super) fn find(text: &str, zone: &TimeZone) -> Option<When> {
    let text = to_ascii_digits(text);
    let mut before = None;
    text.char_indices().find_map(|(at, c)| {
        let begins = !before.replace(c).is_some_and(|c: char| c.is_ascii_digit());
        if begins {
            parse(&text[at..], zone)
        } else {
            None
        }
    })
}

/// As Quera's judge writes it: `Tue Mar 23 02:00:49 +0430 2021`.
pub(super) fn of_log(line: &str) -> Option<Timestamp> {
    Timestamp::strptime("%a %b %d %H:%M:%S %z %Y", to_ascii_digits(line.trim())).ok()
}

fn parse(text: &str, zone: &TimeZone) -> Option<When> {
    let mut rest = text;
    let year = number(&mut rest, 4)?;
    let mut after = |signs: &[char]| {
        rest = rest.strip_prefix(signs)?;
        number(&mut rest, 2)
    };
    let date = Date::new(year, after(&['-'])? as i8, after(&['-'])? as i8).ok()?;
    let hour = after(&['T', 't', ' ', '_'])?;
    let minute = after(&[':', '-', '_', '.'])?;
    let second = after(&[':', '-', '_', '.']).unwrap_or(0);
    let time = Time::new(hour as i8, minute as i8, second as i8, 0).ok()?;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        // The dot before `.zip` is no fraction.
        if digits.len() < fraction.len() {
            rest = digits;
        }
    }
    let local = date.to_datetime(time);
    match offset(rest.strip_prefix(' ').unwrap_or(rest)) {
        Some(offset) => Some((offset.to_timestamp(local).ok()?, None)),
        None => of_zone(local, zone),
    }
}

fn number(rest: &mut &str, digits: usize) -> Option<i16> {
    let (number, after) = rest.split_at_checked(digits)?;
    let all = number.bytes().all(|byte| byte.is_ascii_digit());
    *rest = after;
    all.then(|| number.parse().ok()).flatten()
}

/// `Z`, `+03:30`, `-0700`
fn offset(text: &str) -> Option<Offset> {
    if text.starts_with(['Z', 'z']) || text.starts_with("UTC") {
        return Some(Offset::UTC);
    }
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let mut rest = &text[1..];
    let hours = i32::from(number(&mut rest, 2)?);
    rest = rest.strip_prefix(':').unwrap_or(rest);
    let minutes = i32::from(number(&mut rest, 2)?);
    // What follows a time in a name may be a student's number.
    let goes_on = rest.starts_with(|c: char| c.is_ascii_digit());
    if goes_on || hours > 14 || minutes % 15 != 0 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// Where the clock is put forward some times do not exist, where it is put back some exist twice: the earlier reading
/// is taken, so that nobody is late by a guess.
fn of_zone(local: DateTime, zone: &TimeZone) -> Option<When> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let why = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Gap { .. } => Some("does not exist, since the clock was put forward"),
        AmbiguousOffset::Fold { .. } => Some("exists twice, since the clock was put back"),
    };
    let at = ambiguous.earlier().ok()?;
    let note = why.map(|why| {
        Note::warn(
            Code::Clock,
            format!("the local time {local} {why}; {at} was taken"),
        )
    });
    Some((at, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        let zone = TimeZone::get("Asia/Tehran").unwrap();
        find(text, &zone).map(|(at, _)| at.to_string())
    }

    #[test]
    fn a_time_with_its_offset_is_found_in_any_text() {
        let same = Some("2026-11-02T10:15:00Z".to_owned());
        for text in [
            "2026-11-02T10:15:00Z",
            "2026-11-02 10:15:00.119182000 Z",
            "2026-11-02T13:45:00+03:30",
            "2026-11-02 03:15:00.5 -0700",
            "hw_2026-11-02T10-15-00Z.zip",
            "تمرین 2026-11-02T10-15-00Z °.zip",
            "۲۰۲۶-۱۱-۰۲T۱۰:۱۵:۰۰Z",
        ] {
            assert_eq!(utc(text), same, "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_is_one_of_the_course() {
        // Tehran is three and a half hours ahead of UTC since 2022.
        let same = Some("2026-11-02T10:15:00Z".to_owned());
        for text in [
            "2026-11-02T13:45:00",
            "a_2026-11-02_13-45-00.zip",
            "2026-11-02 13:45",
            "2026-11-02T13-45-00-1001.zip",
            "2026-11-02T13-45-00-40123001.zip",
            "2026-11-02T13-45-00+0°.zip",
        ] {
            assert_eq!(utc(text), same, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "1001",
            "2026-11-02",
            "2026-13-02T10:15",
            "2026-11-02T25:15",
            "12026-11-02T10:15:00",
            "2026-11-0°T10:15",
        ] {
            assert_eq!(utc(text), None, "{text}");
        }
    }

    #[test]
    fn item_66_a_time_that_the_clock_skips_or_repeats_is_noted() {
        // In 2022 Tehran put the clock forward at midnight of 22 March, and back at midnight of 22 September.
        let zone = TimeZone::get("Asia/Tehran").unwrap();
        for (text, expected, word) in [
            (
                "2022-03-22T00:30:00",
                "2022-03-21T20:00:00Z",
                "does not exist",
            ),
            (
                "2022-09-21T23:30:00",
                "2022-09-21T19:00:00Z",
                "exists twice",
            ),
        ] {
            let (at, note) = find(text, &zone).unwrap();
            assert_eq!(at.to_string(), expected);
            assert!(note.unwrap().text.contains(word));
        }
    }

    #[test]
    fn the_time_of_a_judge_s_log_is_read() {
        let at = of_log("Tue Mar 23 02:00:49 +0430 2021").unwrap();
        assert_eq!(at.to_string(), "2021-03-22T21:30:49Z");
        assert_eq!(of_log("Testing..."), None);
    }
}
