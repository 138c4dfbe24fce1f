//! The flags of the command, and its help.

use std::path::PathBuf;

use clap::{Args as Flags, Parser, Subcommand, ValueEnum};

use crate::{bundle, diff, entities, import, replay, who_can};

use crate::suggest::Suggest;

#[derive(Debug, Parser)]
#[command(name = "scopewise", version, about, after_help = AFTER, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER: &str = "\
Examples:
  scopewise check acme.json --principal user:bob --scope stack:delete --entity stack:acme/web/prod
  scopewise explain acme.json --principal user:bob --scope stack:write --entity stack:acme/web/dev --tag env=dev
  scopewise scopes acme.json --principal team:platform --entity stack:acme/web/prod
  scopewise who-can acme.json --scope stack:delete --entity stack:acme/web/prod
  scopewise entities acme.json --principal user:bob --scope stack:write
  scopewise check acme.json --requests requests.jsonl
  scopewise preflight acme.json --stack web/prod --trigger git-push --project-dir .
  scopewise diff acme.json edited.json
  scopewise replay acme.json requests.har --principal user:bob
  scopewise export acme.json --role deployer --as tree
  scopewise suggest acme.json --need stack:write@stack:acme/web/prod
  scopewise test acme.test.yaml --coverage
  scopewise import answers/ -o acme.json
  scopewise bundle acme.json -o acme.bundle --signing-key acme.pem
  scopewise catalog --type environment
  scopewise catalog --catalog hosting.json
  scopewise validate acme.json
  scopewise serve acme.json --listen 127.0.0.1:4180

Exit codes: 0 allow or done, 1 failed, 2 deny, 3 the document is not valid, 4 unknown.
These are the documented rules, read independently; a prediction never replaces the server's own check.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// May this principal do this on that entity
    Check(Check),
    /// Why, or why not: the grants that decided and the documented statements behind them
    Explain(Explain),
    /// Everyone who may do this on that entity, and by which way
    WhoCan(who_can::Flags),
    /// The scopes that a principal has, on one entity or on many
    Scopes(entities::ScopesFlags),
    /// The entities on which a principal may do this, or anything
    Entities(entities::EntitiesFlags),
    /// Will this deployment fail: whom it acts as, and whether that may do all that it needs
    Preflight(Preflight),
    /// Who gains and who loses what, if another document takes the place of this one
    Diff(diff::Flags),
    /// Where the answers of a real server, from a log of it, differ from the rules
    Replay(replay::Flags),
    /// A role in the form in which the API keeps it
    Export(Export),
    /// The least role for what somebody needs, for a deployment, or for what a principal did use
    Suggest(Suggest),
    /// Does a document allow and refuse what the files of expectations beside it say
    Test(crate::test::Test),
    /// An organization document out of the REST API's own answers, and what has no place in one
    Import(import::Flags),
    /// What gives nothing new, names nothing, or gives more than was meant
    Lint(crate::lint::Flags),
    /// A compiled organization as signed bytes, whole or one principal's part
    Bundle(bundle::BundleFlags),
    /// Who signed a bundle, what it is of, and whether it is to be trusted
    Verify(bundle::VerifyFlags),
    /// A new pair of keys to sign bundles
    Keygen(bundle::KeygenFlags),
    /// The decisions of a document over HTTP, for those who have no server that makes them
    Serve(Box<crate::serve::Flags>),
    /// The scopes of a revision by entity type and group
    Catalog(Catalog),
    /// TypeScript types of the scopes, and of an organization's own names
    Types(crate::types::Types),
    /// The JSON Schema of documents, by which editors propose and check what is written
    Schema(crate::schema::Flags),
    /// Every problem of a document or a catalog, one a line; nothing if it is valid
    Validate(Validate),
}

/// An organization document, with the catalog that it may name.
#[derive(Debug, Clone, Flags)]
pub(crate) struct Document {
    /// The organization document, or - for standard input
    #[arg(value_name = "DOC")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) catalog: Beside,
}

/// What may stand beside a document.
#[derive(Debug, Clone, Flags)]
pub(crate) struct Beside {
    /// The file of the catalog that the document names, where that is neither embedded nor in the document
    #[arg(long, value_name = "FILE")]
    pub(crate) catalog: Option<PathBuf>,
}

#[derive(Debug, Flags)]
#[command(after_help = "\
Examples:
  scopewise validate acme.json
  scopewise validate acme.json --catalog hosting.json
  scopewise validate --catalog hosting.json")]
pub(crate) struct Validate {
    /// The organization document, or - for standard input; without it, the catalog alone
    #[arg(value_name = "DOC", required_unless_present = "catalog")]
    pub(crate) document: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) catalog: Beside,
}

#[derive(Debug, Flags)]
#[command(after_help = "\
Examples:
  scopewise check acme.json --principal user:bob --scope stack:write --entity stack:acme/web/prod
  scopewise check acme.json --principal deployment:web/prod --trigger git-push \\
      --scope environment:open --entity environment:acme/default/aws
  scopewise check acme.json --requests - < requests.jsonl

