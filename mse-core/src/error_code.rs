//! [`ErrorCode`]: the stable name of a fault, and [`error_codes!`](crate::error_codes), by which a format writes its table.

/// A kind of fault that a format finds. [`ParseError::code`](crate::ParseError) holds the name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorCode {
    /// The stable name, such as `isobmff.tfdt-missing`.
    pub code: &'static str,
    /// Id of the requirement that makes the fault one: a row of docs/requirements.md.
    pub row: &'static str,
    /// Meaning of the code, in a sentence for people.
    pub meaning: &'static str,
}

/// No memory for what the input has to be joined or copied for, whatever the format.
pub const OUT_OF_MEMORY: ErrorCode = ErrorCode {
    code: "mse.out-of-memory",
    row: "SPL-9",
    meaning: "there is no memory for what was appended",
};

/// Declares the faults of a format, each a constant, and `ALL` of them. Codes are part of a
/// format's API: none is ever reused for another fault.
///
/// ```
/// mse_core::error_codes! {
///     "lines";
///     /// A line without an end.
///     UNFINISHED = "unfinished", "BSF-10";
/// }
/// assert_eq!(UNFINISHED.code, "lines.unfinished");
/// assert_eq!(UNFINISHED.meaning, "A line without an end.");
/// assert_eq!(ALL, [UNFINISHED]);
/// ```
#[macro_export]
macro_rules! error_codes {
    ($format:literal; $($(#[doc = $doc:literal])+ $name:ident = $code:literal, $row:literal;)*) => {
        $(
            $(#[doc = $doc])+
            pub const $name: $crate::ErrorCode = $crate::ErrorCode {
                code: concat!($format, ".", $code),
                row: $row,
                meaning: concat!($($doc),+).trim_ascii_start(),
            };
        )*

        /// All of them.
        pub const ALL: &[$crate::ErrorCode] = &[$($name),*];
    };
}
