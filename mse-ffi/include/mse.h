/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file mse.h
 * @brief Media Source Extensions as a library: the C ABI.
 *
 * Bytes are appended to the SourceBuffers of a source; coded frames in decode order, exact ranges and the events of the
 * standard in their order come out. Row ids such as SB-17 are those of docs/requirements.md; docs/embedding-c.md walks through
 * an embedding from the first append to the last frame.
 *
 * The rules, once for every function below:
 *
 *  1. Handles are opaque and reference counted. `*_ref` takes a reference and returns its argument, `*_unref` drops one; both
 *     accept NULL, may be called on any thread and in any callback, and never fail. What a callback drops last is freed when the
 *     call that led to the callback is over.
 *  2. What comes back through an `out` parameter is OWNED by the caller: drop it with `*_unref`. What comes back as a return
 *     value or in a field of a struct is BORROWED: it lives as long as the object that was asked, unless its comment says
 *     less. On failure every `out` handle is NULL.
 *  3. Calls that can fail return ::mse_status: 0 is success, above 0 a normal outcome that is not success, below 0 an error.
 *     mse_last_error() tells more about the last error of the calling thread. The library never prints.
 *  4. The engine has no threads, timers, clock or input and output of its own. Work is done inside mse_source_run() or
 *     mse_task_run(), on the thread that calls; events wait in a queue until they are taken; a wake callback only says "come
 *     and look". After every call that changes a source: take its events until ::MSE_AGAIN, and run its tasks.
 *     (The formats "ogg", "flac" and "wav" are the exception: each of their SourceBuffers has a thread. See mse_has_feature().)
 *  5. Threads: engines, sources, source buffers, tracks, handles and attachments may be used from any thread; calls on one object
 *     are serialised inside. A reader is used by one thread at a time (else ::MSE_E_REENTRANT); different readers run in
 *     parallel with each other and with appends. Events of one source, and of one attachment, are taken by one thread at a
 *     time. Frames, configurations, receipts, parsed types and strings never change and are free to share.
 *  6. Callbacks come as (function, user_data, destroy). destroy(user_data), where not NULL, is called exactly once, when the
 *     library will not use user_data again, also when the call that was handed the triple fails. Callbacks must return: no
 *     longjmp, no throw; in C++17 their types are noexcept. They may come with locks held, so that of mse they may call only
 *     `*_ref`, `*_unref`, mse_last_error(), mse_time_*, mse_mime_* and, in a demuxer, mse_demux_*. Anything else answers
 *     ::MSE_E_REENTRANT, and a getter what it answers for NULL.
 *  7. Structs that cross the border begin with struct_size: set it to sizeof as the caller was compiled (the *_INIT macros do). In
 *     input structs zero is the default of every field, a shorter struct leaves the rest at the default, and a longer one of a
 *     newer header is accepted if what this library does not know is all zero, else ::MSE_E_ABI. Of output structs only
 *     struct_size bytes are written. Unknown flags are refused. Fields are only ever appended. Enumerations travel as int32_t:
 *     expect values that you do not know.
 *  8. Text is UTF-8. Input text is (pointer, length), where ::MSE_NUL as length means "up to the NUL". Output text (::mse_str)
 *     has a length and also a NUL after it.
 *  9. Times of the Web API are double seconds with NaN and infinities, as a page has them. Times of frames are ::mse_time: ticks
 *     of 1/705 600 000 s, on which every usual timescale falls exactly.
 * 10. A bug that panics inside is caught: ::MSE_E_INTERNAL, and the last error's message says where. The source, reader or
 *     attachment it happened in is poisoned: all but unref and describe answers ::MSE_E_INTERNAL from then on. No allocation is
 *     sized by what a header in the media claims.
 */
#ifndef MSE_H
#define MSE_H

#include <stddef.h>
#include <stdint.h>

/** @name Version
 * MAJOR is the ABI: it is the number in the soname (libmse.so.0) and in the symbol version (MSE_0).
 * @{ */
#define MSE_VERSION_MAJOR 0
#define MSE_VERSION_MINOR 1
#define MSE_VERSION_PATCH 0
#define MSE_VERSION_ENCODE(major, minor, patch) (((uint32_t)(major) << 24) | ((uint32_t)(minor) << 16) | (uint32_t)(patch))
#define MSE_VERSION MSE_VERSION_ENCODE(MSE_VERSION_MAJOR, MSE_VERSION_MINOR, MSE_VERSION_PATCH)
/** @} */

#if defined(_WIN32) && defined(MSE_SHARED)
# define MSE_API __declspec(dllimport)
#elif defined(__GNUC__)
# define MSE_API __attribute__((visibility("default")))
#else
# define MSE_API
#endif
#if defined(__GNUC__)
# define MSE_NODISCARD __attribute__((warn_unused_result))
#elif defined(_MSC_VER)
# define MSE_NODISCARD _Check_return_
#else
# define MSE_NODISCARD
#endif
#if defined(__cplusplus) && (__cplusplus >= 201703L || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L)) && !defined(MSE_NO_NOEXCEPT)
# define MSE_NOEXCEPT noexcept
#else
# define MSE_NOEXCEPT
#endif
#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ status */

typedef int32_t mse_status;
enum {
    MSE_OK = 0,
    MSE_AGAIN = 1,               /**< nothing now, or not done yet; a wake callback tells when that changes */
    MSE_END = 2,                 /**< end of stream: no frame follows unless the source is opened again */
    MSE_GAP = 3,                 /**< nothing is buffered here, but something later is: mse_reader_gap() */
    MSE_RESYNC = 4,              /**< what would have come next was removed, evicted or replaced; said once for each such place */
    MSE_TRUNCATED = 5,           /**< the array was too short; count says how many there are */

    MSE_E_ARGUMENT = -1,         /**< NULL where it is not allowed, text that is no UTF-8, a value out of range */
    MSE_E_ABI = -2,              /**< struct_size, an unknown flag, or a header newer than the library */
    MSE_E_INTERNAL = -3,         /**< a bug was caught; the object is poisoned */
    MSE_E_NO_MEMORY = -4,
    MSE_E_REENTRANT = -5,        /**< a reader or task was used by two threads at once, or a call came out of a callback (rule 6) */
    MSE_E_CALLBACK = -6,         /**< for a callback to answer with: an error of its own */

    MSE_E_TYPE = -32,            /**< TypeError */
    MSE_E_INVALID_STATE = -33,   /**< InvalidStateError */
    MSE_E_NOT_SUPPORTED = -34,   /**< NotSupportedError */
    MSE_E_NOT_FOUND = -35,       /**< NotFoundError; also an index past the end */
    MSE_E_QUOTA = -36,           /**< QuotaExceededError */
    MSE_E_DATA_CLONE = -37,      /**< DataCloneError */
    MSE_E_INDEX_SIZE = -38,      /**< IndexSizeError */
    MSE_E_ABORT = -39,           /**< AbortError */
    MSE_E_SYNTAX = -40,          /**< SyntaxError */

    MSE_E_PARSE = -64            /**< the bytes break their format's rules (append error algorithm) */
};

typedef struct mse_str { const char *data; size_t len; } mse_str;
typedef struct mse_bytes { const uint8_t *data; size_t len; } mse_bytes;
typedef struct mse_range { double start, end; } mse_range;          /**< seconds, [start, end) */

/** Length of text that ends with a NUL. */
#define MSE_NUL SIZE_MAX

typedef struct mse_error {
    uint32_t struct_size;
    mse_status status;
    mse_str message;             /**< for people; this and what follows is borrowed until the next failing call on this thread */
    const char *dom_name;        /**< "QuotaExceededError"; NULL where the standard has no exception for it; static */
    mse_str row;                 /**< the row of the checklist whose check failed, "SB-17"; empty if none */
    mse_str code;                /**< ::MSE_E_PARSE: stable name of the fault, "isobmff.tfdt-missing" */
    mse_str path;                /**< ::MSE_E_PARSE: where in the container's words, "moof/traf[2]/trun" */
    uint64_t byte_offset;        /**< ::MSE_E_PARSE: position in the bytes appended since the parser was made */
    uint64_t track_id;           /**< ::MSE_E_PARSE: the track concerned; UINT64_MAX if none is known */
    uint64_t quota;              /**< ::MSE_E_QUOTA of an append: how many bytes the SourceBuffer may hold */
    uint64_t requested;          /**< ::MSE_E_QUOTA of an append: what it would have held */
} mse_error;
#define MSE_ERROR_INIT { sizeof(mse_error), 0, { NULL, 0 }, NULL, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, 0, 0, 0, 0 }

MSE_API uint32_t mse_version(void) MSE_NOEXCEPT;                       /**< ::MSE_VERSION of the library */
MSE_API const char *mse_version_string(void) MSE_NOEXCEPT;             /**< "0.1.0"; static */
/** Whether the library was built with a format: "isobmff", "webm", "mpeg-audio", "mp2t", "pull" (Ogg, FLAC, WAV). */
MSE_API int mse_has_feature(const char *name) MSE_NOEXCEPT;
MSE_API const char *mse_status_name(mse_status status) MSE_NOEXCEPT;      /**< "MSE_E_QUOTA"; "MSE_?" if unknown; static */
MSE_API const char *mse_status_dom_name(mse_status status) MSE_NOEXCEPT;  /**< "QuotaExceededError" or NULL; static */
/** The last error of this thread; status ::MSE_OK if there was none. */
MSE_API void mse_last_error(mse_error *out) MSE_NOEXCEPT;

/* -------------------------------------------------------------------- time */

/** A time or a duration: ticks of 1/::MSE_TIME_BASE s. As an AVRational: {1, MSE_TIME_BASE}. */
typedef int64_t mse_time;
#define MSE_TIME_BASE 705600000
#define MSE_TIME_NONE INT64_MIN      /**< no time */
#define MSE_TIME_INFINITY INT64_MAX  /**< positive infinity */

/** Ticks of a timescale, to the nearest tick; exact for every timescale that divides ::MSE_TIME_BASE, as all usual ones do.
 *  ::MSE_E_ARGUMENT for a timescale of 0 and beyond ±414 years. */
