//! The token language of frames and ranges.

use mse_core::{MediaTime, TimeRanges, TrackId};
use mse_mock::frames::{
    frames, full_token, milliseconds, ms, parse_frames, parse_milliseconds, parse_ranges, ranges, tokens,
};

#[test]
fn defaults_fill_what_a_token_leaves_out() {
    let list = frames("0K 40|10 20|20D20 60K");
    let got: Vec<_> = list.iter().map(full_token).collect();
    assert_eq!(got, ["0D10K:0K", "40|10D10:40|10", "20D20:20|20D20", "60D20K:60K"]);
}

#[test]
fn a_lone_frame_lasts_a_second() {
    assert_eq!(frames("5K")[0].duration, MediaTime::SECOND);
}

#[test]
fn suffixes_come_in_any_order_with_decimals_and_signs() {
    let list = frames("-40.5KD33.25 -7.25|-8D0.5K");
    let got: Vec<_> = list.iter().map(full_token).collect();
    assert_eq!(got, ["-40.5D33.25K:-40.5KD33.25", "-7.25|-8D0.5K:-7.25|-8D0.5K"]);
}

#[test]
fn short_tokens_print_and_parse_back() {
    for text in ["", "0K 30 60|90", "-1.5K", "0.000001K 33.333333 66.666667"] {
        assert_eq!(tokens(&frames(text)), text);
    }
}

#[test]
fn errors_name_the_token() {
    for (text, expected) in [
        ("0K x", "token 2 `x`: PTS is a number of milliseconds"),
        ("0K 1|", "token 2 `1|`: DTS is a number of milliseconds"),
        ("0KK", "token 1 `0KK`: K twice"),
        ("0D1D2", "token 1 `0D1D2`: D twice"),
        ("0K5", "token 1 `0K5`: K takes no value"),
        ("0D", "token 1 `0D`: D is followed by a number of milliseconds"),
        ("0D-1", "token 1 `0D-1`: a duration is never negative"),
        ("10K 5", "token 1 `10K`: the next token's DTS is earlier; give the duration with D"),
    ] {
        assert_eq!(parse_frames(TrackId(1), text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn every_flick_has_its_own_text() {
    for flicks in (-2000..2000).chain([705_599, 705_601, 18_432_653, 4_611_686_018_427_387_904]) {
        let time = MediaTime::from_flicks(flicks);
        assert_eq!(parse_milliseconds(&milliseconds(time)), Some(time), "{}", milliseconds(time));
    }
    assert_eq!(milliseconds(ms(-1500)), "-1500");
}

#[test]
fn ranges_print_and_parse_back() {
    let set: TimeRanges = [(ms(0), ms(180)), (ms(300), MediaTime::INFINITY)].into_iter().collect();
    assert_eq!(ranges(&set), "{ [0,180) [300,Infinity) }");
    assert_eq!(parse_ranges("{ [0,180) [300,Infinity) }"), Ok(set));
    assert_eq!(ranges(&parse_ranges("{ }").unwrap()), "{ }");
    let error = parse_ranges("{ [0,180) [5,5) }").unwrap_err();
    assert_eq!(error.to_string(), "token 2 `[5,5)`: the end must be after the start");
}
