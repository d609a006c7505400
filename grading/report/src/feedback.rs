//! What is given back to the students: for each a zip and a folder with the same files.
//!
//! ```text
//! feedback/zips/40123456.zip
//! feedback/folders/40123456/report.html    the page of the student
//! feedback/folders/40123456/report.txt
//! feedback/folders/40123456/results.json   in Gradescope's format
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use common::archive::{Files, unzip_one, zip_bytes};

use crate::pages::{
    ClassResults, Extras, Frame, HandInResults, ReportError, attempts, file_name, for_each, head,
    is_ours, student_page, write,
};

/// The page in a student's feedback; its mark says that the feedback is ours.
const PAGE: &str = "report.html";
/// The files of a student's feedback.
const FILES: [&str; 3] = [PAGE, "report.txt", "results.json"];
/// The largest page that is unpacked to look for its mark.
const LARGEST_PAGE: u64 = 16 << 20;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feedback {
    /// How many zips there are.
    pub zips: usize,
    /// The hand-ins that have a zip of their own, because nobody can tell which of their student's counts.
    pub unclear: Vec<String>,
    /// How many zips and folders of students who are gone were removed.
    pub removed: usize,
}

/// Writes the feedback of `class` into `folder`, of each student the hand-in that counts (see [`attempts`]). The
/// same results give the same bytes.
///
/// # Errors
/// When a file cannot be written; each then is the old one or the new one, whole.
pub fn write_feedback(
    class: &ClassResults,
    extras: &Extras,
    folder: &Path,
) -> Result<Feedback, ReportError> {
    let frame = Frame::new(&class.assignment, false);
    let (zips, folders) = (folder.join("zips"), folder.join("folders"));
    let (receivers, unclear) = receivers(class, extras);
    let all: Vec<_> = receivers.iter().collect();
    for_each(&all, |(name, hand_in)| {
        let files = files(hand_in, &frame)?;
        for (file, bytes) in &files {
            write(&folders.join(name).join(file), bytes)?;
        }
        let path = zips.join(format!("{name}.zip"));
        let zip = zip_bytes(&files).map_err(ReportError::unwritable(&path))?;
        write(&path, &zip)
    })?;
    let names = receivers.keys().cloned().collect();
    let removed = remove_stale_zips(&zips, &names, &class.assignment)?
        + remove_stale_folders(&folders, &names, &class.assignment)?;
    Ok(Feedback {
        zips: receivers.len(),
        unclear,
        removed,
    })
}

/// The hand-ins that are given back, by the names of their files, and those whose student has several of which
/// none is the one that counts. These may be by different people, so that each gets its own.
fn receivers<'a>(
    class: &'a ClassResults,
    extras: &Extras,
) -> (BTreeMap<String, &'a HandInResults>, Vec<String>) {
    let mut receivers = BTreeMap::new();
    let mut unclear = Vec::new();
    let students = attempts(class, &extras.counting);
    for (student, attempts) in &students {
        if let Some(index) = attempts.counts {
            receivers.insert(file_name(student), &class.hand_ins[index]);
        }
    }
    for attempts in students.values().filter(|a| a.counts.is_none()) {
        for &index in &attempts.all {
            let hand_in = &class.hand_ins[index];
            let mut name = file_name(&hand_in.summary.hand_in);
            while receivers.contains_key(&name) {
                name.push_str("-again");
            }
            receivers.insert(name, hand_in);
            unclear.push(hand_in.summary.hand_in.clone());
        }
    }
    (receivers, unclear)
}

fn files(hand_in: &HandInResults, frame: &Frame) -> Result<Files, ReportError> {
    let page = student_page(&hand_in.public, frame)?.into_bytes();
    let contents = [
        page,
        hand_in.report_text.clone(),
        hand_in.results_json.clone(),
    ];
    Ok(FILES
        .map(str::to_string)
        .into_iter()
        .zip(contents)
        .collect())
}

fn remove_stale_zips(
    folder: &Path,
    keep: &BTreeSet<String>,
    assignment: &str,
) -> Result<usize, ReportError> {
    let mut removed = 0;
    for (path, name) in entries(folder) {
        let Some(name) = name.strip_suffix(".zip") else {
            continue;
        };
        let ours = || {
            let bytes = fs::read(&path).unwrap_or_default();
            let page = unzip_one(&bytes, PAGE, LARGEST_PAGE).ok().flatten();
            page.is_some_and(|page| is_ours(&page, assignment))
        };
        if !keep.contains(name) && path.is_file() && ours() {
            fs::remove_file(&path).map_err(ReportError::unwritable(&path))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Removes our files of the folders that are not kept, and the folder when nothing else is in it.
fn remove_stale_folders(
    folder: &Path,
    keep: &BTreeSet<String>,
    assignment: &str,
) -> Result<usize, ReportError> {
    let mut removed = 0;
    for (path, name) in entries(folder) {
        if keep.contains(&name) || !is_ours(&head(&path.join(PAGE)), assignment) {
            continue;
        }
        // The page carries the mark, so it goes last: a run that is cut short is made good by the next.
        for file in FILES.iter().rev() {
            let file = path.join(file);
            if file.is_file() {
                fs::remove_file(&file).map_err(ReportError::unwritable(&file))?;
            }
        }
        // A folder with something of somebody else's in it stays.
        let _ = fs::remove_dir(&path);
        removed += 1;
    }
    Ok(removed)
}

/// The paths in a folder with their names, links left out; none when it is not there.
fn entries(folder: &Path) -> Vec<(std::path::PathBuf, String)> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink()))
        .filter_map(|entry| Some((entry.path(), entry.file_name().to_str()?.to_string())))
        .collect()
}