MSE_API MSE_NODISCARD mse_status mse_time_from_ticks(int64_t ticks, uint32_t timescale, mse_time *out) MSE_NOEXCEPT;
/** The nearest count of a timescale's ticks; gives back what mse_time_from_ticks() took. 0 for a timescale of 0; saturates. */
MSE_API int64_t mse_time_to_ticks(mse_time time, uint32_t timescale) MSE_NOEXCEPT;
MSE_API mse_time mse_time_from_seconds(double seconds) MSE_NOEXCEPT;   /**< nearest, saturating; NaN is ::MSE_TIME_NONE */
MSE_API double mse_time_to_seconds(mse_time time) MSE_NOEXCEPT;        /**< nearest; NaN for ::MSE_TIME_NONE */
MSE_API mse_time mse_time_from_ns(int64_t nanoseconds) MSE_NOEXCEPT;   /**< nearest */
MSE_API int64_t mse_time_to_ns(mse_time time) MSE_NOEXCEPT;            /**< nearest, saturating */

/* ----------------------------------------------------------------- handles */

typedef struct mse_engine mse_engine;                 /**< formats, capabilities, memory budget, log; one for a process or a page */
typedef struct mse_source mse_source;                 /**< a MediaSource or ManagedMediaSource */
typedef struct mse_source_buffer mse_source_buffer;   /**< a SourceBuffer */
typedef struct mse_task mse_task;                     /**< a running append or removal */
typedef struct mse_handle mse_handle;                 /**< a MediaSourceHandle */
typedef struct mse_attachment mse_attachment;         /**< the media element's end of an attachment */
typedef struct mse_track mse_track;                   /**< an AudioTrack, VideoTrack or TextTrack */
typedef struct mse_config mse_config;                 /**< a decoder configuration */
typedef struct mse_reader mse_reader;                 /**< a decoder's way to the frames of one track */
typedef struct mse_frame mse_frame;                   /**< one coded frame */
typedef struct mse_receipt mse_receipt;               /**< what one append did */
typedef struct mse_cues mse_cues;                     /**< the cues of a text track at one moment */
typedef struct mse_mime mse_mime;                     /**< a parsed content type */
typedef struct mse_string mse_string;                 /**< text or bytes made for the caller */
typedef struct mse_demux_sink mse_demux_sink;         /**< where a demuxer of the host delivers; borrowed, never owned */

typedef void (*mse_destroy_fn)(void *user_data) MSE_NOEXCEPT;
typedef void (*mse_wake_fn)(void *user_data) MSE_NOEXCEPT;   /**< any thread; must only schedule work */

/** The text or bytes, with a NUL behind. */
MSE_API const char *mse_string_data(const mse_string *string, size_t *len_or_null) MSE_NOEXCEPT;
MSE_API void mse_string_unref(mse_string *string) MSE_NOEXCEPT;

/* ------------------------------------------------------------------ engine */

enum { MSE_ENGINE_MATROSKA = 1u << 0 /**< takes video/x-matroska and audio/x-matroska too, which no browser does; MSE_E_NOT_SUPPORTED from a libmse without WebM */ };
typedef struct mse_engine_options {
    uint32_t struct_size;
    uint32_t flags;                        /**< MSE_ENGINE_* */
    uint64_t memory_limit;                 /**< bytes that all sources of the engine may hold together: frames, and what else is in the appended pieces that they keep; 0: no limit */
    uint64_t video_quota, audio_quota, text_quota; /**< bytes for each kind of track of a SourceBuffer; 0: 150, 12 and 1 MiB */
    uint64_t max_header_size;              /**< bytes of one structure that must be held whole, as a moov; 0: 64 MiB */
    uint32_t max_frame_size;               /**< bytes of one coded frame; 0: 64 MiB */
    uint32_t max_tracks;                   /**< tracks of an initialization segment; 0: 128 */
    uint32_t max_source_buffers;           /**< of one source; 0: 16 */
    uint32_t max_source_buffers_of_a_kind; /**< audio or video SourceBuffers of one source; 0: 2 */
    uint32_t max_sample_entries;           /**< sample entries of one track; 0: 64 */
    uint32_t max_runs;                     /**< track fragments and track runs of one movie fragment; 0: 65536 */
    uint64_t max_resync;                   /**< bytes that are searched for the start of a packet or frame; 0: 64 KiB */
} mse_engine_options;
#define MSE_ENGINE_OPTIONS_INIT { sizeof(mse_engine_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** Use mse_engine_new(): it passes the version that this header was compiled with. */
MSE_API MSE_NODISCARD mse_status mse_engine_new_abi(uint32_t header_version, const mse_engine_options *options_or_null, mse_engine **out) MSE_NOEXCEPT;
static inline MSE_NODISCARD mse_status mse_engine_new(const mse_engine_options *options_or_null, mse_engine **out) MSE_NOEXCEPT
{
    return mse_engine_new_abi(MSE_VERSION, options_or_null, out);
}
MSE_API mse_engine *mse_engine_ref(mse_engine *engine) MSE_NOEXCEPT;
MSE_API void mse_engine_unref(mse_engine *engine) MSE_NOEXCEPT;

enum { MSE_LOG_ERROR = 1, MSE_LOG_WARN = 2, MSE_LOG_INFO = 3, MSE_LOG_DEBUG = 4 };
typedef struct mse_log_record {
    uint32_t struct_size;
    int32_t level;               /**< MSE_LOG_* */
    mse_str message;             /**< borrowed for the call, as is row */
    mse_str row;                 /**< of the checklist; empty if none */
    uint64_t source_id;          /**< mse_source_id(); 0: none */
    uint64_t buffer_id;          /**< mse_source_buffer_id(); UINT64_MAX: none */
} mse_log_record;
typedef void (*mse_log_fn)(void *user_data, const mse_log_record *record) MSE_NOEXCEPT;  /**< any thread */
/** Failed appends (ERROR), refused calls, dropped frames, lost bytes, tracks left out and undeclared codecs (WARN), evictions (INFO), every append (DEBUG), up to
 *  max_level. fn NULL ends it. */
MSE_API MSE_NODISCARD mse_status mse_engine_set_log(mse_engine *engine, int32_t max_level, mse_log_fn fn, void *user_data, mse_destroy_fn destroy) MSE_NOEXCEPT;

typedef struct mse_memory_info {
    uint32_t struct_size;
    uint32_t sources;            /**< sources alive */
    uint64_t payload;            /**< bytes of buffered frames: what quotas count */
    uint64_t retained;           /**< bytes of appended pieces that frames keep alive */
    uint64_t bookkeeping;        /**< everything else of the timelines */
    uint64_t limit;              /**< of what all sources hold, see memory_limit; UINT64_MAX: none */
} mse_memory_info;
#define MSE_MEMORY_INFO_INIT { sizeof(mse_memory_info), 0, 0, 0, 0, 0 }
/** Walks all that is buffered: for a page of statistics, not for every frame. */
MSE_API MSE_NODISCARD mse_status mse_engine_get_memory(const mse_engine *engine, mse_memory_info *out) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_engine_set_memory_limit(mse_engine *engine, uint64_t bytes) MSE_NOEXCEPT;
/** Memory is short: cleans up all managed sources (mse_source_memory_cleanup()). */
MSE_API MSE_NODISCARD mse_status mse_engine_trim(mse_engine *engine) MSE_NOEXCEPT;

/* ------------------------------------------------- types and capabilities */

enum { MSE_KIND_UNKNOWN = 0, MSE_KIND_AUDIO = 1, MSE_KIND_VIDEO = 2, MSE_KIND_TEXT = 3 };
/** Codecs, without profile and packaging. */
enum {
    MSE_CODEC_UNKNOWN = 0, MSE_CODEC_H264 = 1, MSE_CODEC_HEVC = 2, MSE_CODEC_VVC = 3, MSE_CODEC_VP8 = 4, MSE_CODEC_VP9 = 5, MSE_CODEC_AV1 = 6,
    MSE_CODEC_DOLBY_VISION = 7,
    MSE_CODEC_AAC = 64, MSE_CODEC_MP3 = 65, MSE_CODEC_OPUS = 66, MSE_CODEC_VORBIS = 67, MSE_CODEC_FLAC = 68, MSE_CODEC_AC3 = 69, MSE_CODEC_EAC3 = 70,
    MSE_CODEC_AC4 = 71, MSE_CODEC_ALAC = 72, MSE_CODEC_IAMF = 73, MSE_CODEC_PCM = 74, MSE_CODEC_DTS = 75, MSE_CODEC_MPEG_H = 76,
    MSE_CODEC_WEBVTT = 128, MSE_CODEC_TTML = 129
};
typedef struct mse_codec_info {
    uint32_t struct_size;
    int32_t codec;               /**< MSE_CODEC_* */
    int32_t kind;                /**< MSE_KIND_* */
    uint32_t reserved;
    mse_str text;                /**< as written, "avc1.64001f" */
} mse_codec_info;
#define MSE_CODEC_INFO_INIT { sizeof(mse_codec_info), 0, 0, 0, { NULL, 0 } }

/** ::MSE_E_TYPE if it is no MIME type. */
MSE_API MSE_NODISCARD mse_status mse_mime_parse(const char *type, size_t len, mse_mime **out) MSE_NOEXCEPT;
MSE_API mse_mime *mse_mime_ref(mse_mime *mime) MSE_NOEXCEPT;
MSE_API void mse_mime_unref(mse_mime *mime) MSE_NOEXCEPT;
MSE_API mse_str mse_mime_essence(const mse_mime *mime) MSE_NOEXCEPT;           /**< "video/mp4" */
/** Elements of the codecs parameter; ::MSE_E_NOT_FOUND past the end. */
MSE_API MSE_NODISCARD mse_status mse_mime_codec(const mse_mime *mime, size_t index, mse_codec_info *out) MSE_NOEXCEPT;
MSE_API size_t mse_mime_codec_count(const mse_mime *mime) MSE_NOEXCEPT;

/** Whether the host can decode a codec string (COD-14): not 0 is yes. Asked by mse_engine_is_type_supported(), add_buffer,
 *  change_type and for what initialization segments bring, on any thread; must answer the same every time. */
typedef int (*mse_can_decode_fn)(void *user_data, mse_str codec) MSE_NOEXCEPT;
/** For sources made from now on. fn NULL: every codec that the engine knows by name. */
MSE_API MSE_NODISCARD mse_status mse_engine_set_can_decode(mse_engine *engine, mse_can_decode_fn fn, void *user_data, mse_destroy_fn destroy) MSE_NOEXCEPT;
/** MediaSource.isTypeSupported() (MS-20): 1 or 0. */
MSE_API int mse_engine_is_type_supported(const mse_engine *engine, const char *type, size_t len) MSE_NOEXCEPT;

