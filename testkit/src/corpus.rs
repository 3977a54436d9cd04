//! A fuzz corpus in one file: each input behind its length. A folder of thousands of tiny files is
//! what fuzzers want, and nobody else.

use std::fs;
use std::io::Result;
use std::path::Path;

/// The inputs of a packed corpus, in its order.
///
/// # Panics
///
/// When the file cannot be read or is cut.
pub fn read(packed: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(packed).unwrap_or_else(|error| panic!("{}: {error}", packed.display()));
    let (mut inputs, mut rest) = (Vec::new(), &bytes[..]);
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (input, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
        inputs.push(input.to_vec());
        rest = behind;
    }
    inputs
}

/// Packs the files of a folder, by their names; says how many.
pub fn pack(folder: &Path, packed: &Path) -> Result<usize> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = entries.collect::<Result<Vec<_>>>()?;
    files.sort();
    let mut out = Vec::new();
    for file in &files {
        let input = fs::read(file)?;
        out.extend((input.len() as u32).to_be_bytes());
        out.extend(input);
    }
    fs::write(packed, out)?;
    Ok(files.len())
}

/// Writes the inputs of a packed corpus as files into a folder; says how many.
pub fn unpack(packed: &Path, folder: &Path) -> Result<usize> {
    fs::create_dir_all(folder)?;
    let inputs = read(packed);
    for (index, input) in inputs.iter().enumerate() {
        fs::write(folder.join(format!("{index:05}")), input)?;
    }
    Ok(inputs.len())
}
