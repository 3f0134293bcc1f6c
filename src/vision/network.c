// SPDX-License-Identifier: Apache-2.0
#include "vision/network.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/pool.h"
#include "vision/runtime.h"

enum { CHANNELS = 3, MIN_SIDE = 8, MAX_SIDE = 4096, MAX_IDENTITY_BYTES = 100 };

struct network {
    const struct runtime *runtime;
    char *path;
    OrtSession *session;
    OrtModelMetadata *metadata;
    OrtMemoryInfo *memory; // where input tensors lie
    OrtAllocator *allocator;
    const char *input_name; // the caller's, static
    char identity[MAX_IDENTITY_BYTES];
    struct network_input input;
    pthread_mutex_t running; // one run at a time: it uses all cores, and its memory is there once
};

const char *network_identity(const network *n) {
    return n->identity;
}

const struct network_input *network_input(const network *n) {
    return &n->input;
}

nacre_status network_refuse(const network *n, nacre_error *error, const char *format, ...) {
    char reason[NACRE_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return error_set(error, NACRE_ERROR_MODEL, "the model %s: %s", n->path, reason);
}

// --- Metadata ---

// The text of nacre.KEY on the heap; NULL where it is absent.
static nacre_status read_metadata(const network *n, const char *key, char **text, nacre_error *error) {
    char full_key[64], *value = NULL;
    snprintf(full_key, sizeof full_key, "nacre.%s", key);
    nacre_status status = runtime_check(
        n->runtime,
        n->runtime->api->ModelMetadataLookupCustomMetadataMap(n->metadata, n->allocator, full_key, &value),
        error, "reading a model's metadata");
    if (status)
        return status;
    *text = NULL;
    if (!value)
        return NACRE_OK;
    *text = memory_copy_text(value);
    status = runtime_check(n->runtime, n->runtime->api->AllocatorFree(n->allocator, value), error,
                           "reading a model's metadata");
    if (!status && !*text)
        status = error_memory(error, "reading a model's metadata");
    return status;
}

nacre_status network_setting(const network *n, const char *key, json_t **value, nacre_error *error) {
    char *text;
    nacre_status status = read_metadata(n, key, &text, error);
    if (status)
        return status;
    *value = NULL;
    if (!text)
        return NACRE_OK;
    json_error_t problem;
    *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &problem);
    memory_free(text);
    if (!*value)
        return network_refuse(n, error, "its metadata entry nacre.%s is not JSON: %s", key, problem.text);
    return NACRE_OK;
}

// Copies nacre.KEY into `text`; it must be there.
static nacre_status require_metadata(const network *n, const char *key, char *text, size_t bytes,
                                     nacre_error *error) {
    char *found;
    nacre_status status = read_metadata(n, key, &found, error);
    if (status)
        return status;
    if (!found)
        status = network_refuse(
            n, error, "its metadata have no nacre.%s: it was not made for nacre (docs/models.md)", key);
    else if (!*found || strlen(found) >= bytes)
        status = network_refuse(n, error, "its metadata entry nacre.%s is empty or too long", key);
    else
        memcpy(text, found, strlen(found) + 1);
    memory_free(found);
    return status;
}

static nacre_status read_identity(network *n, const char *kind, nacre_error *error) {
    char found_kind[MAX_IDENTITY_BYTES], name[MAX_IDENTITY_BYTES / 2 - 1],
        version[MAX_IDENTITY_BYTES / 2 - 1];
    nacre_status status = require_metadata(n, "kind", found_kind, sizeof found_kind, error);
    if (!status && strcmp(found_kind, kind) != 0)
        status = network_refuse(n, error, "it is of the kind \"%s\", not \"%s\"", found_kind, kind);
    if (!status)
        status = require_metadata(n, "name", name, sizeof name, error);
    if (!status)
        status = require_metadata(n, "version", version, sizeof version, error);
    if (!status)
        snprintf(n->identity, sizeof n->identity, "%s-%s", name, version);
    return status;
}

// Three numbers of a JSON array; false where it is none.
static bool read_triple(const json_t *array, double least, double most, double triple[CHANNELS]) {
    if (!json_is_array(array) || json_array_size(array) != CHANNELS)
        return false;
    for (size_t i = 0; i < CHANNELS; i++) {
        const json_t *number = json_array_get(array, i);
        triple[i] = json_number_value(number);
        if (!json_is_number(number) || triple[i] < least || triple[i] > most)
            return false;
    }
    return true;
}