/* ---------------------------------------------------------------- policies */

/** Whose choices are made where the standard leaves one or browsers depart from it. */
enum {
    MSE_PRESET_WEB = 0,          /**< what Chromium, Firefox and WebKit have in common; the default */
    MSE_PRESET_LETTER = 1,       /**< the letter of the standard */
    MSE_PRESET_CHROMIUM = 2, MSE_PRESET_FIREFOX = 3, MSE_PRESET_SAFARI = 4
};
enum { MSE_GAPS_FRAMES = 0, MSE_GAPS_FIXED = 1, MSE_GAPS_FRAME_STARTS = 2, MSE_GAPS_ONE_FRAME = 3 };
enum { MSE_COVERAGE_FRAMES = 0, MSE_COVERAGE_GROUPS = 1 };
enum { MSE_BACKWARDS_SAME_GROUP = 0, MSE_BACKWARDS_NEW_GROUP = 1 };
enum { MSE_TAILS_END_GROUP = 0, MSE_TAILS_GROUP_GOES_ON = 1, MSE_TAILS_END_TRACK = 2 };
enum { MSE_ENDED_EXTENDED = 0, MSE_ENDED_UNLESS_BY_ERROR = 1, MSE_ENDED_UNTIL_DATA = 2 };
enum { MSE_WINDOW_DROP_FRAMES = 0, MSE_WINDOW_TRIM_AUDIO = 1, MSE_WINDOW_TRIM_ALL = 2 };
enum { MSE_JUMP_LAST_FRAME = 0, MSE_JUMP_LONGEST_FRAME = 1 };
enum { MSE_SCOPE_ONE_TRACK = 0, MSE_SCOPE_ALL_TRACKS = 1 };
enum { MSE_OPEN_LEADING_PICTURES = 0, MSE_OPEN_WHOLE_GROUP = 1, MSE_OPEN_NOTHING = 2 };
enum { MSE_ORDER_INTERLEAVED = 0, MSE_ORDER_PICTURES_FIRST = 1 };
enum { MSE_GENERATED_BY_FRAME = 0, MSE_GENERATED_BY_APPEND = 1 };
enum { MSE_STARTS_AS_STORED = 0, MSE_STARTS_CUT = 1 };
enum { MSE_OFFSETS_EXACT = 0, MSE_OFFSETS_TICKS = 1 };
enum { MSE_CLOSING_LOST_LISTS = 0, MSE_CLOSING_LISTS_FIRST = 1, MSE_CLOSING_CLOSE_FIRST = 2 };
enum { MSE_LATE_ADDED = 0, MSE_LATE_REFUSED = 1 };
enum { MSE_EMPTY_END_ZERO = 0, MSE_EMPTY_END_KEEP = 1 };
enum { MSE_GROWTH_FRAMES = 0, MSE_GROWTH_GROUP_END = 1 };
enum { MSE_SEGMENT_MOVIE_FRAGMENT = 0, MSE_SEGMENT_TYPE = 1 };
enum { MSE_PICTURES_UNTIL_NEXT_SHOWN = 0, MSE_PICTURES_AS_STORED = 1 };
enum { MSE_TRIMS_SHORTEN = 0, MSE_TRIMS_KEEP = 1 };
enum { MSE_LAST_BY_CODEC = 0, MSE_LAST_LIKE_BEFORE = 1, MSE_LAST_LONGEST = 2 };
enum { MSE_TS_AS_THEY_COME = 0, MSE_TS_BY_APPEND = 1 };
enum { MSE_TYPES_ALL = 0, MSE_TYPES_CHROMIUM = 1, MSE_TYPES_FIREFOX = 2, MSE_TYPES_SAFARI = 3, MSE_TYPES_TABLE = 4 };

/** Each choice. Fill it by mse_policies_preset(), and change what you want otherwise. */
typedef struct mse_policies {
    uint32_t struct_size;
    int32_t gap_policy;          /**< MSE_GAPS_*: gaps of up to one frame, or smaller than two or than hidden_gap, or so long from start to start, do not show in buffered (TB-6) */
    double hidden_gap;           /**< seconds, of ::MSE_GAPS_FIXED */
    int32_t append_window;       /**< MSE_WINDOW_*: what becomes of sound across an end of the append window (DIS-10) */
    int32_t discontinuity;       /**< MSE_JUMP_*: decode timestamps may jump by twice the last frame, or the longest of the group (DIS-4) */
    int32_t discontinuity_scope; /**< MSE_SCOPE_*: which tracks then wait for a random access point (CFP-12) */
    int32_t open_groups;         /**< MSE_OPEN_*: what goes with pictures shown before the random access point of their group (CFR-7) */
    double tail_tolerance;       /**< seconds by which a new frame may reach into an older group that it spares (CFP-24) */
    double reader_late_start;    /**< seconds that media may begin late, for readers of a source without an element */
    double reader_small_gap;     /**< seconds of a gap that such a reader passes over */
    double late_start;           /**< the same of an element: mse_attachment_set_late_start() */
    double small_gap;            /**< mse_attachment_set_small_gap() */
    double enough_ahead;         /**< mse_attachment_set_enough_ahead() */
    int32_t waits_for_seek;      /**< 1: readyState stays at HAVE_METADATA as long as the element seeks */
    int32_t eviction;            /**< MSE_EVICT_* */
    double keep_behind, keep_ahead; /**< seconds, of ::MSE_EVICT_KEEP_WINDOW */
    uint64_t audio_quota, video_quota, text_quota; /**< bytes for each kind of track of a SourceBuffer; 0 is no room */
    uint32_t max_source_buffers, max_source_buffers_of_a_kind; /**< UINT32_MAX: no limit */
    int32_t types;               /**< MSE_TYPES_*: the types that pages are told are supported */
    int32_t coverage;            /**< MSE_COVERAGE_*: whether frames or whole coded frame groups show in buffered (TB-6, TB-8) */
    int32_t backwards_key_frames; /**< MSE_BACKWARDS_*: what a random access point does whose time goes back within an append */
    int32_t removed_tails;       /**< MSE_TAILS_*: whether a removal of the frame last appended ends the coded frame group (CFR-6) */
    int32_t ended_ranges;        /**< MSE_ENDED_*: which end of the stream extends the last ranges (SB-9) */
    int32_t seek_pre_roll;       /**< 1: a reader of sound that begins anew gets the frames that its decoder needs before, decode-only */
    uint64_t frame_overhead;     /**< bytes that each stored frame counts against the quota beside its payload */
    int32_t frame_order;         /**< MSE_ORDER_*: how frames of the tracks of a media segment follow each other (SPL-9) */
    int32_t generated_offsets;   /**< MSE_GENERATED_*: how timestampOffset moves in a format without timestamps (CFP-32) */
    int32_t stream_starts;       /**< MSE_STARTS_*: what becomes of sound before time 0 of its stream (ISO-7) */
    int32_t offset_precision;    /**< MSE_OFFSETS_*: whether timestampOffset and the append window count in ticks of the track (CFP-8) */
    int32_t closing_events;      /**< MSE_CLOSING_*: order of the events of a source that closes (DET-4) */
    int32_t late_source_buffers; /**< MSE_LATE_*: whether a SourceBuffer can be added once all have an initialization segment (MS-11) */
    int32_t empty_ends;          /**< MSE_EMPTY_END_*: what an end of the stream does where nothing is buffered (EOS-3) */
    int32_t duration_growth;     /**< MSE_GROWTH_*: what the duration grows to after an append (CFP-36) */
    int32_t segment_starts;      /**< MSE_SEGMENT_*: the box that a media segment of ISO BMFF begins with (ISO-11) */
    int32_t picture_durations;   /**< MSE_PICTURES_*: how long a picture lasts where others are missing behind it (ISO-32) */
    int32_t stored_trims;        /**< MSE_TRIMS_*: whether DiscardPadding shortens frames of WebM (WEBM-20) */
    int32_t last_blocks;         /**< MSE_LAST_*: duration of the last frame of a Cluster (WEBM-19) */
    int32_t transport_streams;   /**< MSE_TS_*: when frames come out of transport streams (TS-24, TS-25) */
} mse_policies;
#define MSE_POLICIES_INIT { sizeof(mse_policies), 0, 0.0, 0, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0.0, 0.0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** Those of MSE_PRESET_*. ::MSE_E_ARGUMENT for no preset. */
MSE_API MSE_NODISCARD mse_status mse_policies_preset(int32_t preset, mse_policies *out) MSE_NOEXCEPT;
/** For sources made from now on, and for mse_engine_is_type_supported(); flags and fields of mse_source_options add to them. ::MSE_E_ARGUMENT,
 *  and nothing changes, for a value that a field does not take: ::MSE_EVICT_CALLBACK, ::MSE_TYPES_TABLE without mse_engine_set_types(). */
MSE_API MSE_NODISCARD mse_status mse_engine_set_policies(mse_engine *engine, const mse_policies *policies) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_engine_get_policies(const mse_engine *engine, mse_policies *out) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_source_get_policies(const mse_source *source, mse_policies *out) MSE_NOEXCEPT;
/** A table of types of the host's own (docs/decisions/0029-types-that-are-told.md). ::MSE_E_ARGUMENT names the line that has no meaning. */
MSE_API MSE_NODISCARD mse_status mse_engine_set_types(mse_engine *engine, const char *table, size_t len) MSE_NOEXCEPT;

/* ------------------------------------------------------------ media source */

enum {
    MSE_SOURCE_MANAGED = 1u << 0,     /**< a ManagedMediaSource (MMS-1) */
    MSE_SOURCE_DETACHABLE = 1u << 1,  /**< an extension: what is buffered outlives a detach, and comes along to the next attach */
    MSE_SOURCE_TRIM_AUDIO = 1u << 2,  /**< sound across an end of the append window is trimmed to the sample instead of dropped (DIS-10), and what
                                           its decoder needs before comes along, ::MSE_FRAME_DECODE_ONLY. The default, said or not */
    MSE_SOURCE_LONGEST_FRAME = 1u << 3, /**< decode timestamps may jump by twice the longest frame of the group, not of the last one (DIS-4):
                                           forgives variable frame rates */
    MSE_SOURCE_KEEP_FREED = 1u << 4    /**< the memory of frames that go is kept for mse_source_buffer_drop_freed() instead of freed where they go */
};
typedef struct mse_source_options {
    uint32_t struct_size;
    uint32_t flags;
    double managed_low, managed_high; /**< seconds ahead at which streaming starts and ends; 0: 10 and 30 */
    double managed_keep_behind, managed_keep_ahead; /**< seconds that memory cleanup leaves; 0: 1 and 10 */
    double hidden_gap;                     /**< gaps of fewer seconds do not show in buffered; 0: twice the longest frame (TB-6); below 0: all show */
    void *user_data;
} mse_source_options;
#define MSE_SOURCE_OPTIONS_INIT { sizeof(mse_source_options), 0, 0.0, 0.0, 0.0, 0.0, 0.0, NULL }

