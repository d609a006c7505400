//! The students of the course, and whom an upload belongs to.

use std::collections::{BTreeMap, BTreeSet};

use gradebook::digits::to_ascii_digits;
use gradebook::roster::Student;
use unicode_normalization::UnicodeNormalization;

use super::ImportError;
use crate::names;

/// What a source says about whose an upload is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// A number that is in the roster.
    Student(String),
    Moodle {
        id: String,
        name: String,
    },
    Canvas {
        id: String,
        name: String,
    },
    Gradescope {
        sid: String,
        email: String,
        name: String,
    },
}

/// Why nobody is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Nobody {
    /// The end of a sentence: who it is for the source.
    Stranger(String),
    /// Two students of one name.
    Ambiguous { name: String, students: Vec<String> },
    /// A number that is one student's beside a name that is only another's.
    Contradicts {
        id: String,
        student: String,
        name: String,
        other: String,
    },
}

/// The roster, to be asked.
#[derive(Debug)]
pub(super) struct Roster {
    students: BTreeSet<String>,
    by_name: BTreeMap<String, Vec<String>>,
    by_email: BTreeMap<String, Vec<String>>,
    by_canvas: BTreeMap<String, Vec<String>>,
    by_moodle: BTreeMap<String, Vec<String>>,
}

impl Roster {
    pub(super) fn new(people: &[Student]) -> Result<Self, ImportError> {
        let mut roster = Self {
            students: BTreeSet::new(),
            by_name: BTreeMap::new(),
            by_email: BTreeMap::new(),
            by_canvas: BTreeMap::new(),
            by_moodle: BTreeMap::new(),
        };
        for person in people {
            let student = names::student_id(&person.student);
            // `student_id` makes a name for what has none.
            if person.student.trim().is_empty() {
                return Err(ImportError::Roster {
                    what: format!("{:?} has no number", person.name),
                });
            }
            if !roster.students.insert(student.clone()) {
                return Err(ImportError::Roster {
                    what: format!("the number {student:?} is there twice"),
                });
            }
            for (index, key) in [
                (&mut roster.by_name, name_key(&person.name)),
                (&mut roster.by_email, person.email.trim().to_lowercase()),
                (&mut roster.by_canvas, digits(&person.canvas_id)),
                (&mut roster.by_moodle, digits(&person.moodle_id)),
            ] {
                if !key.is_empty() {
                    index.entry(key).or_default().push(student.clone());
                }
            }
        }
        Ok(roster)
    }

    /// All numbers, sorted.
    pub(super) fn students(&self) -> impl Iterator<Item = &String> {
        self.students.iter()
    }

    pub(super) fn contains(&self, student: &str) -> bool {
        self.students.contains(student)
    }

    /// The numbers of the roster that are in the name of a file or folder, as whole words or as whole runs of digits.
    pub(super) fn named_in(&self, name: &str) -> BTreeSet<String> {
        let name = to_ascii_digits(name);
        let words = name.split(|c: char| !c.is_alphanumeric());
        let numbers = name.split(|c: char| !c.is_ascii_digit());
        words
            .chain(numbers)
            .map(str::to_owned)
            .chain([names::student_id(&name)])
            .filter(|word| self.students.contains(word))
            .collect()
    }

    /// The student's number.
    pub(super) fn resolve(&self, who: &Who) -> Result<String, Nobody> {
        match who {
            Who::Student(student) => Ok(student.clone()),
            Who::Moodle { id, name } => {
                let student = self.first(
                    &[
                        (&self.by_moodle, digits(id)),
                        (&self.by_name, name_key(name)),
                    ],
                    || format!("{name:?} (participant {id})"),
                )?;
                self.agrees(student, id, name)
            }
            Who::Canvas { id, name } => self.first(&[(&self.by_canvas, digits(id))], || {
                format!("{name:?} (user {id})")
            }),
            Who::Gradescope { sid, email, name } => {
                let student = names::student_id(sid);
                if !sid.trim().is_empty() && self.contains(&student) {
                    return Ok(student);
                }
                self.first(&[(&self.by_email, email.trim().to_lowercase())], || {
                    format!("{name:?} (student id {sid:?}, {email:?})")
                })
            }
        }
    }

    /// The student whom the number gave, unless the name is another's: then a number in the roster is in the wrong row,
    /// or of another assignment.
    fn agrees(&self, student: String, id: &str, name: &str) -> Result<String, Nobody> {
        let called = self.by_name.get(&name_key(name));
        match called.and_then(|called| called.first().filter(|_| !called.contains(&student))) {
            None => Ok(student),
            Some(other) => Err(Nobody::Contradicts {
                id: id.to_owned(),
                student,
                name: name.to_owned(),
                other: other.clone(),
            }),
        }
    }

