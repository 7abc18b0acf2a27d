#include "worker/handlers/llm_vectors.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"

#define DIMENSIONS_MAX 65536

/* What is read so far. */
struct llm_vectors {
	float *at;
	size_t count, dimensions;
	bool *is_there;
};

/* Length of one vector, 0 if it is none. */
static size_t
llm_vector_length(json_object *one)
{
	size_t len, padding = 0;
	const char *text;

	if (json_object_is_type(one, json_type_array))
		return json_object_array_length(one);
	if (!json_object_is_type(one, json_type_string))
		return 0;
	text = json_object_get_string(one);
	len = (size_t)json_object_get_string_len(one);
	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	len = (len - padding) * 3 / 4;
	return len % sizeof(float) == 0 ? len / sizeof(float) : 0;
}

static enum err
llm_vector_numbers(json_object *one, float *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_object *value = json_object_array_get_idx(one, i);
		double d = json_object_get_double(value);

		if ((!json_object_is_type(value, json_type_double) &&
			!json_object_is_type(value, json_type_int)) ||
		    !(fabs(d) <= (double)FLT_MAX))
			return ERR_BAD_INPUT;
		out[i] = (float)d;
	}
	return ERR_OK;
}

static enum err
llm_vector_base64(json_object *one, float *out, size_t n)
{
	char *text = x_strdup(json_object_get_string(one));
	unsigned char *bytes = try_alloc(n * sizeof *out);
	enum err e = bytes != NULL ? ERR_OK : ERR_NOMEM;
	size_t len = strcspn(text, "="), got = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
	}
	if (e == ERR_OK)
		e = text_base64url_decode(
		    text, len, bytes, n * sizeof *out, &got);
	if (e == ERR_OK && got != n * sizeof *out)
		e = ERR_BAD_INPUT;
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		const unsigned char *p = bytes + i * sizeof *out;
		uint32_t bits = (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

		memcpy(&out[i], &bits, sizeof out[i]);
		if (!isfinite(out[i]))
			e = ERR_BAD_INPUT;
	}
	mem_free(bytes);
	mem_free(text);
	return e;
}

/* The item that came as number nth. */
static enum err
llm_vectors_take(struct llm_vectors *v, const json_object *item, size_t nth)
{
	json_object *one = json_get(item, "embedding");
	int64_t index = (int64_t)nth;
	float *to;

	if (json_get(item, "index") != NULL &&
	    !json_get_int(item, "index", &index))
		return ERR_BAD_INPUT;
	if (index < 0 || index >= (int64_t)v->count || v->is_there[index] ||
	    llm_vector_length(one) != v->dimensions)
		return ERR_BAD_INPUT;
	v->is_there[index] = true;
	to = v->at + (size_t)index * v->dimensions;
	return json_object_is_type(one, json_type_array)
	    ? llm_vector_numbers(one, to, v->dimensions)
	    : llm_vector_base64(one, to, v->dimensions);
}

enum err
llm_vectors_read(
    const json_object *body, size_t count, float **out, int *dimensions)
{
	json_object *list = json_get(body, "data");
	struct llm_vectors v = {.count = count};
	enum err e = ERR_OK;

	if (count == 0 || !json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) != count)
		return ERR_BAD_INPUT;
	v.dimensions = llm_vector_length(
	    json_get(json_object_array_get_idx(list, 0), "embedding"));
	if (v.dimensions == 0 || v.dimensions > DIMENSIONS_MAX)
		return ERR_BAD_INPUT;
	v.at = try_alloc(count * v.dimensions * sizeof *v.at);
	v.is_there = try_alloc(count * sizeof *v.is_there);
	if (v.at == NULL || v.is_there == NULL)
		e = ERR_NOMEM;
	for (size_t i = 0; i < count && e == ERR_OK; i++)
		e = llm_vectors_take(&v, json_object_array_get_idx(list, i), i);
	mem_free(v.is_there);
	if (e != ERR_OK) {
		mem_free(v.at);
		return e;
	}
	*out = v.at;
	*dimensions = (int)v.dimensions;
	return ERR_OK;
}
