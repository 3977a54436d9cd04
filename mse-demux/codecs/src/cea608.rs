//! CEA-608 captions as text cues: what a decoder of line 21 (ANSI/CTA-608-E) shows of the pairs of
//! bytes in a `cc_data()` of ATSC A/53 part 4, and when.
//!
//! Pop-on captions are cues from the moment at which they are shown to that at which they go. Of
//! roll-up and paint-on captions each line is shown from its first character on, with what is above
//! it. Colours and styles are not read.

use crate::text_cue::{TextCue, escaped};
use mse_core::MediaTime;
use std::fmt::Write as _;

const ROWS: usize = 15;
const COLUMNS: usize = 32;

/// A caption service: CC1 and CC2 in the first field, CC3 and CC4 in the second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Service {
    field: u8,
    channel: u8,
}

impl Service {
    /// CC1, CC2, CC3, CC4.
    pub const ALL: [Self; 4] = [Self::new(0, 0), Self::new(0, 1), Self::new(1, 0), Self::new(1, 1)];

    const fn new(field: u8, channel: u8) -> Self {
        Self { field, channel }
    }

    /// Position in [`ALL`](Self::ALL).
    pub const fn index(self) -> usize {
        (self.field * 2 + self.channel) as usize
    }

    /// `cc1` to `cc4`, the name of a text track (TTK-2).
    pub const fn name(self) -> &'static str {
        ["cc1", "cc2", "cc3", "cc4"][self.index()]
    }
}

/// A pair of bytes of line 21.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair {
    field: u8,
    bytes: [u8; 2],
}

impl Pair {
    /// Field that it is in, 0 or 1.
    pub fn field(self) -> usize {
        self.field.into()
    }

    /// The service that a control code speaks to; `None` for a pair that is none.
    pub fn service(self) -> Option<Service> {
        let first = self.bytes[0];
        (0x10..0x20).contains(&first).then(|| Service::new(self.field, (first >> 3) & 1))
    }
}

/// The pairs of a `cc_data()` that say something: valid ones of line 21 without padding.
pub fn pairs(cc_data: &[u8]) -> impl Iterator<Item = Pair> {
    let count = cc_data.first().map_or(0, |flags| usize::from(flags & 0x1F));
    let constructs = cc_data.get(2..).unwrap_or_default().as_chunks::<3>().0.iter().take(count);
    constructs.filter_map(|&[marker, first, second]| {
        let (is_valid, kind) = (marker & 4 != 0, marker & 3);
        let bytes = [first & 0x7F, second & 0x7F];
        (is_valid && kind < 2 && bytes != [0, 0]).then_some(Pair { field: kind, bytes })
    })
}

/// Fills of a screen: how captions come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// Nothing was said yet, or text that is no caption.
    None,
    PopOn,
    PaintOn,
    RollUp(usize),
}

/// Characters by row and column; `None` is transparent.
#[derive(Clone, PartialEq, Eq)]
struct Screen([[Option<char>; COLUMNS]; ROWS]);

impl Screen {
    const EMPTY: Self = Self([[None; COLUMNS]; ROWS]);

    fn put(&mut self, row: usize, column: usize, character: Option<char>) {
        if let Some(cell) = self.0.get_mut(row).and_then(|cells| cells.get_mut(column)) {
            *cell = character;
        }
    }

    /// Moves the rows of a window up by one.
    fn roll(&mut self, last: usize, rows: usize) {
        let first = (last + 1).saturating_sub(rows);
        for row in first..last {
            self.0[row] = self.0[row + 1];
        }
        for (row, cells) in self.0.iter_mut().enumerate() {
            if row < first || row >= last {
                *cells = [None; COLUMNS];
            }
        }
    }

    /// Rows that have something, each from its first character to its last.
    fn lines(&self) -> impl Iterator<Item = (usize, usize, String)> {
        self.0.iter().enumerate().filter_map(|(row, cells)| {
            let is_text = |cell: &Option<char>| cell.is_some_and(|character| character != ' ');
            let (first, last) = (cells.iter().position(is_text)?, cells.iter().rposition(is_text)?);
            let text = cells[first..=last].iter().map(|cell| cell.unwrap_or(' ')).collect();
            Some((row, first, text))
        })
    }