enum { MSE_CLOSED = 0, MSE_OPEN = 1, MSE_ENDED = 2 };
enum { MSE_EOS_NONE = 0, MSE_EOS_NETWORK = 1, MSE_EOS_DECODE = 2 };

MSE_API MSE_NODISCARD mse_status mse_source_new(mse_engine *engine, const mse_source_options *options_or_null, mse_source **out) MSE_NOEXCEPT;
MSE_API mse_source *mse_source_ref(mse_source *source) MSE_NOEXCEPT;
/** The last one ends the source: its attachment closes, its source buffers and tracks answer ::MSE_E_INVALID_STATE. */
MSE_API void mse_source_unref(mse_source *source) MSE_NOEXCEPT;
MSE_API uint64_t mse_source_id(const mse_source *source) MSE_NOEXCEPT;          /**< unique within the engine, from 1 */
MSE_API void *mse_source_user_data(const mse_source *source) MSE_NOEXCEPT;

MSE_API int32_t mse_source_ready_state(const mse_source *source) MSE_NOEXCEPT;  /**< MSE_CLOSED, MSE_OPEN, MSE_ENDED (MS-2) */
MSE_API double mse_source_duration(const mse_source *source) MSE_NOEXCEPT;      /**< seconds; NaN when closed (MS-7) */
MSE_API MSE_NODISCARD mse_status mse_source_set_duration(mse_source *source, double seconds) MSE_NOEXCEPT;                       /**< MS-8 */
MSE_API MSE_NODISCARD mse_status mse_source_add_buffer(mse_source *source, const char *type, size_t len, mse_source_buffer **out) MSE_NOEXCEPT; /**< MS-11 */
MSE_API MSE_NODISCARD mse_status mse_source_remove_buffer(mse_source *source, mse_source_buffer *buffer) MSE_NOEXCEPT;           /**< MS-13 */
MSE_API MSE_NODISCARD mse_status mse_source_end_of_stream(mse_source *source, int32_t eos_error) MSE_NOEXCEPT;                   /**< MS-17; MSE_EOS_* */
MSE_API MSE_NODISCARD mse_status mse_source_set_live_seekable_range(mse_source *source, double start, double end) MSE_NOEXCEPT;  /**< MS-18 */
MSE_API MSE_NODISCARD mse_status mse_source_clear_live_seekable_range(mse_source *source) MSE_NOEXCEPT;                          /**< MS-19 */
MSE_API int mse_source_is_managed(const mse_source *source) MSE_NOEXCEPT;
MSE_API int mse_source_streaming(const mse_source *source) MSE_NOEXCEPT;        /**< ManagedMediaSource.streaming (MMS-1) */
/** The index-th of sourceBuffers (active 0) or activeSourceBuffers (active 1), in list order; the same object every time.
 *  ::MSE_E_NOT_FOUND past the end. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_at(mse_source *source, int active, size_t index, mse_source_buffer **out) MSE_NOEXCEPT;
/** Memory is short: a managed source frees what playback does not need now (MMS-8..10); any other nothing. */
MSE_API MSE_NODISCARD mse_status mse_source_memory_cleanup(mse_source *source) MSE_NOEXCEPT;

/** Bytes for each kind of track of the SourceBuffers that have no quota of their own. What is over goes with the next append. */
MSE_API MSE_NODISCARD mse_status mse_source_set_quota(mse_source *source, uint64_t video, uint64_t audio, uint64_t text) MSE_NOEXCEPT;

/** What goes first when room is needed (CFE-2). */
enum {
    MSE_EVICT_STANDARD = 0,      /**< what was played, oldest first, then what is far ahead; never what is being played */
    MSE_EVICT_KEEP_WINDOW = 1,   /**< everything outside a window around the position, then as above */
    MSE_EVICT_CALLBACK = 2,      /**< mse_source_set_eviction_callback(); only told, by mse_source_get_policies() */
    MSE_EVICT_WITHOUT_LAST_STEP = 3 /**< as ::MSE_EVICT_STANDARD, but an append fails before what is not buffered on from the position goes */
};
MSE_API MSE_NODISCARD mse_status mse_source_set_eviction_policy(mse_source *source, int32_t policy, double behind, double ahead) MSE_NOEXCEPT;
typedef struct mse_eviction_request {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t needed;             /**< bytes to free */
    double current_time;         /**< of the media element */
    double duration;             /**< of the presentation; infinite if unknown */
    const mse_range *buffered;   /**< what the SourceBuffer has, of all its tracks; borrowed for the call */
    size_t buffered_count;
} mse_eviction_request;
/** Fills up to cap ranges to remove, in the order in which they should go, and returns how many; called with the source locked. The engine
 *  stops when enough is free, and moves ends to random access points. */
typedef size_t (*mse_evict_fn)(void *user_data, const mse_eviction_request *request, mse_range *ranges, size_t cap) MSE_NOEXCEPT;
/** A policy of the host's own. fn NULL: the standard one. */
MSE_API MSE_NODISCARD mse_status mse_source_set_eviction_callback(mse_source *source, mse_evict_fn fn, void *user_data, mse_destroy_fn destroy) MSE_NOEXCEPT;

/* ----------------------------------------------------------- source buffer */

enum { MSE_MODE_SEGMENTS = 0, MSE_MODE_SEQUENCE = 1 };

MSE_API mse_source_buffer *mse_source_buffer_ref(mse_source_buffer *buffer) MSE_NOEXCEPT;
MSE_API void mse_source_buffer_unref(mse_source_buffer *buffer) MSE_NOEXCEPT;
MSE_API uint64_t mse_source_buffer_id(const mse_source_buffer *buffer) MSE_NOEXCEPT;   /**< unique within the source, from 0, never reused */
MSE_API void mse_source_buffer_set_user_data(mse_source_buffer *buffer, void *user_data) MSE_NOEXCEPT;
MSE_API void *mse_source_buffer_user_data(const mse_source_buffer *buffer) MSE_NOEXCEPT;
MSE_API int mse_source_buffer_is_removed(const mse_source_buffer *buffer) MSE_NOEXCEPT; /**< from sourceBuffers; 1 too when the source is gone */

MSE_API int mse_source_buffer_updating(const mse_source_buffer *buffer) MSE_NOEXCEPT;                                             /**< SB-5 */
MSE_API int32_t mse_source_buffer_mode(const mse_source_buffer *buffer) MSE_NOEXCEPT;                                             /**< SB-2; MSE_MODE_* */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_set_mode(mse_source_buffer *buffer, int32_t mode) MSE_NOEXCEPT;               /**< SB-4 */
MSE_API double mse_source_buffer_timestamp_offset(const mse_source_buffer *buffer) MSE_NOEXCEPT;                                  /**< SB-12 */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_set_timestamp_offset(mse_source_buffer *buffer, double seconds) MSE_NOEXCEPT; /**< SB-12; may be negative */
MSE_API mse_range mse_source_buffer_append_window(const mse_source_buffer *buffer) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_source_buffer_set_append_window_start(mse_source_buffer *buffer, double seconds) MSE_NOEXCEPT; /**< SB-14 */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_set_append_window_end(mse_source_buffer *buffer, double seconds) MSE_NOEXCEPT;   /**< SB-15 */
/** SourceBuffer.buffered (SB-6..11): fills up to cap ranges; *count is how many there are (::MSE_TRUNCATED if more than cap). ranges may
 *  be NULL with cap 0. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_buffered(const mse_source_buffer *buffer, mse_range *ranges, size_t cap, size_t *count) MSE_NOEXCEPT;

/** appendBuffer() (SB-17): checks, quota and eviction now, parsing in mse_source_run(). The bytes are copied. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_append(mse_source_buffer *buffer, const void *data, size_t len) MSE_NOEXCEPT;
/** The same without a copy: the bytes stay valid and unchanged until release(user_data), which may come on any thread, as long after the
 *  append as a frame of them is buffered or held, and also when the call fails. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_append_lent(mse_source_buffer *buffer, const void *data, size_t len, mse_destroy_fn release, void *user_data) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_source_buffer_abort(mse_source_buffer *buffer) MSE_NOEXCEPT;                                     /**< SB-18..20 */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_remove(mse_source_buffer *buffer, double start, double end) MSE_NOEXCEPT;         /**< SB-23 */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_change_type(mse_source_buffer *buffer, const char *type, size_t len) MSE_NOEXCEPT; /**< SB-21 */

/** The index-th track of audioTracks, videoTracks and textTracks together, in the order of their creation. ::MSE_E_NOT_FOUND past the
 *  end. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_track_at(mse_source_buffer *buffer, size_t index, mse_track **out) MSE_NOEXCEPT;

typedef struct mse_quota_info {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t used, capacity;     /**< bytes of coded frames: buffered, and the most that may be */
    uint64_t evictable;          /**< what eviction could free at most */
    uint64_t retained;           /**< bytes of appended pieces that frames keep alive */
    uint64_t bookkeeping;
} mse_quota_info;
#define MSE_QUOTA_INFO_INIT { sizeof(mse_quota_info), 0, 0, 0, 0, 0, 0 }
/** Walks the stored groups of pictures. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_get_quota(const mse_source_buffer *buffer, mse_quota_info *out) MSE_NOEXCEPT;
/** A quota of its own for each kind of track; all 0 goes back to the source's. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_set_quota(mse_source_buffer *buffer, uint64_t video, uint64_t audio, uint64_t text) MSE_NOEXCEPT;
/** Frees the memory of frames that have gone, on the thread that calls it; of a source with MSE_SOURCE_KEEP_FREED. It holds up nobody, a task that
 *  runs and readers included. What is not freed so stays held, and counts as retained in mse_quota_info and mse_memory_info. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_drop_freed(mse_source_buffer *buffer) MSE_NOEXCEPT;
/** A dry run: what an append of so many bytes would evict first. Nothing if there is room, or if not even eviction would make enough. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_would_evict(const mse_source_buffer *buffer, uint64_t bytes, mse_range *ranges, size_t cap, size_t *count, uint64_t *freed_or_null) MSE_NOEXCEPT;
/** Ranges that are never evicted; remove() still removes them. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_set_pinned(mse_source_buffer *buffer, const mse_range *ranges, size_t count) MSE_NOEXCEPT;

/* --------------------------------------------------- receipts: what an append did */