static bool parse_input(const json_t *json, struct network_input *input) {
    const json_t *size = json_object_get(json, "size");
    double background[CHANNELS], mean[CHANNELS], deviation[CHANNELS];
    json_int_t height = json_integer_value(json_array_get(size, 0));
    json_int_t width = json_integer_value(json_array_get(size, 1));
    const char *fit = json_string_value(json_object_get(json, "fit"));
    if (json_array_size(size) != 2 || height < MIN_SIDE || height > MAX_SIDE || width < MIN_SIDE ||
        width > MAX_SIDE || !fit || strcmp(fit, "pad") != 0)
        return false;
    if (!read_triple(json_object_get(json, "background"), 0, 255, background) ||
        !read_triple(json_object_get(json, "mean"), -10, 10, mean) ||
        !read_triple(json_object_get(json, "std"), 1e-3, 1000, deviation))
        return false;
    input->height = (int)height;
    input->width = (int)width;
    for (size_t i = 0; i < CHANNELS; i++) {
        input->background[i] = (uint8_t)background[i];
        input->mean[i] = (float)mean[i];
        input->deviation[i] = (float)deviation[i];
    }
    return true;
}

static nacre_status read_input(network *n, nacre_error *error) {
    json_t *json;
    nacre_status status = network_setting(n, "input", &json, error);
    if (status)
        return status;
    if (!parse_input(json, &n->input))
        status = network_refuse(n, error,
                                "its metadata entry nacre.input must be {\"size\":[H,W],\"fit\":\"pad\","
                                "\"background\":[R,G,B],\"mean\":[3],\"std\":[3]} (docs/models.md)");
    json_decref(json);
    return status;
}

// --- Inputs and outputs ---

struct value_type {
    ONNXTensorElementDataType element;
    size_t rank;
    int64_t shape[8];
};

static nacre_status read_type(const network *n, bool is_input, size_t index, struct value_type *type,
                              nacre_error *error) {
    const OrtApi *api = n->runtime->api;
    static const char doing[] = "reading a model's inputs and outputs";
    OrtTypeInfo *info = NULL;
    const OrtTensorTypeAndShapeInfo *tensor = NULL;
    nacre_status status = runtime_check(n->runtime,
                                        is_input ? api->SessionGetInputTypeInfo(n->session, index, &info)
                                                 : api->SessionGetOutputTypeInfo(n->session, index, &info),
                                        error, doing);
    if (status)
        return status;
    *type = (struct value_type){.element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED};
    status = runtime_check(n->runtime, api->CastTypeInfoToTensorInfo(info, &tensor), error, doing);
    if (!status && tensor) { // NULL for a value that is no tensor
        status = runtime_check(n->runtime, api->GetTensorElementType(tensor, &type->element), error, doing);
        if (!status)
            status = runtime_check(n->runtime, api->GetDimensionsCount(tensor, &type->rank), error, doing);
        if (!status && type->rank <= 8)
            status =
                runtime_check(n->runtime, api->GetDimensions(tensor, type->shape, type->rank), error, doing);
    }
    api->ReleaseTypeInfo(info);
    return status;
}

// The index of the input or output called `name`; -1 where there is none.
static nacre_status find_value(const network *n, bool is_input, const char *name, int *index,
                               nacre_error *error) {
    const OrtApi *api = n->runtime->api;
    static const char doing[] = "reading a model's inputs and outputs";
    size_t count = 0;
    nacre_status status = runtime_check(n->runtime,
                                        is_input ? api->SessionGetInputCount(n->session, &count)
                                                 : api->SessionGetOutputCount(n->session, &count),
                                        error, doing);
    *index = -1;
    for (size_t i = 0; i < count && !status && *index < 0; i++) {
        char *found = NULL;
        status = runtime_check(n->runtime,
                               is_input ? api->SessionGetInputName(n->session, i, n->allocator, &found)
                                        : api->SessionGetOutputName(n->session, i, n->allocator, &found),
                               error, doing);
        if (status)
            break;
        if (strcmp(found, name) == 0)
            *index = (int)i;
        status = runtime_check(n->runtime, api->AllocatorFree(n->allocator, found), error, doing);
    }
    return status;
}

static nacre_status check_input(const network *n, nacre_error *error) {
    int index;
    nacre_status status = find_value(n, true, n->input_name, &index, error);
    if (status)
        return status;
    if (index != 0)
        return network_refuse(n, error, "it must have one input called \"%s\"", n->input_name);
    struct value_type type;
    status = read_type(n, true, 0, &type, error);
    if (status)
        return status;
    if (type.element != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT || type.rank != 4 || type.shape[1] != CHANNELS ||
        (type.shape[2] != n->input.height && type.shape[2] != -1) ||
        (type.shape[3] != n->input.width && type.shape[3] != -1))
        return network_refuse(n, error, "its input \"%s\" must be 32-bit floats of the shape N,3,%d,%d",
                              n->input_name, n->input.height, n->input.width);
    return NACRE_OK;
}