    fn cue(&self, start: MediaTime, end: MediaTime) -> Option<TextCue> {
        let (row, column, mut text) = self.lines().next()?;
        for (_, _, line) in self.lines().skip(1) {
            text.push('\n');
            text.push_str(&line);
        }
        let column = self.lines().map(|(_, column, _)| column).min().unwrap_or(column);
        let mut settings = String::new();
        // The safe area: 80 % of width and height.
        let (line, position) = (10.0 + 80.0 * row as f64 / ROWS as f64, 10.0 + 2.5 * column as f64);
        // Writing to a string does not fail.
        let _ = write!(settings, "line:{line:.2}% position:{position}% align:start");
        Some(TextCue { start, end, id: String::new(), settings, text: escaped(&text) })
    }
}

/// Decoder of one service. Takes the pairs of its field in the order of their presentation.
pub struct Decoder {
    service: Service,
    /// Whether characters belong to the service: the last control code of the field spoke to it.
    is_addressed: bool,
    mode: Mode,
    displayed: Screen,
    hidden: Screen,
    row: usize,
    column: usize,
    /// Time from which the displayed screen is as it is.
    since: MediaTime,
    /// The last pair if it was a control code, which may come twice.
    last_control: Option<[u8; 2]>,
    cues: Vec<TextCue>,
}

impl Decoder {
    /// A decoder of a service.
    pub fn new(service: Service) -> Self {
        Self {
            service,
            is_addressed: false,
            mode: Mode::None,
            displayed: Screen::EMPTY,
            hidden: Screen::EMPTY,
            row: ROWS - 1,
            column: 0,
            since: MediaTime::ZERO,
            last_control: None,
            cues: Vec::new(),
        }
    }

    /// Takes a pair that is presented at `time`; pairs of the other field are passed over.
    pub fn push(&mut self, time: MediaTime, pair: Pair) {
        if pair.field != self.service.field {
            return;
        }
        let [first, second] = pair.bytes;
        match first {
            // Extended data services, up to the next control code.
            0x01..=0x0F if pair.field == 1 => self.is_addressed = false,
            0x10..=0x1F => {
                let is_repeated = self.last_control == Some(pair.bytes);
                self.last_control = if is_repeated { None } else { Some(pair.bytes) };
                self.is_addressed = pair.service() == Some(self.service);
                if self.is_addressed && !is_repeated {
                    self.control(time, first & 0x17, second);
                }
                return;
            }
            _ if self.is_addressed => {
                for byte in [first, second] {
                    if let Some(character) = basic(byte) {
                        self.type_character(time, character);
                    }
                }
            }
            _ => {}
        }
        self.last_control = None;
    }

    /// Returns the cues; what is shown still is shown until `end`.
    pub fn finish(mut self, end: MediaTime) -> Vec<TextCue> {
        self.emit(end);
        self.cues
    }

    /// Ends the cue of what is displayed.
    fn emit(&mut self, time: MediaTime) {
        if self.since < time {
            self.cues.extend(self.displayed.cue(self.since, time));
        }
        self.since = time;
    }

    fn control(&mut self, time: MediaTime, first: u8, second: u8) {
        match (first, second) {
            (0x14 | 0x15, 0x20..=0x2F) => self.command(time, second),
            (0x17, 0x21..=0x23) => self.column = (self.column + usize::from(second - 0x20)).min(COLUMNS - 1),
            (0x11, 0x20..=0x2F) => self.type_character(time, ' '),
            (0x11, 0x30..=0x3F) => self.type_character(time, SPECIAL[usize::from(second - 0x30)]),
            (0x12 | 0x13, 0x20..=0x3F) => {
                // Takes the place of the character before, which is for decoders that lack it.
                self.column = self.column.saturating_sub(1);
                let table = if first == 0x12 { &SPANISH_AND_FRENCH } else { &PORTUGUESE_AND_GERMAN };
                self.type_character(time, table[usize::from(second - 0x20)]);
            }
            (_, 0x40..=0x7F) => self.address_row(first, second),
            _ => {}
        }
    }