typedef struct mse_receipt_info {
    uint32_t struct_size;
    uint32_t initialization_segments, media_segments;
    uint32_t failed;             /**< 1 if the append failed: mse_receipt_error() */
    uint64_t append;             /**< ordinal of the append in its SourceBuffer, from 1 */
    uint64_t bytes;
    uint64_t frames_in, frames_dropped, frames_replaced;
    uint64_t bytes_evicted;      /**< to make room for it: mse_receipt_evicted() */
    double new_duration;         /**< NaN if it did not change the duration */
    mse_time highest_end;        /**< end of the last frame stored; ::MSE_TIME_NONE if none was */
    size_t dropped_count;        /**< for mse_receipt_dropped(); at most 64 are kept */
    size_t inband_event_count;
    size_t undeclared_codec_count;
    uint64_t losses;             /**< stretches of the input that became no frame though the append went on */
    uint64_t bytes_lost;         /**< in those stretches */
    size_t loss_count;           /**< for mse_receipt_loss(); at most 64 are kept */
    size_t left_out_count;       /**< for mse_receipt_left_out() */
} mse_receipt_info;
#define MSE_RECEIPT_INFO_INIT { sizeof(mse_receipt_info), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0, 0, 0, 0 }
typedef struct mse_dropped_frame {
    uint32_t struct_size;
    uint32_t track_index;        /**< of the SourceBuffer's track buffers; captions have none, and a number past them */
    mse_time pts, dts, duration;
    mse_str row, reason;         /**< the row that dropped it, "CFP-18", and that row in words; static */
} mse_dropped_frame;
#define MSE_DROPPED_FRAME_INIT { sizeof(mse_dropped_frame), 0, 0, 0, 0, { NULL, 0 }, { NULL, 0 } }
/** A stretch of the input that became no frame, though the append went on. */
typedef struct mse_loss {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t offset;             /**< of its first byte, in bytes since the SourceBuffer's parser was created */
    uint64_t bytes;              /**< 0 when only their absence is known */
    uint64_t track_id;           /**< of the track that misses it; UINT64_MAX: not known */
    mse_str code, row;           /**< stable name, "mp2t.sync-lost", and the row of docs/requirements.md */
    mse_str path, detail;        /**< where in the container's words, and what was found in plain words */
} mse_loss;
#define MSE_LOSS_INIT { sizeof(mse_loss), 0, 0, 0, 0, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } }
/** A track that the input declares and that is not read. */
typedef struct mse_left_out_track {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t number;             /**< track_ID, TrackNumber or PID */
    mse_str format, path, reason; /**< what it holds and where it is declared in the container's words, and why it is left out */
} mse_left_out_track;
#define MSE_LEFT_OUT_TRACK_INIT { sizeof(mse_left_out_track), 0, 0, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } }
/** The structure that the input ends inside of: the next append goes on with it. */
typedef struct mse_awaited {
    uint32_t struct_size;
    uint32_t reserved;
    uint64_t offset;             /**< where it begins, in bytes since the SourceBuffer's parser was created */
    uint64_t have, need;         /**< bytes of it that came, and that it has; need is UINT64_MAX when it does not say */
    mse_str what;                /**< its name in the container's words: "mdat" */
} mse_awaited;
#define MSE_AWAITED_INIT { sizeof(mse_awaited), 0, 0, 0, 0, { NULL, 0 } }
/** An emsg box, timed ID3, captions, a producer reference time. */
typedef struct mse_inband_event {
    uint32_t struct_size;
    uint32_t id;
    mse_str scheme_id_uri, value;
    uint64_t track_id;           /**< UINT64_MAX: of no track */
    mse_time pts, duration;      /**< on the presentation timeline; ::MSE_TIME_NONE if the stream does not say */
    mse_bytes data;
} mse_inband_event;
#define MSE_INBAND_EVENT_INIT { sizeof(mse_inband_event), 0, { NULL, 0 }, { NULL, 0 }, 0, 0, 0, { NULL, 0 } }

/** The receipt of the last append that is over. ::MSE_E_NOT_FOUND if there was none. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_receipt(const mse_source_buffer *buffer, mse_receipt **out) MSE_NOEXCEPT;
MSE_API mse_receipt *mse_receipt_ref(mse_receipt *receipt) MSE_NOEXCEPT;
MSE_API void mse_receipt_unref(mse_receipt *receipt) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_receipt_get_info(const mse_receipt *receipt, mse_receipt_info *out) MSE_NOEXCEPT;
/** Why the append failed; status ::MSE_OK if it did not. Borrowed from the receipt. */
MSE_API MSE_NODISCARD mse_status mse_receipt_error(const mse_receipt *receipt, mse_error *out) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_receipt_dropped(const mse_receipt *receipt, size_t index, mse_dropped_frame *out) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_receipt_inband_event(const mse_receipt *receipt, size_t index, mse_inband_event *out) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_receipt_loss(const mse_receipt *receipt, size_t index, mse_loss *out) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_receipt_left_out(const mse_receipt *receipt, size_t index, mse_left_out_track *out) MSE_NOEXCEPT;
/** What the input ends inside of, such as 4096 of 20480 bytes of "mdat". ::MSE_E_NOT_FOUND if it ends between two structures. */
MSE_API MSE_NODISCARD mse_status mse_receipt_awaited(const mse_receipt *receipt, mse_awaited *out) MSE_NOEXCEPT;
/** A codec that was found and not declared: both strings, and the track. No error: what can be decoded is decoded. */
MSE_API MSE_NODISCARD mse_status mse_receipt_undeclared_codec(const mse_receipt *receipt, size_t index, uint64_t *track_id, mse_str *found, mse_str *declared) MSE_NOEXCEPT;
/** Ranges that were removed to make room for the append, in seconds. cap may be less than count. */
MSE_API MSE_NODISCARD mse_status mse_receipt_evicted(const mse_receipt *receipt, mse_range *ranges, size_t cap, size_t *count) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_receipt_json(const mse_receipt *receipt, mse_string **out) MSE_NOEXCEPT;

/* --------------------------------------------------------- work and events */

typedef struct mse_run_options {
    uint32_t struct_size;
    uint32_t flags;              /**< 0 */
    uint64_t max_bytes;          /**< about how many bytes to parse; 0: all */
} mse_run_options;
#define MSE_RUN_OPTIONS_INIT { sizeof(mse_run_options), 0, 0 }
/** Runs the pending appends and removals on this thread. ::MSE_OK: none left; ::MSE_AGAIN: max_bytes is used up, call again. */
MSE_API MSE_NODISCARD mse_status mse_source_run(mse_source *source, const mse_run_options *options_or_null) MSE_NOEXCEPT;

/** For hosts with a pool: the next append or removal, to be run wherever they like. ::MSE_AGAIN if there is none. Tasks of different
 *  SourceBuffers run in parallel. */
MSE_API MSE_NODISCARD mse_status mse_source_take_task(mse_source *source, mse_task **out) MSE_NOEXCEPT;
/** Runs for about budget bytes (0: all). ::MSE_OK: done; ::MSE_AGAIN: call again. */
MSE_API MSE_NODISCARD mse_status mse_task_run(mse_task *task, uint64_t budget) MSE_NOEXCEPT;
MSE_API mse_task *mse_task_ref(mse_task *task) MSE_NOEXCEPT;
/** The last one gives the task back to its source, which then queues its events; one that is not done is run to its end. */
MSE_API void mse_task_unref(mse_task *task) MSE_NOEXCEPT;

enum {
    MSE_EVENT_SOURCE_OPEN = 1, MSE_EVENT_SOURCE_ENDED = 2, MSE_EVENT_SOURCE_CLOSE = 3,
    MSE_EVENT_START_STREAMING = 4, MSE_EVENT_END_STREAMING = 5,
    MSE_EVENT_ADD_SOURCE_BUFFER = 16, MSE_EVENT_REMOVE_SOURCE_BUFFER = 17,
    MSE_EVENT_UPDATE_START = 32, MSE_EVENT_UPDATE = 33, MSE_EVENT_UPDATE_END = 34, MSE_EVENT_ERROR = 35, MSE_EVENT_ABORT = 36,
    MSE_EVENT_BUFFERED_CHANGE = 37,      /**< added and removed */
    MSE_EVENT_ADD_TRACK = 48, MSE_EVENT_REMOVE_TRACK = 49, /**< track */
    MSE_EVENT_CHANGE = 50,               /**< at a track list: a track was enabled, disabled or selected */
    /* of a source, without being events of the standard */
    MSE_EVENT_PROMISE = 56,              /**< an append of encoded chunks is settled: id, status */
    MSE_EVENT_ELEMENT_STEP = 57,         /**< the place of the attached element's step number id: mse_attachment_step() */
    /* of an attachment: what the standard does to the media element */
    MSE_EVENT_ELEMENT_DURATION = 64,     /**< set duration to time; seek back if the position is beyond (DUR-4) */
    MSE_EVENT_ELEMENT_READY_STATE = 65,  /**< set readyState to value, MSE_HAVE_* (ELR-2..7) */
    MSE_EVENT_ELEMENT_ALL_DATA = 66,     /**< all data is there: playback that reaches the end has ended (EOS-3) */
    MSE_EVENT_ELEMENT_FAIL = 67,         /**< value: MSE_EOS_NETWORK or MSE_EOS_DECODE (EOS-4, EOS-5) */
    MSE_EVENT_ELEMENT_ADD_TRACK = 68, MSE_EVENT_ELEMENT_REMOVE_TRACK = 69, /**< track, in the element's lists (ISR-9, MS-15) */
    MSE_EVENT_ELEMENT_TRACK_STATE = 70,  /**< track has a new state; ::MSE_EVENT_MORE: more of the same act follow (TRS) */
    MSE_EVENT_ENCRYPTED = 71,            /**< name: initDataType, data: initData (EME-1, EME-2) */
    MSE_EVENT_FRAMES_AVAILABLE = 72,     /**< a reader of track that had answered ::MSE_AGAIN can go on */
    MSE_EVENT_CUE_CHANGE = 73            /**< other cues of the text track are shown at the position than before: mse_track_cues() */
};
/** The object at which an event is dispatched. */
enum {
    MSE_TARGET_SOURCE = 0, MSE_TARGET_SOURCE_BUFFERS = 1, MSE_TARGET_ACTIVE_SOURCE_BUFFERS = 2, MSE_TARGET_SOURCE_BUFFER = 3,
    MSE_TARGET_AUDIO_TRACKS = 4, MSE_TARGET_VIDEO_TRACKS = 5, MSE_TARGET_TEXT_TRACKS = 6, MSE_TARGET_ELEMENT = 7
};
enum { MSE_EVENT_MORE = 1u << 0 };
typedef struct mse_event {
    uint32_t struct_size;
    uint32_t flags;              /**< MSE_EVENT_MORE */
    int32_t type, target;
    int32_t value;
    mse_status status;           /**< PROMISE */
    uint64_t id;                 /**< PROMISE, ELEMENT_STEP */
    mse_source_buffer *buffer;   /**< the SourceBuffer concerned or NULL. All pointers are borrowed until the next call that takes an event */
    mse_track *track;            /**< the track concerned or NULL */
    double time;                 /**< ELEMENT_DURATION */
    mse_str name;                /**< type of the DOM event, "updateend"; of ENCRYPTED the initDataType */
    mse_bytes data;              /**< ENCRYPTED */
    const mse_range *added;      /**< BUFFERED_CHANGE */
    size_t added_count;
    const mse_range *removed;
    size_t removed_count;
} mse_event;
#define MSE_EVENT_INIT { sizeof(mse_event), 0, 0, 0, 0, 0, 0, NULL, NULL, 0.0, { NULL, 0 }, { NULL, 0 }, NULL, 0, NULL, 0 }
/** Takes the source's next event. ::MSE_AGAIN: none. */
MSE_API MSE_NODISCARD mse_status mse_source_next_event(mse_source *source, mse_event *out) MSE_NOEXCEPT;
/** Called when there may be an event or a task where there was none since the last look. fn NULL ends it. */
MSE_API MSE_NODISCARD mse_status mse_source_set_wake(mse_source *source, mse_wake_fn fn, void *user_data, mse_destroy_fn destroy) MSE_NOEXCEPT;

