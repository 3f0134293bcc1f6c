// SPDX-License-Identifier: Apache-2.0
#include "vision/encoder.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "vision/network.h"

enum {
    CODE_BITS = 128,
    // Crops a run of the network. Measured on two cores with EfficientNet-lite2 at 256x192: in batches of 1
    // to 16 a crop takes the same time, while each more in a batch takes 20 MB.
    BATCH = 4,
};

// From this probability on, a node is sure; a model that knows better says so in nacre.sure.
static const float DEFAULT_SURE = 0.5F;

struct encoder {
    network *network;
    struct classes classes;
    match_table *match; // NULL: the file has none
};

const char *encoder_identity(const encoder *e) {
    return network_identity(e->network);
}

const match_table *encoder_match_table(const encoder *e) {
    return e->match;
}

// --- Opening ---

static nacre_status read_sure(encoder *e, nacre_error *error) {
    json_t *sure;
    nacre_status status = network_setting(e->network, "sure", &sure, error);
    if (status)
        return status;
    double value = sure ? json_number_value(sure) : (double)DEFAULT_SURE;
    json_decref(sure);
    if (value <= 0 || value > 1)
        return network_refuse(e->network, error,
                              "its metadata entry nacre.sure is not a number above 0, up to 1");
    e->classes.sure = (float)value;
    return NACRE_OK;
}

static nacre_status read_classes(encoder *e, nacre_error *error) {
    json_t *ids;
    nacre_status status = network_setting(e->network, "classes", &ids, error);
    if (status)
        return status;
    size_t count = json_array_size(ids);
    if (count == 0)
        status = network_refuse(e->network, error,
                                "its metadata entry nacre.classes is not a list of category ids");
    else
        status = categories_find(e->network, e->classes.taxonomy, ids, &e->classes.categories, error);
    if (!status)
        e->classes.count = count;
    json_decref(ids);
    return status;
}

static nacre_status check_outputs(const encoder *e, nacre_error *error) {
    const struct network_output outputs[] = {
        {"categories", 2, {-1, (int64_t)e->classes.count}, false},
        {"shape", 2, {-1, CODE_BITS}, false},
        {"colour", 2, {-1, CODE_BITS}, false},
    };
    bool has[3];
    return network_check_outputs(e->network, outputs, 3, has, error);
}

nacre_status encoder_open(const char *path, const taxonomy *t, int threads, encoder **result,
                          nacre_error *error) {
    encoder *e = memory_new(1, sizeof *e);
    if (!e)
        return error_memory(error, "loading a model");
    e->classes.taxonomy = t;
    nacre_status status = network_open(path, "encoder", "pictures", threads, &e->network, error);
    if (!status)
        status = read_sure(e, error);
    if (!status)
        status = read_classes(e, error);
    if (!status)
        status = match_table_read(e->network, t, &e->match, error);
    if (!status)
        status = check_outputs(e, error);
    if (status) {
        encoder_close(e);
        return status;
    }
    *result = e;
    return NACRE_OK;
}

void encoder_close(encoder *e) {
    if (!e)
        return;
    network_close(e->network);
    match_table_free(e->match);
    memory_free(e->classes.categories);
    memory_free(e);
}

// --- Running ---

static void pack_code(const float values[CODE_BITS], uint8_t code[CODE_BITS / 8]) {
    memset(code, 0, CODE_BITS / 8);
    for (size_t i = 0; i < CODE_BITS; i++) {
        if (values[i] > 0)
            code[i / 8] |= (uint8_t)(0x80 >> i % 8);
    }
}

// False where a logit is no finite number.
static bool softmax(const float *logits, size_t count, float *probabilities) {
    float most = logits[0];
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(logits[i]))
            return false;
        most = fmaxf(most, logits[i]);
    }
    float sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += probabilities[i] = expf(logits[i] - most);
    for (size_t i = 0; i < count; i++)
        probabilities[i] /= sum;
    return true;
}

static nacre_status read_encoding(const encoder *e, const struct tensor tensors[3], size_t i,
                                  struct within within, float *probabilities, struct encoding *result,
                                  nacre_error *error) {
    size_t classes = e->classes.count;
    if (!softmax(tensors[0].values + i * classes, classes, probabilities))
        return network_refuse(e->network, error, "it gave category values that are no numbers");
    pack_code(tensors[1].values + i * CODE_BITS, result->shape);
    pack_code(tensors[2].values + i * CODE_BITS, result->colour);
    fine_pack(tensors[1].values + i * CODE_BITS, result->fine);
    fine_pack(tensors[2].values + i * CODE_BITS, result->fine + FINE_CODE_BYTES);
    return categories_name(&e->classes, probabilities, within, result, error);
}

// `values` has room for the batch's crops, `probabilities` for one of each class.
static nacre_status run_batch(const encoder *e, const struct encoder_crop *crops, size_t count, float *values,
                              float *probabilities, struct encoding *encodings, nacre_error *error) {
    static const char *const names[] = {"categories", "shape", "colour"};
    size_t crop_values = network_input_values(e->network);
    nacre_status status = NACRE_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = network_fill(e->network, crops[i].picture, crops[i].box, values + i * crop_values, error);
    if (status)
        return status;
    struct tensor tensors[3];
    status = network_run(e->network, values, count, names, 3, tensors, error);
    if (status)
        return status;
    for (size_t i = 0; i < 3 && !status; i++) {
        if (tensors[i].shape[0] != (int64_t)count)
            status =
                network_refuse(e->network, error, "it gave \"%s\" for another number of pictures", names[i]);
    }
    for (size_t i = 0; i < count && !status; i++)
        status = read_encoding(e, tensors, i, crops[i].within, probabilities, &encodings[i], error);
    network_free_outputs(e->network, tensors, 3);
    return status;
}

nacre_status encoder_run(const encoder *e, const struct encoder_crop *crops, size_t count,
                         struct encoding *encodings, nacre_error *error) {
    size_t batch = count < BATCH ? count : BATCH;
    float *values = memory_new(batch * network_input_values(e->network), sizeof *values);
    float *probabilities = memory_new(e->classes.count, sizeof *probabilities);
    nacre_status status = NACRE_OK;
    if (!values || !probabilities)
        status = error_memory(error, "encoding pictures");
    for (size_t done = 0; done < count && !status; done += batch) {
        if (batch > count - done)
            batch = count - done;
        status = run_batch(e, crops + done, batch, values, probabilities, encodings + done, error);
    }
    memory_free(values);
    memory_free(probabilities);
    return status;
}
