// SPDX-License-Identifier: MIT OR Apache-2.0
/**
 * @file mse.hpp
 * @brief C++17 over mse.h: owners that drop their reference, views, ranges, exceptions. Header only; nothing that mse.h cannot do.
 *
 * Each class owns one reference and gives the C handle by get(), so that what has no method here is called by mse.h. Objects are
 * moved, and shared by copying where the handle has a `*_ref`. With MSE_NO_EXCEPTIONS defined nothing throws: calls that can fail
 * return mse::Result<T>, which must be looked at.
 */
#ifndef MSE_HPP
#define MSE_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifndef MSE_NO_EXCEPTIONS
# include <stdexcept>
#endif

#include "mse.h"

namespace mse {

/// What mse_last_error() says, copied: it does not change with the next call.
struct Error {
    mse_status status = MSE_OK;
    std::string message, dom_name, row, code, path;
    std::uint64_t byte_offset = 0, track_id = UINT64_MAX, quota = 0, requested = 0;

    static Error of(const mse_error &error)
    {
        Error copy;
        copy.status = error.status;
        copy.message = text(error.message);
        copy.dom_name = error.dom_name ? error.dom_name : "";
        copy.row = text(error.row);
        copy.code = text(error.code);
        copy.path = text(error.path);
        copy.byte_offset = error.byte_offset;
        copy.track_id = error.track_id;
        copy.quota = error.quota;
        copy.requested = error.requested;
        return copy;
    }

    static Error last()
    {
        mse_error error = MSE_ERROR_INIT;
        mse_last_error(&error);
        return of(error);
    }

private:
    static std::string text(mse_str str) { return str.data ? std::string(str.data, str.len) : std::string(); }
};

#ifdef MSE_NO_EXCEPTIONS
/// A value, or why there is none.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)) {}
    Result(Error error) : error_(std::move(error)) {}
    explicit operator bool() const noexcept { return error_.status == MSE_OK; }
    T &value() noexcept { return value_; }
    T &operator*() noexcept { return value_; }
    T *operator->() noexcept { return &value_; }
    const Error &error() const noexcept { return error_; }

private:
    T value_{};
    Error error_{};
};
# define MSE_RETURNS(T) ::mse::Result<T>
# define MSE_TRY(call) do { mse_status mse_try_status_ = (call); if (mse_try_status_ < 0) return ::mse::Error::last(); } while (false)
#else
/// Thrown by every call that fails.
class Exception : public std::runtime_error {
public:
    explicit Exception(Error error) : std::runtime_error(mse_status_name(error.status) + (": " + error.message)), error_(std::move(error)) {}
    const Error &error() const noexcept { return error_; }
    mse_status status() const noexcept { return error_.status; }

private:
    Error error_;
};
# define MSE_RETURNS(T) T
# define MSE_TRY(call) do { if ((call) < 0) throw ::mse::Exception(::mse::Error::last()); } while (false)
#endif

