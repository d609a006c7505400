//! What is read, and what is refused with which sentence.

use super::*;

const SMALL: &str = r#"
[course]
name = "Deep Learning"
[[assignments]]
id = "a1"
due = "2026-10-20 23:59"
"#;

fn read(text: &str) -> Result<Policy, PolicyError> {
    Policy::from_toml(text, "course.toml")
}

fn with(more: &str) -> Result<Policy, PolicyError> {
    read(&format!("{SMALL}{more}"))
}

fn refused(more: &str) -> String {
    with(more).unwrap_err().to_string()
}

fn in_zone(zone: &str, due: &str) -> Result<Policy, PolicyError> {
    read(&format!(
        "[course]\nname = \"x\"\ntime_zone = \"{zone}\"\n[[assignments]]\nid = \"a1\"\ndue = \"{due}\"\n"
    ))
}

fn utc(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn defaults_are_those_of_the_course() {
    let policy = read(SMALL).unwrap();
    assert_eq!(policy.time_zone, "Asia/Tehran");
    assert_eq!(policy.roster, "roster.csv");
    assert_eq!(
        (policy.late.practical_slack, policy.late.theory_slack),
        (10, 5)
    );
    assert_eq!(
        (policy.late.per_assignment, policy.late.penalty_per_day),
        (3, 0.1)
    );
    let a1 = policy.assignment("a1").unwrap();
    assert_eq!((a1.weight, a1.title.as_str()), (1.0, "a1"));
    assert_eq!(a1.due, utc("2026-10-20T20:29:00Z"));
    assert_eq!(a1.theory_due, a1.due);
    assert_eq!(policy.local(a1.due), "2026-10-20 23:59:00 +03:30");
}

#[test]
fn the_course_of_this_repository_is_read() {
    let text = include_str!("../../../../course.toml");
    let policy = read(text).unwrap();
    assert_eq!(policy.assignments.len(), 5);
    assert_eq!(policy.weights, Weights::default());
    assert_eq!(policy.late, Late::default());
    assert_eq!(policy.attempts, Attempts::default());
    assert_eq!(policy.totals, Totals::default());
    // each key has a line of its own that says what it means
    let lines: Vec<&str> = text.lines().collect();
    let first = lines
        .iter()
        .position(|l| l.starts_with("[[assignments]]"))
        .unwrap();
    for (index, line) in lines[..first].iter().enumerate() {
        if line.contains(" = ") && !line.starts_with('#') {
            assert!(
                lines[index - 1].starts_with('#'),
                "no comment before {line:?}"
            );
        }
    }
}

#[test]
fn summer_time_of_tehran_in_2021_is_known_without_the_systems_files() {
    // a time stamp of Quera from that spring: Tue Mar 23 02:00:49 +0430 2021
    let policy = in_zone("Asia/Tehran", "2021-03-23 02:00:49").unwrap();
    assert_eq!(policy.assignments[0].due, utc("2021-03-22T21:30:49Z"));
    // since 2022 there is none
    let policy = in_zone("Asia/Tehran", "2026-07-01 12:00").unwrap();
    assert_eq!(policy.assignments[0].due, utc("2026-07-01T08:30:00Z"));
}

#[test]
fn odd_zones_are_known() {
    // 45 minutes off the hour, and 14 hours ahead
    let policy = in_zone("Asia/Kathmandu", "2026-07-01 12:00").unwrap();
    assert_eq!(policy.assignments[0].due, utc("2026-07-01T06:15:00Z"));
    let policy = in_zone("Pacific/Kiritimati", "2026-07-01 12:00").unwrap();
    assert_eq!(policy.assignments[0].due, utc("2026-06-30T22:00:00Z"));
}

#[test]
fn a_due_date_that_no_clock_or_two_clocks_show_is_refused() {
    let gap = in_zone("Europe/Berlin", "2027-03-28 02:30")
        .unwrap_err()
        .to_string();
    assert!(
        gap.contains(
            "assignments.a1.due is \"2027-03-28 02:30\", which no clock of Europe/Berlin shows"
        ),
        "{gap}"
    );
    let fold = in_zone("Europe/Berlin", "2026-10-25 02:30")
        .unwrap_err()
        .to_string();
    assert!(fold.contains("show twice"), "{fold}");
}

#[test]
fn a_day_without_a_time_is_refused() {
    // It would be the day's first second: who hands in during that day would be late.
    let policy = crate::sample::policy("");
    for text in ["2026-10-20", "20.10.2026 23:59", "2026-10-20 24:00", ""] {
        let error = policy.moment(text).unwrap_err();
        assert!(error.contains("must be a date and time"), "{text}: {error}");
    }
    assert!(policy.moment("2026-10-20T23:59").is_ok());
}

#[test]
fn an_unknown_zone_or_date_is_named() {
    let error = in_zone("Asia/Teheran", "2026-07-01 12:00").unwrap_err();
    assert_eq!(
        error.to_string(),
        "course.toml: course.time_zone is \"Asia/Teheran\", which is no time zone of the IANA database; one is \"Asia/Tehran\""
    );
    let error = in_zone("Asia/Tehran", "20 October").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("assignments.a1.due is \"20 October\", but must be")
    );
    assert!(in_zone("Asia/Tehran", "2026-02-30 10:00").is_err());
}