/* --------------------------------------------------------- the media element */

enum { MSE_HAVE_NOTHING = 0, MSE_HAVE_METADATA = 1, MSE_HAVE_CURRENT_DATA = 2, MSE_HAVE_FUTURE_DATA = 3, MSE_HAVE_ENOUGH_DATA = 4 };

/** Attaches to a media element that lives in the same context (ATT): the source opens and queues sourceopen. One attachment at a time. */
MSE_API MSE_NODISCARD mse_status mse_source_attach(mse_source *source, mse_attachment **out) MSE_NOEXCEPT;
/** MediaSource.handle (WRK-1): the handle that is transferred to the element's thread; the same object every time. */
MSE_API MSE_NODISCARD mse_status mse_source_handle(mse_source *source, mse_handle **out) MSE_NOEXCEPT;
MSE_API mse_handle *mse_handle_ref(mse_handle *handle) MSE_NOEXCEPT;
MSE_API void mse_handle_unref(mse_handle *handle) MSE_NOEXCEPT;
/** The transfer steps: the handle becomes detached, *out takes its place on the other side (WRK-2, WRK-3). */
MSE_API MSE_NODISCARD mse_status mse_handle_transfer(mse_handle *handle, mse_handle **out) MSE_NOEXCEPT;
/** The synchronous part of srcObject = handle (EL-7). */
MSE_API MSE_NODISCARD mse_status mse_handle_assign(mse_handle *handle) MSE_NOEXCEPT;
MSE_API int mse_handle_is_detached(const mse_handle *handle) MSE_NOEXCEPT;
/** The asynchronous part: attaches, once for all handles of a source (WRK-5). ::MSE_E_INVALID_STATE is "media data cannot be fetched".
    A transferred handle attaches when its source is gone too: then nothing is ever buffered (WRK-9). */
MSE_API MSE_NODISCARD mse_status mse_handle_attach(mse_handle *handle, mse_attachment **out) MSE_NOEXCEPT;

MSE_API mse_attachment *mse_attachment_ref(mse_attachment *attachment) MSE_NOEXCEPT;
/** The last one detaches. */
MSE_API void mse_attachment_unref(mse_attachment *attachment) MSE_NOEXCEPT;
/** DET: the source closes. Everything but unref answers ::MSE_E_INVALID_STATE from then on. */
MSE_API MSE_NODISCARD mse_status mse_attachment_detach(mse_attachment *attachment) MSE_NOEXCEPT;

enum {
    MSE_ELEMENT_SEEKING = 1u << 0, MSE_ELEMENT_HAS_ERROR = 1u << 1,
    MSE_ELEMENT_WAITING_FOR_KEY = 1u << 2,   /**< playback waits for a key: keeps readyState from rising (EME-9) */
    MSE_ELEMENT_SET_READY_STATE = 1u << 3    /**< ready_state is given; else it stays what the engine made of it */
};
typedef struct mse_element_state {
    uint32_t struct_size;
    uint32_t flags;              /**< MSE_ELEMENT_* */
    double current_time;
    int32_t ready_state;         /**< MSE_HAVE_*, with ::MSE_ELEMENT_SET_READY_STATE */
    uint32_t reserved;
} mse_element_state;
#define MSE_ELEMENT_STATE_INIT { sizeof(mse_element_state), 0, 0.0, 0, 0 }
/** Tells the engine where playback is: drives readyState, eviction and managed streaming. Cheap; call it whenever something changed. */
MSE_API MSE_NODISCARD mse_status mse_attachment_update(mse_attachment *attachment, const mse_element_state *state) MSE_NOEXCEPT;
/** Carries out what the source asked of the element, and monitors the buffers; the events are then there to be taken. Call it after every
 *  turn of the source and when the position moved. */
MSE_API MSE_NODISCARD mse_status mse_attachment_poll(mse_attachment *attachment) MSE_NOEXCEPT;
/** The same up to step number id, for hosts that dispatch the element's events at their place among the source's: call it at
 *  ::MSE_EVENT_ELEMENT_STEP, then take events. */
MSE_API MSE_NODISCARD mse_status mse_attachment_step(mse_attachment *attachment, uint64_t id) MSE_NOEXCEPT;
/** Takes the attachment's next event. ::MSE_AGAIN: none; poll again after the next turn. */
MSE_API MSE_NODISCARD mse_status mse_attachment_next_event(mse_attachment *attachment, mse_event *out) MSE_NOEXCEPT;
/** Called when there may be something to poll for. fn NULL ends it. */
MSE_API MSE_NODISCARD mse_status mse_attachment_set_wake(mse_attachment *attachment, mse_wake_fn fn, void *user_data, mse_destroy_fn destroy) MSE_NOEXCEPT;
MSE_API int32_t mse_attachment_ready_state(const mse_attachment *attachment) MSE_NOEXCEPT;   /**< MSE_HAVE_*, as the engine last set it */
MSE_API double mse_attachment_duration(const mse_attachment *attachment) MSE_NOEXCEPT;       /**< NaN before there is one */
MSE_API MSE_NODISCARD mse_status mse_attachment_buffered(const mse_attachment *attachment, mse_range *ranges, size_t cap, size_t *count) MSE_NOEXCEPT; /**< EL-1..4 */
MSE_API MSE_NODISCARD mse_status mse_attachment_seekable(const mse_attachment *attachment, mse_range *ranges, size_t cap, size_t *count) MSE_NOEXCEPT; /**< EL-5, EL-6 */
/** Where there is something to play: what is buffered, the time before it if it begins late (mse_attachment_set_late_start()), and small
 *  gaps (mse_attachment_set_small_gap()). */
MSE_API MSE_NODISCARD mse_status mse_attachment_playable(const mse_attachment *attachment, mse_range *ranges, size_t cap, size_t *count) MSE_NOEXCEPT;
/** How late media may begin and still be played from 0 (DIS-5): pictures often begin a frame or two after the sound. 0 s unless set, as the
 *  standard has it; browsers allow a second. */
MSE_API MSE_NODISCARD mse_status mse_attachment_set_late_start(mse_attachment *attachment, double seconds) MSE_NOEXCEPT;
/** Which gaps are played over (DIS-5): those smaller than this, and than twice as much where another active track goes on. A position so
 *  little before a range counts as in it (OPN-10). 0 s unless set, as the standard has it; browsers allow about an eighth of a second. */
MSE_API MSE_NODISCARD mse_status mse_attachment_set_small_gap(mse_attachment *attachment, double seconds) MSE_NOEXCEPT;
/** How far ahead data must reach to be "enough to ensure uninterrupted playback" (MON-7); 3 s unless set. */
MSE_API MSE_NODISCARD mse_status mse_attachment_set_enough_ahead(mse_attachment *attachment, double seconds) MSE_NOEXCEPT;
/** The source's policies late_start, small_gap, enough_ahead and waits_for_seek instead of the standard's. With waits_for_seek the element says
 *  by ::MSE_ELEMENT_SEEKING how long it seeks. */
MSE_API MSE_NODISCARD mse_status mse_attachment_adopt_policies(mse_attachment *attachment) MSE_NOEXCEPT;

/* --------------------------------------------------- tracks and configurations */

enum { MSE_TEXT_DISABLED = 0, MSE_TEXT_HIDDEN = 1, MSE_TEXT_SHOWING = 2 };
typedef struct mse_track_info {
    uint32_t struct_size;
    int32_t kind;                /**< MSE_KIND_* */
    int32_t state;               /**< audio: enabled, video: selected, 0 or 1; text: MSE_TEXT_* */
    uint32_t track_index;        /**< of the SourceBuffer's track buffers */
    uint64_t object_id;          /**< unique within the source */
    uint64_t buffer_id;          /**< mse_source_buffer_id() */
    mse_str id, kind_name, label, language; /**< as the Web API shows them */
} mse_track_info;
#define MSE_TRACK_INFO_INIT { sizeof(mse_track_info), 0, 0, 0, 0, 0, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } }
MSE_API mse_track *mse_track_ref(mse_track *track) MSE_NOEXCEPT;
MSE_API void mse_track_unref(mse_track *track) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_track_get_info(const mse_track *track, mse_track_info *out) MSE_NOEXCEPT;
/** Enables, selects or shows a track (TRS-1..6). */
MSE_API MSE_NODISCARD mse_status mse_track_set_state(mse_track *track, int32_t state) MSE_NOEXCEPT;
/** The configuration that the track began with. Each frame has its own: mse_frame_config(). */
MSE_API MSE_NODISCARD mse_status mse_track_config(mse_track *track, mse_config **out) MSE_NOEXCEPT;

