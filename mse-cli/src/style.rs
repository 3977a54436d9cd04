//! Colours of the terminal output; `anstream` takes them away where there is no terminal or
//! `NO_COLOR` is set.

use anstyle::{AnsiColor, Style};

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const KEY: Style = AnsiColor::Green.on_default();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();

/// `text` in a style.
pub(crate) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{}{text}{}", style.render(), style.render_reset())
}

/// Says on standard error what went wrong.
pub(crate) fn error(message: &str) {
    anstream::eprintln!("{} {message}", paint(ERROR, "error:"));
}

/// Says on standard error what of the input does not come out.
pub(crate) fn warning(message: &str) {
    anstream::eprintln!("{} {message}", paint(WARNING, "warning:"));
}
