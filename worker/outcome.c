#include "worker/outcome.h"

#include <inttypes.h>
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "common/pg.h"
#include "common/text.h"

#define ERROR_MAX 1000
#define CODE_MAX 64
#define DETAIL_MAX 4000
#define ARRAY_MAX (256 * 1024 * 1024) /* PostgreSQL's own end is at 1 GB */

static size_t
outcome_json_size(json_object *o)
{
	return o != NULL ? strlen(json_text(o)) : 0;
}

struct outcome *
outcome_completed(json_object *result, json_object *effects)
{
	struct outcome *o = x_alloc(sizeof *o);

	o->kind = OUTCOME_COMPLETED;
	o->result = result;
	o->effects = effects;
	o->bytes = outcome_json_size(result) + outcome_json_size(effects);
	return o;
}

static char *
outcome_text(const char *s, size_t max)
{
	size_t len = strnlen(s, max + 1);

	if (len > max) /* look no further, there may be megabytes */
		len = text_utf8_prefix(s, len, max);
	if (!text_is_utf8(s, len))
		return x_strdup("(not UTF-8)");
	return x_strndup(s, len);
}

struct outcome *
outcome_failed(enum outcome_kind kind, const char *error, const char *code,
    const char *detail, int64_t delay_ms, json_object *effects)
{
	struct outcome *o = x_alloc(sizeof *o);

	o->kind = kind;
	o->error = outcome_text(error, ERROR_MAX);
	o->code = outcome_text(code, CODE_MAX);
	if (detail != NULL)
		o->detail = outcome_text(detail, DETAIL_MAX);
	o->delay_ms = delay_ms;
	o->effects = effects;
	o->bytes = outcome_json_size(effects);
	return o;
}

static void
outcome_drop_content(struct outcome *o)
{
	json_object_put(o->result);
	json_object_put(o->effects);
	mem_free(o->error);
	mem_free(o->code);
	mem_free(o->detail);
	o->result = o->effects = NULL;
	o->error = o->code = o->detail = NULL;
	o->bytes = 0;
}

void
outcome_free(struct outcome *o)
{
	outcome_drop_content(o);
	mem_free(o);
}

void
outcome_replace(struct outcome *o)
{
	outcome_drop_content(o);
	o->kind = OUTCOME_FAILED;
	o->error = x_strdup("The result could not be stored.");
	o->code = x_strdup("result_unstorable");
	o->is_suspect = o->is_replaced = true;
}

size_t
outcomes_batch(const struct outcome_list *list)
{
	const struct outcome *o;
	size_t n = 0, bytes = 0;

	TAILQ_FOREACH (o, list, link) {
		bytes += o->bytes;
		if (n > 0 &&
		    (n == OUTCOMES_MAX || bytes > OUTCOMES_BYTES_MAX ||
			o->is_suspect))
			break;
		n++;
		if (o->is_suspect)
			break;
	}
	return n;
}

static const char *
outcome_word(enum outcome_kind kind)
{
	switch (kind) {
	case OUTCOME_COMPLETED:
		return "COMPLETED";
	case OUTCOME_RETRY:
		return "RETRY";
	case OUTCOME_FAILED:
		break;
	}
	return "FAILED";
}

static const char *
outcome_json(json_object *o)
{
	return o != NULL ? json_text(o) : NULL;
}

static void
outcome_add_number(struct buf *b, int64_t n)
{
	buf_printf(b, "%s%" PRId64, b->len > 0 ? "," : "{", n);
}

enum err
outcomes_format(
    const struct outcome_list *list, size_t n, struct outcome_arrays *out)
{
	enum {
		JOBS,
		TOKENS,
		OUTCOMES,
		RESULTS,
		EFFECTS,
		ERRORS,
		CODES,
		DETAILS,
		DELAYS
	};
	const char *texts[OUTCOME_ARRAYS][OUTCOMES_MAX];
	struct buf b[OUTCOME_ARRAYS];
	const struct outcome *o = TAILQ_FIRST(list);
	enum err e = ERR_OK;

	for (size_t i = 0; i < OUTCOME_ARRAYS; i++)
		buf_init(&b[i], ARRAY_MAX);
	for (size_t i = 0; i < n; i++, o = TAILQ_NEXT(o, link)) {
		texts[JOBS][i] = o->job_id.text;
		texts[OUTCOMES][i] = outcome_word(o->kind);
		texts[RESULTS][i] = outcome_json(o->result);
		texts[EFFECTS][i] = outcome_json(o->effects);
		texts[ERRORS][i] = o->error;
		texts[CODES][i] = o->code;
		texts[DETAILS][i] = o->detail;
		outcome_add_number(&b[TOKENS], o->token);
		outcome_add_number(&b[DELAYS], o->delay_ms);
	}
	for (size_t i = 0; i < OUTCOME_ARRAYS; i++) {
		if (i == TOKENS || i == DELAYS)
			buf_add_char(&b[i], '}');
		else
			pg_array(&b[i], texts[i], n);
		if (e == ERR_OK)
			e = buf_status(&b[i]);
	}
	for (size_t i = 0; i < OUTCOME_ARRAYS; i++) {
		if (e == ERR_OK)
			out->values[i] = buf_take(&b[i]);
		else
			buf_release(&b[i]);
	}
	return e;
}

void
outcome_arrays_release(struct outcome_arrays *a)
{
	for (size_t i = 0; i < OUTCOME_ARRAYS; i++)
		mem_free(a->values[i]);
}
