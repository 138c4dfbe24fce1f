//! Whether something must be made again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result};

use crate::place;

/// Something that is made of files: `recipe` is what else its content depends on.
pub(crate) struct Product<'a> {
    pub(crate) name: &'a str,
    pub(crate) recipe: String,
    pub(crate) inputs: Vec<PathBuf>,
    pub(crate) output: PathBuf,
}

impl Product<'_> {
    /// Makes the product, unless it is what was made of the very same files the last time. Contents are compared, of
    /// the output too: neither a fresh clone, nor another target folder, nor an edit by hand leads astray. The inputs
    /// are read before: what changes during the making is made again.
    pub(crate) fn make(&self, make: impl FnOnce() -> Result<()>) -> Result<bool> {
        let stamp = place::target().join("xtask").join(self.name);
        let inputs = self.inputs()?;
        if fs::read_to_string(&stamp).is_ok_and(|stamp| self.stamp(&inputs).is_ok_and(|now| stamp == now)) {
            return Ok(false);
        }
        make()?;
        fs::create_dir_all(place::target().join("xtask"))?;
        fs::write(&stamp, self.stamp(&inputs)?)?;
        Ok(true)
    }

    fn inputs(&self) -> Result<String> {
        state(&self.recipe, &self.inputs)
    }

    fn stamp(&self, inputs: &str) -> Result<String> {
        state(inputs, std::slice::from_ref(&self.output))
    }
}

fn state(text: &str, paths: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    for path in paths {
        hash(path, &mut hasher).with_context(|| format!("`{}` cannot be read", path.display()))?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash(path: &Path, hasher: &mut DefaultHasher) -> io::Result<()> {
    path.file_name().hash(hasher);
    if !path.is_dir() {
        fs::read(path)?.hash(hasher);
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    entries.len().hash(hasher);
    entries.iter().try_for_each(|entry| hash(entry, hasher))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("scopewise-stamp-{name}-{}", std::process::id()));
            fs::create_dir_all(folder.join("in/deep")).unwrap();
            Self(folder)
        }

        fn write(&self, path: &str, text: &str) {
            fs::write(self.0.join(path), text).unwrap();
        }

        fn state(&self, recipe: &str) -> String {
            let inputs = vec![self.0.join("in")];
            let product =
                Product { name: "it", recipe: recipe.to_owned(), inputs, output: self.0.join("out") };
            product.stamp(&product.inputs().unwrap()).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn every_change_of_what_goes_in_or_came_out_is_seen() {
        let folder = Folder::new("changes");
        folder.write("in/deep/a", "1");
        folder.write("out", "1");
        let mut states = vec![folder.state("x"), folder.state("y")];
        folder.write("in/deep/a", "2");
        states.push(folder.state("x"));
        folder.write("in/deep/b", "2");
        states.push(folder.state("x"));
        fs::rename(folder.0.join("in/deep/b"), folder.0.join("in/deep/c")).unwrap();
        states.push(folder.state("x"));
        folder.write("out", "2");
        states.push(folder.state("x"));
        let seen: std::collections::BTreeSet<_> = states.iter().collect();
        assert_eq!(seen.len(), states.len());
    }

    #[test]
    fn writing_the_same_again_is_no_change() {
        let folder = Folder::new("same");
        folder.write("in/deep/a", "1");
        folder.write("out", "1");
        let before = folder.state("x");
        folder.write("in/deep/a", "1");
        assert_eq!(folder.state("x"), before);
    }

    #[test]
    fn a_product_is_made_once() {
        let folder = Folder::new("once");
        folder.write("in/deep/a", "1");
        let name = format!("test-{}", std::process::id());
        let output = folder.0.join("out");
        let product =
            Product { name: &name, recipe: String::new(), inputs: vec![folder.0.join("in")], output };
        let make = || Ok(fs::write(&product.output, "made")?);
        assert!(product.make(make).unwrap());
        assert!(!product.make(make).unwrap());
        fs::remove_file(&product.output).unwrap();
        assert!(product.make(make).unwrap());
        assert!(product.make(|| anyhow::bail!("no")).is_ok_and(|made| !made));
        folder.write("in/deep/a", "2");
        assert!(product.make(|| anyhow::bail!("no")).is_err());
        assert!(product.make(make).unwrap(), "what failed is made again");
        let change_meanwhile = || {
            folder.write("in/deep/a", "4");
            make()
        };
        folder.write("in/deep/a", "3");
        assert!(product.make(change_meanwhile).unwrap());
        assert!(product.make(make).unwrap(), "what was changed in the meantime is made again");
        fs::remove_file(place::target().join("xtask").join(&name)).unwrap();
    }
}
