//! Resources: files, standard input and addresses, or a part of one, as arguments and playlists
//! name them.

use anyhow::{Context, Result, bail};
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

/// Name under which standard input is asked for.
const STANDARD_INPUT: &str = "-";

/// Something that can be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Resource {
    /// Path, address, or `-`.
    name: String,
    /// Offset and length of the part that counts.
    range: Option<(u64, u64)>,
    /// Key of a segment that is encrypted as a whole (RFC 8216 section 4.3.2.4).
    pub(crate) key: Option<Key>,
    /// Whether it goes on with what comes before it; `None` where the bytes tell.
    pub(crate) continues: Option<bool>,
    /// Duration that a playlist gives, in milliseconds.
    pub(crate) milliseconds: u64,
}

/// AES-128 in CBC mode.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Key {
    /// The resource that is the key.
    pub(crate) resource: Box<Resource>,
    pub(crate) vector: [u8; 16],
}

impl Resource {
    /// A whole file, address, or standard input for `-`.
    pub(crate) fn of(name: impl AsRef<Path>) -> Self {
        let name = name.as_ref().to_string_lossy().into_owned();
        Self { name, range: None, key: None, continues: None, milliseconds: 0 }
    }

    /// The same without its key: the bytes as they lie there.
    pub(crate) fn encrypted(&self) -> Self {
        Self { key: None, ..self.clone() }
    }

    /// The same as the begin of a timeline of its own.
    pub(crate) fn beginning(&self) -> Self {
        Self { continues: Some(false), ..self.clone() }
    }

    /// A part of it.
    pub(crate) fn part(self, offset: u64, length: u64) -> Self {
        Self { range: Some((offset, length)), ..self }
    }

    /// The resource that a reference names from here (RFC 3986 section 5, as far as playlists need
    /// it).
    pub(crate) fn resolve(&self, reference: &str) -> Self {
        let Some((scheme, rest)) = self.name.split_once("://") else {
            let folder = Path::new(&self.name).parent().unwrap_or_else(|| Path::new(""));
            return match reference.split_once("://") {
                Some(_) => Self::of(reference),
                None => Self::of(folder.join(reference)),
            };
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let host = rest.split('/').next().unwrap_or_default();
        let name = if reference.contains("://") {
            reference.to_owned()
        } else if let Some(of_scheme) = reference.strip_prefix("//") {
            format!("{scheme}://{of_scheme}")
        } else if let Some(of_host) = reference.strip_prefix('/') {
            format!("{scheme}://{host}/{of_host}")
        } else {
            let folder = rest.rsplit_once('/').map_or(rest, |(folder, _)| folder);
            format!("{scheme}://{folder}/{reference}")
        };
        Self::of(name)
    }

    pub(crate) fn is_standard_input(&self) -> bool {
        self.name == STANDARD_INPUT
    }

    /// Whether the name is that of a playlist.
    pub(crate) fn is_playlist(&self) -> bool {
        let path = self.name.split(['?', '#']).next().unwrap_or_default();
        path.to_ascii_lowercase().ends_with(".m3u8")
    }

    /// Opens it: a reader, and the number of bytes where that is known.
    pub(crate) fn open(&self) -> Result<(Box<dyn Read>, Option<u64>)> {
        self.reader().with_context(|| format!("cannot read {self}"))
    }

    /// All of it, if it is no longer than `most`.
    pub(crate) fn read(&self, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let (reader, _) = self.open()?;
        reader.take(most + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {self}"))?;
        if bytes.len() as u64 > most {
            bail!("{self} is longer than {most} bytes");
        }
        Ok(bytes)
    }

    fn reader(&self) -> Result<(Box<dyn Read>, Option<u64>)> {
        if self.is_standard_input() {
            return Ok((Box::new(io::stdin().lock()), None));
        }
        if self.name.contains("://") {
            return http::open(&self.name, self.range);
        }
        let mut file = File::open(&self.name)?;
        let size = file.metadata()?.len();
        match self.range {
            None => Ok((Box::new(file), Some(size))),
            Some((offset, length)) => {
                file.seek(SeekFrom::Start(offset))?;
                Ok((Box::new(file.take(length)), Some(length.min(size.saturating_sub(offset)))))
            }
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match self.range {
            None => Ok(()),
            Some((offset, length)) => write!(f, "@{offset}+{length}"),
        }
    }
}

#[cfg(feature = "http")]
mod http {
    use anyhow::{Result, bail};
    use std::io::{self, Read};
    use std::time::Duration;

    /// Asks a server for an address, or a part of what is there.
    pub(super) fn open(address: &str, range: Option<(u64, u64)>) -> Result<(Box<dyn Read>, Option<u64>)> {
        if !address.starts_with("http://") {
            bail!("only http:// is spoken here; curl {address} | mse ... - reads the rest");
        }
        let config = ureq::Agent::config_builder().timeout_connect(Some(Duration::from_secs(10)));
        let mut request = ureq::Agent::new_with_config(config.build()).get(address);
        if let Some((offset, length)) = range {
            request = request.header("Range", format!("bytes={offset}-{}", offset + length.max(1) - 1));
        }
        const PARTIAL_CONTENT: u16 = 206;
        let response = request.call()?;
        let is_part = response.status().as_u16() == PARTIAL_CONTENT;
        let size = response.body().content_length();
        let mut reader = response.into_body().into_reader();
        match range {
            // A server that does not know ranges sends all.
            Some((offset, length)) if !is_part => {
                io::copy(&mut reader.by_ref().take(offset), &mut io::sink())?;
                Ok((Box::new(reader.take(length)), Some(length)))
            }
            _ => Ok((Box::new(reader), size)),
        }
    }
}

#[cfg(not(feature = "http"))]
mod http {
    use anyhow::{Result, bail};
    use std::io::Read;

    pub(super) fn open(address: &str, _: Option<(u64, u64)>) -> Result<(Box<dyn Read>, Option<u64>)> {
        bail!("this build reads no addresses (feature http): curl {address} | mse ... -")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_as_browsers_do() {
        for (base, reference, expected) in [
            ("http://a.b/c/d.m3u8?x=/y", "e.ts", "http://a.b/c/e.ts"),
            ("http://a.b/c/d.m3u8", "/e.ts", "http://a.b/e.ts"),
            ("http://a.b/c/d.m3u8", "//f.g/e.ts", "http://f.g/e.ts"),
            ("http://a.b/c/d.m3u8", "http://f.g/e.ts", "http://f.g/e.ts"),
            ("http://a.b", "e.ts", "http://a.b/e.ts"),
            ("folder/d.m3u8", "sub/e.ts", "folder/sub/e.ts"),
            ("d.m3u8", "e.ts", "e.ts"),
            ("folder/d.m3u8", "http://f.g/e.ts", "http://f.g/e.ts"),
        ] {
            assert_eq!(Resource::of(base).resolve(reference).to_string(), expected, "{base} {reference}");
        }
    }
}
