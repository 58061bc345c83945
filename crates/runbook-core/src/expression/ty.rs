//! What an expression gives, as far as that is known before it is evaluated.

use crate::step::Type;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ty {
    /// Not known before the value is.
    Any,
    /// Null, which means absent.
    Null,
    /// A text.
    Text,
    /// One of these texts.
    Word(Vec<String>),
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A length of time.
    Duration,
    /// An instant.
    Timestamp,
    /// A secret, or a text with one in it.
    Secret,
    /// A list.
    List(Box<Self>),
    /// A mapping with names that are not known.
    Map(Box<Self>),
    /// A mapping with these names.
    Record(Vec<(String, Self)>),
    /// A value that may be absent.
    Maybe(Box<Self>),
}

impl Ty {
    /// Returns what a value of a declared type is in an expression.
    pub fn of(is: Type) -> Self {
        match is {
            Type::Any | Type::Steps => Self::Any,
            Type::String
            | Type::Object(_)
            | Type::Address
            | Type::Url
            | Type::Step
            | Type::WatchedStep
            | Type::StepOr(_)
            | Type::TimestampOr(_) => Self::Text,
            Type::Integer(..) => Self::Integer,
            Type::Number => Self::Number,
            Type::Boolean => Self::Boolean,
            Type::Duration => Self::Duration,
            Type::Timestamp => Self::Timestamp,
            Type::OneOf(words) => Self::Word(words.iter().map(|word| (*word).to_owned()).collect()),
            Type::List { of, .. } => Self::List(Box::new(Self::of(*of))),
            Type::Map(of) => Self::Map(Box::new(Self::of(*of))),
            Type::Fields(keys) => {
                let field = |key: &crate::step::Param| (key.name.to_owned(), Self::of(key.is));
                Self::Record(keys.iter().map(field).collect())
            }
        }
    }

    /// Returns the type in a sentence.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Any => "a value",
            Self::Null => "nothing",
            Self::Text | Self::Word(_) => "a text",
            Self::Integer | Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Duration => "a duration",
            Self::Timestamp => "an instant",
            Self::Secret => "a secret",
            Self::List(_) => "a list",
            Self::Map(_) | Self::Record(_) => "a mapping",
            Self::Maybe(inner) => inner.name(),
        }
    }

    /// Returns the type of the value where there is one.
    #[must_use]
    pub fn present(self) -> Self {
        match self {
            Self::Maybe(inner) => *inner,
            other => other,
        }
    }

    /// Returns the type of a value that is one or the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, two) if one == two => one,
            (Self::Null, other) | (other, Self::Null) => match other {
                Self::Maybe(_) | Self::Any => other,
                other => Self::Maybe(Box::new(other)),
            },
            (Self::Maybe(one), two) | (two, Self::Maybe(one)) => match one.or(two.present()) {
                Self::Any => Self::Any,
                joined => Self::Maybe(Box::new(joined)),
            },
            (Self::Secret, _) | (_, Self::Secret) => Self::Secret,
            (Self::Text | Self::Word(_), Self::Text | Self::Word(_)) => Self::Text,
            (Self::Integer | Self::Number, Self::Integer | Self::Number) => Self::Number,
            (Self::List(one), Self::List(two)) => Self::List(Box::new(one.or(*two))),
            _ => Self::Any,
        }
    }

    /// Tells whether it can stand inside other text.
    pub fn is_scalar(&self) -> bool {
        !matches!(
            self,
            Self::List(_) | Self::Map(_) | Self::Record(_) | Self::Null | Self::Maybe(_)
        )
    }

    /// Tells whether a value of this type may fit where a declared type is expected. Texts are
    /// read by what they say once they are known.
    pub fn may_be(&self, is: Type) -> bool {
        match (self, is) {
            (Self::Any, _)
            | (_, Type::Any)
            | (Self::Record(_), Type::Map(_) | Type::Fields(_))
            | (Self::Map(_), Type::Fields(_))
            | (Self::Integer | Self::Number, Type::Integer(..) | Type::Number)
            | (Self::Boolean, Type::Boolean)
            | (Self::Duration, Type::Duration | Type::String)
            | (Self::Timestamp, Type::Timestamp | Type::TimestampOr(_) | Type::String) => true,
            (Self::Maybe(inner), is) => inner.may_be(is),
            (Self::List(of), Type::List { of: wanted, .. })
            | (Self::Map(of), Type::Map(wanted)) => of.may_be(*wanted),
            (Self::Word(words), Type::OneOf(wanted)) => {
                words.iter().any(|word| wanted.contains(&word.as_str()))
            }
            (Self::Text | Self::Word(_) | Self::Secret, is) => matches!(
                is,
                Type::String
                    | Type::Object(_)
                    | Type::StepOr(_)
                    | Type::Duration
                    | Type::Timestamp
                    | Type::TimestampOr(_)
                    | Type::Address
                    | Type::Url
                    | Type::OneOf(_)
            ),
            _ => false,
        }
    }
}
