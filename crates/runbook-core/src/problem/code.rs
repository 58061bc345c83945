//! The catalogue of diagnostic codes. Codes are never reused.

use strum::IntoEnumIterator;

use super::Severity::{self, Error, Note, Warning};

/// Makes the enum, and from each line the name, the weight and the page of a code.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $code:ident = $severity:ident $area:literal $problem:literal;)+) => {
        /// Every code a runbook can be answered with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, strum::EnumIter)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $code,)+
        }

        impl Code {
            /// Returns the code as people see it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$code => concat!("runbook::", $area, "::", $problem),)+
                }
            }

            /// Returns how much it weighs.
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$code => $severity,)+
                }
            }

            /// Returns its page, in Markdown: what it means, why, a refused and an accepted text.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$code => include_str!(concat!(
                        env!("CARGO_MANIFEST_DIR"), "/../../docs/diagnostics/", $area, "/", $problem, ".md"
                    )),)+
                }
            }
        }
    };
}

catalogue! {
    /// There is no text to read: no file, a folder without runbooks, a device, no right to read.
    DocumentUnreadable = Error "document" "unreadable";
    /// The bytes are no text: not UTF-8, or a NUL is among them.
    DocumentNotText = Error "document" "not_text";
    /// The text is not YAML.
    DocumentSyntax = Error "document" "syntax";
    /// A line is indented with a tab.
    DocumentTab = Error "document" "tab";
    /// There is nothing in the text.
    DocumentEmpty = Error "document" "empty";
    /// The text is YAML, but no mapping.
    DocumentNotAMapping = Error "document" "not_a_mapping";
    /// There is more than one YAML document in the text.
    DocumentSeveral = Error "document" "several";
    /// A key stands twice in one mapping.
    DocumentDuplicateKey = Error "document" "duplicate_key";
    /// A key is no text.
    DocumentKeyNotAString = Error "document" "key_not_a_string";
    /// A value is marked with `&`.
    DocumentAnchor = Error "document" "anchor";
    /// A value is repeated with `*`.
    DocumentAlias = Error "document" "alias";
    /// A mapping is merged in with `<<`.
    DocumentMergeKey = Error "document" "merge_key";
    /// A value is marked with `!`.
    DocumentTag = Error "document" "tag";
    /// The text has more bytes than are read.
    DocumentTooLarge = Error "document" "too_large";
    /// Lists and mappings are nested deeper than is read.
    DocumentTooDeep = Error "document" "too_deep";
    /// The text has more values than are read.
    DocumentTooManyNodes = Error "document" "too_many_nodes";

    /// A key that the format does not have.
    KeyUnknown = Error "key" "unknown";
    /// A required key is not there.
    KeyMissing = Error "key" "missing";
    /// A key of the format that this version does not read.
    KeyNotYet = Error "key" "not_yet";
    /// A value of another type than its key takes.
    ValueWrongType = Error "value" "wrong_type";
    /// The name of an object is empty.
    ValueEmpty = Error "value" "empty";
    /// The version under `runbook` is none that exists.
    VersionUnknown = Error "version" "unknown";
    /// The name of the runbook is not kebab-case.
    NameMalformed = Error "name" "malformed";

    /// The name of an input is not snake case.
    InputMalformed = Error "input" "malformed";
    /// The type of an input is none that exists.
    InputUnknownType = Error "input" "unknown_type";
    /// The type of an input is one that this version does not read.
    InputNotYet = Error "input" "not_yet";
    /// The default, or the given value, of an input does not have its type.
    InputWrongType = Error "input" "wrong_type";
    /// An input has neither a default nor a given value.
    InputMissing = Error "input" "missing";
    /// A value is given for an input that the runbook does not have.
    InputUnknown = Error "input" "unknown";

    /// There are no steps.
    StepsEmpty = Error "steps" "empty";
    /// There are more steps than are read.
    StepsTooMany = Error "steps" "too_many";
    /// The id of a step is not snake case.
    StepMalformed = Error "step" "malformed";
    /// The kind under `uses` is none that exists.
    UsesUnknown = Error "uses" "unknown";
    /// The kind under `uses` is one that this version does not have.
    UsesNotYet = Error "uses" "not_yet";
    /// A duration is a number without a unit.
    DurationBareNumber = Error "duration" "bare_number";
    /// A duration is written in another way than is read.
    DurationMalformed = Error "duration" "malformed";
    /// A step whose kind ends by itself has a `timeout`.
    TimeoutNotTaken = Error "timeout" "not_taken";
    /// An instant is written in another way than is read.
    TimestampMalformed = Error "timestamp" "malformed";

    /// A parameter that the kind does not have.
    WithUnknown = Error "with" "unknown";
    /// A required parameter is not there.
    WithMissing = Error "with" "missing";
    /// A parameter takes one of some words, and this is another.
    WithUnknownWord = Error "with" "unknown_word";
    /// A parameter that names a step is an expression.
    WithNotLiteral = Error "with" "not_literal";
    /// A parameter has the right type, and the kind does not take its value.
    WithRefused = Error "with" "refused";

    /// An expression cannot be read.
    ExpressionSyntax = Error "expression" "syntax";
    /// An expression stands where none is evaluated.
    ExpressionMisplaced = Error "expression" "misplaced";
    /// An expression uses a name that the format does not have.
    ExpressionUnknownName = Error "expression" "unknown_name";
    /// An expression uses a name that this version does not have.
    ExpressionNotYet = Error "expression" "not_yet";
    /// An expression uses an input that the runbook does not have.
    ExpressionUnknownInput = Error "expression" "unknown_input";
    /// An expression uses a filter or a test that does not exist.
    ExpressionUnknownFilter = Error "expression" "unknown_filter";
    /// An expression could not be evaluated.
    ExpressionFailed = Error "expression" "failed";
    /// An expression inside other text gives a list, a mapping or nothing.
    ExpressionNotAScalar = Error "expression" "not_a_scalar";

    /// A step is needed that the runbook does not have.
    NeedsUnknown = Error "needs" "unknown";
    /// A step needs itself.
    NeedsItself = Error "needs" "itself";
    /// A step is needed twice by the same list.
    NeedsTwice = Warning "needs" "twice";
    /// Steps need each other in a circle.
    NeedsCycle = Error "needs" "cycle";
    /// A step is needed by the one that watches it.
    NeedsWatched = Error "needs" "watched";

    /// The task of a step is asked for that makes none.
    TaskNone = Error "task" "none";
    /// A step is watched that is no wait.
    WatchNotAWait = Error "watch" "not_a_wait";
    /// A wait is watched that waits for another task.
    WatchOtherTask = Error "watch" "other_task";
    /// No wait follows the task that an action makes.
    ActionUnwatched = Warning "action" "unwatched";
    /// Nothing stops the task when a wait for it ends without it.
    WaitDetached = Note "wait" "detached";
}

impl Code {
    /// Tells whether it says that something is not there, which nobody knows of a text whose end
    /// could not be read.
    pub const fn speaks_of_absence(self) -> bool {
        matches!(
            self,
            Self::DocumentEmpty
                | Self::DocumentNotAMapping
                | Self::KeyMissing
                | Self::StepsEmpty
                | Self::WithMissing
                | Self::ExpressionUnknownInput
                | Self::NeedsUnknown
                | Self::ActionUnwatched
                | Self::WaitDetached
        )
    }

    /// Returns every code, in the order of the catalogue.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    /// Finds a code by its name.
    ///
    /// ```
    /// use runbook_core::problem::Code;
    ///
    /// assert_eq!(Code::find("runbook::needs::unknown"), Some(Code::NeedsUnknown));
    /// assert_eq!(Code::find("runbook::needs"), None);
    /// ```
    pub fn find(name: &str) -> Option<Self> {
        Self::iter().find(|code| code.name() == name)
    }
}