    fn command(&mut self, time: MediaTime, command: u8) {
        match command {
            0x20 => self.mode = Mode::PopOn,
            // Backspace, and delete to the end of the row.
            0x21 => {
                self.column = self.column.saturating_sub(1);
                self.put(time, self.column, None);
            }
            0x24 => (self.column..COLUMNS).for_each(|column| self.put(time, column, None)),
            0x25..=0x27 => self.roll_up(time, usize::from(command - 0x23)),
            0x29 => self.mode = Mode::PaintOn,
            0x2A | 0x2B => self.mode = Mode::None,
            0x2C => {
                self.emit(time);
                self.displayed = Screen::EMPTY;
            }
            0x2D => {
                if let Mode::RollUp(rows) = self.mode {
                    self.emit(time);
                    self.displayed.roll(self.row, rows);
                    self.column = 0;
                }
            }
            0x2E => self.hidden = Screen::EMPTY,
            0x2F => {
                self.emit(time);
                std::mem::swap(&mut self.displayed, &mut self.hidden);
                self.mode = Mode::PopOn;
            }
            _ => {}
        }
    }

    fn roll_up(&mut self, time: MediaTime, rows: usize) {
        if !matches!(self.mode, Mode::RollUp(_)) {
            self.emit(time);
            (self.displayed, self.hidden) = (Screen::EMPTY, Screen::EMPTY);
            (self.row, self.column) = (ROWS - 1, 0);
        }
        self.mode = Mode::RollUp(rows);
    }

    /// A preamble address code: the row, and where in it.
    fn address_row(&mut self, first: u8, second: u8) {
        const OF_CODES: [usize; 16] = [10, 10, 0, 1, 2, 3, 11, 12, 13, 14, 4, 5, 6, 7, 8, 9];
        let row = OF_CODES[usize::from(first & 7) * 2 + usize::from(second >> 5 & 1)];
        // Captions that roll stay where they are: the window is moved by its first line alone.
        if let Mode::RollUp(_) = self.mode
            && row != self.row
        {
            let line = self.displayed.0[self.row];
            self.displayed.0[self.row] = [None; COLUMNS];
            self.displayed.0[row] = line;
        }
        self.row = row;
        self.column = if second & 0x10 == 0 { 0 } else { usize::from(second >> 1 & 7) * 4 };
    }

    fn type_character(&mut self, time: MediaTime, character: char) {
        self.put(time, self.column, Some(character));
        self.column = (self.column + 1).min(COLUMNS - 1);
    }

    fn put(&mut self, time: MediaTime, column: usize, character: Option<char>) {
        match self.mode {
            Mode::None => {}
            Mode::PopOn => self.hidden.put(self.row, column, character),
            Mode::PaintOn | Mode::RollUp(_) => {
                // The first character of a line: what was there before ends here.
                if character.is_some() && self.displayed.0[self.row].iter().all(Option::is_none) {
                    self.emit(time);
                }
                self.displayed.put(self.row, column, character);
            }
        }
    }
}

/// A character of the basic set, which is ASCII but for some.
fn basic(byte: u8) -> Option<char> {
    Some(match byte {
        0x2A => 'á',
        0x5C => 'é',
        0x5E => 'í',
        0x5F => 'ó',
        0x60 => 'ú',
        0x7B => 'ç',
        0x7C => '÷',
        0x7D => 'Ñ',
        0x7E => 'ñ',
        0x7F => '█',
        0x20..=0x7A => char::from(byte),
        _ => return None,
    })
}

const SPECIAL: [char; 16] = ['®', '°', '½', '¿', '™', '¢', '£', '♪', 'à', ' ', 'è', 'â', 'ê', 'î', 'ô', 'û'];

const SPANISH_AND_FRENCH: [char; 32] = [
    'Á', 'É', 'Ó', 'Ú', 'Ü', 'ü', '‘', '¡', '*', '’', '—', '©', '℠', '•', '“', '”', 'À', 'Â', 'Ç', 'È', 'Ê',
    'Ë', 'ë', 'Î', 'Ï', 'ï', 'Ô', 'Ù', 'ù', 'Û', '«', '»',
];

