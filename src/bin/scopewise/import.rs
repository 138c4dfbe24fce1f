//! `import`: the API's own answers, in one file or in a folder of them, as an organization document.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use scopewise::import::{Answers, Imported, Options};

use crate::table::visible;
use crate::{Exit, Failure, ask, files};

/// What the name of an answer's file ends in.
const END: &str = ".json";

#[derive(Debug, clap::Args)]
#[command(after_help = "\
A file is one JSON object: its keys are the paths of requests, its values the answers to them.
  { \"/api/orgs/acme/metadata\": { … }, \"/api/orgs/acme/roles?uxPurpose=policy\": { … } }

A folder has a file for each answer, whose name is the path of the request and .json;
what would stand behind ? stands behind @.
  answers/api/orgs/acme/metadata.json
  answers/api/orgs/acme/roles@uxPurpose=policy.json
  answers/api/stacks/acme/web/prod.json

What has no place in the document goes to standard error, with its place in the answers.
docs/import.md says which answers are read, and how to fetch them.")]
pub(crate) struct Flags {
    /// A folder of answers, a file with all of them, or - for standard input
    #[arg(value_name = "FOLDER|FILE.json")]
    answers: PathBuf,
    /// The organization, where the answers are of several
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// The revision of the access model; the newest if absent
    #[arg(long, value_name = "R")]
    revision: Option<String>,
    /// Write the document to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn import(flags: &Flags) -> Result<Exit, Failure> {
    let options = Options { revision: flags.revision.clone(), organization: flags.organization.clone() };
    let (imported, others) = if flags.answers.is_dir() {
        let folder = Folder::read(&flags.answers)?;
        (folder.import(&options)?, folder.others)
    } else {
        let imported = scopewise::import(files::bytes(&flags.answers)?, &options);
        (imported.map_err(Failure::Invalid)?, Vec::new())
    };
    let exit = match &flags.output {
        Some(output) => files::write(output, &imported.document)?,
        None => ask::print(&imported.document, Exit::Done)?,
    };
    tell(&imported, &others)?;
    Ok(exit)
}

/// What has no place in the document, one a line, and how much it is.
fn tell(imported: &Imported, others: &[String]) -> io::Result<()> {
    let mut stderr = io::stderr().lock();
    for left in &imported.left {
        writeln!(stderr, "{left}")?;
    }
    for file in others {
        let file = visible(file);
        writeln!(stderr, "{file}: no answer, for it is no file that ends in `{END}`: it is not read")?;
    }
    match imported.left.len() + others.len() {
        0 => Ok(()),
        1 => writeln!(stderr, "1 thing has no place in the document"),
        count => writeln!(stderr, "{count} things have no place in the document"),
    }
}

/// The files below a folder.
struct Folder {
    answers: Vec<File>,
    /// Those that are no answers, or no files, from the folder on.
    others: Vec<String>,
}

struct File {
    path: PathBuf,
    /// The path of the request that it answers.
    request: String,
    bytes: Vec<u8>,
}

impl Folder {
    fn read(root: &Path) -> Result<Self, Failure> {
        let mut folder = Self { answers: Vec::new(), others: Vec::new() };
        let mut open = inside(root, "")?;
        while let Some((path, name)) = open.pop() {
            let (is_folder, is_file) = (path.is_dir(), path.is_file());
            // A pipe would be waited for.
            match name.strip_suffix(END).filter(|_| is_file) {
                Some(answer) => {
                    let bytes = files::bytes(&path)?;
                    folder.answers.push(File { path, request: request(answer), bytes });
                }
                // A link may lead back up.
                None if is_folder && !path.is_symlink() => open.extend(inside(&path, &name)?),
                None => folder.others.push(name.trim_start_matches('/').to_owned()),
            }
        }
        Ok(folder)
    }

    fn import(&self, options: &Options) -> Result<Imported, Failure> {
        let mut answers = Answers::new();
        for file in &self.answers {
            let invalid = |invalid| Failure::InvalidFile(file.path.clone(), invalid);
            answers.add(&file.request, &file.bytes).map_err(invalid)?;
        }
        answers.import(options).map_err(Failure::Invalid)
    }
}

/// What is in a folder, the last first, each with its name from the root on. What begins with a dot is passed over.
fn inside(folder: &Path, name: &str) -> Result<Vec<(PathBuf, String)>, Failure> {
    let failed = |error| files::failed(folder, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let last = path.file_name().unwrap_or_default().to_string_lossy();
        if !last.starts_with('.') {
            found.push((path.clone(), format!("{name}/{last}")));
        }
    }
    found.sort_by(|one, other| other.1.cmp(&one.1));
    Ok(found)
}

/// The path of a request by the name of a file, where `@` stands for the `?` that some systems do not allow.
fn request(name: &str) -> String {
    let (folder, last) = name.rsplit_once('/').unwrap_or(("", name));
    format!("{folder}/{}", last.replacen('@', "?", 1))
}
