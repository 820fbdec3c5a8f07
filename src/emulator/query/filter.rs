//! `$filter`: which items of a collection are meant.

mod call;
mod cursor;
mod evaluation;
mod lexer;
mod literal;
mod operand;
mod parser;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::Unanswerable;
use super::instant::Instant;
use super::path::{Path, Unwalkable};
use super::types;
use operand::Operand;

#[derive(Debug)]
pub(super) struct Filter(Expression);

#[derive(Debug)]
enum Expression {
    Literal(Operand<'static>),
    Property(Path),
    Not(Box<Expression>),
    /// Flat, so that long lists of alternatives are not deep.
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Comparison(Box<Expression>, Comparison, Box<Expression>),
    In(Box<Expression>, Vec<Expression>),
    Call(Function, Vec<Expression>),
    /// Of the item itself where no path is given.
    IsOf(Option<Path>, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
}

#[derive(Debug, Clone, Copy)]
enum Function {
    Contains,
    StartsWith,
    EndsWith,
    ToLower,
    ToUpper,
}

impl Filter {
    pub(super) fn read(text: &str) -> Result<Self, Unanswerable> {
        let expression = parser::read(text)?;
        match expression {
            Expression::Literal(Operand::Boolean(_)) => {}
            Expression::Literal(_) | Expression::Call(Function::ToLower | Function::ToUpper, _) => {
                return Err(no_boolean());
            }
            _ => {}
        }
        Ok(Self(expression))
    }

    /// Null is no: OData's three-valued logic.
    pub(super) fn holds(&self, item: &Map<String, Value>) -> Result<bool, Unanswerable> {
        match self.0.value(item)? {
            Operand::Boolean(holds) => Ok(holds),
            Operand::Null => Ok(false),
            _ => Err(no_boolean()),
        }
    }

    /// What an item itself must have.
    pub(super) fn own_properties(&self) -> impl Iterator<Item = &str> {
        let mut paths = Vec::new();
        self.0.paths(&mut paths);
        paths.into_iter().filter_map(Path::own_property)
    }
}

impl Expression {
    fn paths<'a>(&'a self, found: &mut Vec<&'a Path>) {
        match self {
            Self::Literal(_) | Self::IsOf(None, _) => {}
            Self::Property(path) | Self::IsOf(Some(path), _) => found.push(path),
            Self::Not(inner) => inner.paths(found),
            Self::Comparison(left, _, right) => {
                left.paths(found);
                right.paths(found);
            }
            Self::And(parts) | Self::Or(parts) | Self::Call(_, parts) => collect(parts, found),
            Self::In(left, entries) => {
                left.paths(found);
                collect(entries, found);
            }
        }
    }
}

fn collect<'a>(expressions: &'a [Expression], found: &mut Vec<&'a Path>) {
    for expression in expressions {
        expression.paths(found);
    }
}

impl Function {
    fn name(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::StartsWith => "startswith",
            Self::EndsWith => "endswith",
            Self::ToLower => "tolower",
            Self::ToUpper => "toupper",
        }
    }

    fn operands(self) -> usize {
        match self {
            Self::Contains | Self::StartsWith | Self::EndsWith => 2,
            Self::ToLower | Self::ToUpper => 1,
        }
    }

    fn inapplicable(self) -> Unanswerable {
        let (name, operands) = (self.name(), vec!["Edm.String Nullable=true"; self.operands()].join(", "));
        invalid(&format!(
            "No function signature for the function with name '{name}' matches the specified arguments. The function \
             signatures considered are: {name}({operands})."
        ))
    }
}

/// Graph's opening words, seen on several of its parts; what follows is its OData library's.
pub(super) fn invalid(reason: &str) -> Unanswerable {
    Unanswerable::Invalid(format!("Invalid filter clause: {reason}"))
}

fn not_emulated(what: &str) -> Unanswerable {
    Unanswerable::NotEmulated(format!("{what} in $filter"))
}

fn no_boolean() -> Unanswerable {
    invalid("The $filter expression must evaluate to a single boolean value.")
}

fn incompatible([left, right]: [&str; 2], operator: &str) -> Unanswerable {
    invalid(&format!(
        "A binary operator with incompatible types was detected. Found operand types '{left}' and '{right}' for \
         operator kind '{operator}'."
    ))
}
