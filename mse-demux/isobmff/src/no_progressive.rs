//! [`Progressive`] without the feature `progressive`: a type without values, in the place of the
//! reader of sample tables.

use crate::boxes::IsoBox;
use crate::cursor::Sample;
use crate::fault::{Fault, Result};
use crate::movie::Movie;
use mse_core::{CodedFrame, ErrorCode, FrameData, FrameEncryption, Place};

/// The reader that is not there; [`FORMAT`](crate::FORMAT) never asks for one.
#[derive(Debug)]
pub(crate) enum Progressive {}

impl Progressive {
    pub(crate) fn read(_: &IsoBox<'_>, _: u64, _: &mut Movie, _: u32) -> Result<Option<Self>> {
        Ok(None)
    }

    pub(crate) fn is_done(&self) -> bool {
        match *self {}
    }

    pub(crate) fn lowest_needed(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn is_passed(&self) -> bool {
        match *self {}
    }

    pub(crate) fn first(&self) -> Option<&Sample> {
        match *self {}
    }

    pub(crate) fn auxiliary_elsewhere(&self) -> Option<(u64, u32)> {
        match *self {}
    }

    pub(crate) fn encryption(&self, _: Option<FrameData>) -> Result<Option<FrameEncryption>> {
        match *self {}
    }

    pub(crate) fn take(
        &mut self,
        _: FrameData,
        _: Option<FrameEncryption>,
        _: &mut Movie,
    ) -> Result<Option<CodedFrame>> {
        match *self {}
    }

    pub(crate) fn take_false_flag(&mut self) -> Option<u16> {
        match *self {}
    }

    pub(crate) fn fault(&self, _: ErrorCode, _: &str) -> Fault {
        match *self {}
    }

    pub(crate) fn place_of(&self, _: u16) -> Place {
        match *self {}
    }

    pub(crate) fn place_of_last(&self) -> Place {
        match *self {}
    }
}
