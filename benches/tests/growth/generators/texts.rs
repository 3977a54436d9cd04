//! MIME types and codecs strings, as long as they may be.

use super::{Generator, Run};

pub(super) const ALL: &[Generator] = &[
    text("mime: codecs", |n| quoted(n, "avc1.4d401e,")),
    text("mime: unknown codecs", |n| quoted(n, "x,")),
    text("mime: commas", |n| quoted(n, ",")),
    text("mime: a long codec", |n| quoted(n, "a")),
    text("mime: a codec of many parts", |n| quoted(n, "a.")),
    text("mime: a codec of HEVC with many constraints", |n| {
        format!("video/mp4; codecs=\"hvc1.1.6.L93{}\"", ".B0".repeat(n / 3))
    }),
    text("mime: a codec of AV1 with many parts", |n| {
        format!("video/mp4; codecs=\"av01.0.04M.08{}\"", ".0".repeat(n / 2))
    }),
    text("mime: escapes", |n| quoted(n, "\\a")),
    text("mime: blanks in codecs", |n| quoted(n, " ")),
    text("mime: blanks", |n| format!("video/mp4{}", " ".repeat(n))),
    text("mime: semicolons", |n| format!("video/mp4{}", ";".repeat(n))),
    text("mime: parameters without value", |n| format!("video/mp4{}", ";a".repeat(n / 2))),
    text("mime: parameters of one name", |n| format!("video/mp4{}", ";a=b".repeat(n / 4))),
    text("mime: parameters of other names", |n| {
        let names: String = (0..n / 8).map(|index| format!(";a{index:04}=b")).collect();
        format!("video/mp4{names}")
    }),
    text("mime: a long parameter", |n| format!("video/mp4; a={}", "b".repeat(n))),
    text("mime: a quotation that never ends", |n| format!("video/mp4; a=\"{}", "b".repeat(n))),
    text("mime: a long type", |n| format!("{}/mp4", "v".repeat(n))),
    text("mime: a long subtype", |n| format!("video/{}", "m".repeat(n))),
    text("mime: slashes", |n| "/".repeat(n)),
    text("mime: longer than may be", |n| format!("video/mp4; codecs=\"{}\"", "a,".repeat(n * 10))),
];

const fn text(name: &'static str, make: fn(usize) -> String) -> Generator {
    Generator { name, run: Run::Text(make) }
}

fn quoted(n: usize, unit: &str) -> String {
    format!("video/mp4; codecs=\"{}\"", unit.repeat(n / unit.len()))
}
