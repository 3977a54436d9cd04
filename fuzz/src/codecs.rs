//! Every reader of codec configurations and headers: the first byte says which.

use mse_codecs::{
    aac, ac3, ac4, adts, alac, annexb, av1, avc, flac, hevc, mpeg_audio, opus, opus_ts, vp9, vvc, webvtt,
};

pub(crate) fn check(data: &[u8]) {
    let Some((&which, bytes)) = data.split_first() else { return };
    match which % 21 {
        0 => drop(avc::AvcConfiguration::parse(bytes)),
        1 => drop(avc::AvcSequence::parse(bytes)),
        2 => drop(hevc::HevcConfiguration::parse(bytes)),
        3 => drop(hevc::HevcSequence::parse(bytes)),
        4 => drop((av1::parse_av1_configuration(bytes), av1::Av1Sequence::find(bytes))),
        5 => drop(vp9::parse_vp_configuration(bytes)),
        6 => drop(aac::AudioSpecificConfig::parse(bytes).and_then(|config| config.channels())),
        7 => drop(ac3::Ac3Configuration::parse_dac3(bytes)),
        8 => drop(ac3::Ac3Configuration::parse_dec3(bytes)),
        9 => drop(ac3::Ac3AccessUnit::parse(bytes)),
        15 => drop(vvc::VvcConfiguration::parse(bytes)),
        16 => drop(ac4::Ac4Configuration::parse(bytes)),
        10 => drop(opus::OpusConfiguration::parse(bytes).map(|_| opus::packet_samples(bytes))),
        11 => drop(flac::FlacStreamInfo::parse(bytes)),
        17 => {
            let record = opus_ts::specific_record(bytes);
            let _ = record.and_then(|record| opus::OpusConfiguration::parse(&record));
        }
        18 => drop(opus_ts::ControlHeader::parse(bytes)),
        20 => {
            webvtt::cues_of_sample(bytes).for_each(drop);
            drop((webvtt::cue_of_webm(bytes), webvtt::cue_of_matroska(bytes, Some(bytes))));
        }
        12 => drop(alac::AlacConfiguration::parse(bytes)),
        13 => {
            let units: usize = annexb::units(bytes).map(<[u8]>::len).sum();
            assert!(units <= bytes.len());
            let prefixed = annexb::to_length_prefixed(bytes);
            let again: usize = mse_codecs::nal::nal_units(&prefixed, 4).map(<[u8]>::len).sum();
            assert_eq!(units, again);
        }
        14 => {
            if let Some(head) = bytes.first_chunk() {
                let size = mpeg_audio::MpegHeader::parse(head).map(|header| header.size);
                assert!(size.is_none_or(|size| size < 8192));
            }
            if let Some(head) = bytes.first_chunk() {
                let _ = adts::AdtsHeader::parse(head)
                    .map(|header| (header.sample_rate(), header.audio_specific_config(bytes)));
            }
        }
        _ => {
            let sets: Vec<&[u8]> = annexb::units(bytes).collect();
            drop(annexb::avc_configuration(&sets, &sets));
            drop(annexb::hevc_configuration(&sets, &sets, &sets));
        }
    }
}
