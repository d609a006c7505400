//! Writing the pages into a folder, and removing those of hand-ins that are gone.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use common::files::write_atomically;

use super::class_page::class_page;
use super::frame::{Frame, is_ours};
use super::staff_page::staff_page;
use super::{ClassResults, Extras, HandInResults, ReportError, for_each, student_page};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    /// The page of the class.
    pub index: PathBuf,
    /// How many pages there are, that one included.
    pub pages: usize,
    /// How many pages of hand-ins that are gone were removed.
    pub removed: usize,
}

/// Writes the pages of `class` into `folder`: `index.html`, `staff/` and `students/`.
///
/// # Errors
/// When a file cannot be written; each page then is the old one or the new one, whole.
pub fn write_pages(
    class: &ClassResults,
    extras: &Extras,
    folder: &Path,
) -> Result<Pages, ReportError> {
    let frame = Frame::new(&class.assignment, false);
    let (staff, students) = (folder.join("staff"), folder.join("students"));
    for_each(&class.hand_ins, |hand_in| {
        let name = page_name(hand_in);
        let late = extras.late.get(&hand_in.summary.student);
        let page = staff_page(hand_in, late, &frame)?;
        write(&staff.join(&name), page.as_bytes())?;
        let page = student_page(&hand_in.public, &frame)?;
        write(&students.join(&name), page.as_bytes())
    })?;
    let index = folder.join("index.html");
    write(&index, class_page(class, extras)?.as_bytes())?;
    let written = class.hand_ins.iter().map(page_name).collect();
    let removed = remove_stale(&staff, &written, &class.assignment)?
        + remove_stale(&students, &written, &class.assignment)?;
    Ok(Pages {
        index,
        pages: 1 + 2 * class.hand_ins.len(),
        removed,
    })
}

fn page_name(hand_in: &HandInResults) -> String {
    format!("{}.html", hand_in.file())
}

/// Writes `bytes` unless they are there already, which saves a flush of the disk for every page.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    let same_size = fs::metadata(path).is_ok_and(|file| file.len() == bytes.len() as u64);
    if same_size && fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    write_atomically(path, bytes).map_err(ReportError::unwritable(path))
}

/// Removes the pages in `folder` that carry our mark and are not among `keep`.
fn remove_stale(
    folder: &Path,
    keep: &BTreeSet<String>,
    assignment: &str,
) -> Result<usize, ReportError> {
    let mut removed = 0;
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(0);
    };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let kept = name.to_str().is_some_and(|name| keep.contains(name));
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let path = entry.path();
        let is_page = path.extension().is_some_and(|ending| ending == "html");
        if !kept && is_file && is_page && is_ours(&head(&path), assignment) {
            fs::remove_file(&path).map_err(ReportError::unwritable(&path))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The beginning of a file, where a page's mark is.
pub(crate) fn head(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    if let Ok(file) = fs::File::open(path) {
        // What cannot be read carries no mark.
        let _ = file.take(1024).read_to_end(&mut head);
    }
    head
}