static bool matches(const struct value_type *type, const struct network_output *wanted) {
    if (type->element != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT || type->rank != (size_t)wanted->rank)
        return false;
    for (int i = 0; i < wanted->rank; i++) {
        if (wanted->shape[i] >= 0 && type->shape[i] >= 0 && wanted->shape[i] != type->shape[i])
            return false;
    }
    return true;
}

nacre_status network_check_outputs(const network *n, const struct network_output *outputs, size_t count,
                                   bool *has, nacre_error *error) {
    for (size_t i = 0; i < count; i++) {
        int index;
        nacre_status status = find_value(n, false, outputs[i].name, &index, error);
        if (status)
            return status;
        has[i] = index >= 0;
        if (!has[i] && outputs[i].optional)
            continue;
        if (!has[i])
            return network_refuse(n, error, "it has no output called \"%s\"", outputs[i].name);
        struct value_type type;
        status = read_type(n, false, (size_t)index, &type, error);
        if (status)
            return status;
        if (!matches(&type, &outputs[i]))
            return network_refuse(n, error, "its output \"%s\" is not of the shape and type it must have",
                                  outputs[i].name);
    }
    return NACRE_OK;
}

// --- Opening ---

static nacre_status check_file(const char *path, nacre_error *error) {
    struct stat info;
    if (stat(path, &info))
        return error_errno(error, errno, "opening the model %s", path);
    if (!S_ISREG(info.st_mode))
        return error_set(error, NACRE_ERROR_MODEL, "the model %s: it is not a file", path);
    if (info.st_size == 0)
        return error_set(error, NACRE_ERROR_MODEL, "the model %s: it is empty", path);
    if (info.st_size > LIMIT_MODEL_BYTES)
        return error_set(error, NACRE_ERROR_LIMIT, "the model %s: it has %lld bytes, the limit is %d", path,
                         (long long)info.st_size, LIMIT_MODEL_BYTES);
    return NACRE_OK;
}

static nacre_status make_session(network *n, const char *kind, int threads, nacre_error *error) {
    const struct runtime *r = n->runtime;
    const OrtApi *api = r->api;
    OrtSessionOptions *options = NULL;
    static const char doing[] = "preparing to load a model";
    nacre_status status = runtime_check(r, api->CreateSessionOptions(&options), error, doing);
    if (!status)
        status = runtime_check(r, api->SetIntraOpNumThreads(options, threads), error, doing);
    if (!status)
        status = runtime_check(r, api->SetInterOpNumThreads(options, 1), error, doing);
    // Waiting threads sleep: the cores are needed for pictures.
    if (!status)
        status = runtime_check(r, api->AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0"),
                               error, doing);
    // An encoder's arena would keep what the most items at once needed, 100 MB of a server, for a hundredth
    // of a search's time.
    if (!status && strcmp(kind, "encoder") == 0)
        status = runtime_check(r, api->DisableCpuMemArena(options), error, doing);
    if (!status) {
        char loading[NACRE_ERROR_MESSAGE_BYTES];
        snprintf(loading, sizeof loading, "the model %s: it cannot be loaded", n->path);
        status = runtime_check(r, api->CreateSession(r->environment, n->path, options, &n->session), error,
                               loading);
    }
    if (options)
        api->ReleaseSessionOptions(options);
    return status;
}

static nacre_status load(network *n, const char *kind, int threads, nacre_error *error) {
    nacre_status status = check_file(n->path, error);
    if (!status)
        status = runtime_get(&n->runtime, error);
    if (!status)
        status = make_session(n, kind, threads > 0 ? threads : (int)processor_count(), error);
    if (status)
        return status;
    const OrtApi *api = n->runtime->api;
    static const char doing[] = "reading a model";
    status = runtime_check(n->runtime, api->GetAllocatorWithDefaultOptions(&n->allocator), error, doing);
    if (!status)
        status = runtime_check(n->runtime,
                               api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &n->memory),
                               error, doing);
    if (!status)
        status =
            runtime_check(n->runtime, api->SessionGetModelMetadata(n->session, &n->metadata), error, doing);
    if (!status)
        status = read_identity(n, kind, error);
    if (!status)
        status = read_input(n, error);
    if (!status)
        status = check_input(n, error);
    return status;
}

