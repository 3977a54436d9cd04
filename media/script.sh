# What the make-*.sh scripts of tones and transport streams share: their options, and where files go.
# shellcheck shell=bash disable=SC2034

out=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ffmpeg=${FFMPEG:-ffmpeg}
mkvmerge=${MKVMERGE:-mkvmerge}

# read_options ARGUMENTS: --out and --help. The script has defined `usage`.
read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
            --out) out=$2; shift 2 ;;
            --help) usage; exit 0 ;;
            *) usage >&2; exit 2 ;;
        esac
    done
    mkdir -p "$out"
}

# tone FILE RATE SECONDS ARGUMENTS: a tone through ffmpeg, the same bytes on every run.
tone() {
    local name=$1 rate=$2 seconds=$3
    shift 3
    "$ffmpeg" -v error -y -f lavfi -i "sine=frequency=440:sample_rate=$rate:duration=$seconds" "$@" \
        -fflags +bitexact -flags:a +bitexact "$out/$name"
    echo "$name"
}
