//! Samples in runs: what [`poll`](Demuxer::poll) gives one by one, as long as nothing has to be
//! looked at but where samples lie.

use crate::demuxer::IsoBmffDemuxer;
use crate::fault::Result;
use crate::fragment::Window;
use mse_core::FrameRun;

impl IsoBmffDemuxer {
    /// Moves samples of the current `moof` into a run, while they lie in the first appended piece
    /// and in the last `mdat` whose header was read. Where one does not, `poll` finds out why.
    pub(crate) fn take_run(&mut self, run: &mut FrameRun) -> Result<()> {
        if self.has_other_items() || self.fragment.is_done() {
            return Ok(());
        }
        let (Some(movie), Some(media_data)) = (&mut self.movie, self.media_data.back()) else {
            return Ok(());
        };
        if movie.has_captions {
            return Ok(());
        }
        let Some((start, piece)) = self.input.first_piece() else { return Ok(()) };
        let from = media_data.start.max(self.input.position());
        let to = media_data.end.min(start + piece.len() as u64);
        let window = Window { piece, start, within: from..to };
        run.begin(piece);
        self.fragment.take_alone(run, &window, movie)?;
        while run.has_room(0) {
            let Some((position, size)) = self.fragment.next_sample(movie)? else { break };
            let Some((offset, data)) = window.data(position, size) else { break };
            if !self.fragment.take_plain(run, offset, data)? {
                break;
            }
        }
        self.release();
        Ok(())
    }
}
