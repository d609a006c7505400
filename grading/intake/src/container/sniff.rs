//! What a file is that should have been a zip file, by its first bytes.

/// Enough bytes for [`foreign`].
pub(super) const HEAD: usize = 512;

const ELSEWHERE: [(&[u8], &str); 14] = [
    (b"Rar!", "a RAR archive"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
    (b"\x1F\x8B", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xFD7zXZ\0", "an xz file"),
    (b"\x28\xB5\x2F\xFD", "a Zstandard file"),
    (b"%PDF", "a PDF document"),
    (b"\xD0\xCF\x11\xE0", "an old Office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a picture"),
    (b"\xFF\xD8\xFF", "a picture"),
    (b"MZ", "a Windows program"),
    (b"\x7FELF", "a Linux program"),
    (b"<", "a web page"),
];

/// The kind of file that `head` begins, when it does not begin a zip file.
pub(super) fn foreign(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"PK") {
        return None;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some("a tar archive");
    }
    let known = ELSEWHERE.iter().find(|(magic, _)| head.starts_with(magic));
    Some(known.map_or_else(|| unknown(head), |(_, what)| what))
}

fn unknown(head: &[u8]) -> &'static str {
    if head.contains(&0) {
        "some other kind of file"
    } else {
        "a text file"
    }
}
