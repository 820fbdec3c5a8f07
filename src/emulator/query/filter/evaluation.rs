//! What an expression says of an item.

use serde_json::{Map, Value};

use super::operand::Operand;
use super::{Comparison, Expression, Function, Path, Unanswerable, incompatible, invalid, types};

impl Expression {
    pub(super) fn value<'a>(&'a self, item: &'a Map<String, Value>) -> Result<Operand<'a>, Unanswerable> {
        let found = match self {
            Self::Literal(literal) => literal.borrowed(),
            Self::Property(path) => Operand::of(path.value(item)),
            Self::Not(inner) => match inner.value(item)? {
                Operand::Null => Operand::Null,
                Operand::Boolean(holds) => Operand::Boolean(!holds),
                other => {
                    return Err(invalid(&format!(
                        "A unary operator with an incompatible type was detected. Found operand type '{}' for \
                         operator kind 'Not'.",
                        other.type_name()
                    )));
                }
            },
            Self::And(parts) => decided(parts, item, false, "And")?,
            Self::Or(parts) => decided(parts, item, true, "Or")?,
            Self::Comparison(left, comparison, right) => {
                Operand::Boolean(left.value(item)?.compares(*comparison, &right.value(item)?)?)
            }
            Self::In(left, entries) => Operand::Boolean(is_among(&left.value(item)?, entries, item)?),
            Self::Call(function, operands) => called(*function, operands, item)?,
            Self::IsOf(path, wanted) => Operand::Boolean(is_of(path.as_ref(), item, wanted)),
        };
        Ok(found)
    }
}

/// The first part with the deciding value decides; without one, a null leaves it open.
fn decided<'a>(
    parts: &'a [Expression],
    item: &'a Map<String, Value>,
    deciding: bool,
    operator: &str,
) -> Result<Operand<'a>, Unanswerable> {
    let mut so_far = Operand::Boolean(!deciding);
    for part in parts {
        match part.value(item)? {
            Operand::Boolean(value) if value == deciding => return Ok(Operand::Boolean(deciding)),
            Operand::Boolean(_) => {}
            Operand::Null => so_far = Operand::Null,
            other => return Err(incompatible([other.type_name(), "Edm.Boolean"], operator)),
        }
    }
    Ok(so_far)
}

fn is_among(
    value: &Operand<'_>,
    entries: &[Expression],
    item: &Map<String, Value>,
) -> Result<bool, Unanswerable> {
    for entry in entries {
        if value.compares(Comparison::Equal, &entry.value(item)?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn called<'a>(
    function: Function,
    operands: &'a [Expression],
    item: &'a Map<String, Value>,
) -> Result<Operand<'a>, Unanswerable> {
    let mut texts = Vec::with_capacity(operands.len());
    for operand in operands {
        match operand.value(item)? {
            Operand::Text(text) => texts.push(text),
            Operand::Null => return Ok(Operand::Null),
            _ => return Err(function.inapplicable()),
        }
    }
    match (function, texts.as_slice()) {
        (Function::Contains, [text, part]) => Ok(Operand::Boolean(text.contains(part.as_ref()))),
        (Function::StartsWith, [text, part]) => Ok(Operand::Boolean(text.starts_with(part.as_ref()))),
        (Function::EndsWith, [text, part]) => Ok(Operand::Boolean(text.ends_with(part.as_ref()))),
        (Function::ToLower, [text]) => Ok(Operand::Text(text.to_lowercase().into())),
        (Function::ToUpper, [text]) => Ok(Operand::Text(text.to_uppercase().into())),
        _ => Err(function.inapplicable()),
    }
}

fn is_of(path: Option<&Path>, item: &Map<String, Value>, wanted: &str) -> bool {
    let object = path.map_or(Some(item), |path| path.value(item).as_object());
    object.is_some_and(|object| types::is(object, wanted))
}
