//! The grammar of a `$filter`.

use std::borrow::Cow;

use super::lexer::{Kind, Token, tokens};
use super::operand::Operand;
use super::{
    Comparison, Expression, Function, Path, Unanswerable, Unwalkable, incompatible, invalid, literal,
    not_emulated, types,
};

/// How deep an expression may be; the service's own bound is not known.
const MAX_DEPTH: usize = 100;

const EQUALITIES: &[(&str, Comparison)] = &[("eq", Comparison::Equal), ("ne", Comparison::NotEqual)];

const RELATIONS: &[(&str, Comparison)] = &[
    ("gt", Comparison::GreaterThan),
    ("ge", Comparison::GreaterThanOrEqual),
    ("lt", Comparison::LessThan),
    ("le", Comparison::LessThanOrEqual),
];

const OTHER_OPERATORS: [&str; 7] = ["has", "add", "sub", "mul", "div", "divby", "mod"];

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

pub(super) fn read(text: &str) -> Result<Expression, Unanswerable> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, depth: 0 };
    let expression = parser.disjunction()?;
    match parser.kind() {
        Kind::End => Ok(expression),
        _ => Err(parser.syntax_error(parser.end())),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token<'a>],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn disjunction(&mut self) -> Result<Expression, Unanswerable> {
        let first = self.conjunction()?;
        let mut parts = vec![first];
        while self.takes_word("or") {
            parts.push(self.conjunction()?);
        }
        Ok(alone(parts).unwrap_or_else(Expression::Or))
    }

    fn conjunction(&mut self) -> Result<Expression, Unanswerable> {
        let first = self.equality()?;
        let mut parts = vec![first];
        while self.takes_word("and") {
            parts.push(self.equality()?);
        }
        Ok(alone(parts).unwrap_or_else(Expression::And))
    }

    fn equality(&mut self) -> Result<Expression, Unanswerable> {
        let outside = self.depth;
        let mut left = self.relation()?;
        while let Some(comparison) = self.takes_one_of(EQUALITIES) {
            self.descend()?;
            left = compared(left, comparison, self.relation()?)?;
        }
        self.depth = outside;
        Ok(left)
    }

    fn relation(&mut self) -> Result<Expression, Unanswerable> {
        let outside = self.depth;
        let mut left = self.unary()?;
        loop {
            if let Some(comparison) = self.takes_one_of(RELATIONS) {
                self.descend()?;
                left = compared(left, comparison, self.unary()?)?;
            } else if self.takes_word("in") {
                self.descend()?;
                left = Expression::In(Box::new(left), self.list()?);
            } else {
                break;
            }
        }
        self.depth = outside;
        match self.kind() {
            Kind::Word(word) if OTHER_OPERATORS.iter().any(|other| other.eq_ignore_ascii_case(word)) => {
                Err(not_emulated(&format!("the operator '{word}'")))
            }
            _ => Ok(left),
        }
    }

    fn unary(&mut self) -> Result<Expression, Unanswerable> {
        if !self.takes_word("not") {
            return self.primary();
        }
        self.descend()?;
        let inner = self.unary()?;
        self.depth -= 1;
        Ok(Expression::Not(Box::new(inner)))
    }

    fn primary(&mut self) -> Result<Expression, Unanswerable> {
        let (start, end) = (self.start(), self.end());
        match self.kind() {
            Kind::Open => {
                self.advance();
                self.descend()?;
                let inner = self.disjunction()?;
                self.depth -= 1;
                self.closes("operator")?;
                Ok(inner)
            }
            Kind::Text(text) => {
                self.advance();
                Ok(Expression::Literal(Operand::Text(Cow::Owned(text.clone()))))
            }
            Kind::Prefixed(prefix, text) => {
                self.advance();
                literal::prefixed(prefix, text, start, self.text)
            }
            Kind::Word(word) => {
                self.advance();
                if matches!(self.kind(), Kind::Open) {
                    return self.call(word, start);
                }
                literal::read(word)?.ok_or_else(|| self.syntax_error(end))
            }
            Kind::Close | Kind::Comma | Kind::End => Err(self.expected("Expression")),
        }
    }

    fn call(&mut self, name: &str, start: usize) -> Result<Expression, Unanswerable> {
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
    fn list(&mut self) -> Result<Vec<Expression>, Unanswerable> {
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

/// The small steps.
impl<'a> Parser<'a> {
    fn kind(&self) -> &'a Kind<'a> {
        self.tokens.first().map_or(&Kind::End, |token| &token.kind)
    }

    fn start(&self) -> usize {
        self.tokens.first().map_or(0, |token| token.start)
    }

    fn end(&self) -> usize {
        self.tokens.first().map_or(0, |token| token.end)
    }

    /// The end is never passed.
    fn advance(&mut self) {
        if let [_, rest @ ..] = self.tokens
            && !rest.is_empty()
        {
            self.tokens = rest;
        }
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let taken = matches!(self.kind(), Kind::Word(other) if other.eq_ignore_ascii_case(word));
        if taken {
            self.advance();
        }
        taken
    }

    fn takes_comma(&mut self) -> bool {
        let taken = matches!(self.kind(), Kind::Comma);
        if taken {
            self.advance();
        }
        taken
    }

    fn takes_one_of(&mut self, words: &[(&str, Comparison)]) -> Option<Comparison> {
        words.iter().find(|(word, _)| self.takes_word(word)).map(|(_, comparison)| *comparison)
    }

    fn closes(&mut self, otherwise: &str) -> Result<(), Unanswerable> {
        if !matches!(self.kind(), Kind::Close) {
            return Err(self.expected(&format!("')' or {otherwise}")));
        }
        self.advance();
        Ok(())
    }

    fn descend(&mut self) -> Result<(), Unanswerable> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(invalid("Recursion depth exceeded allowed limit.")) } else { Ok(()) }
    }

    fn expected(&self, what: &str) -> Unanswerable {
        invalid(&format!("{what} expected at position {} in '{}'.", self.start(), self.text))
    }

    fn syntax_error(&self, position: usize) -> Unanswerable {
        invalid(&format!("Syntax error at position {position} in '{}'.", self.text))
    }
}

fn alone(mut parts: Vec<Expression>) -> Result<Expression, Vec<Expression>> {
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            Err(parts)
        }
        None => Err(parts),
    }
}

/// The model's moments are all named `…DateTime`. A quoted moment is a string, which OData does not compare with them.
fn compared(left: Expression, comparison: Comparison, right: Expression) -> Result<Expression, Unanswerable> {
    let is_dated = |side: &Expression| match side {
        Expression::Property(path) => path.last_property().to_ascii_lowercase().ends_with("datetime"),
        _ => false,
    };
    let is_text = |side: &Expression| matches!(side, Expression::Literal(Operand::Text(_)));
    if (is_dated(&left) && is_text(&right)) || (is_text(&left) && is_dated(&right)) {
        let names = if is_text(&left) {
            ["Edm.String", "Edm.DateTimeOffset"]
        } else {
            ["Edm.DateTimeOffset", "Edm.String"]
        };
        return Err(incompatible(names, comparison.name()));
    }
    Ok(Expression::Comparison(Box::new(left), comparison, Box::new(right)))
}
