//! The role tree of the API (`details` of a role record), as it is written.
//!
//! The service drops a misspelled nested field in silence; here it is refused, since a tree that loses a
//! condition grants more than was meant. The depth of a tree is bounded, and what lies deeper is passed over
//! without recursion, so that no tree can overflow a stack.

use crate::document::{Cursor, Field, Result, Text};
use crate::json::{Kind, Scalar, excerpt};
use crate::number::Decimal;
use crate::problem::{Code, Path};

/// How many nodes, descriptors and expressions alike, may lie on a path of a tree.
pub(crate) const DEPTH: usize = 64;

/// How many entries a group, a compose or a select may have (RO-17).
pub(crate) const ENTRIES: usize = 2_000;

/// A descriptor: what grants.
#[derive(Debug, PartialEq)]
pub(crate) enum Node<'a> {
    Allow { permissions: Vec<Field<Text<'a>>>, max_open: Option<u64> },
    Group(Vec<Field<Node<'a>>>),
    Compose(Vec<Field<Text<'a>>>),
    Condition { condition: Expression<'a>, node: Box<Node<'a>> },
    IfThenElse { condition: Expression<'a>, yes: Box<Node<'a>>, no: Box<Node<'a>> },
    Select { selector: Expression<'a>, options: Vec<Field<(Expression<'a>, Node<'a>)>> },
}

/// An expression: what a descriptor may rest on.
#[derive(Debug, PartialEq)]
pub(crate) enum Expression<'a> {
    And(Box<Expression<'a>>, Box<Expression<'a>>),
    Or(Box<Expression<'a>>, Box<Expression<'a>>),
    Not(Box<Expression<'a>>),
    Equal(Box<Expression<'a>>, Box<Expression<'a>>),
    HasTag(Context, Text<'a>),
    Tag(Context, Text<'a>),
    Context(Context),
    Entity(Context, Text<'a>),
    Bool(bool),
    Number(Decimal),
    Text(Text<'a>),
}

/// What an expression looks at: the entity of the request if it is of that type, or the teams of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    Stack,
    Environment,
    InsightsAccount,
    Team,
}

impl Context {
    /// The name of the entity type, or nothing for the teams, which are no entities.
    pub(crate) fn entity_type(self) -> Option<&'static str> {
        match self {
            Self::Stack => Some("stack"),
            Self::Environment => Some("environment"),
            Self::InsightsAccount => Some("insights-account"),
            Self::Team => None,
        }
    }

    fn named(word: &str) -> Option<Self> {
        match word {
            "Stack" => Some(Self::Stack),
            "Environment" => Some(Self::Environment),
            "InsightsAccount" => Some(Self::InsightsAccount),
            "Team" => Some(Self::Team),
            _ => None,
        }
    }
}

impl Expression<'_> {
    /// Whether its value is true or false.
    pub(crate) fn is_boolean(&self) -> bool {
        self.is_condition() || matches!(self, Self::Bool(_))
    }

    /// Whether a descriptor may rest on it: a bare constant is refused (EX-7).
    fn is_condition(&self) -> bool {
        matches!(self, Self::And(..) | Self::Or(..) | Self::Not(_) | Self::Equal(..) | Self::HasTag(..))
    }
}

/// The fields of a descriptor before its `__type` is known: the text may name it last.
#[derive(Default)]
struct Descriptor<'a> {
    node_type: Field<Text<'a>>,
    written: Vec<Text<'a>>,
    permissions: Field<Vec<Field<Text<'a>>>>,
    max_open: Option<u64>,
    entries: Field<Vec<Field<Node<'a>>>>,
    records: Field<Vec<Field<Text<'a>>>>,
    condition: Field<Expression<'a>>,
    node: Field<Node<'a>>,
    yes: Field<Node<'a>>,
    no: Field<Node<'a>>,
    selector: Field<Expression<'a>>,
    options: Field<Vec<Field<(Expression<'a>, Node<'a>)>>>,
}

/// The fields of an expression before its `__type` is known.
#[derive(Default)]
struct Parts<'a> {
    node_type: Field<Text<'a>>,
    written: Vec<Text<'a>>,
    left: Field<Expression<'a>>,
    right: Field<Expression<'a>>,
    node: Field<Expression<'a>>,
    context: Field<Expression<'a>>,
    key: Field<Text<'a>>,
    identity: Field<Text<'a>>,
    value: Field<Scalar<'a>>,
}

/// Reads a descriptor that lies at this depth, the root at 1.
pub(crate) fn node<'a>(cursor: &mut Cursor<'a>, at: &Path<'_>, depth: usize) -> Result<Field<Node<'a>>> {
    if too_deep(cursor, at, depth)? {
        return Ok(Field::Faulty);
    }
    let mut it = Descriptor::default();
    let read = cursor.object(at, &mut |cursor, key, at| {
        match &*key {
            "__type" => it.node_type = cursor.text(at)?,
            "permissions" => it.permissions = cursor.written_list(at, Cursor::text)?,
            "constraints" => it.max_open = constraints(cursor, at)?,
            "entries" => it.entries = bounded(cursor, at, |cursor, at| node(cursor, at, depth + 1))?,
            "permissionDescriptors" => it.records = bounded(cursor, at, Cursor::text)?,
            "condition" => it.condition = condition(cursor, at, depth + 1)?,
            "subNode" => it.node = node(cursor, at, depth + 1)?,
            "subNodeForTrue" => it.yes = node(cursor, at, depth + 1)?,
            "subNodeForFalse" => it.no = node(cursor, at, depth + 1)?,
            "selector" => it.selector = expression(cursor, at, depth + 1)?,
            "options" => it.options = bounded(cursor, at, |cursor, at| option(cursor, at, depth))?,
            _ => {
                misspelled(cursor, &key, at)?;
                return Ok(true);
            }
        }
        it.written.push(key);
        Ok(true)
    })?;
    if !read || !has_type(cursor, at, &it.node_type) {
        return Ok(Field::Faulty);
    }
    Ok(descriptor(cursor, at, it).map_or(Field::Faulty, Field::Is))
}

/// Gives a descriptor the meaning that its `__type` names, or notes what is missing or too much.
fn descriptor<'a>(cursor: &mut Cursor<'a>, at: &Path<'_>, it: Descriptor<'a>) -> Option<Node<'a>> {
    let name = it.node_type.text()?;
    let fields: &[&str] = match name {
        "PermissionDescriptorAllow" => &["permissions", "constraints"],
        "PermissionDescriptorGroup" => &["entries"],
        "PermissionDescriptorCompose" => &["permissionDescriptors"],
        "PermissionDescriptorCondition" => &["condition", "subNode"],
        "PermissionDescriptorIfThenElse" => &["condition", "subNodeForTrue", "subNodeForFalse"],
        "PermissionDescriptorSelect" => &["selector", "options"],
        _ => {
            unknown_type(cursor, at, name, "descriptor");
            return None;
        }
    };
    fits(cursor, at, &it.written, fields, &["constraints"]);
    match name {
        "PermissionDescriptorAllow" => {
            Some(Node::Allow { permissions: taken(it.permissions)?, max_open: it.max_open })
        }
        "PermissionDescriptorGroup" => taken(it.entries).map(Node::Group),
        "PermissionDescriptorCompose" => taken(it.records).map(Node::Compose),
        "PermissionDescriptorCondition" => {
            Some(Node::Condition { condition: taken(it.condition)?, node: Box::new(taken(it.node)?) })
        }
        "PermissionDescriptorIfThenElse" => {
            let (yes, no) = (Box::new(taken(it.yes)?), Box::new(taken(it.no)?));
            Some(Node::IfThenElse { condition: taken(it.condition)?, yes, no })
        }
        _ => Some(Node::Select { selector: taken(it.selector)?, options: taken(it.options)? }),
    }
}

/// One option of a select. It is no node itself: its node lies one below the select.
fn option<'a>(
    cursor: &mut Cursor<'a>,
    at: &Path<'_>,
    depth: usize,
) -> Result<Field<(Expression<'a>, Node<'a>)>> {
    let (mut value, mut chosen) = (Field::Absent, Field::Absent);
    let read = cursor.object(at, &mut |cursor, key, at| {
        match &*key {
            "value" => value = expression(cursor, at, depth + 1)?,
            "node" => chosen = node(cursor, at, depth + 1)?,
            _ => misspelled(cursor, &key, at)?,
        }
        Ok(true)
    })?;
    if read {
        cursor.need(at, "value", &value);
        cursor.need(at, "node", &chosen);
    }
    Ok(taken(value).zip(taken(chosen)).map_or(Field::Faulty, Field::Is))
}

