//! What the files of a project say of a stack: which environments a deployment of it opens.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Failure, files};

/// Flags of `pulumi env run` that have a value of their own.
const WITH_VALUE: [&str; 5] = ["-l", "--lifetime", "-C", "--cwd", "--color"];

/// What is read of a project for one stack.
#[derive(Debug)]
pub(crate) struct Project {
    /// `PROJECT/STACK`, or the stack as it was given where that has its project.
    pub(crate) stack: String,
    /// Those of the stack's configuration, then those of its pre-run commands.
    pub(crate) environments: Vec<String>,
}

/// `Pulumi.yaml`.
#[derive(Debug, Deserialize)]
struct ProjectFile {
    name: String,
    #[serde(rename = "stackConfigDir")]
    stack_config_dir: Option<PathBuf>,
}

/// `Pulumi.STACK.yaml`.
#[derive(Debug, Deserialize)]
struct StackFile {
    environment: Option<Environment>,
}

/// A list of imports, or an environment of its own that has such a list.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a list of environments, or an object with `imports`, is wanted here")]
enum Environment {
    Listed(Vec<Import>),
    Defined { imports: Option<Vec<Import>> },
}

/// A name, or a name with settings of how to merge.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "the name of an environment is wanted here")]
enum Import {
    Name(String),
    Settled(BTreeMap<String, serde_json::Value>),
}

/// `Pulumi.STACK.deploy.yaml`.
#[derive(Debug, Deserialize)]
struct DeployFile {
    settings: Option<DeploySettings>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeploySettings {
    operation_context: Option<OperationContext>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperationContext {
    pre_run_commands: Option<Vec<String>>,
}

/// Reads the files of a project about a stack.
pub(crate) fn read(folder: &Path, stack: &str) -> Result<Project, Failure> {
    let project: ProjectFile = yaml(&found(folder, "Pulumi"))?;
    let stack = qualified(stack, &project.name)?;
    let name = stack.rsplit('/').next().unwrap_or_default();
    let folder = project.stack_config_dir.map_or_else(|| folder.to_owned(), |inner| folder.join(inner));
    let file: Option<StackFile> = yaml(&found(&folder, &format!("Pulumi.{name}")))?;
    let mut environments: Vec<String> =
        imports(file.and_then(|file| file.environment)).map(|it| environment(&it)).collect();
    let deploy = found(&folder, &format!("Pulumi.{name}.deploy"));
    let commands = if deploy.exists() { commands(yaml(&deploy)?) } else { Vec::new() };
    environments.extend(commands.iter().flat_map(|it| opened_by(it)));
    Ok(Project { stack, environments })
}

/// A name as people and files write it, as `PROJECT/ENV`: without a project it is in `default`. A version is dropped,
/// for opening is granted on the environment.
pub(crate) fn environment(name: &str) -> String {
    let name = name.split('@').next().unwrap_or_default();
    let project = if name.contains(['/', ':']) { "" } else { "default/" };
    format!("{project}{name}")
}

/// The stack with its project, which must be this one.
fn qualified(stack: &str, project: &str) -> Result<String, Failure> {
    let mut parts = stack.rsplit('/').skip(1);
    match parts.next().map(|it| it.rsplit(':').next().unwrap_or_default()) {
        None => Ok(format!("{project}/{stack}")),
        Some(named) if named == project => Ok(stack.to_owned()),
        Some(_) => Err(Failure::Message(format!(
            "`{stack}` is no stack of the project `{project}`: name one, or another folder"
        ))),
    }
}

fn imports(environment: Option<Environment>) -> impl Iterator<Item = String> {
    let imports = match environment {
        Some(Environment::Listed(imports)) => imports,
        Some(Environment::Defined { imports }) => imports.unwrap_or_default(),
        None => Vec::new(),
    };
    imports.into_iter().flat_map(|import| match import {
        Import::Name(name) => vec![name],
        Import::Settled(names) => names.into_keys().collect(),
    })
}

fn commands(file: Option<DeployFile>) -> Vec<String> {
    let context = file.and_then(|file| file.settings).and_then(|settings| settings.operation_context);
    context.and_then(|context| context.pre_run_commands).unwrap_or_default()
}

/// The environments that a command opens by `pulumi env run`, wherever in it that stands.
fn opened_by(command: &str) -> Vec<String> {
    let words: Vec<&str> = command.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect();
    let runs = (0..words.len()).filter_map(|at| words.get(at..)?.strip_prefix(&["pulumi", "env", "run"]));
    runs.filter_map(named_by).map(environment).collect()
}

/// The environment that the arguments of a run name: by its flag, or as the first that is no flag.
fn named_by<'w>(arguments: &[&'w str]) -> Option<&'w str> {
    let mut rest = arguments.iter().copied();
    while let Some(word) = rest.next().filter(|word| *word != "--") {
        match word.strip_prefix("--env") {
            Some("") => return rest.next(),
            Some(value) if value.starts_with('=') => return value.strip_prefix('='),
            _ if WITH_VALUE.contains(&word) => drop(rest.next()),
            _ if word.starts_with('-') => {}
            _ => return Some(word),
        }
    }
    None
}

/// The file of that name, with the short ending where that is the one that is there.
fn found(folder: &Path, name: &str) -> PathBuf {
    let short = folder.join(format!("{name}.yml"));
    let usual = folder.join(format!("{name}.yaml"));
    if short.exists() && !usual.exists() { short } else { usual }
}

fn yaml<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    files::yaml(path, &files::bytes(path)?)
}
