//! Media files of a folder, with all folders in it; each with the initialization segment that it
//! needs.

use std::fs;
use std::path::{Path, PathBuf};

/// One input: a file, and the file with its initialization segment where it has none of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The file.
    pub file: PathBuf,
    /// Initialization segment of the file.
    pub init: Option<PathBuf>,
}

impl Input {
    /// The bytes, initialization segment first.
    ///
    /// # Errors
    ///
    /// Why a file cannot be read.
    pub fn read(&self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        for file in self.init.iter().chain([&self.file]) {
            bytes.extend(fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?);
        }
        Ok(bytes)
    }
}

/// All files under a folder, by name.
///
/// # Errors
///
/// Why a folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let error = |error: std::io::Error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(error)? {
            let entry = entry.map_err(error)?;
            // A link to a folder above would never end.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The inputs among files: a media segment goes with the initialization segment of its folder whose
/// name is most like its own.
pub fn inputs(files: &[PathBuf]) -> Vec<Input> {
    let heads: Vec<Head> = files.iter().map(|file| Head::of(file)).collect();
    let input = |(file, head): (&PathBuf, &Head)| {
        let init = (*head == Head::Media).then(|| init_of(file, files, &heads)).flatten();
        Input { file: file.clone(), init }
    };
    files.iter().zip(&heads).map(input).collect()
}

#[derive(PartialEq, Clone, Copy)]
enum Head {
    /// An initialization segment and nothing else.
    Init,
    /// A media segment without initialization segment.
    Media,
    Other,
}

impl Head {
    fn of(file: &Path) -> Self {
        let Ok(bytes) = fs::read(file) else { return Self::Other };
        let has = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
        match bytes.get(4..8) {
            Some(b"styp" | b"moof" | b"sidx" | b"prft" | b"emsg") if !has(b"moov") => return Self::Media,
            Some(b"ftyp" | b"moov") if !has(b"moof") && !has(b"mdat") => return Self::Init,
            _ => {}
        }
        const EBML: &[u8] = b"\x1A\x45\xDF\xA3";
        const CLUSTER: &[u8] = b"\x1F\x43\xB6\x75";
        match (bytes.starts_with(EBML), bytes.starts_with(CLUSTER), has(CLUSTER)) {
            (true, _, false) => Self::Init,
            (_, true, _) => Self::Media,
            _ => Self::Other,
        }
    }
}

fn init_of(file: &Path, files: &[PathBuf], heads: &[Head]) -> Option<PathBuf> {
    let name = file.file_name()?.to_string_lossy().into_owned();
    let alike = |other: &PathBuf| {
        let other = other.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
    };
    let inits = files.iter().zip(heads).filter(|(other, head)| {
        **head == Head::Init && other.parent() == file.parent() && other.extension().is_some()
    });
    inits.map(|(init, _)| init).filter(|init| alike(init) > 0).max_by_key(|init| alike(init)).cloned()
}