/// Seconds for which an environment may stay open under the grant; 0 is no limit (EX-14).
fn constraints(cursor: &mut Cursor<'_>, at: &Path<'_>) -> Result<Option<u64>> {
    let mut seconds = None;
    cursor.object(at, &mut |cursor, key, at| {
        if key != "MaxOpenDuration" {
            misspelled(cursor, &key, at)?;
            return Ok(true);
        }
        let kind = cursor.reader.kind()?;
        match cursor.reader.scalar()? {
            Scalar::Number(number) => {
                seconds = Decimal::parse(number).integer();
                if seconds.is_none() {
                    let message = format!("`{}` is no whole number of seconds from 0 on", excerpt(number));
                    cursor.add(Code::OutOfRange, at, message);
                }
            }
            _ => drop(cursor.note_wrong_type::<()>(at, "a number of seconds", kind)),
        }
        Ok(true)
    })?;
    Ok(seconds)
}

/// An expression on which a descriptor may rest.
fn condition<'a>(cursor: &mut Cursor<'a>, at: &Path<'_>, depth: usize) -> Result<Field<Expression<'a>>> {
    let read = expression(cursor, at, depth)?;
    let wanted = "an And, Or, Not, Equal or HasTag expression";
    Ok(of_kind(cursor, at, read, Expression::is_condition, wanted))
}