#[test]
fn a_misspelt_key_is_named_with_its_line() {
    let error = refused("[late]\npenalty_per_dya = 0.1\n");
    assert!(
        error.starts_with("course.toml, line 8: unknown field `penalty_per_dya`"),
        "{error}"
    );
    assert!(refused("[late]\nafter_slack = \"never\"\n").contains("unknown variant `never`"));
    assert!(refused("[late]\ntheory_slack = -1\n").contains("line 8"));
}

#[test]
fn values_that_make_no_sense_are_refused() {
    assert_eq!(
        refused("[weights]\nhomework = 0.6\n"),
        "course.toml: weights of homework, midterm and final sum to 1.05, but must sum to 1"
    );
    assert!(
        refused("[weights]\nhomework = 1.2\nmidterm = -0.45\n").contains("weights.homework is 1.2")
    );
    assert!(
        refused("[late]\npenalty_per_day = 10\n")
            .contains("late.penalty_per_day is 10, but must be between 0 and 1")
    );
    assert!(refused("[late]\npenalty_per_day = nan\n").contains("between 0 and 1"));
    assert!(refused("[totals]\ndigits = 40\n").contains("totals.digits is 40"));
    assert!(refused("[exports.canvas]\na7 = \"x\"\n").contains("\"a7\", which is no item"));
}

#[test]
fn assignments_are_unique_weighted_all_or_none_and_due_in_one_order() {
    let more = |fields: &str| format!("[[assignments]]\ndue = \"2026-11-20 23:59\"\n{fields}\n");
    assert!(refused(&more("id = \"a1\"")).contains("assignments.a1 is there twice"));
    assert!(refused(&more("id = \"A 2\"")).contains("have the id \"A 2\""));
    assert!(refused(&more("id = \"total\"")).contains("none of homework, midterm"));
    assert!(refused(&more("id = \"a2\"\nweight = 0.5")).contains("in 1 of 2 cases"));
    assert!(
        refused(&more(
            "id = \"a2\"\npractical_share = 0.9\ntheory_share = 0.2"
        ))
        .contains("sum to 1.1")
    );
    let early = refused(&more("id = \"a2\"\ntheory_due = \"2026-10-01 12:00\""));
    assert!(
        early.contains("assignments.a2.theory_due is before that of a1"),
        "{early}"
    );
    let policy = with(&more("id = \"a2\"\ntheory_share = 0.0")).unwrap();
    assert_eq!(policy.assignments[1].practical_share, 1.0);
    assert_eq!(policy.assignments[1].weight, 0.5);
}

#[test]
fn extensions_name_what_they_extend_and_take_no_time_away() {
    let extension = |fields: &str| {
        with(&format!(
            "[[extensions]]\nstudent = \"۱۰۰۱\"\nassignment = \"a1\"\nwhy = \"ill\"\n{fields}\n"
        ))
    };
    let policy = extension("days = 2").unwrap();
    assert_eq!(policy.extensions[0].student, "1001");
    assert_eq!(policy.extensions[0].part, ExtensionOf::Both);
    let due = policy.assignments[0].due;
    assert_eq!(
        policy.extensions[0].to.applied(due),
        utc("2026-10-22T20:29:00Z")
    );
    assert!(extension("until = \"2026-10-25 23:59\"\npart = \"theory\"").is_ok());
    for (fields, sentence) in [
        ("", "needs either until or days"),
        (
            "days = 1\nuntil = \"2026-10-25 23:59\"",
            "needs either until or days",
        ),
        ("until = \"2026-10-01 23:59\"", "takes no time away"),
    ] {
        let error = extension(fields).unwrap_err().to_string();
        assert!(
            error.starts_with("course.toml: extensions, number 1:"),
            "{error}"
        );
        assert!(error.contains(sentence), "{error}");
    }
    assert!(
        with("[[extensions]]\nstudent = \"1\"\nassignment = \"a9\"\ndays = 1\nwhy = \"x\"\n")
            .is_err()
    );
}

#[test]
fn days_beyond_the_end_of_time_are_no_panic() {
    assert_eq!(
        MoreTime::Days(u32::MAX).applied(Timestamp::UNIX_EPOCH),
        Timestamp::MAX
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_error() {
    let text = format!("\u{FEFF}{}", SMALL.replace('\n', "\r\n"));
    assert_eq!(read(&text).unwrap(), read(SMALL).unwrap());
}

#[test]
fn assignments_are_in_the_order_of_their_due_dates_wherever_they_are_written() {
    let policy = with("[[assignments]]\nid = \"a0\"\ndue = \"2026-09-20 23:59\"\n").unwrap();
    let ids: Vec<&str> = policy.assignments.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids, ["a0", "a1"]);
}

#[test]
fn more_time_never_ends_before_the_due_date() {
    let due = utc("2026-10-20T20:29:00Z");
    let earlier = MoreTime::Until(utc("2026-10-19T20:29:00Z"));
    assert_eq!(earlier.applied(due), due);
}
