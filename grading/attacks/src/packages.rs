//! Packages that no honest tool makes, and those that clumsy people do.

use std::io::{Cursor, Write};

use common::archive::Files;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The bytes of the hand-in called `package`, made of the honest `files` and their `zip`. `None` when there is no
/// such package.
pub(crate) fn bytes(package: &str, files: &Files, zip: Vec<u8>) -> Option<Vec<u8>> {
    let named = |name: &[u8]| with_entry_called(files, name);
    Some(match package {
        "path_upward" => named(b"../../../../tmp/evil.rs")?,
        "path_absolute" => named(b"/etc/cron.d/evil-job.rs")?,
        "path_of_windows" => named(b"a\\..\\..\\Windows\\evil.dll")?,
        "path_with_drive" => named(b"C:/Windows/evil-driver.")?,
        "name_with_nul" => named(b"src/parts/losses.rs\0.txt")?,
        "name_with_newline" => named(b"src/parts/los\nses.rs.txt")?,
        "name_right_to_left" => named("src/parts/\u{202e}sr.sessol-evil.rs".as_bytes())?,
        "cargo_folder_above" => named(b"../.cargo/config.toml")?,
        "name_in_two_cases" => with(files, "src/parts/LOSSES.rs", b"pub fn evil() {}")?,
        "parts_in_two_places" => with(files, "old/src/parts/losses.rs", b"pub fn evil() {}")?,
        "link" => link(files)?,
        "device" => with_mode(files, 0o020_666)?,
        "bomb" => with(files, "bomb.rs", &vec![b' '; 200 << 20])?,
        "many_entries" => many_entries()?,
        "encrypted" => flagged(zip, 1),
        "truncated" => zip.get(..zip.len() / 2)?.to_vec(),
        "states_more_entries" => lying_about_entries(zip)?,
        "rar" => b"Rar!\x1A\x07\x01\0 and so on".to_vec(),
        "seven_zip" => b"7z\xBC\xAF\x27\x1C\0\x04 and so on".to_vec(),
        "word_document" => archive(&[
            ("[Content_Types].xml", b"<x/>"),
            ("word/document.xml", b"<x/>"),
        ])?,
        "empty_file" => Vec::new(),
        "empty_zip" => archive(&[])?,
        "archive_inside" => archive(&[("hand-in.zip", &zip)])?,
        "deep_folders" => prefixed(files, "a/b/c/my course/تمرین ۱/")?,
        "what_file_managers_leave" => littered(files)?,
        "utf16" => converted(files, |text| {
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            units.flat_map(u16::to_le_bytes).collect()
        })?,
        "windows_lines" => converted(files, |text| {
            [b"\xEF\xBB\xBF", text.replace('\n', "\r\n").as_bytes()].concat()
        })?,
        _ => return None,
    })
}

fn archive(entries: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, options()).ok()?;
        writer.write_all(bytes).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn entries(files: &Files) -> Vec<(&str, &[u8])> {
    let files = files.iter();
    files
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect()
}

fn with(files: &Files, name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut entries = entries(files);
    entries.push((name, bytes));
    archive(&entries)
}

/// The zip writer refuses such names, so an honest one of the same length is overwritten, in the entry and in the
/// directory.
fn with_entry_called(files: &Files, name: &[u8]) -> Option<Vec<u8>> {
    let honest = "~".repeat(name.len());
    let mut bytes = with(files, &honest, b"pub fn evil() {}")?;
    let places: Vec<usize> = bytes
        .windows(honest.len())
        .enumerate()
        .filter(|(_, window)| *window == honest.as_bytes())
        .map(|(at, _)| at)
        .collect();
    for at in places {
        bytes.get_mut(at..at + name.len())?.copy_from_slice(name);
    }
    Some(bytes)
}

fn link(files: &Files) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries(files) {
        if name.ends_with("mlp.rs") {
            writer.add_symlink(name, "/etc/passwd", options()).ok()?;
        } else {
            writer.start_file(name, options()).ok()?;
            writer.write_all(bytes).ok()?;
        }
    }
    Some(writer.finish().ok()?.into_inner())
}

/// The signature of an entry of the directory, and where in it are the flags and the upper half of the external
/// attributes, which is the mode.
const CENTRAL: &[u8] = b"PK\x01\x02";
const FLAGS: usize = 8;
const MODE: usize = 40;

/// The last entry with another kind of file.
fn with_mode(files: &Files, mode: u16) -> Option<Vec<u8>> {
    let mut bytes = archive(&entries(files))?;
    let at = bytes.windows(4).rposition(|window| window == CENTRAL)?;
    bytes
        .get_mut(at + MODE..at + MODE + 2)?
        .copy_from_slice(&mode.to_le_bytes());
    Some(bytes)
}

/// All entries with a bit of their flags set.
fn flagged(mut bytes: Vec<u8>, bit: u8) -> Vec<u8> {
    let places: Vec<usize> = (0..bytes.len().saturating_sub(FLAGS))
        .filter(|at| bytes[*at..].starts_with(CENTRAL))
        .collect();
    for at in places {
        bytes[at + FLAGS] |= bit;
    }
    bytes
}

/// The number of entries at the end is far from the truth.
fn lying_about_entries(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let at = bytes
        .windows(4)
        .rposition(|window| window == b"PK\x05\x06")?;
    bytes.get_mut(at + 8..at + 12)?.fill(0xFE);
    Some(bytes)
}

fn many_entries() -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..60_000 {
        writer.start_file(format!("f{i}"), options()).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

fn prefixed(files: &Files, folder: &str) -> Option<Vec<u8>> {
    let names: Vec<(String, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (format!("{folder}{name}"), bytes.as_slice()))
        .collect();
    let names: Vec<(&str, &[u8])> = names.iter().map(|(n, b)| (n.as_str(), *b)).collect();
    archive(&names)
}

fn littered(files: &Files) -> Option<Vec<u8>> {
    let mut entries = entries(files);
    let litter: [(&str, &[u8]); 6] = [
        ("__MACOSX/src/parts/._losses.rs", b"\0\x05\x16\x07"),
        (".DS_Store", b"\0\0\0\x01"),
        ("target/debug/a1", b"\x7FELF"),
        (".git/config", b"[core]"),
        ("node_modules/left-pad/index.js", b""),
        ("src/parts/losses.rs.orig", b"pub fn old() {}"),
    ];
    entries.extend(litter);
    archive(&entries)
}

fn converted(files: &Files, convert: impl Fn(&str) -> Vec<u8>) -> Option<Vec<u8>> {
    let files: Files = files
        .iter()
        .map(|(name, bytes)| (name.clone(), convert(&String::from_utf8_lossy(bytes))))
        .collect();
    archive(&entries(&files))
}