/// An expression that is true or false.
fn boolean<'a>(
    cursor: &mut Cursor<'a>,
    at: &Path<'_>,
    name: &str,
    read: Field<Expression<'a>>,
) -> Option<Box<Expression<'a>>> {
    let wanted = "an expression that is true or false";
    taken(of_kind(cursor, &at.key(name), read, Expression::is_boolean, wanted)).map(Box::new)
}

fn of_kind<'a>(
    cursor: &mut Cursor<'a>,
    at: &Path<'_>,
    read: Field<Expression<'a>>,
    accepts: impl Fn(&Expression<'a>) -> bool,
    wanted: &str,
) -> Field<Expression<'a>> {
    if read.get().is_some_and(|it| !accepts(it)) {
        cursor.add(Code::WrongType, at, format!("{wanted} is wanted here"));
        return Field::Faulty;
    }
    read
}

/// Reads an expression that lies at this depth.
fn expression<'a>(cursor: &mut Cursor<'a>, at: &Path<'_>, depth: usize) -> Result<Field<Expression<'a>>> {
    if too_deep(cursor, at, depth)? {
        return Ok(Field::Faulty);
    }
    let mut it = Parts::default();
    let read = cursor.object(at, &mut |cursor, key, at| {
        match &*key {
            "__type" => it.node_type = cursor.text(at)?,
            "left" => it.left = expression(cursor, at, depth + 1)?,
            "right" => it.right = expression(cursor, at, depth + 1)?,
            "node" if cursor.reader.kind()? == Kind::Null => drop(cursor.reader.scalar()?),
            "node" => it.node = expression(cursor, at, depth + 1)?,
            "context" => it.context = expression(cursor, at, depth + 1)?,
            "key" => it.key = cursor.text(at)?,
            "identity" => it.identity = cursor.text(at)?,
            "value" => it.value = Field::Is(cursor.reader.scalar()?),
            _ => {
                misspelled(cursor, &key, at)?;
                return Ok(true);
            }
        }
        it.written.push(key);
        Ok(true)
    })?;
    if !read || !has_type(cursor, at, &it.node_type) {
        return Ok(Field::Faulty);
    }
    let name = taken(std::mem::take(&mut it.node_type)).unwrap_or_default();
    Ok(meaning(cursor, at, &name, it).map_or(Field::Faulty, Field::Is))
}

/// Gives an expression the meaning that its `__type` names, or notes what is missing or too much.
fn meaning<'a>(cursor: &mut Cursor<'a>, at: &Path<'_>, name: &str, it: Parts<'a>) -> Option<Expression<'a>> {
    let context = name.strip_prefix("PermissionExpression").and_then(Context::named);
    let literal = name.strip_prefix("PermissionLiteralExpression");
    let entity = literal.and_then(Context::named);
    let fields: &[&str] = match name {
        "PermissionExpressionAnd" | "PermissionExpressionOr" | "PermissionExpressionEqual" => {
            &["left", "right"]
        }
        "PermissionExpressionNot" => &["node"],
        "PermissionExpressionHasTag" => &["context", "key", "node"],
        "PermissionExpressionTag" => &["context", "key"],
        _ if context.is_some() => &[],
        _ if entity.is_some() => &["identity"],
        _ if matches!(literal, Some("Bool" | "Number" | "String")) => &["value"],
        _ => {
            unknown_type(cursor, at, name, "expression");
            return None;
        }
    };
    let optional: &[&str] = if name == "PermissionExpressionHasTag" { &["node"] } else { &[] };
    fits(cursor, at, &it.written, fields, optional);
    match name {
        "PermissionExpressionAnd" => {
            let (left, right) =
                (boolean(cursor, at, "left", it.left), boolean(cursor, at, "right", it.right));
            Some(Expression::And(left?, right?))
        }
        "PermissionExpressionOr" => {
            let (left, right) =
                (boolean(cursor, at, "left", it.left), boolean(cursor, at, "right", it.right));
            Some(Expression::Or(left?, right?))
        }
        "PermissionExpressionNot" => Some(Expression::Not(boolean(cursor, at, "node", it.node)?)),
        "PermissionExpressionEqual" => {
            Some(Expression::Equal(Box::new(taken(it.left)?), Box::new(taken(it.right)?)))
        }
        "PermissionExpressionHasTag" => {
            Some(Expression::HasTag(looked_at(cursor, at, it.context)?, taken(it.key)?))
        }
        "PermissionExpressionTag" => {
            Some(Expression::Tag(looked_at(cursor, at, it.context)?, taken(it.key)?))
        }
        _ => match (context, entity) {
            (Some(context), _) => Some(Expression::Context(context)),
            (_, Some(context)) => Some(Expression::Entity(context, taken(it.identity)?)),
            _ => constant(cursor, at, literal?, taken(it.value)?),
        },
    }
}