/** A cue of a text track: what a page makes a VTTCue of. */
typedef struct mse_cue {
    uint32_t struct_size;
    uint32_t reserved;
    mse_time start, end;         /**< startTime, endTime */
    mse_str id;                  /**< may be empty */
    mse_str settings;            /**< in the words of WebVTT, such as "line:0 align:start"; may be empty */
    mse_str text;                /**< as WebVTT has it: with tags, and & and < as references */
} mse_cue;
#define MSE_CUE_INIT { sizeof(mse_cue), 0, 0, 0, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } }
/** The cues of a text track as they are buffered now, whatever its mode, in the order of their start times: WebVTT in WebM and MP4, TTML and
 *  3GPP timed text, and CEA-608 captions, whose tracks cc1 to cc4 come into the lists with the first caption. None of other tracks. Read
 *  them anew when frames came or went. */
MSE_API MSE_NODISCARD mse_status mse_track_cues(mse_track *track, mse_cues **out) MSE_NOEXCEPT;
MSE_API mse_cues *mse_cues_ref(mse_cues *cues) MSE_NOEXCEPT;
MSE_API void mse_cues_unref(mse_cues *cues) MSE_NOEXCEPT;
MSE_API size_t mse_cues_count(const mse_cues *cues) MSE_NOEXCEPT;
/** ::MSE_E_NOT_FOUND past the end. The text lives as long as the cues. */
MSE_API MSE_NODISCARD mse_status mse_cues_get(const mse_cues *cues, size_t index, mse_cue *out) MSE_NOEXCEPT;
/** The first time after time at which a cue begins or ends: when to poll the attachment for ::MSE_EVENT_CUE_CHANGE. ::MSE_TIME_NONE: none. */
MSE_API mse_time mse_cues_next_change(const mse_cues *cues, mse_time time) MSE_NOEXCEPT;

/** What mse_config_info.extradata is. */
enum {
    MSE_EXTRA_NONE = 0, MSE_EXTRA_AVCC = 1, MSE_EXTRA_HVCC = 2, MSE_EXTRA_VVCC = 3, MSE_EXTRA_VPCC = 4, MSE_EXTRA_AV1C = 5, MSE_EXTRA_ANNEX_B = 6,
    MSE_EXTRA_ASC = 64,          /**< AudioSpecificConfig */
    MSE_EXTRA_OPUS_HEAD = 65,    /**< from "OpusHead" on */
    MSE_EXTRA_XIPH = 66,         /**< Vorbis: three headers, Xiph-laced */
    MSE_EXTRA_FLAC = 67,         /**< "fLaC" and the metadata blocks */
    MSE_EXTRA_ALAC = 68,         /**< the alac box, header included */
    MSE_EXTRA_OTHER = 127        /**< as the container has it: see extradata_format */
};
enum {
    MSE_CONFIG_ENCRYPTED = 1u << 0, MSE_CONFIG_ALPHA = 1u << 1, /**< frames may bring an alpha plane as side data */
    MSE_CONFIG_COLOUR = 1u << 2, MSE_CONFIG_MASTERING = 1u << 3, MSE_CONFIG_LIGHT_LEVEL = 1u << 4, MSE_CONFIG_DOLBY_VISION = 1u << 5,
    MSE_CONFIG_PROJECTION = 1u << 6   /**< which fields below are set */
};
enum { MSE_SCHEME_NONE = 0, MSE_SCHEME_CENC = 1, MSE_SCHEME_CBC1 = 2, MSE_SCHEME_CENS = 3, MSE_SCHEME_CBCS = 4 };
typedef struct mse_config_info {
    uint32_t struct_size;
    uint32_t flags;              /**< MSE_CONFIG_* */
    int32_t kind, codec;         /**< MSE_KIND_*, MSE_CODEC_* */
    mse_str codec_string;        /**< RFC 6381 */
    int32_t extradata_kind;      /**< MSE_EXTRA_* */
    uint32_t nal_length_size;    /**< bytes of a NAL unit's length: 1, 2 or 4; 0: no NAL units, or Annex B */
    mse_bytes extradata;         /**< in the form that FFmpeg and WebCodecs take; 64 zero bytes follow */
    mse_str extradata_format;    /**< the container's word for it: "avcC", "esds", "CodecPrivate" */
    uint32_t timescale;          /**< of the track; with mse_time_to_ticks() the container's ticks come back */
    uint32_t sample_rate, channels; /**< 0 if the container does not say */
    uint32_t bits_per_sample;
    mse_time codec_delay;
    mse_time seek_preroll;       /**< what readers give before a seek's first frame, ::MSE_FRAME_DECODE_ONLY: codecs that need none have 0 */
    uint64_t channel_mask;       /**< WAVEFORMATEXTENSIBLE; 0 if not said */
    uint32_t cicp_layout;        /**< ISO/IEC 23091-3 ChannelConfiguration; 0 if not said */
    uint32_t coded_width, coded_height, display_width, display_height;
    uint32_t pixel_aspect_width, pixel_aspect_height;
    int32_t rotation;            /**< degrees clockwise: 0, 90, 180, 270 */
    int32_t primaries, transfer, matrix, full_range; /**< ISO/IEC 23091-2; -1 if not said */
    uint16_t mastering_primaries[6], mastering_white[2]; /**< steps of 0.00002, red green blue, x y */
    uint32_t mastering_max_luminance, mastering_min_luminance; /**< steps of 0.0001 cd/m2 */
    uint32_t max_cll, max_fall;  /**< cd/m2 */
    uint32_t dolby_vision_profile, dolby_vision_level;
    uint32_t projection;         /**< 0 rectangular, 1 equirectangular, 2 cubemap, 3 mesh */
    int32_t scheme;              /**< MSE_SCHEME_* */
    uint32_t crypt_blocks, skip_blocks;
    mse_bytes default_key_id;
    uint64_t reserved;
} mse_config_info;
#define MSE_CONFIG_INFO_INIT { sizeof(mse_config_info), 0, 0, 0, { NULL, 0 }, 0, 0, { NULL, 0 }, { NULL, 0 }, \
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, { 0, 0, 0, 0, 0, 0 }, { 0, 0 }, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, { NULL, 0 }, 0 }
MSE_API mse_config *mse_config_ref(mse_config *config) MSE_NOEXCEPT;
MSE_API void mse_config_unref(mse_config *config) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_config_get_info(const mse_config *config, mse_config_info *out) MSE_NOEXCEPT;

/* -------------------------------------------------------- readers and frames */

enum { MSE_READER_JUMP_GAPS = 1u << 0 /**< goes on behind a gap instead of answering ::MSE_GAP */ };
typedef struct mse_reader_options {
    uint32_t struct_size;
    uint32_t flags;              /**< MSE_READER_* */
    uint32_t padding;            /**< readable zero bytes after each frame's; 0: frames are not copied. FFmpeg wants 64. At most 4096 */
    uint32_t reserved;
} mse_reader_options;
#define MSE_READER_OPTIONS_INIT { sizeof(mse_reader_options), 0, 0, 0 }

enum {
    MSE_FRAME_KEY = 1u << 0,           /**< random access point */
    MSE_FRAME_DISCONTINUITY = 1u << 1, /**< first after a seek, a gap or a resync: flush the decoder before it */
    MSE_FRAME_NEW_CONFIG = 1u << 2,    /**< mse_frame_config() differs from that of the frame read before */
    MSE_FRAME_ENCRYPTED = 1u << 3,
    /** Only prepares the decoder for the next frame: decode it and throw all of the output away (discard_start is as long). Sound before the
     *  append window, or before a seek, has these in front of the first frame that is presented, and their times; codec_delay does not
     *  apply where decoding begins with one. */
    MSE_FRAME_DECODE_ONLY = 1u << 4
};
typedef struct mse_frame_info {
    uint32_t struct_size;
    uint32_t flags;              /**< MSE_FRAME_* */
    const uint8_t *data;         /**< valid as long as a reference to the frame is held */
    size_t size;
    uint32_t padding;            /**< readable zero bytes after data[size] */
    uint32_t timescale;          /**< of the track */
    mse_time pts, dts, duration; /**< on the presentation timeline, timestampOffset applied */
    mse_time discard_start, discard_end; /**< decoded output to throw away at each end (edit lists, DiscardPadding, append windows, splices) */
    size_t side_data_count;
    uint64_t track_id;           /**< in the byte stream */
} mse_frame_info;
#define MSE_FRAME_INFO_INIT { sizeof(mse_frame_info), 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** A reader of the track's frames, at the start. Works for as long as the track's SourceBuffer has a source. MSE_E_NOT_FOUND: a text track without frames, such as captions within pictures: mse_track_cues() has its cues. */
MSE_API MSE_NODISCARD mse_status mse_reader_new(mse_track *track, const mse_reader_options *options_or_null, mse_reader **out) MSE_NOEXCEPT;
MSE_API void mse_reader_unref(mse_reader *reader) MSE_NOEXCEPT;
/** The next frame read is the random access point to decode from to show target; *landed is its time. ::MSE_AGAIN: nothing at or before
 *  target is buffered; reading waits for it. */
MSE_API MSE_NODISCARD mse_status mse_reader_seek(mse_reader *reader, mse_time target, mse_time *landed_or_null) MSE_NOEXCEPT;
/** The next frame in decode order: ::MSE_OK, ::MSE_AGAIN, ::MSE_GAP, ::MSE_RESYNC or ::MSE_END. Never blocks. */
MSE_API MSE_NODISCARD mse_status mse_reader_read(mse_reader *reader, mse_frame **out) MSE_NOEXCEPT;
/** Up to cap frames, each owned by the caller; *count is how many. ::MSE_OK if at least one; else what mse_reader_read() would say. */
MSE_API MSE_NODISCARD mse_status mse_reader_read_many(mse_reader *reader, mse_frame **out, size_t cap, size_t *count) MSE_NOEXCEPT;
enum {
    MSE_GAP_NOT_APPENDED = 0, MSE_GAP_REMOVED = 1, MSE_GAP_EVICTED = 2, MSE_GAP_DROPPED = 3, MSE_GAP_REPLACED = 4
};
/** After ::MSE_GAP or ::MSE_RESYNC: where nothing is buffered, and why. *end is ::MSE_TIME_INFINITY if nothing follows. */
MSE_API MSE_NODISCARD mse_status mse_reader_gap(mse_reader *reader, mse_time *start, mse_time *end, int32_t *cause) MSE_NOEXCEPT;