A line of requests is {\"principal\": …, \"scope\": …, \"entity\": …} with \"tags\", \"at\" and \"trigger\" where needed.")]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) document: Document,
    /// Answer each line of this file in its order, - for standard input
    #[arg(long, value_name = "FILE.jsonl", conflicts_with_all = ["principal", "scope", "entity", "tags", "at", "trigger", "json"])]
    pub(crate) requests: Option<PathBuf>,
    /// Who asks: user:LOGIN, token:NAME, team:NAME, service-principal:NAME, deployment:PROJECT/STACK
    #[arg(long, value_name = "P", required_unless_present = "requests")]
    pub(crate) principal: Option<String>,
    /// What is asked for: object:action
    #[arg(long, value_name = "S", required_unless_present = "requests")]
    pub(crate) scope: Option<String>,
    /// On what: TYPE:PATH
    #[arg(long, value_name = "E", required_unless_present = "requests")]
    pub(crate) entity: Option<String>,
    #[command(flatten)]
    pub(crate) context: Context,
    /// Print the decision as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Flags)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) about: About,
    /// What is asked for: object:action
    #[arg(long, value_name = "S")]
    pub(crate) scope: String,
}

/// One principal and one entity.
#[derive(Debug, Flags)]
pub(crate) struct About {
    #[command(flatten)]
    pub(crate) document: Document,
    /// Who asks
    #[arg(long, value_name = "P")]
    pub(crate) principal: String,
    /// On what: TYPE:PATH
    #[arg(long, value_name = "E")]
    pub(crate) entity: String,
    #[command(flatten)]
    pub(crate) context: Context,
    /// Print the answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Flags)]
#[command(after_help = "\
Examples:
  scopewise preflight acme.json --stack web/prod --trigger git-push
  scopewise preflight acme.json --stack web/prod --trigger rest:user:ann --stack-reference net/prod
  scopewise preflight acme.json --stack prod --trigger pull-request --project-dir infra

What the flags and the files of the project name takes the place of what the document lists for the stack; what
environments import is always the document's to say. Exit code 0: it may do everything, 2: it may not.")]
pub(crate) struct Preflight {
    #[command(flatten)]
    pub(crate) document: Document,
    /// The stack that is deployed: PROJECT/STACK; with --project-dir its name is enough
    #[arg(long, value_name = "S")]
    pub(crate) stack: String,
    /// What starts it: rest:user:LOGIN, console:user:LOGIN, git-push, pull-request, schedule
    #[arg(long, value_name = "KIND[:user:LOGIN]")]
    pub(crate) trigger: String,
    /// A stack whose outputs the program reads: PROJECT/STACK
    #[arg(long = "stack-reference", value_name = "S")]
    pub(crate) stack_references: Vec<String>,
    /// An environment that the run opens: PROJECT/ENV, or ENV of the project default
    #[arg(long = "environment", value_name = "E")]
    pub(crate) environments: Vec<String>,
    /// The folder of Pulumi.yaml and Pulumi.STACK.yaml, whose environments are read; those of `pulumi env run` in
    /// the pre-run commands of Pulumi.STACK.deploy.yaml too
    #[arg(long, value_name = "DIR")]
    pub(crate) project_dir: Option<PathBuf>,
    /// When: RFC 3339 with seconds and an offset; now if absent
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Flags)]
#[command(after_help = "\
Examples:
  scopewise export acme.json --role deployer --as tree
  scopewise export acme.json --role deployer --as tree -o deployer.json

The tree decides every request as the role does. A role that has a tree is given out as it stands.")]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) document: Document,
    /// The id of a role of the document
    #[arg(long, value_name = "R")]
    pub(crate) role: String,
    /// The form in which it is written
    #[arg(long = "as", value_name = "FORM")]
    pub(crate) form: Form,
    /// Write it to this file and print nothing
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Form {
    /// The tree that the console writes, as the `details` of a record
    Tree,
}

#[derive(Debug, Flags)]
pub(crate) struct Known {
    /// A tag of the entity; all of them together replace those of the document
    #[arg(long = "tag", value_name = "K=V")]
    pub(crate) tags: Vec<String>,
    /// When: RFC 3339 with seconds and an offset; now if absent
    #[arg(long, value_name = "T")]
    pub(crate) at: Option<String>,
}

#[derive(Debug, Flags)]
pub(crate) struct Context {
    #[command(flatten)]
    pub(crate) known: Known,
    /// What started a deployment: rest:user:LOGIN, console:user:LOGIN, git-push, pull-request, schedule
    #[arg(long, value_name = "KIND[:user:LOGIN]")]
    pub(crate) trigger: Option<String>,
}

#[derive(Debug, Flags)]
pub(crate) struct Catalog {
    /// The revision of the access model; the newest if absent
    #[arg(long, value_name = "R")]
    pub(crate) revision: Option<String>,
    /// The catalog in this file, - for standard input, in the place of a revision
    #[arg(long, value_name = "FILE", conflicts_with = "revision")]
    pub(crate) catalog: Option<PathBuf>,
    /// Only this entity type
    #[arg(long = "type", value_name = "T")]
    pub(crate) entity_type: Option<String>,
    /// Only the scopes of this default permission set, by id or name
    #[arg(long, value_name = "S")]
    pub(crate) set: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
