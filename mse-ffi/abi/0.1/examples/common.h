/* What the examples share: files, MIME types, one check for every call. */
#ifndef COMMON_H
#define COMMON_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mse.h"

/* Ends the program with what the library says of its last error. */
static inline void die(const char *what)
{
    mse_error error = MSE_ERROR_INIT;
    mse_last_error(&error);
    fprintf(stderr, "error: %s: %s: %s", what, mse_status_name(error.status), error.message.data ? error.message.data : "");
    if (error.row.len > 0)
        fprintf(stderr, " (%s)", error.row.data);
    fprintf(stderr, "\n");
    exit(1);
}

/* A call that must not fail; other outcomes than success are fine. */
static inline mse_status check(mse_status status, const char *what)
{
    if (status < 0)
        die(what);
    return status;
}

/* The whole file, or the end of the program. */
static inline uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    size_t room = 1 << 16, used = 0, got;
    uint8_t *data = malloc(room);
    while (data && (got = fread(data + used, 1, room - used, file)) > 0) {
        used += got;
        if (used == room) {
            room *= 2;
            data = realloc(data, room);
        }
    }
    fclose(file);
    if (!data) {
        fprintf(stderr, "error: %s: out of memory\n", path);
        exit(1);
    }
    *size = used;
    return data;
}

/* The MIME type that a file's name suggests, without codecs: addSourceBuffer() then leaves them open (MIM-7). */
static inline const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".mp4", "video/mp4"},       {".m4s", "video/mp4"},  {".m4a", "audio/mp4"},  {".webm", "video/webm"}, {".mkv", "video/x-matroska"},
        {".mka", "audio/x-matroska"}, {".ts", "video/mp2t"}, {".aac", "audio/aac"},  {".mp3", "audio/mpeg"},  {".mp2", "audio/mpeg"},
        {".ogg", "audio/ogg"},       {".flac", "audio/flac"}, {".wav", "audio/wav"}, {NULL, NULL},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && types[i][0]; i++)
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    fprintf(stderr, "error: %s: which format? Say it by --type MIME-TYPE\n", path);
    exit(2);
}

/* Why the last append failed, if it did. */
static inline int append_failed(mse_source_buffer *buffer, const char *path)
{
    mse_receipt *receipt = NULL;
    mse_error error = MSE_ERROR_INIT;
    if (mse_source_buffer_receipt(buffer, &receipt) != MSE_OK)
        return 0;
    check(mse_receipt_error(receipt, &error), "mse_receipt_error");
    if (error.status != MSE_OK)
        fprintf(stderr, "error: %s: %s\n", path, error.message.data);
    mse_receipt_unref(receipt);
    return error.status != MSE_OK;
}

#endif
