//! The place in a `$filter` that is read next.

use super::lexer::{Kind, Token, position};
use super::{Comparison, Unanswerable, invalid};

/// How deep an expression may be; the service's own bound is not known.
const MAX_DEPTH: usize = 100;

pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    tokens: &'a [Token<'a>],
    pub(super) depth: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token<'a>]) -> Self {
        Self { text, tokens, depth: 0 }
    }

    pub(super) fn kind(&self) -> &'a Kind<'a> {
        self.tokens.first().map_or(&Kind::End, |token| &token.kind)
    }

    pub(super) fn start(&self) -> usize {
        self.tokens.first().map_or(0, |token| token.start)
    }

    pub(super) fn end(&self) -> usize {
        self.tokens.first().map_or(0, |token| token.end)
    }

    /// The end is never passed.
    pub(super) fn advance(&mut self) {
        if let [_, rest @ ..] = self.tokens
            && !rest.is_empty()
        {
            self.tokens = rest;
        }
    }

    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let taken = matches!(self.kind(), Kind::Word(other) if other.eq_ignore_ascii_case(word));
        if taken {
            self.advance();
        }
        taken
    }

    pub(super) fn takes_comma(&mut self) -> bool {
        let taken = matches!(self.kind(), Kind::Comma);
        if taken {
            self.advance();
        }
        taken
    }

    pub(super) fn takes_one_of(&mut self, words: &[(&str, Comparison)]) -> Option<Comparison> {
        words.iter().find(|(word, _)| self.takes_word(word)).map(|(_, comparison)| *comparison)
    }

    pub(super) fn closes(&mut self, otherwise: &str) -> Result<(), Unanswerable> {
        if !matches!(self.kind(), Kind::Close) {
            return Err(self.expected(&format!("')' or {otherwise}")));
        }
        self.advance();
        Ok(())
    }

    pub(super) fn descend(&mut self) -> Result<(), Unanswerable> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(invalid("Recursion depth exceeded allowed limit.")) } else { Ok(()) }
    }

    pub(super) fn expected(&self, what: &str) -> Unanswerable {
        let position = position(self.text, self.start());
        invalid(&format!("{what} expected at position {position} in '{}'.", self.text))
    }

    pub(super) fn syntax_error(&self, place: usize) -> Unanswerable {
        let position = position(self.text, place);
        invalid(&format!("Syntax error at position {position} in '{}'.", self.text))
    }
}
