// SPDX-License-Identifier: Apache-2.0
// A network in an ONNX file: the session that runs it and what its metadata say. docs/models.md tells what a
// file must hold. A network may be run by several threads at once.
#ifndef NACRE_VISION_NETWORK_H
#define NACRE_VISION_NETWORK_H

#include <jansson.h>

#include "base/error.h"
#include "picture/picture.h"

typedef struct network network;

// nacre.input: how a picture becomes numbers.
struct network_input {
    int height, width;
    uint8_t background[3];
    float mean[3], deviation[3];
};

// An output that the file must have: its name and its shape, -1 for a size that is not fixed.
struct network_output {
    const char *name;
    int rank;
    int64_t shape[4];
    bool optional;
};

enum { NETWORK_OUTPUTS = 4 };

// What a run gives for one output.
struct tensor {
    const float *values;
    int64_t shape[4];
    void *owner; // frees the values
};

// Opens the file and checks that it is a network of nacre of this `kind` ("encoder"), with one input of the
// name `input`. Errors: not-found, limit, model; they name the file and the reason.
nacre_status network_open(const char *path, const char *kind, const char *input, int threads,
                          network **result, nacre_error *error) MUST_CHECK;
void network_close(network *n);

// "encoder-1": name and version.
const char *network_identity(const network *n);
const struct network_input *network_input(const network *n);

// The metadata entry nacre.KEY, parsed; NULL where it is absent. A new reference. Error: not JSON.
nacre_status network_setting(const network *n, const char *key, json_t **value,
                             nacre_error *error) MUST_CHECK;

// Checks that the file has these outputs, of 32-bit floats; `has[i]` tells which of the optional ones are
// there.
nacre_status network_check_outputs(const network *n, const struct network_output *outputs, size_t count,
                                   bool *has, nacre_error *error) MUST_CHECK;

// An error that names the network's file: for what is wrong with its contents.
nacre_status network_refuse(const network *n, nacre_error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// The numbers that one picture becomes: 3 x height x width.
size_t network_input_values(const network *n);

// Fits the part of a picture into `values`, network_input_values() floats.
nacre_status network_fill(const network *n, const struct picture *picture, const struct box *box,
                          float *values, nacre_error *error) MUST_CHECK;

// Runs a batch: `values` as network_fill makes them, `batch` times. Gives `count` outputs, to be freed.
nacre_status network_run(network *n, float *values, size_t batch, const char *const *outputs, size_t count,
                         struct tensor *tensors, nacre_error *error) MUST_CHECK;
void network_free_outputs(const network *n, struct tensor *tensors, size_t count);

#endif