MSE_API mse_frame *mse_frame_ref(mse_frame *frame) MSE_NOEXCEPT;
MSE_API void mse_frame_unref(mse_frame *frame) MSE_NOEXCEPT;             /**< any thread: fits av_buffer_create(), gst_memory_new_wrapped() */
MSE_API MSE_NODISCARD mse_status mse_frame_get_info(const mse_frame *frame, mse_frame_info *out) MSE_NOEXCEPT;
MSE_API mse_config *mse_frame_config(const mse_frame *frame) MSE_NOEXCEPT; /**< borrowed; equal pointers mean equal configurations */

typedef struct mse_subsample { uint32_t clear_bytes, protected_bytes; } mse_subsample;
typedef struct mse_frame_crypto {
    uint32_t struct_size;
    int32_t scheme;                    /**< MSE_SCHEME_* */
    mse_bytes key_id, iv;              /**< all pointers are borrowed from the frame */
    uint32_t crypt_blocks, skip_blocks;
    const mse_subsample *subsamples;   /**< none: all of the frame is encrypted */
    size_t subsample_count;
} mse_frame_crypto;
#define MSE_FRAME_CRYPTO_INIT { sizeof(mse_frame_crypto), 0, { NULL, 0 }, { NULL, 0 }, 0, 0, NULL, 0 }
/** ::MSE_E_NOT_FOUND for a clear frame (EME-8, EME-10). */
MSE_API MSE_NODISCARD mse_status mse_frame_get_crypto(const mse_frame *frame, mse_frame_crypto *out) MSE_NOEXCEPT;
/** A Matroska BlockAdditional: id 1 is the codec's own (alpha of VP8 and VP9), 4 is ITU-T T.35. */
MSE_API MSE_NODISCARD mse_status mse_frame_side_data(const mse_frame *frame, size_t index, uint64_t *id, mse_bytes *data) MSE_NOEXCEPT;

/* ------------------------------------------------- encoded chunks (WebCodecs) */

typedef struct mse_decoder_config {    /**< AudioDecoderConfig or VideoDecoderConfig (WCX-1, WCX-2) */
    uint32_t struct_size;
    int32_t kind;                      /**< MSE_KIND_AUDIO or MSE_KIND_VIDEO */
    mse_str codec;
    uint32_t sample_rate, channels;    /**< audio */
    uint32_t coded_width, coded_height, display_aspect_width, display_aspect_height; /**< video */
    mse_bytes description;             /**< copied during the call */
} mse_decoder_config;
#define MSE_DECODER_CONFIG_INIT { sizeof(mse_decoder_config), 0, { NULL, 0 }, 0, 0, 0, 0, 0, 0, { NULL, 0 } }
enum { MSE_CHUNK_KEY = 1u << 0, MSE_CHUNK_HAS_DURATION = 1u << 1 };
typedef struct mse_encoded_chunk {
    uint32_t struct_size;
    uint32_t flags;                    /**< MSE_CHUNK_* */
    int32_t kind;                      /**< MSE_KIND_* */
    uint32_t reserved;
    int64_t timestamp;                 /**< microseconds */
    uint64_t duration;                 /**< microseconds, with ::MSE_CHUNK_HAS_DURATION; video must have one (WCX-4) */
    mse_bytes data;                    /**< copied during the call */
} mse_encoded_chunk;
#define MSE_ENCODED_CHUNK_INIT { sizeof(mse_encoded_chunk), 0, 0, 0, 0, 0, { NULL, 0 } }
/** addSourceBuffer(config): a SourceBuffer that takes chunks instead of bytes (WCX-1..3). */
MSE_API MSE_NODISCARD mse_status mse_source_add_buffer_for_config(mse_source *source, const mse_decoder_config *config, mse_source_buffer **out) MSE_NOEXCEPT;
/** appendEncodedChunks() (WCX-4, WCX-5): ::MSE_EVENT_PROMISE with *promise as id tells what came of it. All chunks have the struct_size
 *  of the first. */
MSE_API MSE_NODISCARD mse_status mse_source_buffer_append_chunks(mse_source_buffer *buffer, const mse_encoded_chunk *chunks, size_t count, uint64_t *promise) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_source_buffer_change_type_for_config(mse_source_buffer *buffer, const mse_decoder_config *config) MSE_NOEXCEPT;

/* ------------------------------------------------------ demuxers of the host */

/** One track of an initialization segment. */
typedef struct mse_demux_track {
    uint32_t struct_size;
    int32_t kind;                      /**< MSE_KIND_* */
    uint64_t track_id;                 /**< unique within the segment */
    uint32_t timescale;                /**< ticks per second of its frames' times */
    uint32_t sample_rate, channels;    /**< audio */
    uint32_t width, height;            /**< video */
    uint32_t reserved;
    mse_str codec;                     /**< RFC 6381, or the host's own */
    mse_str language, label;           /**< may be empty */
    mse_bytes extradata;               /**< what a decoder is given; all of this is copied during the call */
} mse_demux_track;
#define MSE_DEMUX_TRACK_INIT { sizeof(mse_demux_track), 0, 0, 0, 0, 0, 0, 0, 0, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } }
typedef struct mse_demux_frame {
    uint32_t struct_size;
    uint32_t flags;                    /**< ::MSE_FRAME_KEY */
    uint64_t track_id;
    int64_t pts, dts, duration;        /**< ticks of the track's timescale */
    int64_t discard_start, discard_end;
    mse_bytes data;                    /**< not copied if it lies within what push() was given, else copied */
} mse_demux_frame;
#define MSE_DEMUX_FRAME_INIT { sizeof(mse_demux_frame), 0, 0, 0, 0, 0, 0, 0, { NULL, 0 } }

/* Only inside push() or flush(), only on the sink that was given to it. */
/** duration in ticks of timescale; timescale 0: unknown. All tracks have the struct_size of the first. */
MSE_API MSE_NODISCARD mse_status mse_demux_init_segment(mse_demux_sink *sink, const mse_demux_track *tracks, size_t count, int64_t duration, uint32_t timescale) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_demux_media_segment_start(mse_demux_sink *sink) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_demux_frame_ready(mse_demux_sink *sink, const mse_demux_frame *frame) MSE_NOEXCEPT;
MSE_API MSE_NODISCARD mse_status mse_demux_media_segment_end(mse_demux_sink *sink) MSE_NOEXCEPT;
/** Bytes became no frame though the stream goes on; the receipt lists it. offset counts within the bytes given to push(); code and row are not
 *  read. */
MSE_API MSE_NODISCARD mse_status mse_demux_lost(mse_demux_sink *sink, const mse_loss *loss) MSE_NOEXCEPT;
/** The next mse_demux_init_segment() has a track that is not read; the receipt lists it. */
MSE_API MSE_NODISCARD mse_status mse_demux_left_out(mse_demux_sink *sink, const mse_left_out_track *track) MSE_NOEXCEPT;
/** Says what is wrong, at which offset within the bytes given to push(), and where in the format's words. Returns ::MSE_E_PARSE, to be
 *  returned on. */
MSE_API mse_status mse_demux_fail(mse_demux_sink *sink, mse_str message, size_t offset, mse_str path) MSE_NOEXCEPT;

enum { MSE_RESET_ABORT = 0, MSE_RESET_APPEND_ERROR = 1, MSE_RESET_TIMESTAMP_OFFSET = 2 };
enum { MSE_DEMUXER_GENERATE_TIMESTAMPS = 1u << 0 /**< the registry's generate timestamps flag (REG-4) */ };
/** Called on the thread that is in mse_source_run() or mse_task_run(), or with the source locked (create, reset, flush, destroy). One
 *  instance is never entered twice at once. */
typedef struct mse_demuxer_vtable {
    uint32_t struct_size;
    uint32_t flags;                    /**< MSE_DEMUXER_* */
    const char *name;                  /**< for people; copied, as are the types */
    const char *const *mime_types;     /**< "video/x-my", lower case, no parameters; ended by NULL */
    int (*supports)(void *user_data, const mse_mime *type) MSE_NOEXCEPT;                     /**< may be NULL: every combination of codecs */
    mse_status (*create)(void *user_data, const mse_mime *type, void **state) MSE_NOEXCEPT;  /**< an error fails the first append */
    /** Bytes from the first that was not consumed. *consumed, 0 at first, is how many need not be given again; the rest comes again with
     *  more behind it. ::MSE_OK, or an error, which fails the append. */
    mse_status (*push)(void *state, mse_demux_sink *sink, const uint8_t *data, size_t len, size_t *consumed) MSE_NOEXCEPT;
    mse_status (*flush)(void *state, mse_demux_sink *sink) MSE_NOEXCEPT;                     /**< may be NULL: deliver what is held back; the stream may go on, so keep what is incomplete */
    void (*reset)(void *state, int32_t reason) MSE_NOEXCEPT;                                 /**< MSE_RESET_*; the bytes not consumed are gone, but for the last reason */
    void (*destroy)(void *state) MSE_NOEXCEPT;
} mse_demuxer_vtable;
/** For sources made from now on; of several demuxers for a type the last one counts. */
MSE_API MSE_NODISCARD mse_status mse_engine_register_demuxer(mse_engine *engine, const mse_demuxer_vtable *vtable, void *user_data, mse_destroy_fn destroy) MSE_NOEXCEPT;

/* -------------------------------------------------------------- diagnostics */

/** The whole state as JSON: attributes, tracks, ranges, groups of pictures, gaps and their causes, quota, the last receipt. */
MSE_API MSE_NODISCARD mse_status mse_source_describe(const mse_source *source, mse_string **out) MSE_NOEXCEPT;
/** Begins to record every input and what came of it. ::MSE_E_INVALID_STATE if something happened already that a replay would miss. */
MSE_API MSE_NODISCARD mse_status mse_source_record_trace(mse_source *source) MSE_NOEXCEPT;
/** What was recorded since the last call. All of it in one file is a trace that `mse run` replays. */
MSE_API MSE_NODISCARD mse_status mse_source_take_trace(mse_source *source, mse_string **out) MSE_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif /* MSE_H */
