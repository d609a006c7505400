//! Where the recipe comes from, and where it is written.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, anyhow};
use common::contract::a2::CifarRecipe;
use common::files::write_atomically;
use common::train::LabOptions;

use crate::labs::students::students;
use crate::parts::cifar::{cifar_recipe, parse_recipe};

/// The name of the file, in the assignment's folder and in a run's.
const FILE: &str = "recipe.toml";

/// What a run is made with.
pub struct Recipe {
    /// What the recipe says, or the command line instead.
    pub values: CifarRecipe,
}

/// The `recipe.toml` in `folder` if there is one, else your `cifar_recipe`.
///
/// # Errors
/// When it cannot be read, or `parse_recipe` refuses it.
pub fn find(folder: &Path) -> anyhow::Result<Recipe> {
    let path = folder.join(FILE);
    let (text, from) = match fs::read_to_string(&path) {
        Ok(text) => (text, path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            (students(cifar_recipe)?, "your cifar_recipe".into())
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let parsed = students(|| parse_recipe(text))?;
    let values = parsed.map_err(|why| anyhow!("{from}: {why}"))?;
    println!("recipe: {from}");
    Ok(Recipe { values })
}

impl Recipe {
    /// What the command line says takes the place of what the recipe says.
    pub fn apply(&mut self, options: &LabOptions) {
        let CifarRecipe {
            widths,
            epochs,
            batch_size,
            peak_lr,
            ..
        } = &mut self.values;
        *epochs = options.epochs.unwrap_or(*epochs);
        *batch_size = options.batch_size.unwrap_or(*batch_size);
        *peak_lr = options.lr.unwrap_or(*peak_lr);
        if let Some(hidden) = &options.hidden {
            widths.clone_from(hidden);
        }
    }

    /// Writes what the run was made with into its folder.
    ///
    /// # Errors
    /// When the folder refuses it.
    pub fn write(&self, out: &Path) -> anyhow::Result<()> {
        let path = out.join(FILE);
        write_atomically(&path, self.text().as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// The recipe as a file has it.
    fn text(&self) -> String {
        let CifarRecipe {
            widths,
            epochs,
            batch_size,
            peak_lr,
            warmup,
            momentum,
            weight_decay,
            smoothing,
            padding,
            flip,
        } = &self.values;
        format!(
            "widths = {widths:?}\nepochs = {epochs}\nbatch_size = {batch_size}\npeak_lr = {peak_lr}\nwarmup = {warmup}\n\
             momentum = {momentum}\nweight_decay = {weight_decay}\nsmoothing = {smoothing}\npadding = {padding}\n\
             flip = {flip}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_before_the_function_and_is_written_as_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let own = find(folder.path()).unwrap();
        assert_eq!(
            own.values.widths,
            parse_recipe(cifar_recipe()).unwrap().widths
        );

        let text = cifar_recipe().replace("flip = true", "flip = false");
        fs::write(folder.path().join(FILE), text).unwrap();
        let found = find(folder.path()).unwrap();
        assert!(!found.values.flip);
        found.write(folder.path()).unwrap();
        let again = find(folder.path()).unwrap();
        assert_eq!(format!("{:?}", again.values), format!("{:?}", found.values));

        fs::write(folder.path().join(FILE), "epochs = many\n").unwrap();
        let error = find(folder.path()).err().unwrap().to_string();
        assert!(
            error.contains("recipe.toml: `widths` is missing"),
            "{error}"
        );
    }
}
