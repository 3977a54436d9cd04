// Sections of an ELF file, as far as needed to see whether it is stripped.

const SECTION_HEADER = 64;

/** Whether a 64-bit little-endian ELF file has sections of debug information or a full symbol table. Other files: false. */
export function debugSections(bytes) {
    if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) return false;
    const [headers, count, names] = [Number(bytes.readBigUInt64LE(40)), bytes.readUInt16LE(60), bytes.readUInt16LE(62)];
    const section = (index) => headers + index * SECTION_HEADER;
    if (names >= count || section(count) > bytes.length) return false;
    const table = Number(bytes.readBigUInt64LE(section(names) + 24));
    return Array.from({ length: count }, (_, index) => table + bytes.readUInt32LE(section(index)))
        .map((at) => bytes.toString('latin1', at, bytes.indexOf(0, at)))
        .some((name) => name.startsWith('.debug_') || name === '.symtab');
}