const PORTUGUESE_AND_GERMAN: [char; 32] = [
    'Ã', 'ã', 'Í', 'Ì', 'ì', 'Ò', 'ò', 'Õ', 'õ', '{', '}', '\\', '^', '_', '|', '~', 'Ä', 'ä', 'Ö', 'ö', 'ß',
    '¥', '¤', '¦', 'Å', 'å', 'Ø', 'ø', '┌', '┐', '└', '┘',
];

#[cfg(test)]
mod tests {
    use super::{Decoder, Pair, Service, pairs};
    use mse_core::MediaTime;

    const CC1: Service = Service::ALL[0];
    const CC2: Service = Service::ALL[1];
    const CC3: Service = Service::ALL[2];

    fn seconds(time: f64) -> MediaTime {
        MediaTime::from_seconds(time)
    }

    /// Steps of a field as `(time, pairs in hexadecimal or quoted text)`, and the cues at time 100.
    fn shown(service: Service, steps: &[(f64, &str)]) -> Vec<String> {
        let mut decoder = Decoder::new(service);
        for (time, words) in steps {
            for word in words.split('|') {
                let bytes: Vec<u8> = match word.strip_prefix('"') {
                    Some(text) => text.bytes().chain([0]).take(text.len().next_multiple_of(2)).collect(),
                    None => word
                        .as_bytes()
                        .chunks(2)
                        .map(|digits| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap())
                        .collect(),
                };
                for &bytes in bytes.as_chunks::<2>().0 {
                    decoder.push(seconds(*time), Pair { field: service.field, bytes });
                }
            }
        }
        let line = |text: &str| text.replace('\n', "/");
        let cues = decoder.finish(seconds(100.0));
        cues.iter().map(|cue| format!("{}..{} {}", cue.start, cue.end, line(&cue.text))).collect()
    }

    #[test]
    fn pop_on_captions_are_shown_from_one_end_of_caption_to_the_next() {
        let steps = [
            // Resume loading twice, row 15, text; then shown, twice.
            (0.0, "1420|1420|142E|142E|1460|1460|\"HELLO"),
            (1.0, "142F|142F"),
            (1.5, "1420|142E|1340|\"TWO|1360|\"LINES"),
            (3.0, "142F"),
            (5.0, "142C|142C"),
        ];
        assert_eq!(shown(CC1, &steps), ["1..3 HELLO", "3..5 TWO/LINES"]);
        // Nothing was there to be shown.
        assert_eq!(shown(CC1, &[(1.0, "142F"), (2.0, "142C")]), [""; 0]);
        // Shown to the end.
        assert_eq!(shown(CC1, &steps[..2]), ["1..100 HELLO"]);
    }

    #[test]
    fn roll_up_captions_move_up_line_by_line() {
        let steps =
            [(0.0, "1425|142D|1460|\"ONE"), (2.0, "142D|\"TWO"), (4.0, "142D|\"THREE"), (6.0, "142C")];
        assert_eq!(shown(CC1, &steps), ["0..2 ONE", "2..4 ONE/TWO", "4..6 TWO/THREE"]);
        // Three rows.
        let steps = [(0.0, "1426|\"A"), (1.0, "142D|\"B"), (2.0, "142D|\"C"), (3.0, "142D|\"D")];
        assert_eq!(shown(CC1, &steps), ["0..1 A", "1..2 A/B", "2..3 A/B/C", "3..100 B/C/D"]);
    }

    #[test]
    fn paint_on_captions_are_shown_from_their_first_character() {
        let steps = [(1.0, "1429|1460|\"PAI"), (1.1, "\"NT"), (2.0, "1340|\"MORE"), (4.0, "142C")];
        assert_eq!(shown(CC1, &steps), ["1..2 PAINT", "2..4 MORE/PAINT"]);
    }

