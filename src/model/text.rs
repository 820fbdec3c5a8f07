//! A text as a property holds it: in place where it is as short as ids are, so that a model is one piece of memory.

use std::fmt;
use std::hash::{Hash, Hasher};

/// How many bytes stand in place: the service's ids of assignments have 40, a GUID 36.
const IN_PLACE: usize = 40;

/// A text that does not change.
#[derive(Clone)]
pub(crate) struct Text(Kept);

#[derive(Clone)]
enum Kept {
    Known(&'static str),
    Short(u8, Aligned),
    Long(Box<str>),
}

/// Texts are validated a word at a time.
#[derive(Clone)]
#[repr(align(8))]
struct Aligned([u8; IN_PLACE]);

impl Text {
    /// A text that is part of the program, with nothing in it that JSON escapes.
    pub(crate) const fn known(text: &'static str) -> Self {
        Self(Kept::Known(text))
    }

    fn short(text: &str) -> Option<Kept> {
        let mut bytes = Aligned([0; IN_PLACE]);
        let length = u8::try_from(text.len()).ok()?;
        bytes.0.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Kept::Short(length, bytes))
    }

    pub(crate) fn as_str(&self) -> &str {
        match &self.0 {
            Kept::Known(text) => text,
            Kept::Short(..) => str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Kept::Long(text) => text,
        }
    }

    /// The same as UTF-8, which costs less.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Kept::Known(text) => text.as_bytes(),
            Kept::Short(length, bytes) => bytes.0.get(..usize::from(*length)).unwrap_or_default(),
            Kept::Long(text) => text.as_bytes(),
        }
    }

    pub(crate) fn is_known(&self) -> bool {
        matches!(self.0, Kept::Known(_))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// The same in small letters, as far as they are ASCII.
    pub(crate) fn to_ascii_lowercase(&self) -> Self {
        let mut lower = self.clone();
        match &mut lower.0 {
            Kept::Known(text) => return Self::from(text.to_ascii_lowercase()),
            Kept::Short(_, bytes) => bytes.0.make_ascii_lowercase(),
            Kept::Long(text) => text.make_ascii_lowercase(),
        }
        lower
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Self::short(text).unwrap_or_else(|| Kept::Long(text.into())))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Self::short(&text).unwrap_or_else(|| Kept::Long(text.into())))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(out)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_is_what_it_was() {
        for length in [0, 1, IN_PLACE - 1, IN_PLACE, IN_PLACE + 1, 300] {
            let text = "K".repeat(length);
            for held in [Text::from(text.as_str()), Text::from(text.clone())] {
                assert_eq!((held.as_str(), held.as_bytes()), (text.as_str(), text.as_bytes()));
                assert_eq!(held.is_empty(), text.is_empty());
                assert_eq!(held.to_ascii_lowercase().as_str(), "k".repeat(length));
            }
        }
        // A letter of two bytes at the end of what stands in place, and over it.
        for text in ["x".repeat(IN_PLACE - 2) + "é", "x".repeat(IN_PLACE - 1) + "é"] {
            assert_eq!(Text::from(text.as_str()).as_str(), text);
        }
    }

    #[test]
    fn it_does_not_count_where_a_text_is_held() {
        assert_eq!(Text::known("direct"), Text::from("direct"));
        assert_ne!(Text::known("direct"), Text::from("direct\0"));
        assert_eq!(Text::known("DIRECT").to_ascii_lowercase(), Text::known("direct"));
    }
}
