//! What a `$filter` calls.

use super::cursor::Cursor;
use super::lexer::Kind;
use super::{Expression, Function, Path, Unanswerable, Unwalkable, invalid, not_emulated, types};

const FUNCTIONS: [Function; 5] =
    [Function::Contains, Function::StartsWith, Function::EndsWith, Function::ToLower, Function::ToUpper];

/// What else OData has.
const OTHER_FUNCTIONS: [&str; 27] = [
    "concat",
    "indexof",
    "length",
    "substring",
    "trim",
    "matchesPattern",
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "fractionalseconds",
    "totalseconds",
    "date",
    "time",
    "totaloffsetminutes",
    "now",
    "mindatetime",
    "maxdatetime",
    "round",
    "floor",
    "ceiling",
    "cast",
    "geo.distance",
    "geo.intersects",
    "geo.length",
];

impl<'a> Cursor<'a> {
    pub(super) fn call(&mut self, name: &str, start: usize) -> Result<Expression, Unanswerable> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        if is("isof") {
            return self.is_of();
        }
        if let Some(function) = FUNCTIONS.into_iter().find(|function| is(function.name())) {
            let operands = self.list()?;
            let fits = operands.len() == function.operands();
            return if fits {
                Ok(Expression::Call(function, operands))
            } else {
                Err(function.inapplicable())
            };
        }
        if name.rsplit('/').next().is_some_and(|last| ["any", "all"].contains(&last)) || name.contains('$') {
            return Err(not_emulated(&format!("{name}(…)")));
        }
        if OTHER_FUNCTIONS.iter().any(|other| is(other)) {
            return Err(not_emulated(&format!("the function '{name}'")));
        }
        if name.contains('/') {
            return Err(self.syntax_error(start));
        }
        Err(invalid(&format!(
            "An unknown function with name '{name}' was found. This may also be a function import or a key lookup on a \
             navigation property, which is not allowed."
        )))
    }

    /// Expressions in parentheses, at least one.
    pub(super) fn list(&mut self) -> Result<Vec<Expression>, Unanswerable> {
        if !matches!(self.kind(), Kind::Open) {
            return Err(self.expected("'('"));
        }
        self.advance();
        self.descend()?;
        let mut entries = vec![self.disjunction()?];
        while self.takes_comma() {
            entries.push(self.disjunction()?);
        }
        self.depth -= 1;
        self.closes("','")?;
        Ok(entries)
    }

    /// The type is written with quotes or without.
    fn is_of(&mut self) -> Result<Expression, Unanswerable> {
        self.advance();
        let mut names: Vec<&'a str> = Vec::new();
        loop {
            match self.kind() {
                Kind::Text(name) => names.push(name),
                Kind::Word(name) => names.push(name),
                _ => return Err(self.expected("Expression")),
            }
            self.advance();
            if !self.takes_comma() {
                break;
            }
        }
        self.closes("','")?;
        let (path, name) = match names.as_slice() {
            [name] | ["$it", name] => (None, *name),
            [path, name] => (Some(Path::read(path)), *name),
            _ => {
                return Err(invalid(&format!(
                    "The Cast or IsOf expression has an invalid number of operands: number of operands is '{}' and it \
                     should be 1 or 2.",
                    names.len()
                )));
            }
        };
        if !name.contains('.') {
            return Err(invalid("Cast or IsOf Function must have a type in its arguments."));
        }
        let wanted = types::named(name).ok_or_else(|| not_emulated(&format!("the type '{name}'")))?;
        match path.transpose() {
            Ok(path) => Ok(Expression::IsOf(path, wanted)),
            Err(Unwalkable::UnknownType(name)) => Err(not_emulated(&format!("the type '{name}'"))),
            Err(Unwalkable::Segment(name)) => Err(not_emulated(&name)),
            Err(Unwalkable::Malformed) => Err(self.syntax_error(self.start())),
        }
    }
}
