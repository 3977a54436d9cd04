// Moves a movie fragment in time, for streams that repeat.

/** A copy of the segment with `ticks` added to each base media decode time, and `sequence` as its sequence number. */
export function shiftFragment(segment, ticks, sequence) {
    const copy = Buffer.from(segment);
    for (const moof of boxes(copy, 0, copy.length)) {
        if (moof.type === 'sidx') addTime(copy, moof.start + 12 + 8, copy[moof.start + 8], ticks);
        if (moof.type !== 'moof') continue;
        for (const child of boxes(copy, moof.start + 8, moof.end)) {
            if (child.type === 'mfhd') copy.writeUInt32BE(sequence, child.start + 12);
            if (child.type !== 'traf') continue;
            for (const box of boxes(copy, child.start + 8, child.end)) {
                if (box.type === 'tfdt') addTime(copy, box.start + 12, copy[box.start + 8], ticks);
            }
        }
    }
    return copy;
}

function* boxes(bytes, from, to) {
    let start = from;
    while (start + 8 <= to) {
        const size = bytes.readUInt32BE(start);
        if (size < 8) return;
        yield { type: bytes.toString('latin1', start + 4, start + 8), start, end: start + size };
        start += size;
    }
}

/** A time of 32 bits in version 0 and of 64 in version 1. */
function addTime(bytes, offset, version, ticks) {
    if (version === 1) bytes.writeBigUInt64BE(bytes.readBigUInt64BE(offset) + BigInt(ticks), offset);
    else bytes.writeUInt32BE(bytes.readUInt32BE(offset) + ticks, offset);
}
