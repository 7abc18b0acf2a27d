/*
 * Whatever json_parse() accepts must print to text that it accepts again and
 * that prints the same: else a body could change on its way to the database.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/json.h"
#include "common/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes, *why = NULL, *again;
	json_object *value = NULL, *second = NULL;
	int64_t n;

	if (json_parse(text, len, &value, &why) != ERR_OK) {
		assert(why != NULL && value == NULL);
		return 0;
	}
	assert(text_is_utf8(text, len) && !text_has_json_nul(text, len));
	again = json_text(value);
	assert(!text_has_json_nul(again, strlen(again)));
	assert(json_parse(again, strlen(again), &second, &why) == ERR_OK);
	assert(strcmp(again, json_text(second)) == 0);
	(void)json_get_int(value, "a", &n);
	(void)json_str(value, "a");
	json_object_put(value);
	json_object_put(second);
	return 0;
}