/// Some elements in a row, borrowed.
template <class T>
class Span {
public:
    constexpr Span() noexcept = default;
    constexpr Span(const T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    constexpr const T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr const T *begin() const noexcept { return data_; }
    constexpr const T *end() const noexcept { return data_ + size_; }
    constexpr const T &operator[](std::size_t index) const noexcept { return data_[index]; }

private:
    const T *data_ = nullptr;
    std::size_t size_ = 0;
};

inline std::string_view view(mse_str text) noexcept { return text.data ? std::string_view(text.data, text.len) : std::string_view(); }
inline Span<std::uint8_t> view(mse_bytes bytes) noexcept { return {bytes.data, bytes.len}; }

using Ranges = std::vector<mse_range>;

/// Owner of one reference.
template <class T, T *(*Ref)(T *) MSE_NOEXCEPT, void (*Unref)(T *) MSE_NOEXCEPT>
class Owner {
public:
    Owner() noexcept = default;
    explicit Owner(T *owned) noexcept : handle_(owned) {}
    Owner(const Owner &other) noexcept : handle_(Ref(other.handle_)) {}
    Owner(Owner &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Owner &operator=(Owner other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Owner() { Unref(handle_); }

    /// A reference of one's own to what is only borrowed.
    static Owner share(T *borrowed) noexcept { return Owner(Ref(borrowed)); }
    T *get() const noexcept { return handle_; }
    explicit operator bool() const noexcept { return handle_ != nullptr; }
    /// Where a C function puts a handle.
    T **out() noexcept
    {
        Unref(std::exchange(handle_, nullptr));
        return &handle_;
    }

private:
    T *handle_ = nullptr;
};

using Config = Owner<mse_config, mse_config_ref, mse_config_unref>;
using Handle = Owner<mse_handle, mse_handle_ref, mse_handle_unref>;
using Mime = Owner<mse_mime, mse_mime_ref, mse_mime_unref>;
using Receipt = Owner<mse_receipt, mse_receipt_ref, mse_receipt_unref>;
using Task = Owner<mse_task, mse_task_ref, mse_task_unref>;
using Track = Owner<mse_track, mse_track_ref, mse_track_unref>;
using SourceBufferHandle = Owner<mse_source_buffer, mse_source_buffer_ref, mse_source_buffer_unref>;

namespace detail {

/// A function object on the heap as (function, user_data, destroy).
using Function = std::function<void()>;
inline void call(void *function) noexcept { (*static_cast<Function *>(function))(); }
inline void destroy(void *function) noexcept { delete static_cast<Function *>(function); }

template <class Fill>
mse_status fill_ranges(Ranges &ranges, Fill fill)
{
    std::size_t count = 0;
    mse_status status = fill(nullptr, std::size_t{0}, &count);
    while (status == MSE_TRUNCATED) {
        ranges.resize(count);
        status = fill(ranges.data(), ranges.size(), &count);
    }
    ranges.resize(status < 0 ? 0 : count);
    return status;
}

inline std::string take(mse_string *made)
{
    std::size_t len = 0;
    const char *data = mse_string_data(made, &len);
    std::string copy(data ? data : "", len);
    mse_string_unref(made);
    return copy;
}

} // namespace detail

/// A coded frame.
class Frame : public Owner<mse_frame, mse_frame_ref, mse_frame_unref> {
public:
    using Owner::Owner;
    mse_frame_info info() const noexcept
    {
        mse_frame_info info = MSE_FRAME_INFO_INIT;
        // Fails for no frame at all; then everything stays zero.
        return mse_frame_get_info(get(), &info) == MSE_OK ? info : mse_frame_info{};
    }
    Span<std::uint8_t> data() const noexcept
    {
        const mse_frame_info all = info();
        return {all.data, all.size};
    }
    Config config() const noexcept { return Config::share(mse_frame_config(get())); }
};

inline mse_config_info info(const Config &config) noexcept
{
    mse_config_info info = MSE_CONFIG_INFO_INIT;
    return mse_config_get_info(config.get(), &info) == MSE_OK ? info : mse_config_info{};
}

inline mse_track_info info(const Track &track) noexcept
{
    mse_track_info info = MSE_TRACK_INFO_INIT;
    return mse_track_get_info(track.get(), &info) == MSE_OK ? info : mse_track_info{};
}

/// A decoder's way to the frames of one track. Moved, never shared.
class Reader {
public:
    Reader() noexcept = default;
    static MSE_RETURNS(Reader) open(const Track &track, mse_reader_options options = MSE_READER_OPTIONS_INIT)
    {
        mse_reader *made = nullptr;
        MSE_TRY(mse_reader_new(track.get(), &options, &made));
        Reader reader;
        reader.handle_.reset(made);
        return reader;
    }
    mse_reader *get() const noexcept { return handle_.get(); }
    /// MSE_OK with a frame, MSE_AGAIN, MSE_GAP, MSE_RESYNC or MSE_END.
    MSE_RETURNS(mse_status) read(Frame &frame)
    {
        mse_status status = mse_reader_read(get(), frame.out());
        MSE_TRY(status);
        return status;
    }
    /// MSE_OK, or MSE_AGAIN when nothing is buffered there yet.
    MSE_RETURNS(mse_status) seek(mse_time target)
    {
        mse_status status = mse_reader_seek(get(), target, nullptr);
        MSE_TRY(status);
        return status;
    }

private:
    struct Unref {
        void operator()(mse_reader *reader) const noexcept { mse_reader_unref(reader); }
    };
    std::unique_ptr<mse_reader, Unref> handle_;
};

/// A SourceBuffer.
class SourceBuffer : public SourceBufferHandle {
public:
    using SourceBufferHandle::SourceBufferHandle;
    SourceBuffer(SourceBufferHandle handle) noexcept : SourceBufferHandle(std::move(handle)) {}

    bool updating() const noexcept { return mse_source_buffer_updating(get()) != 0; }
    double timestamp_offset() const noexcept { return mse_source_buffer_timestamp_offset(get()); }
    MSE_RETURNS(mse_status) set_timestamp_offset(double seconds) const { return done(mse_source_buffer_set_timestamp_offset(get(), seconds)); }
    MSE_RETURNS(mse_status) append(const void *data, std::size_t size) const { return done(mse_source_buffer_append(get(), data, size)); }
    /// Adopts the bytes; nothing is copied.
    MSE_RETURNS(mse_status) append(std::vector<std::uint8_t> bytes) const
    {
        auto *kept = new std::vector<std::uint8_t>(std::move(bytes));
        return done(mse_source_buffer_append_lent(get(), kept->data(), kept->size(), free_bytes, kept));
    }
    MSE_RETURNS(mse_status) abort() const { return done(mse_source_buffer_abort(get())); }
    MSE_RETURNS(mse_status) remove(double start, double end) const { return done(mse_source_buffer_remove(get(), start, end)); }
    MSE_RETURNS(mse_status) change_type(std::string_view type) const { return done(mse_source_buffer_change_type(get(), type.data(), type.size())); }
    MSE_RETURNS(Ranges) buffered() const
    {
        Ranges ranges;
        MSE_TRY(detail::fill_ranges(ranges, [this](mse_range *to, std::size_t cap, std::size_t *count) { return mse_source_buffer_buffered(get(), to, cap, count); }));
        return ranges;
    }
    std::vector<Track> tracks() const
    {
        std::vector<Track> tracks;
        Track track;
        while (mse_source_buffer_track_at(get(), tracks.size(), track.out()) == MSE_OK)
            tracks.push_back(track);
        return tracks;
    }
    MSE_RETURNS(Receipt) receipt() const
    {
        Receipt receipt;
        MSE_TRY(mse_source_buffer_receipt(get(), receipt.out()));
        return receipt;
    }

private:
    static void free_bytes(void *kept) noexcept { delete static_cast<std::vector<std::uint8_t> *>(kept); }
    static MSE_RETURNS(mse_status) done(mse_status status)
    {
        MSE_TRY(status);
        return status;
    }
};

/// The media element's end of an attachment.
class Attachment : public Owner<mse_attachment, mse_attachment_ref, mse_attachment_unref> {
public:
    using Owner::Owner;
    static MSE_RETURNS(Attachment) of(const Handle &handle)
    {
        Attachment attachment;
        MSE_TRY(mse_handle_attach(handle.get(), attachment.out()));
        return attachment;
    }
    MSE_RETURNS(mse_status) update(double current_time, std::uint32_t flags = 0) const
    {
        mse_element_state state = MSE_ELEMENT_STATE_INIT;
        state.current_time = current_time;
        state.flags = flags;
        MSE_TRY(mse_attachment_update(get(), &state));
        return MSE_OK;
    }
    /// Carries out what the source asked for, and gives each event to `see(const mse_event &)`.
    template <class See>
    MSE_RETURNS(mse_status) poll(See see) const
    {
        MSE_TRY(mse_attachment_poll(get()));
        mse_event event = MSE_EVENT_INIT;
        while (mse_attachment_next_event(get(), &event) == MSE_OK)
            see(static_cast<const mse_event &>(event));
        return MSE_OK;
    }
    MSE_RETURNS(Ranges) buffered() const
    {
        Ranges ranges;
        MSE_TRY(detail::fill_ranges(ranges, [this](mse_range *to, std::size_t cap, std::size_t *count) { return mse_attachment_buffered(get(), to, cap, count); }));
        return ranges;
    }
    MSE_RETURNS(mse_status) on_wake(std::function<void()> wake) const
    {
        MSE_TRY(mse_attachment_set_wake(get(), detail::call, new detail::Function(std::move(wake)), detail::destroy));
        return MSE_OK;
    }
    MSE_RETURNS(mse_status) detach() const
    {
        MSE_TRY(mse_attachment_detach(get()));
        return MSE_OK;
    }
};

/// Formats, capabilities, memory budget, log.
class Engine : public Owner<mse_engine, mse_engine_ref, mse_engine_unref> {
public:
    using Owner::Owner;
    static MSE_RETURNS(Engine) make(mse_engine_options options = MSE_ENGINE_OPTIONS_INIT)
    {
        Engine engine;
        MSE_TRY(mse_engine_new(&options, engine.out()));
        return engine;
    }
    MSE_RETURNS(mse_policies) policies() const
    {
        mse_policies policies = MSE_POLICIES_INIT;
        MSE_TRY(mse_engine_get_policies(get(), &policies));
        return policies;
    }
    MSE_RETURNS(mse_status) set_policies(const mse_policies &policies) const
    {
        MSE_TRY(mse_engine_set_policies(get(), &policies));
        return MSE_OK;
    }
    MSE_RETURNS(mse_status) set_preset(int preset) const
    {
        mse_policies policies = MSE_POLICIES_INIT;
        MSE_TRY(mse_policies_preset(preset, &policies));
        MSE_TRY(mse_engine_set_policies(get(), &policies));
        return MSE_OK;
    }
    bool is_type_supported(std::string_view type) const noexcept { return mse_engine_is_type_supported(get(), type.data(), type.size()) != 0; }
};

/// A MediaSource or ManagedMediaSource.
class Source : public Owner<mse_source, mse_source_ref, mse_source_unref> {
public:
    using Owner::Owner;
    static MSE_RETURNS(Source) make(const Engine &engine, mse_source_options options = MSE_SOURCE_OPTIONS_INIT)
    {
        Source source;
        MSE_TRY(mse_source_new(engine.get(), &options, source.out()));
        return source;
    }
    int ready_state() const noexcept { return mse_source_ready_state(get()); }
    double duration() const noexcept { return mse_source_duration(get()); }
    MSE_RETURNS(mse_status) set_duration(double seconds) const { return done(mse_source_set_duration(get(), seconds)); }
    MSE_RETURNS(SourceBuffer) add_buffer(std::string_view type) const
    {
        SourceBuffer buffer;
        MSE_TRY(mse_source_add_buffer(get(), type.data(), type.size(), buffer.out()));
        return buffer;
    }
    MSE_RETURNS(mse_status) remove_buffer(const SourceBuffer &buffer) const { return done(mse_source_remove_buffer(get(), buffer.get())); }
    MSE_RETURNS(mse_status) end_of_stream(int error = MSE_EOS_NONE) const { return done(mse_source_end_of_stream(get(), error)); }
    MSE_RETURNS(Attachment) attach() const
    {
        Attachment attachment;
        MSE_TRY(mse_source_attach(get(), attachment.out()));
        return attachment;
    }
    MSE_RETURNS(Handle) transfer_handle() const
    {
        Handle own, transferred;
        MSE_TRY(mse_source_handle(get(), own.out()));
        MSE_TRY(mse_handle_transfer(own.get(), transferred.out()));
        return transferred;
    }
    /// Runs all work and gives each event to `see(const mse_event &)`.
    template <class See>
    MSE_RETURNS(mse_status) turn(See see) const
    {
        mse_event event = MSE_EVENT_INIT;
        for (;;) {
            MSE_TRY(mse_source_run(get(), nullptr));
            mse_status status = mse_source_next_event(get(), &event);
            MSE_TRY(status);
            if (status == MSE_AGAIN)
                return MSE_OK;
            see(static_cast<const mse_event &>(event));
        }
    }
    MSE_RETURNS(mse_status) on_wake(std::function<void()> wake) const
    {
        return done(mse_source_set_wake(get(), detail::call, new detail::Function(std::move(wake)), detail::destroy));
    }
    MSE_RETURNS(std::string) describe() const
    {
        mse_string *made = nullptr;
        MSE_TRY(mse_source_describe(get(), &made));
        return detail::take(made);
    }

private:
    static MSE_RETURNS(mse_status) done(mse_status status)
    {
        MSE_TRY(status);
        return status;
    }
};

} // namespace mse

#endif // MSE_HPP
