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
    /// A value of another type than its key takes.
    ValueWrongType = Error "value" "wrong_type";
    /// The name of an object is empty.
    ValueEmpty = Error "value" "empty";
    /// A key takes one of some words, and this is another.
    ValueUnknownWord = Error "value" "unknown_word";
    /// A number is less or greater than its key takes.
    ValueOutOfRange = Error "value" "out_of_range";
    /// A list has fewer items than its key takes.
    ValueTooShort = Error "value" "too_short";
    /// A value is no host with a port.
    ValueBadAddress = Error "value" "bad_address";
    /// A value is no address of the web.
    ValueBadUrl = Error "value" "bad_url";
    /// An address is that of the machine itself, or of the cloud it runs in.
    ValueLinkLocal = Error "value" "link_local";
    /// The version under `runbook` is none that exists.
    VersionUnknown = Error "version" "unknown";
    /// The name of the runbook is not kebab-case.
    NameMalformed = Error "name" "malformed";

    /// The name of an input is not snake case.
    InputMalformed = Error "input" "malformed";
    /// The default, or the given value, of an input does not have its type.
    InputWrongType = Error "input" "wrong_type";
    /// An input has neither a default nor a given value.
    InputMissing = Error "input" "missing";
    /// A value is given for an input that the runbook does not have.
    InputUnknown = Error "input" "unknown";
    /// A sensitive input is given on the command line.
    InputSensitive = Error "input" "sensitive";
    /// The default, or the given value, is none of the choices.
    InputNotAChoice = Error "input" "not_a_choice";
    /// A choice of an input stands twice.
    InputChoiceTwice = Warning "input" "choice_twice";
    /// The default, or the given value, is out of its bounds.
    InputOutOfRange = Error "input" "out_of_range";
    /// The default, or the given value, does not match the pattern.
    InputNoMatch = Error "input" "no_match";
    /// The greatest value of an input is less than its least.
    InputBadBounds = Error "input" "bad_bounds";
    /// The pattern of an input is no regular expression.
    InputBadPattern = Error "input" "bad_pattern";
    /// A key of an input says nothing of its type.
    InputNotForType = Error "input" "not_for_type";
    /// A sensitive input has a default, which anyone can read.
    InputSensitiveDefault = Warning "input" "sensitive_default";

    /// The name of a secret is not snake case.
    SecretMalformed = Error "secret" "malformed";
    /// A secret comes from nowhere, or from two places.
    SecretSource = Error "secret" "source";
    /// A secret comes from a variable that no runbook may read.
    SecretVariable = Error "secret" "variable";
    /// A secret comes from a file outside of the folder of secrets.
    SecretFile = Error "secret" "file";
    /// An expression names a secret that the runbook does not have.
    SecretUnknown = Error "secret" "unknown";
    /// A secret would get to where it is shown or kept.
    SecretMisplaced = Error "secret" "misplaced";

    /// The name of a scenario is not snake case.
    ScenarioMalformed = Error "scenario" "malformed";
    /// The default scenario is none of the scenarios.
    ScenarioUnknown = Error "scenario" "unknown";
    /// No scenario is chosen, and there is no default.
    ScenarioMissing = Error "scenario" "missing";
    /// The longest pause between two questions is shorter than the first.
    PollRange = Error "poll" "range";
    /// The name of an output is not snake case.
    OutputMalformed = Error "output" "malformed";

    /// A remark is accepted that does not exist.
    AllowUnknown = Error "allow" "unknown";
    /// An error is accepted.
    AllowError = Error "allow" "error";
    /// A remark is accepted without a reason.
    AllowNoReason = Error "allow" "no_reason";
    /// A remark is accepted that is not made.
    AllowUnused = Note "allow" "unused";

    /// There are no steps.
    StepsEmpty = Error "steps" "empty";
    /// There are more steps than are read.
    StepsTooMany = Error "steps" "too_many";
    /// The id of a step is not snake case.
    StepMalformed = Error "step" "malformed";
    /// A step stands under `steps` and under `finally`.
    StepDuplicate = Error "step" "duplicate";
    /// The kind under `uses` is none that exists.
    UsesUnknown = Error "uses" "unknown";
    /// A duration is a number without a unit.
    DurationBareNumber = Error "duration" "bare_number";
    /// A duration is written in another way than is read.
    DurationMalformed = Error "duration" "malformed";
    /// A duration that leaves no time.
    DurationZero = Error "duration" "zero";
    /// A step whose kind ends by itself has a `timeout`.
    TimeoutNotTaken = Error "timeout" "not_taken";
    /// A step that makes no task has a `wait`.
    WaitNotTaken = Error "wait" "not_taken";
    /// A wait that does not cancel says how long to look for proof of that.
    WaitSettle = Error "wait" "settle";
    /// A step that sees no session says what becomes of a warning.
    OnWarningNotTaken = Error "on_warning" "not_taken";
    /// A step has an effect that its kind fixes.
    EffectFixed = Error "effect" "fixed";
    /// A step does not say what it does to the world, and its kind does not know.
    EffectMissing = Error "effect" "missing";
    /// An action would be repeated.
    RetryNotARead = Error "retry" "not_a_read";
    /// The longest pause between two attempts is shorter than the first.
    RetryRange = Error "retry" "range";
    /// A step that changes nothing has an `undo`.
    UndoNotOwed = Error "undo" "not_owed";
    /// What stands under `undo` changes nothing, and so takes nothing back.
    UndoNoAction = Error "undo" "no_action";
    /// The undo of a step uses what is known only after it.
    UndoForward = Error "undo" "forward";
    /// A step resolves one that the runbook does not have.
    ResolvesUnknown = Error "resolves" "unknown";
    /// A step resolves one that owes nothing.
    ResolvesNothing = Warning "resolves" "nothing";
    /// The name of an item is taken, or not snake case.
    ForEachItem = Error "for_each" "item";
    /// The key of items is no expression.
    ForEachConstantKey = Error "for_each" "constant_key";
    /// Items that are no texts have no key.
    ForEachNoKey = Error "for_each" "no_key";
    /// Two items have the same key.
    ForEachDuplicateKey = Error "for_each" "duplicate_key";
    /// An item gives no name for a child.
    ForEachBadKey = Error "for_each" "bad_key";
    /// There are more items than are taken.
    ForEachTooMany = Error "for_each" "too_many";
    /// An instant is written in another way than is read.
    TimestampMalformed = Error "timestamp" "malformed";

    /// A parameter that the kind does not have.
    WithUnknown = Error "with" "unknown";
    /// A required parameter is not there.
    WithMissing = Error "with" "missing";
    /// A parameter that names a step is an expression.
    WithNotLiteral = Error "with" "not_literal";
    /// A parameter has the right type, and the kind does not take its value.
    WithRefused = Error "with" "refused";
    /// The least is more than the most.
    WithRange = Error "with" "range";
    /// What holds where nobody chooses is no option.
    WithNotAnOption = Error "with" "not_an_option";
    /// An option stands twice.
    WithOptionTwice = Error "with" "option_twice";
    /// A place in JSON is written in another way than JSON pointers are.
    WithBadPointer = Error "with" "bad_pointer";
    /// A filter compares by an operator that EM does not have.
    WithUnknownOperator = Error "with" "unknown_operator";
    /// A list or a mapping stands where one value is expected.
    WithNotAScalar = Error "with" "not_a_scalar";
    /// A filter or an order names what cannot be a field.
    WithBadField = Error "with" "bad_field";
    /// A body is looked at that the answer will not have.
    WithNoBody = Error "with" "no_body";
    /// What a name must resolve to is no address.
    WithBadAddress = Error "with" "bad_address";
    /// What is to be resolved is no name of a host.
    WithBadName = Error "with" "bad_name";
    /// A header of a request cannot be sent.
    WithBadHeader = Error "with" "bad_header";
    /// A variable to be passed on has no name that one can have.
    WithBadVariable = Error "with" "bad_variable";
    /// A variable to be passed on holds a secret.
    WithSecretVariable = Error "with" "secret_variable";
    /// An output of a command has no name that an expression can use.
    WithBadOutput = Error "with" "bad_output";
    /// An output of a command has the name of one that it has anyway.
    WithOutputTaken = Error "with" "output_taken";

    /// An expression cannot be read.
    ExpressionSyntax = Error "expression" "syntax";
    /// An expression stands where none is evaluated.
    ExpressionMisplaced = Error "expression" "misplaced";
    /// An expression uses a name that the format does not have.
    ExpressionUnknownName = Error "expression" "unknown_name";
    /// An expression uses an input that the runbook does not have.
    ExpressionUnknownInput = Error "expression" "unknown_input";
    /// An expression uses a filter or a test that does not exist.
    ExpressionUnknownFilter = Error "expression" "unknown_filter";
    /// An expression calls a function.
    ExpressionUnknownFunction = Error "expression" "unknown_function";
    /// The expression of a key that takes one stands in braces.
    ExpressionWrapped = Error "expression" "wrapped";
    /// An expression reads an output that the kind of the step does not have.
    ExpressionUnknownOutput = Error "expression" "unknown_output";
    /// An expression asks for a part that a value does not have.
    ExpressionUnknownField = Error "expression" "unknown_field";
    /// An expression reads what is not known yet where it is evaluated.
    ExpressionTooEarly = Error "expression" "too_early";
    /// An expression reads one output of a step that runs for each item of a list.
    ExpressionOfMany = Error "expression" "of_many";
    /// An expression reads an output of a step that may not have succeeded.
    ExpressionMayBeMissing = Error "expression" "may_be_missing";
    /// An expression may give nothing where something is needed.
    ExpressionMayBeAbsent = Error "expression" "may_be_absent";
    /// An expression reckons with times.
    ExpressionTimeArithmetic = Error "expression" "time_arithmetic";
    /// An expression reckons with what is no number.
    ExpressionWrongOperand = Error "expression" "wrong_operand";
    /// An expression compares values of types that do not compare.
    ExpressionIncomparable = Error "expression" "incomparable";
    /// An expression compares a word with one that it never is.
    ExpressionNeverEqual = Error "expression" "never_equal";
    /// An expression gives a value of another type than is taken.
    ExpressionWrongType = Error "expression" "wrong_type";
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
    /// A step needs one that runs in another part of the run.
    NeedsFinally = Error "needs" "finally";

    /// The file of another runbook is no relative way.
    FileMalformed = Error "file" "malformed";
    /// Another runbook is not in the same repository.
    FileOutside = Error "file" "outside";
    /// Another runbook cannot be read.
    FileUnreadable = Error "file" "unreadable";
    /// Another runbook has errors.
    FileWrong = Error "file" "wrong";
    /// A runbook would run itself.
    FileCircle = Error "file" "circle";
    /// Runbooks run each other deeper than is read.
    FileTooDeep = Error "file" "too_deep";
    /// More runbooks are run than are read.
    FileTooMany = Error "file" "too_many";

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
    /// A wait does not say what follows when its time is over.
    WaitUndecided = Warning "wait" "undecided";
    /// A wait cancels the task of a failover plan, of which no proof can come.
    WaitCancelsPlan = Note "wait" "cancels_plan";
    /// No step looks at the world below a failover.
    ActionUnchecked = Note "action" "unchecked";
    /// A scenario requires proof, and no step can give it for an action.
    ProofMissing = Warning "proof" "missing";
    /// A failover is started, and nothing above it looks at the sources or fences them.
    SourcesUnfenced = Warning "sources" "unfenced";
    /// A sleep stands where a check would know.
    SleepInsteadOfCheck = Warning "sleep" "instead_of_check";
    /// EM offers no undo for an action, and the runbook does not say that it knows.
    UndoNone = Warning "undo" "none";
    /// A scenario takes back what was done, and an action has no undo.
    UndoMissing = Warning "undo" "missing";
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
                | Self::WithNotAnOption
                | Self::ExpressionUnknownInput
                | Self::SecretUnknown
                | Self::ScenarioUnknown
                | Self::EffectMissing
                | Self::ResolvesUnknown
                | Self::ForEachNoKey
                | Self::NeedsUnknown
                | Self::ActionUnwatched
                | Self::WaitDetached
                | Self::WaitUndecided
                | Self::ActionUnchecked
                | Self::ProofMissing
                | Self::SourcesUnfenced
                | Self::UndoNone
                | Self::UndoMissing
                | Self::AllowUnused
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