    #[test]
    fn a_service_takes_what_is_addressed_to_it() {
        let steps = [(0.0, "1420|\"ONE|1C20|\"TWO|1420|\"S"), (1.0, "142F|1C2F")];
        assert_eq!(shown(CC1, &steps), ["1..100 ONES"]);
        assert_eq!(shown(CC2, &steps), ["1..100 TWO"]);
        // Extended data between captions of the second field.
        let steps = [(0.0, "1520|\"ONE|0105|\"XDS|0F1D|1520|\"S"), (1.0, "152F")];
        assert_eq!(shown(CC3, &steps), ["1..100 ONES"]);
        // Text mode is no caption.
        assert_eq!(shown(CC1, &[(0.0, "142B|\"TEXT"), (1.0, "142F")]), [""; 0]);
    }

    #[test]
    fn characters_of_every_set() {
        let text = |codes: &str| {
            let steps = [(0.0, format!("1420|142E|{codes}")), (1.0, "142F".to_owned())];
            let steps = steps.each_ref().map(|(time, codes)| (*time, codes.as_str()));
            shown(CC1, &steps).concat().split_once(' ').map(|(_, text)| text.to_owned()).unwrap_or_default()
        };
        assert_eq!(text("\"AB|1137|\"C"), "AB♪C");
        assert_eq!(text("\"Ae|1221"), "AÉ", "in the place of the e");
        assert_eq!(text("\"s|1334"), "ß");
        assert_eq!(text("2A5C"), "áé");
        assert_eq!(text("\"A<B&"), "A&lt;B&amp;");
        assert_eq!(text("\"ABC|1421|\"D"), "ABD", "backspace");
        assert_eq!(text("\"A|112E|\"B"), "A B", "a code of style is a blank");
        assert_eq!(text("\"ABCD|1460|1424|\"X"), "X", "deleted to the end of the row");
        assert_eq!(text("1454|\"IN|1722|\"OUT"), "IN  OUT", "tabs");
    }

    #[test]
    fn rows_and_columns_become_settings() {
        let settings = |row: &str| {
            let mut decoder = Decoder::new(CC1);
            let codes = u16::from_str_radix(row, 16).unwrap().to_be_bytes();
            for bytes in [[0x14, 0x20], codes, *b"A\0", [0x14, 0x2F]] {
                decoder.push(seconds(1.0), Pair { field: 0, bytes });
            }
            decoder.finish(seconds(2.0)).remove(0).settings
        };
        assert_eq!(settings("1140"), "line:10.00% position:10% align:start", "row 1");
        assert_eq!(settings("1460"), "line:84.67% position:10% align:start", "row 15");
        assert_eq!(settings("1040"), "line:63.33% position:10% align:start", "row 11");
        assert_eq!(settings("1476"), "line:84.67% position:40% align:start", "indent 12");
    }

    #[test]
    fn pairs_are_those_of_line_21_that_say_something() {
        let cc_data =
            [0x45, 0xFF, 0xFC, 0x94, 0x20, 0xFC, 0x80, 0x80, 0xFD, 0x15, 0x2C, 0xFE, 1, 2, 0xF8, 0x94, 0x2C];
        let found: Vec<_> = pairs(&cc_data).map(|pair| (pair.field, pair.bytes)).collect();
        assert_eq!(found, [(0, [0x14, 0x20]), (1, [0x15, 0x2C])]);
        assert_eq!(
            pairs(&cc_data).filter_map(Pair::service).map(Service::name).collect::<Vec<_>>(),
            ["cc1", "cc3"]
        );
        for end in 0..cc_data.len() {
            assert!(pairs(&cc_data[..end]).count() <= 2);
        }
    }

    #[test]
    fn whatever_comes_is_taken() {
        let mut random = mse_testkit::random::Random::new(608);
        for service in Service::ALL {
            let mut decoder = Decoder::new(service);
            for at in 0..100_000_u32 {
                let bits = random.bits();
                let bytes =
                    [(bits >> 8) as u8 & 0x7F & if bits & 1 == 0 { 0x1F } else { 0x7F }, bits as u8 & 0x7F];
                decoder.push(seconds(f64::from(at)), Pair { field: (bits >> 40) as u8 & 1, bytes });
            }
            let cues = decoder.finish(seconds(1e6));
            assert!(cues.iter().all(|cue| cue.start < cue.end && !cue.text.is_empty()));
            assert!(cues.is_sorted_by_key(|cue| cue.start));
        }
    }
}