/// The context of a tag.
fn looked_at<'a>(cursor: &mut Cursor<'a>, at: &Path<'_>, read: Field<Expression<'a>>) -> Option<Context> {
    let is_context = |it: &Expression<'_>| matches!(it, Expression::Context(_));
    let wanted = "a Stack, Environment, InsightsAccount or Team expression";
    match taken(of_kind(cursor, &at.key("context"), read, is_context, wanted))? {
        Expression::Context(context) => Some(context),
        _ => None,
    }
}

fn constant<'a>(
    cursor: &mut Cursor<'a>,
    at: &Path<'_>,
    kind: &str,
    value: Scalar<'a>,
) -> Option<Expression<'a>> {
    let wanted = match (kind, value) {
        ("Bool", Scalar::Bool(value)) => return Some(Expression::Bool(value)),
        ("Number", Scalar::Number(number)) => return Some(Expression::Number(Decimal::parse(number))),
        ("String", Scalar::Text(text)) if !text.is_empty() => return Some(Expression::Text(text)),
        ("Bool", _) => "true or false",
        ("Number", _) => "a number",
        _ => "a text that is not empty",
    };
    cursor.add(Code::WrongType, &at.key("value"), format!("{wanted} is wanted here"));
    None
}

/// A list that is told too long when its first entry too many comes; that entry and the rest are passed over.
fn bounded<'a, T>(
    cursor: &mut Cursor<'a>,
    at: &Path<'_>,
    mut item: impl FnMut(&mut Cursor<'a>, &Path<'_>) -> Result<Field<T>>,
) -> Result<Field<Vec<Field<T>>>> {
    let mut count = 0;
    let list = cursor.written_list(at, |cursor, at| {
        count += 1;
        if count > ENTRIES { cursor.reader.skip().map(|()| Field::Faulty) } else { item(cursor, at) }
    })?;
    if count > ENTRIES {
        cursor.add(Code::TooMany, at, format!("the list has {count} entries: at most {ENTRIES} are allowed"));
        return Ok(Field::Faulty);
    }
    Ok(list)
}

fn too_deep(cursor: &mut Cursor<'_>, at: &Path<'_>, depth: usize) -> Result<bool> {
    if depth > DEPTH {
        let message = format!("the tree has more than {DEPTH} nodes on this path: make it flatter");
        cursor.add(Code::TooDeep, at, message);
        cursor.reader.skip()?;
    }
    Ok(depth > DEPTH)
}

fn has_type(cursor: &mut Cursor<'_>, at: &Path<'_>, node_type: &Field<Text<'_>>) -> bool {
    cursor.need(at, "__type", node_type);
    node_type.get().is_some()
}

fn unknown_type(cursor: &mut Cursor<'_>, at: &Path<'_>, name: &str, what: &str) {
    let message = format!("no {what} of a role tree has the type `{}`", excerpt(name));
    cursor.add(Code::UnknownNodeType, &at.key("__type"), message);
}

/// Notes fields that this type does not have, and those that it must have.
fn fits(cursor: &mut Cursor<'_>, at: &Path<'_>, written: &[Text<'_>], fields: &[&str], optional: &[&str]) {
    for name in written.iter().filter(|name| **name != "__type" && !fields.contains(&&***name)) {
        refuse(cursor, name, &at.key(name));
    }
    for name in fields.iter().filter(|name| !optional.contains(name)) {
        if !written.iter().any(|it| it == name) {
            cursor.need::<()>(at, name, &Field::Absent);
        }
    }
}

fn misspelled(cursor: &mut Cursor<'_>, name: &str, at: &Path<'_>) -> Result<()> {
    refuse(cursor, name, at);
    cursor.reader.skip()
}

fn refuse(cursor: &mut Cursor<'_>, name: &str, at: &Path<'_>) {
    let name = excerpt(name);
    let message =
        format!("no field `{name}` is known here, and the service would drop it in silence: remove it");
    cursor.add(Code::UnknownField, at, message);
}

fn taken<T>(field: Field<T>) -> Option<T> {
    if let Field::Is(value) = field { Some(value) } else { None }
}
