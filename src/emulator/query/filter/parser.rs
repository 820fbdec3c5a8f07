//! The grammar of a `$filter`.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::lexer::{Kind, position, tokens};
use super::operand::Operand;
use super::{Comparison, Expression, Unanswerable, incompatible, literal, not_emulated};

const EQUALITIES: &[(&str, Comparison)] = &[("eq", Comparison::Equal), ("ne", Comparison::NotEqual)];

const RELATIONS: &[(&str, Comparison)] = &[
    ("gt", Comparison::GreaterThan),
    ("ge", Comparison::GreaterThanOrEqual),
    ("lt", Comparison::LessThan),
    ("le", Comparison::LessThanOrEqual),
];

const OTHER_OPERATORS: [&str; 7] = ["has", "add", "sub", "mul", "div", "divby", "mod"];

pub(super) fn read(text: &str) -> Result<Expression, Unanswerable> {
    let tokens = tokens(text)?;
    let mut cursor = Cursor::new(text, &tokens);
    let expression = cursor.disjunction()?;
    match cursor.kind() {
        Kind::End => Ok(expression),
        _ => Err(cursor.syntax_error(cursor.end())),
    }
}

impl Cursor<'_> {
    pub(super) fn disjunction(&mut self) -> Result<Expression, Unanswerable> {
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
        let left = self.relation()?;
        let Some(comparison) = self.takes_one_of(EQUALITIES) else { return Ok(left) };
        let whole = compared(left, comparison, self.relation()?)?;
        match self.takes_one_of(EQUALITIES) {
            None => Ok(whole),
            Some(_) => Err(not_emulated("a comparison of comparisons")),
        }
    }

    fn relation(&mut self) -> Result<Expression, Unanswerable> {
        let left = self.unary()?;
        let whole = if let Some(comparison) = self.takes_one_of(RELATIONS) {
            compared(left, comparison, self.unary()?)?
        } else if self.takes_word("in") {
            Expression::In(Box::new(left), self.list()?)
        } else {
            left
        };
        match self.kind() {
            Kind::Word(word) if OTHER_OPERATORS.iter().any(|other| other.eq_ignore_ascii_case(word)) => {
                Err(not_emulated(&format!("the operator '{word}'")))
            }
            Kind::Word(word) if RELATIONS.iter().any(|(other, _)| other.eq_ignore_ascii_case(word)) => {
                Err(not_emulated("a comparison of comparisons"))
            }
            _ => Ok(whole),
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
                literal::prefixed(prefix, text, position(self.text, start), self.text)
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

/// A quoted moment is a string, which OData does not compare with them.
fn compared(left: Expression, comparison: Comparison, right: Expression) -> Result<Expression, Unanswerable> {
    let is_dated = |side: &Expression| match side {
        Expression::Property(path) => path.is_of_moments(),
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
