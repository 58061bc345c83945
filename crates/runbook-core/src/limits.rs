//! Every bound on what a text may ask of this program, each with its reason.
//!
//! A bound is there so that a file which is wrong by accident, or hostile by intent, costs
//! milliseconds and megabytes before it is refused. None is meant to be met by honest work.

/// The bytes of a runbook: 32 MiB. Two hundred thousand steps of ordinary length fit in it; a
/// core dump given by mistake, or an endless pipe, does not.
pub const FILE_BYTES: usize = 32 << 20;

/// How deep lists and mappings may be nested: 64. People write six; what recurses over the tree
/// needs a bound that a small stack survives.
pub const DEPTH: usize = 64;

/// The values and keys of a document: four million, which is 20 a step at the most steps. More
/// would need gigabytes of memory.
pub const NODES: usize = 4_000_000;

/// The steps of a runbook: 200 000, one for each machine of the largest sites and some more.
pub const STEPS: usize = 200_000;

/// The longest duration: a leap year. Nothing in a recovery takes longer, and instants stay in
/// the calendar.
pub const DURATION: std::time::Duration = std::time::Duration::from_hours(366 * 24);

/// The places at which one circle of needs is shown: 32. A longer circle is shown in part, since
/// nobody reads a thousand lines of one mistake.
pub const CIRCLE_PLACES: usize = 32;

/// The bytes of a line that is shown beside a problem: 2000. A wider one, of a minified file or
/// of no text at all, tells nobody anything.
pub const SHOWN_LINE_BYTES: usize = 2000;

/// The problems of one text that are kept and shown: 1000, which is more than anybody mends before
/// the next look. Every line of a hostile text may hold several, and each takes as much memory as
/// a page of it; the others are counted.
pub const PROBLEMS: usize = 1000;

/// The problems after which no near name is looked up in a list of more than
/// [`SHORT_LIST`] names: 16. To compare a wrong name with 200 000 right ones takes some 40 ms; a
/// file in which every name is wrong must not take hours.
pub const SUGGESTIONS: usize = 16;

/// The names in a list that is always looked through for a near one: 256.
pub const SHORT_LIST: usize = 256;

/// The bytes of one expression between its braces: 4096. What is longer belongs into a command.
pub const EXPRESSION_BYTES: usize = 4096;

/// How deep the brackets of one expression may be nested: 32. The expression engine recurses, with
/// a dozen calls for each bracket.
pub const EXPRESSION_DEPTH: usize = 32;

/// The words and signs of one expression: 256. The expression engine recurses over operators as
/// well, and a thousand times `not` overflows its stack.
pub const EXPRESSION_TOKENS: usize = 256;

/// The instructions of one evaluation: 20 000. An expression that names an input takes two.
pub const EXPRESSION_FUEL: u64 = 20_000;

/// The bytes of one evaluated text: 1 MiB, so that filters cannot multiply a small file into a
/// large plan.
pub const EVALUATED_BYTES: usize = 1 << 20;

/// The children of one `for-each`: 10 000. Each has its own lines in the journal and the report.
pub const CHILDREN: usize = 10_000;

/// How deep runbooks may run other runbooks: 8.
pub const INCLUDE_DEPTH: usize = 8;

/// The runbooks that one runbook may run, directly or through others: 64.
pub const INCLUDES: usize = 64;

/// The bytes of a compiled pattern of an input: 32 KiB, which a name of a host in the longest form
/// takes a tenth of. Nested counts multiply: thirty letters can ask for gigabytes.
pub const PATTERN_PROGRAM: usize = 32 << 10;

/// The bytes of a text that a pattern is held against: 4096. A longer one matches none: to match
/// costs the length of the text times that of the pattern, and both are of the same file.
pub const MATCHED_BYTES: usize = 4096;

/// The bytes of values in a plan that the runbook does not hold as they stand: 16 MiB. They are
/// what expressions give, and what each child of a `for-each` and each use of a runbook repeats; a
/// page of text could else ask for gigabytes.
pub const EXPANDED_BYTES: usize = 16 << 20;

/// What a value costs of [`EXPANDED_BYTES`] besides its letters: 32 bytes.
pub const EXPANDED_VALUE: usize = 32;
