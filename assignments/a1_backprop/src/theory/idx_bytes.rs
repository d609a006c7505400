//! A1.12: where a pixel lies in an IDX file.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// A set of pictures, and one pixel.
pub struct IdxBytes {
    /// How many pictures there are.
    pub pictures: usize,
    /// Rows of a picture.
    pub rows: usize,
    /// Columns of a picture, another number.
    pub columns: usize,
    /// The picture, from 0.
    pub picture: usize,
    /// The pixel's row, from 0.
    pub row: usize,
    /// The pixel's column, from 0.
    pub column: usize,
}

impl Exercise for IdxBytes {
    const ID: &'static str = "idx_bytes";
    const PART: &'static str = "A1.12";
    const TITLE: &'static str = "Where a pixel lies in an IDX file";
    const ANSWERS: &'static [Answer] = &[
        Answer::whole("size", "the size of the file of pictures").unit("bytes"),
        Answer::whole("pixel", "the offset of the pixel").unit("bytes"),
        Answer::whole("label", "the offset of the picture's label").unit("bytes"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let columns = rng.between(12, 20);
        let rows = columns + rng.between(2, 9);
        // The row is larger than the column, so that to exchange them shows.
        let column = rng.between(1, 5);
        let pictures = 100 * rng.between(20, 90);
        Self {
            pictures,
            rows,
            columns,
            picture: rng.between(10, pictures - 1),
            row: rng.between(6, 11),
            column,
        }
    }

    fn text(&self) -> String {
        fill(
            r"
A set of @pictures grey pictures with @rows rows and @columns columns is stored as IDX, as MNIST is: one file of
pictures, one byte for each pixel, and one file of labels, one byte for each label, each with its own header. How large
is the file of pictures? At which offset in it, counted from 0, lies the pixel in row @row and column @column of picture
@picture, all three counted from 0? And at which offset in the file of labels lies that picture's label?",
            &[
                ("pictures", &self.pictures),
                ("rows", &self.rows),
                ("columns", &self.columns),
                ("picture", &self.picture),
                ("row", &self.row),
                ("column", &self.column),
            ],
        )
    }
}
