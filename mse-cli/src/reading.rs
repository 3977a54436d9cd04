//! Reading: one input after the other through the demuxer of their format, item by item.
//!
//! Whatever looks at coded frames stands on this: the listing, the rules of `mse lint`, the
//! comparison of renditions, and the writer of segments.

use crate::input::{self, Input};
use anyhow::{Context, Result};
use bytes::Bytes;
use mse::{
    Awaited, ByteStreamFormat, Demuxed, Demuxer, InitSegment, Limits, MimeType, Note, ParseError, Place,
};

/// The demuxer of one stream, and the place of the input that it reads now.
pub(crate) struct Reading {
    format: ByteStreamFormat,
    demuxer: Box<dyn Demuxer>,
    /// Bytes of the inputs before this one.
    base: u64,
    /// Bytes of all inputs so far.
    read: u64,
    /// Whether an error ended the stream.
    has_failed: bool,
}

/// An item of the stream, or of its bytes.
pub(crate) enum Item {
    /// A piece of the input, before the demuxer has it.
    Piece(Bytes),
    /// An item that the demuxer found.
    Found(Demuxed),
    /// A false statement of the stream by which nothing is lost.
    Note(Note),
    /// The structure that the input ends inside of.
    Awaited(Awaited),
    /// The error that ends the stream.
    Failed(ParseError),
}

impl Reading {
    /// The demuxer for the format that the first bytes of an input show.
    pub(crate) fn new(input: &Input) -> Result<Self> {
        let registry = input::registry();
        let format = *input::recognise(&registry, input.name(), input.head())?;
        let essence = input::mime_type(&format)?;
        let mime = MimeType::parse(essence).with_context(|| format!("{essence} is not a MIME type"))?;
        let demuxer = (format.new_demuxer)(&mime, &Limits::default());
        Ok(Self { format, demuxer, base: 0, read: 0, has_failed: false })
    }

    /// The format of an input and the tracks that it begins with; none where none come.
    pub(crate) fn tracks(input: &mut Input) -> Result<(ByteStreamFormat, InitSegment)> {
        let mut reading = Self::new(input)?;
        // At most the input; tracks stand near its begin.
        while let Some(piece) = input.next_piece()? {
            reading.demuxer.push(piece);
            loop {
                match reading.demuxer.poll() {
                    Ok(Demuxed::InitSegment(segment)) => return Ok((reading.format, segment)),
                    Ok(Demuxed::NeedMoreData) | Err(_) => break,
                    Ok(_) => {}
                }
            }
        }
        Ok((reading.format, InitSegment::default()))
    }

    /// The format of the stream.
    pub(crate) fn format(&self) -> &ByteStreamFormat {
        &self.format
    }

    /// Bytes of the inputs before the one that is read: places count from there.
    pub(crate) fn base(&self) -> u64 {
        self.base
    }

    /// Place of the last item, counted from the start of its input.
    pub(crate) fn place(&self) -> Place {
        let mut place = self.demuxer.place().unwrap_or_default();
        place.offset = place.offset.saturating_sub(self.base);
        place
    }

    /// Reads an input to its end, or to the error that ends the stream.
    pub(crate) fn read(
        &mut self,
        input: &mut Input,
        each: &mut dyn FnMut(&Self, Item) -> Result<()>,
    ) -> Result<()> {
        self.base = self.read;
        let bar = input::progress(input.size(), input.name());
        while let Some(piece) = input.next_piece()? {
            bar.inc(piece.len() as u64);
            self.read += piece.len() as u64;
            each(self, Item::Piece(piece.clone()))?;
            if self.has_failed {
                continue;
            }
            self.demuxer.push(piece);
            self.items(each)?;
        }
        bar.finish_and_clear();
        if let Some(mut awaited) = self.demuxer.awaits().filter(|_| !self.has_failed) {
            awaited.offset = awaited.offset.saturating_sub(self.base);
            each(self, Item::Awaited(awaited))?;
        }
        Ok(())
    }

    /// Ends the stream: what is held back comes out.
    pub(crate) fn finish(&mut self, each: &mut dyn FnMut(&Self, Item) -> Result<()>) -> Result<()> {
        if self.has_failed {
            return Ok(());
        }
        self.demuxer.flush();
        self.items(each)
    }

    fn items(&mut self, each: &mut dyn FnMut(&Self, Item) -> Result<()>) -> Result<()> {
        loop {
            match self.demuxer.poll() {
                Ok(Demuxed::NeedMoreData) => break,
                Ok(item) => each(self, Item::Found(item))?,
                Err(mut error) => {
                    self.has_failed = true;
                    error.offset = error.offset.saturating_sub(self.base);
                    each(self, Item::Failed(error))?;
                    break;
                }
            }
        }
        for mut note in self.demuxer.notes() {
            note.offset = note.offset.saturating_sub(self.base);
            each(self, Item::Note(note))?;
        }
        Ok(())
    }
}