nacre_status network_open(const char *path, const char *kind, const char *input, int threads,
                          network **result, nacre_error *error) {
    network *n = memory_new(1, sizeof *n);
    if (!n)
        return error_memory(error, "loading a model");
    n->input_name = input;
    pthread_mutex_init(&n->running, NULL);
    n->path = memory_copy_text(path);
    nacre_status status = n->path ? load(n, kind, threads, error) : error_memory(error, "loading a model");
    if (status) {
        network_close(n);
        return status;
    }
    *result = n;
    return NACRE_OK;
}

void network_close(network *n) {
    if (!n)
        return;
    if (n->runtime) {
        const OrtApi *api = n->runtime->api;
        if (n->memory)
            api->ReleaseMemoryInfo(n->memory);
        if (n->metadata)
            api->ReleaseModelMetadata(n->metadata);
        if (n->session)
            api->ReleaseSession(n->session);
    }
    pthread_mutex_destroy(&n->running);
    memory_free(n->path);
    memory_free(n);
}

// --- Running ---

size_t network_input_values(const network *n) {
    return CHANNELS * (size_t)n->input.height * (size_t)n->input.width;
}

nacre_status network_fill(const network *n, const struct picture *picture, const struct box *box,
                          float *values, nacre_error *error) {
    const struct network_input *input = &n->input;
    struct picture fitted;
    nacre_status status =
        picture_fit(picture, box, input->width, input->height, input->background, &fitted, error);
    if (status)
        return status;
    size_t pixels = (size_t)input->width * (size_t)input->height;
    for (size_t channel = 0; channel < CHANNELS; channel++) {
        float scaled[256];
        for (int v = 0; v < 256; v++)
            scaled[v] = ((float)v / 255.0F - input->mean[channel]) / input->deviation[channel];
        const uint8_t *from = fitted.pixels + channel;
        float *to = values + channel * pixels;
        for (size_t i = 0; i < pixels; i++)
            to[i] = scaled[from[CHANNELS * i]];
    }
    picture_fini(&fitted);
    return NACRE_OK;
}

void network_free_outputs(const network *n, struct tensor *tensors, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (tensors[i].owner)
            n->runtime->api->ReleaseValue(tensors[i].owner);
        tensors[i] = (struct tensor){0};
    }
}

static nacre_status read_tensor(const network *n, OrtValue *value, struct tensor *tensor,
                                nacre_error *error) {
    const OrtApi *api = n->runtime->api;
    static const char doing[] = "reading what a model gave";
    OrtTensorTypeAndShapeInfo *info = NULL;
    size_t rank = 0;
    void *data = NULL;
    nacre_status status = runtime_check(n->runtime, api->GetTensorTypeAndShape(value, &info), error, doing);
    if (!status)
        status = runtime_check(n->runtime, api->GetDimensionsCount(info, &rank), error, doing);
    if (!status && rank > 4)
        status = network_refuse(n, error, "it gave an output of %zu dimensions", rank);
    if (!status)
        status = runtime_check(n->runtime, api->GetDimensions(info, tensor->shape, rank), error, doing);
    if (!status)
        status = runtime_check(n->runtime, api->GetTensorMutableData(value, &data), error, doing);
    tensor->values = data;
    if (info)
        api->ReleaseTensorTypeAndShapeInfo(info);
    return status;
}

nacre_status network_run(network *n, float *values, size_t batch, const char *const *outputs, size_t count,
                         struct tensor *tensors, nacre_error *error) {
    const OrtApi *api = n->runtime->api;
    const int64_t shape[] = {(int64_t)batch, CHANNELS, n->input.height, n->input.width};
    size_t bytes = batch * network_input_values(n) * sizeof *values;
    OrtValue *pictures = NULL, *given[NETWORK_OUTPUTS] = {NULL};
    nacre_status status =
        runtime_check(n->runtime,
                      api->CreateTensorWithDataAsOrtValue(n->memory, values, bytes, shape, 4,
                                                          ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &pictures),
                      error, "preparing pictures for a model");
    if (status)
        return status;
    char doing[NACRE_ERROR_MESSAGE_BYTES];
    snprintf(doing, sizeof doing, "running the model %s", n->path);
    pthread_mutex_lock(&n->running);
    status = runtime_check(n->runtime,
                           api->Run(n->session, NULL, &n->input_name, (const OrtValue *const *)&pictures, 1,
                                    outputs, count, given),
                           error, doing);
    pthread_mutex_unlock(&n->running);
    api->ReleaseValue(pictures);
    for (size_t i = 0; i < count; i++)
        tensors[i] = (struct tensor){.owner = given[i]};
    for (size_t i = 0; i < count && !status; i++)
        status = read_tensor(n, given[i], &tensors[i], error);
    if (status)
        network_free_outputs(n, tensors, count);
    return status;
}
