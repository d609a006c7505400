//! Reading a file, unzipped when it is gzip. The first bytes decide, not the name.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::error::{DataError, FormatError};

/// The first bytes of every gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// No data set file is larger unzipped; a gzip file that claims to be is not unpacked any further.
const LARGEST: u64 = 1 << 30;

/// A stream of the file's contents, and whether they come out of gzip.
pub(super) fn open(path: &Path) -> Result<(Box<dyn Read>, bool), DataError> {
    let mut file = File::open(path).map_err(DataError::io("read", path))?;
    let mut start = Vec::new();
    Read::by_ref(&mut file)
        .take(GZIP.len() as u64)
        .read_to_end(&mut start)
        .map_err(DataError::io("read", path))?;
    let zipped = start == GZIP;
    let whole = BufReader::with_capacity(1 << 16, std::io::Cursor::new(start).chain(file));
    Ok(match zipped {
        true => (Box::new(MultiGzDecoder::new(whole)), true),
        false => (Box::new(whole), false),
    })
}

/// The file's contents.
///
/// # Errors
/// When the file cannot be read, or is a broken or cut gzip file.
pub(super) fn contents(path: &Path) -> Result<Vec<u8>, DataError> {
    let (stream, zipped) = open(path)?;
    let mut bytes = Vec::new();
    let result = stream.take(LARGEST + 1).read_to_end(&mut bytes);
    match result {
        Ok(_) if bytes.len() as u64 > LARGEST => {
            let problem =
                format!("the file holds more than {LARGEST} bytes; no data set is so large");
            Err(DataError::format(path)(FormatError::at(
                bytes.len(),
                problem,
            )))
        }
        Ok(_) => Ok(bytes),
        Err(e) if zipped => {
            let problem = format!(
                "the gzip file is cut or damaged ({e}); expected more than the {} bytes that came out of it",
                bytes.len()
            );
            Err(DataError::format(path)(FormatError::at(
                bytes.len(),
                problem,
            )))
        }
        Err(e) => Err(DataError::io("read", path)(e)),
    }
}