    fn first(
        &self,
        ways: &[(&BTreeMap<String, Vec<String>>, String)],
        stranger: impl Fn() -> String,
    ) -> Result<String, Nobody> {
        for (index, key) in ways {
            match index.get(key).map(Vec::as_slice) {
                Some([student]) => return Ok(student.clone()),
                Some([_, ..]) => {
                    return Err(Nobody::Ambiguous {
                        name: key.clone(),
                        students: index[key].clone(),
                    });
                }
                _ => {}
            }
        }
        Err(Nobody::Stranger(stranger()))
    }
}

/// A number, also as Moodle's grading worksheet writes it: `Participant 501`.
fn digits(id: &str) -> String {
    let id = to_ascii_digits(id.trim());
    id.trim_start_matches(|c: char| !c.is_ascii_digit())
        .to_owned()
}

/// The same for all spellings of a name: composed letters, no case, single spaces, and the Persian forms of the two
/// letters that Arabic keyboards have others for.
fn name_key(name: &str) -> String {
    let letters = name.nfkc().map(|c| match c {
        '\u{064A}' | '\u{0649}' => '\u{06CC}',
        '\u{0643}' => '\u{06A9}',
        // Moodle replaces it in names of folders; joiners are invisible.
        '_' | '\u{200C}' | '\u{200D}' => ' ',
        c => c,
    });
    let lower = to_ascii_digits(&letters.collect::<String>().to_lowercase());
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster() -> Roster {
        let person = |student: &str, name: &str| Student {
            student: student.into(),
            name: name.into(),
            ..Student::default()
        };
        Roster::new(&[
            person("۱۰۰۱", "علي كاظمی"),
            person("1002", "Sara Amini"),
            person("1003", "sara  AMINI"),
            person("s-7", "José"),
        ])
        .unwrap()
    }

    #[test]
    fn numbers_are_found_as_whole_words_in_any_digits() {
        let roster = roster();
        let one = |name: &str| roster.named_in(name).into_iter().collect::<Vec<_>>();
        assert_eq!(one("1001"), ["1001"]);
        assert_eq!(one("hw-۱۰۰۱ (2).zip"), ["1001"]);
        assert_eq!(one("a١٠٠١b"), ["1001"]);
        assert_eq!(one("s-7"), ["s-7"]);
        assert_eq!(one("11001"), Vec::<String>::new());
        assert_eq!(one("1001_1002"), ["1001", "1002"]);
    }

    #[test]
    fn names_match_however_they_are_typed_and_twins_are_named() {
        let roster = roster();
        let ask = |name: &str| {
            roster.resolve(&Who::Moodle {
                id: "5".into(),
                name: name.into(),
            })
        };
        assert_eq!(ask("علی کاظمي"), Ok("1001".into()));
        assert_eq!(ask("JOSE\u{301}"), Ok("s-7".into()));
        assert_eq!(
            ask("Sara Amini"),
            Err(Nobody::Ambiguous {
                name: "sara amini".into(),
                students: vec!["1002".into(), "1003".into()]
            })
        );
        assert!(matches!(ask("Nobody"), Err(Nobody::Stranger(_))));
    }

    #[test]
    fn a_participant_is_found_by_the_number_of_the_worksheet_before_the_name() {
        let person = |student: &str, name: &str, moodle_id: &str| Student {
            student: student.into(),
            name: name.into(),
            moodle_id: moodle_id.into(),
            ..Student::default()
        };
        let people = [
            person("1", "A", "Participant ۵۰۱"),
            person("2", "B", ""),
            person("3", "A", "503"),
        ];
        let roster = Roster::new(&people).unwrap();
        let ask = |id: &str, name: &str| {
            roster.resolve(&Who::Moodle {
                id: id.into(),
                name: name.into(),
            })
        };
        for name in ["A", "Participant", "A. Bee"] {
            assert_eq!(ask("501", name), Ok("1".into()));
        }
        assert_eq!(ask("503", "A"), Ok("3".into()));
        // The name is another student's alone, so the number is in the wrong row: no guess.
        let wrong = Nobody::Contradicts {
            id: "501".into(),
            student: "1".into(),
            name: "B".into(),
            other: "2".into(),
        };
        assert_eq!(ask("501", "B"), Err(wrong));
    }

    #[test]
    fn a_roster_with_a_number_twice_or_none_is_an_error_that_names_it() {
        let person = |student: &str| Student {
            student: student.into(),
            ..Student::default()
        };
        let twice = Roster::new(&[person("1001"), person("۱۰۰۱")]).unwrap_err();
        assert!(twice.to_string().contains("1001"), "{twice}");
        assert!(Roster::new(&[person(" ")]).is_err());
    }
}
