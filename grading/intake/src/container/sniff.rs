//! What a file is, by its first bytes; its name may say anything.

/// Enough bytes for [`kind`].
pub(super) const HEAD: u64 = 512;

/// Kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Zip,
    Tar,
    /// Most likely of a tar archive; that shows when it is read.
    Gzip,
    /// Nothing that is opened: with its article, `a RAR archive`.
    Foreign(&'static str),
}

/// What has nothing else about it.
pub(super) const TEXT: &str = "a text file";

const ELSEWHERE: [(&[u8], &str); 13] = [
    (b"Rar!", "a RAR archive"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive"),
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

/// The kind of file that begins with `head`.
pub(super) fn kind(head: &[u8]) -> Kind {
    if head.starts_with(b"PK") {
        return Kind::Zip;
    }
    if head.starts_with(b"\x1F\x8B") {
        return Kind::Gzip;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Kind::Tar;
    }
    let known = ELSEWHERE.iter().find(|(magic, _)| head.starts_with(magic));
    Kind::Foreign(known.map_or_else(|| unknown(head), |(_, what)| what))
}

fn unknown(head: &[u8]) -> &'static str {
    if head.contains(&0) {
        "some other kind of file"
    } else {
        TEXT
    }
}
