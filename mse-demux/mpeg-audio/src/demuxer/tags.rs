//! Tags are passed over (MPA-4, MPA-5, MPA-6).

use super::{MpegAudioDemuxer, Step};
use crate::error_code::ICECAST_TOO_LONG;
use crate::metadata::{self, Found, Last, Mark};
use crate::search::Search;
use mse_core::{Awaited, ParseError};

/// A tag that is passed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    name: &'static str,
    start: u64,
    rest: Rest,
}

#[derive(Clone, Copy, Debug)]
enum Rest {
    /// Ends at this position.
    Until(u64),
    /// Ends at a mark; the last bytes that were read.
    Marked(Mark, Last),
}

impl Tag {
    pub(super) fn awaited(&self, position: u64) -> Awaited {
        let need = match self.rest {
            Rest::Until(end) => Some(end - self.start),
            Rest::Marked(..) => None,
        };
        Awaited { what: self.name.into(), offset: self.start, have: position - self.start, need }
    }
}

impl MpegAudioDemuxer {
    /// A tag that begins here, or a byte that is none of one.
    pub(super) fn find_tag(&mut self) -> Result<Step, ParseError> {
        let start = self.input.position();
        let head = self.input.window(start, metadata::HEAD.min(self.input.len())).unwrap_or_default();
        if head.is_empty() {
            return Ok(Step::NeedMoreData);
        }
        let (name, rest) = match metadata::find(&head) {
            Found::Tag(name, size) => (name, Rest::Until(start + size)),
            Found::Marked(mark) => (mark.name(), Rest::Marked(mark, Last::default())),
            Found::Perhaps => return Ok(Step::NeedMoreData),
            Found::Nothing => return self.search(),
        };
        self.tag = Some(Tag { name, start, rest });
        self.is_believed = false;
        Ok(Step::Progress)
    }

    /// Goes on through a tag.
    pub(super) fn pass(&mut self, tag: Tag) -> Result<Step, ParseError> {
        let is_over = match tag.rest {
            Rest::Until(end) => {
                let left = end - self.input.position();
                self.input.skip(usize::try_from(left).unwrap_or(usize::MAX)) as u64 == left
            }
            Rest::Marked(mark, last) => self.pass_to(tag, mark, last)?,
        };
        if is_over {
            self.tag = None;
            return Ok(Step::Progress);
        }
        Ok(Step::NeedMoreData)
    }

    /// Whether the mark that ends a tag has come. Each byte is looked at once.
    fn pass_to(&mut self, tag: Tag, mark: Mark, mut last: Last) -> Result<bool, ParseError> {
        while let Some(&byte) = self.input.front().first() {
            if self.input.position() - tag.start >= mark.limit() {
                return match mark {
                    Mark::Icecast => {
                        let detail = "an Icecast header that does not end";
                        Err(self.error(ICECAST_TOO_LONG, tag.start, detail))
                    }
                    // It was no tag then, and what came instead is lost.
                    Mark::Lyrics3 => {
                        self.search = Some(Search::new(tag.start, self.input.position()));
                        Ok(true)
                    }
                };
            }
            self.input.skip(1);
            last.push(byte);
            if mark.ends_with(&last) {
                return Ok(true);
            }
        }
        self.tag = Some(Tag { rest: Rest::Marked(mark, last), ..tag });
        Ok(false)
    }
}
